//! Transposes rise: what a transpose would cost further up, and the tensor that results from doing it there.

use super::equivariance::permuted;
use super::reshape::transpose_first;
use super::transpose_cost;
use crate::graph::float::{Op, TensorId};
use crate::passes::permutation::{apply, compose, is_identity};
use crate::passes::rewrite::{Editor, NodeId};

/// Moves a transpose up where it costs less there.
pub(super) fn hoist(editor: &mut Editor, id: NodeId) -> bool {
    let Some((permutation, input, output)) = editor.as_transpose(id) else { return false };
    // A graph input takes the transpose in by itself.
    let is_input = editor.input_port(input).is_some();
    if is_input
        || transposed_cost(editor, input, &permutation, Some(id)) >= transpose_cost(&permutation, editor.shape(input))
    {
        return false;
    }
    let raised = transposed(editor, id, input, &permutation, Some(id));
    editor.redirect(output, raised);
    true
}

/// What stands above a tensor, as far as a transpose of it is concerned.
enum Above {
    /// The permuted tensor is there already, or its values are known.
    Known,
    /// A transpose, of this tensor by this permutation.
    Transpose(TensorId, Vec<usize>),
    /// An operator that nothing else reads and that can work on permuted axes.
    Operator(NodeId, Op, Vec<usize>),
    /// A graph input that nothing else reads: its port takes the permutation.
    Input,
    /// Something that does not give way.
    Barrier,
}

fn above(editor: &Editor, tensor: TensorId, permutation: &[usize], except: Option<NodeId>) -> Above {
    if editor.constant(tensor).is_some() || existing(editor, tensor, permutation, except).is_some() {
        return Above::Known;
    }
    let sole = editor.uses(tensor) == 1;
    let Some(producer) = editor.producer(tensor) else {
        let free = editor.input_port(tensor).is_some_and(|port| port.normalization.is_none());
        return if sole && free { Above::Input } else { Above::Barrier };
    };
    let node = editor.node(producer);
    match &node.op {
        Op::Transpose { permutation } => Above::Transpose(node.inputs[0], permutation.clone()),
        Op::Reshape if sole => match transpose_first(editor.shape(node.inputs[0]), editor.shape(tensor), permutation) {
            Some(swapped) => Above::Operator(producer, Op::Reshape, swapped.permutation),
            None => Above::Barrier,
        },
        op if sole && node.inputs.iter().all(|&input| editor.shape(input).len() == permutation.len()) => {
            match permuted(op, permutation) {
                Some(op) => Above::Operator(producer, op, permutation.to_vec()),
                None => Above::Barrier,
            }
        }
        _ => Above::Barrier,
    }
}

/// Elements to be moved for having the tensor transposed too, at the cheapest place.
pub(super) fn transposed_cost(
    editor: &Editor,
    tensor: TensorId,
    permutation: &[usize],
    except: Option<NodeId>,
) -> usize {
    let here = transpose_cost(permutation, editor.shape(tensor));
    if here == 0 {
        return 0;
    }
    match above(editor, tensor, permutation, except) {
        Above::Known | Above::Input => 0,
        Above::Transpose(source, first) => {
            let merged = transpose_cost(&compose(&first, permutation), editor.shape(source));
            let replaced = if editor.uses(tensor) == 1 { here } else { 0 };
            merged.saturating_sub(replaced)
        }
        Above::Operator(producer, _, inner) => {
            let inputs = &editor.node(producer).inputs;
            inputs.iter().map(|&input| transposed_cost(editor, input, &inner, except)).sum::<usize>().min(here)
        }
        Above::Barrier => here,
    }
}

/// The tensor transposed, made where [`transposed_cost`] found it cheapest.
pub(super) fn transposed(
    editor: &mut Editor,
    beside: NodeId,
    tensor: TensorId,
    permutation: &[usize],
    except: Option<NodeId>,
) -> TensorId {
    if is_identity(permutation) {
        return tensor;
    }
    if let Some(existing) = existing(editor, tensor, permutation, except) {
        return existing;
    }
    let shape = apply(permutation, editor.shape(tensor));
    match above(editor, tensor, permutation, except) {
        Above::Transpose(source, first) => {
            let merged = compose(&first, permutation);
            if is_identity(&merged) {
                return source;
            }
            editor.add_node(beside, "transpose", Op::Transpose { permutation: merged }, vec![source], shape)
        }
        Above::Operator(producer, op, inner)
            if transposed_cost(editor, tensor, permutation, except)
                < transpose_cost(permutation, editor.shape(tensor)) =>
        {
            let inputs = editor.node(producer).inputs.clone();
            let inputs = inputs.into_iter().map(|input| transposed(editor, producer, input, &inner, except)).collect();
            editor.add_node(producer, "", op, inputs, shape)
        }
        _ => {
            let op = Op::Transpose { permutation: permutation.to_vec() };
            editor.add_node(beside, "transpose", op, vec![tensor], shape)
        }
    }
}

/// The output of a node that transposes the tensor in this way already.
fn existing(editor: &Editor, tensor: TensorId, permutation: &[usize], except: Option<NodeId>) -> Option<TensorId> {
    let is_same = |&id: &NodeId| {
        Some(id) != except && matches!(editor.op(id), Op::Transpose { permutation: other } if other == permutation)
    };
    editor.consumers(tensor).into_iter().find(is_same).map(|id| editor.node(id).output)
}
