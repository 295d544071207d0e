//! Elementwise operators work before a reshape, beside the operator that computes their input.

use crate::graph::float::Op;
use crate::passes::rewrite::{Editor, NodeId};

/// An elementwise operator after a reshape works before it.
pub(super) fn hoist_elementwise(editor: &mut Editor, id: NodeId) -> bool {
    let Some(reshape) = editor.private_producer(id) else { return false };
    if !matches!(editor.op(reshape), Op::Reshape) {
        return false;
    }
    let source = editor.node(reshape).inputs[0];
    let node = editor.node(id);
    let same_last = editor.shape(source).last() == editor.shape(node.output).last();
    let hoists = match &node.op {
        Op::Unary(_) => true,
        Op::Affine { affine, .. } => same_last || affine.scale.len() == 1,
        Op::PRelu { slope } => same_last || slope.len() == 1,
        _ => false,
    };
    if !hoists {
        return false;
    }
    let (op, shape) = (node.op.clone(), editor.shape(source).to_vec());
    let computed = editor.add_node(id, "", op, vec![source], shape);
    editor.replace_as(id, "reshape", Op::Reshape, vec![computed]);
    true
}

/// Arithmetic of two tensors that are reshaped alike works before the reshapes.
pub(super) fn hoist_binary(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let Op::Binary { .. } = node.op else { return false };
    let source = |index: usize| {
        let producer = editor.input_producer(id, index)?;
        matches!(editor.op(producer), Op::Reshape).then(|| editor.node(producer).inputs[0])
    };
    let (Some(a), Some(b)) = (source(0), source(1)) else { return false };
    let same = editor.shape(a) == editor.shape(b) && editor.shape(node.inputs[0]) == editor.shape(node.inputs[1]);
    if !same || node.inputs.iter().any(|&input| editor.uses(input) > 2) {
        return false;
    }
    let (op, shape) = (node.op.clone(), editor.shape(a).to_vec());
    let computed = editor.add_node(id, "", op, vec![a, b], shape);
    editor.replace_as(id, "reshape", Op::Reshape, vec![computed]);
    true
}
