//! Arithmetic with a constant is an affine.

use crate::graph::float::{Affine, Binary, Clamp, Op, TensorId};
use crate::graph::shape::elements;
use crate::passes::rewrite::{Editor, NodeId};

/// A binary operator with one constant operand becomes an affine along the last axis. A constant that varies along other axes
/// makes it an affine over the flattened tensor.
pub(super) fn constant_to_affine(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let Op::Binary { kind, clamp } = node.op else { return false };
    let (tensor, constant, constant_first) = match (editor.constant(node.inputs[0]), editor.constant(node.inputs[1])) {
        (Some(_), None) => (node.inputs[1], node.inputs[0], true),
        (None, Some(_)) => (node.inputs[0], node.inputs[1], false),
        _ => return false,
    };
    let shape = editor.shape(node.output).to_vec();
    if elements(editor.shape(tensor)) != elements(&shape) {
        return false;
    }
    let Some(values) = along_last_axis(editor, constant).or_else(|| stretched(editor, constant, &shape)) else {
        return false;
    };
    let whole = values.len() != 1 && Some(&values.len()) != shape.last();
    let op = Op::Affine { affine: affine_of(kind, constant_first, values), clamp };
    if !whole {
        let input = editor.add_reshape(id, tensor, &shape);
        editor.replace(id, op, vec![input]);
        return true;
    }
    let flat = vec![1, elements(&shape)];
    let input = editor.add_reshape(id, tensor, &flat);
    let computed = editor.add_node(id, "", op, vec![input], flat);
    editor.replace_as(id, "reshape", Op::Reshape, vec![computed]);
    true
}

/// The constant as one value, or one per element along the last axis.
fn along_last_axis(editor: &Editor, constant: TensorId) -> Option<Vec<f32>> {
    let values = editor.constant(constant)?;
    let first = *values.first()?;
    if values.iter().all(|&value| value == first) {
        return Some(vec![first]);
    }
    let last = *editor.shape(constant).last()?;
    (values.len() == last).then(|| values.to_vec())
}

/// The constant with one value for every element of `shape`.
fn stretched(editor: &Editor, constant: TensorId, shape: &[usize]) -> Option<Vec<f32>> {
    crate::graph::execute::stretched_values(editor.shape(constant), editor.constant(constant)?, shape)
}

fn affine_of(kind: Binary, constant_first: bool, values: Vec<f32>) -> Affine {
    let count = values.len();
    let (scale, bias) = match (kind, constant_first) {
        (Binary::Add, _) => (vec![1.0; count], values),
        (Binary::Sub, true) => (vec![-1.0; count], values),
        (Binary::Sub, false) => (vec![1.0; count], values.into_iter().map(|value| -value).collect()),
        (Binary::Mul, _) => (values, vec![0.0; count]),
    };
    Affine { scale, bias }
}

/// The clamp of what an affine with one positive or negative scale makes of clamped values.
pub(super) fn scaled_clamp(clamp: &Clamp, scale: f32, bias: f32) -> Clamp {
    let (a, b) = (clamp.min * scale + bias, clamp.max * scale + bias);
    Clamp { min: a.min(b), max: a.max(b) }
}
