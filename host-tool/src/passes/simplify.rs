//! Rules that every pass runs beside its own: what does nothing goes, what repeats joins, what is known is computed.

use super::permutation::{compose, is_identity, keeps_order};
use super::rewrite::{Editor, NodeId, Rule};
use crate::graph::float::{Op, Unary};

/// All of them.
pub(super) const RULES: [Rule; 6] =
    [remove_identity, evaluate_constants, merge_transposes, transpose_to_reshape, merge_reshapes, merge_duplicates];

/// All but the one that turns transposes into reshapes: a transpose that moves only axes of extent 1 can still sink to where those
/// axes have grown.
pub(super) const RULES_KEEPING_TRANSPOSES: [Rule; 5] =
    [remove_identity, evaluate_constants, merge_transposes, merge_reshapes, merge_duplicates];

/// Removes nodes that give back what they get.
fn remove_identity(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let (input, output) = (node.inputs[0], node.output);
    if editor.shape(input) != editor.shape(output) || !is_identity_op(&node.op, editor.shape(input)) {
        return false;
    }
    editor.redirect(output, input);
    true
}

/// Whether the operator does nothing to a tensor of a shape that it keeps.
fn is_identity_op(op: &Op, shape: &[usize]) -> bool {
    match op {
        Op::Affine { affine, clamp } => {
            clamp.is_none()
                && affine.scale.iter().all(|&scale| scale == 1.0)
                && affine.bias.iter().all(|&bias| bias == 0.0)
        }
        Op::Unary(Unary::Clamp(clamp)) => clamp.is_none(),
        Op::Pad { .. } | Op::Concat { .. } | Op::Reshape | Op::Mean { .. } => true,
        // The shape stays, so a step other than 1 reverses or stands on an axis of extent 1.
        Op::Slice { step, .. } => step.iter().zip(shape).all(|(&step, &extent)| step == 1 || extent == 1),
        Op::Transpose { permutation } => is_identity(permutation),
        Op::Resize { indices } => indices.iter().all(|list| is_identity(list)),
        Op::Pool(pool) => {
            let window = &pool.window;
            window.filter == [1, 1] && window.stride == [1, 1] && window.pad_before == [0, 0]
        }
        _ => false,
    }
}

/// Computes nodes whose inputs are all constants. What the caller gets stays a node's output.
fn evaluate_constants(editor: &mut Editor, id: NodeId) -> bool {
    if editor.is_output(editor.node(id).output) {
        return false;
    }
    match editor.evaluate(id) {
        Some(values) if values.iter().all(|value| value.is_finite()) => {
            editor.make_constant(id, values);
            true
        }
        _ => false,
    }
}

/// Two transposes in a row are one.
fn merge_transposes(editor: &mut Editor, id: NodeId) -> bool {
    let Some(first) = editor.input_producer(id, 0) else { return false };
    let (Op::Transpose { permutation: inner }, Op::Transpose { permutation: outer }) =
        (editor.op(first), editor.op(id))
    else {
        return false;
    };
    let (permutation, source) = (compose(inner, outer), editor.node(first).inputs[0]);
    editor.replace(id, Op::Transpose { permutation }, vec![source]);
    true
}

/// A transpose that keeps the elements' order is a reshape, which costs nothing.
fn transpose_to_reshape(editor: &mut Editor, id: NodeId) -> bool {
    let input = editor.node(id).inputs[0];
    match editor.op(id) {
        Op::Transpose { permutation } if keeps_order(permutation, editor.shape(input)) => {
            editor.replace(id, Op::Reshape, vec![input]);
            true
        }
        _ => false,
    }
}

/// Two reshapes in a row are one.
fn merge_reshapes(editor: &mut Editor, id: NodeId) -> bool {
    let Some(first) = editor.input_producer(id, 0) else { return false };
    if !matches!((editor.op(first), editor.op(id)), (Op::Reshape, Op::Reshape)) {
        return false;
    }
    let source = editor.node(first).inputs[0];
    editor.replace(id, Op::Reshape, vec![source]);
    true
}

/// Two nodes that move the same data the same way are one.
fn merge_duplicates(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    if !matches!(node.op, Op::Transpose { .. } | Op::Reshape | Op::Pad { .. } | Op::Slice { .. }) {
        return false;
    }
    let output = node.output;
    let is_same = |&other: &NodeId| {
        let other = editor.node(other);
        other.output != output
            && other.op == node.op
            && other.inputs == node.inputs
            && editor.shape(other.output) == editor.shape(output)
    };
    let Some(twin) = editor.consumers(node.inputs[0]).into_iter().find(is_same) else { return false };
    let kept = editor.node(twin).output;
    // One node of the pair reads nothing that depends on the other, so either may stay.
    editor.redirect(output, kept);
    true
}
