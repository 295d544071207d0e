//! Transposes sink: an operator that reads a transposed tensor reads the tensor itself, and its output is transposed instead.

use super::equivariance::permuted;
use super::hoist::{transposed, transposed_cost};
use super::reshape::transpose_last;
use super::transpose_cost;
use crate::graph::float::{Op, TensorId};
use crate::passes::permutation::{apply, invert};
use crate::passes::rewrite::{Editor, NodeId};

/// Moves a transpose from the inputs of a node to its output, where that costs the other inputs less than it saves.
pub(super) fn sink(editor: &mut Editor, id: NodeId) -> bool {
    let sources: Vec<Vec<usize>> =
        editor.node(id).inputs.iter().filter_map(|&input| source_of(editor, input)).collect();
    sources.into_iter().any(|permutation| sink_permutation(editor, id, permutation))
}

/// The permutation of the transpose that computes a tensor.
fn source_of(editor: &Editor, tensor: TensorId) -> Option<Vec<usize>> {
    match editor.producer(tensor).map(|producer| editor.op(producer)) {
        Some(Op::Transpose { permutation }) => Some(permutation.clone()),
        _ => None,
    }
}

fn sink_permutation(editor: &mut Editor, id: NodeId, permutation: Vec<usize>) -> bool {
    let inverse = invert(&permutation);
    let node = editor.node(id).clone();
    let rank = permutation.len();
    let same_rank = node.inputs.iter().chain([&node.output]).all(|&tensor| editor.shape(tensor).len() == rank);
    let Some(op) = permuted(&node.op, &inverse).filter(|_| same_rank) else { return false };
    let (mut saved, mut spent) = (0, 0);
    for &input in &node.inputs {
        if source_of(editor, input).as_ref() == Some(&permutation) {
            saved += transpose_cost(&inverse, editor.shape(input));
        } else {
            spent += transposed_cost(editor, input, &inverse, None);
        }
    }
    // A strict gain keeps two transposes from pushing each other to and fro.
    if spent >= saved {
        return false;
    }
    let inputs = node.inputs.iter().map(|&input| transposed(editor, id, input, &inverse, None)).collect();
    let shape = apply(&inverse, editor.shape(node.output));
    let output = editor.add_node(id, "", op, inputs, shape);
    editor.replace_as(id, "transpose", Op::Transpose { permutation }, vec![output]);
    true
}

/// Moves a transpose from before a reshape to after it, where it moves whole blocks of the reshape.
pub(super) fn sink_through_reshape(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let (Op::Reshape, Some(permutation)) = (&node.op, source_of(editor, node.inputs[0])) else { return false };
    let Some(source) = editor.producer(node.inputs[0]).map(|producer| editor.node(producer).inputs[0]) else {
        return false;
    };
    let swapped = transpose_last(editor.shape(source), &permutation, editor.shape(node.output));
    let Some(swapped) = swapped else { return false };
    let between = editor.add_reshape(id, source, &swapped.between);
    editor.replace_as(id, "transpose", Op::Transpose { permutation: swapped.permutation }, vec![between]);
    true
}
