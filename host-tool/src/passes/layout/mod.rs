//! Layout: moves transposes until they meet and cancel.
//!
//! The importer keeps the model's own layout and puts transposes around the spatial operators. First all transposes sink, towards
//! the outputs, through every operator that can work on permuted axes; most meet their inverse there. Then those that are left
//! rise, where that makes them cheaper: to a constant, to a graph input, to another transpose. At the graph's inputs and outputs
//! they become the port's permutation. What the pass cannot improve it leaves as it was.

mod equivariance;
mod flatten;
mod hoist;
mod ports;
mod reshape;
mod sink;
mod softmax;

use std::collections::BTreeSet;

use super::permutation::{is_identity, keeps_order};
use super::rewrite::{Editor, NodeId, Rule, rewrite};
use super::simplify;
use crate::graph::float::{Graph, Node, Op};
use crate::graph::shape::elements;
use crate::graph::verify::GraphError;

/// Puts softmaxes on the last axis and removes the transposes that are not needed.
///
/// # Errors
/// What verification finds.
pub fn apply(graph: &Graph) -> Result<Graph, GraphError> {
    let graph = rewrite(graph, &[softmax::to_last_axis])?;
    let settled = settle(&graph)?;
    let mut best = if moved_elements(&settled) <= moved_elements(&graph) { settled } else { graph };
    // An input that several operators read takes no transpose in by itself, but may still be better off in another layout.
    for port in 0..best.inputs.len() {
        for permutation in permutations(&best) {
            let Some(flipped) = ports::with_input_permuted(&best, port, &permutation) else { continue };
            let settled = settle(&flipped)?;
            if moved_elements(&settled) < moved_elements(&best) {
                best = settled;
            }
        }
    }
    Ok(best)
}

/// Lets transposes sink, then rise.
fn settle(graph: &Graph) -> Result<Graph, GraphError> {
    let sinking: [Rule; 6] = [
        align_operands,
        ports::absorb_output,
        sink::sink,
        sink::sink_through_reshape,
        flatten::permute_dense,
        flatten::permute_elementwise,
    ];
    let sunk = rewrite(graph, &[&simplify::RULES_KEEPING_TRANSPOSES[..], &sinking].concat())?;
    // A port takes in even a transpose that would be a free reshape, so it comes first.
    let ports: [Rule; 2] = [ports::absorb_output, ports::absorb_input];
    rewrite(&sunk, &[&ports[..], &simplify::RULES, &[hoist::hoist]].concat())
}

/// The different permutations of the graph's transposes.
fn permutations(graph: &Graph) -> BTreeSet<Vec<usize>> {
    let permutation = |node: &Node| match &node.op {
        Op::Transpose { permutation } => Some(permutation.clone()),
        _ => None,
    };
    graph.nodes.iter().filter_map(permutation).collect()
}

/// Elements that the graph's transposes move; the cost that this pass lowers.
pub fn moved_elements(graph: &Graph) -> usize {
    let cost = |node: &Node| match &node.op {
        Op::Transpose { permutation } if !keeps_order(permutation, &graph.tensors[node.inputs[0]].shape) => {
            elements(&graph.tensors[node.output].shape)
        }
        _ => 0,
    };
    graph.nodes.iter().map(cost).sum()
}

/// What a transpose of a tensor of this shape weighs in a decision: the elements that it moves; 1 where it moves only axes of
/// extent 1, which is free, but may not be so further down.
fn transpose_cost(permutation: &[usize], shape: &[usize]) -> usize {
    if is_identity(permutation) {
        0
    } else if keeps_order(permutation, shape) {
        1
    } else {
        elements(shape)
    }
}

/// Gives the operands of a binary operator equal rank, so that all of them permute alike.
fn align_operands(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    if !matches!(node.op, Op::Binary { .. }) {
        return false;
    }
    let rank = editor.shape(node.output).len();
    let Some(index) = node.inputs.iter().position(|&input| editor.shape(input).len() < rank) else { return false };
    let (op, mut inputs) = (node.op.clone(), node.inputs.clone());
    let mut shape = vec![1; rank - editor.shape(inputs[index]).len()];
    shape.extend_from_slice(editor.shape(inputs[index]));
    inputs[index] = editor.add_reshape(id, inputs[index], &shape);
    editor.replace(id, op, inputs);
    true
}
