//! Softmax and LogSoftmax.

use crate::graph::float::{Op, TensorId};

use super::super::context::{Context, Converted, Refusal, axis_of};

/// Since opset 13 along one axis; before, over all axes from the named one on taken together.
pub(super) fn softmax(cx: &mut Context) -> Converted {
    let input = cx.activation(0)?;
    let shape = cx.shape(input);
    let is_flattened = cx.opset < 13;
    let axis = axis_of(cx.int("axis", if is_flattened { 1 } else { -1 })?, shape.len())?;
    let (outer, inner) = shape.split_at(axis);
    if !is_flattened || inner.iter().skip(1).all(|&extent| extent == 1) {
        return super::one(along(cx, input, axis)?);
    }
    let flat = cx.reshape(input, vec![outer.iter().product(), inner.iter().product()])?;
    let output = along(cx, flat, 1)?;
    super::one(cx.reshape(output, shape)?)
}

fn along(cx: &mut Context, input: TensorId, axis: usize) -> Result<TensorId, Refusal> {
    let shape = cx.shape(input);
    let op = if cx.node.operator == "Softmax" { Op::Softmax { axis } } else { Op::LogSoftmax { axis } };
    cx.emit(op, &[input], shape)
}
