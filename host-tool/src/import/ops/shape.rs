//! Operators that keep every element: Reshape, Flatten, Squeeze, Unsqueeze, Transpose, and those that do nothing here.

use std::sync::Arc;

use super::super::array::{Array, Data, element_count};
use super::super::context::{Context, Converted, Refusal, Value, axes_of, axis_of};

pub(super) fn identity(cx: &mut Context) -> Converted {
    Ok(vec![cx.input(0)?])
}

/// Does nothing at inference; its second output, the mask, has no value.
pub(super) fn dropout(cx: &mut Context) -> Converted {
    cx.ignore(&["ratio", "seed", "is_test"]);
    if let Some(training) = cx.optional_ints(2, "training mode")?
        && training != [0]
    {
        return Err(Refusal::new("it is in training mode", "export the model in evaluation mode"));
    }
    identity(cx)
}

/// ONNX's numbers of the float element types.
const FLOAT_TYPES: [i64; 4] = [1, 10, 11, 16];

pub(super) fn cast(cx: &mut Context) -> Converted {
    cx.ignore(&["saturate", "round_mode"]);
    let to_float = if cx.node.operator == "CastLike" {
        !matches!(cx.input(1)?, Value::Integers(_))
            && !matches!(cx.input(1)?, Value::Constant(like) if !like.is_float())
    } else {
        FLOAT_TYPES.contains(&cx.int("to", 1)?)
    };
    match (cx.input(0)?, to_float) {
        (Value::Constant(array), _) => cast_constant(cx, &array, to_float),
        (Value::Tensor(id) | Value::Integers(id), true) => super::one(id),
        (Value::Integers(id), false) => Ok(vec![Value::Integers(id)]),
        (Value::Tensor(_), false) => {
            Err(Refusal::new("it casts a tensor to integers at run time", "end the model at the float values"))
        }
        (other, _) => Ok(vec![other]),
    }
}

fn cast_constant(cx: &mut Context, array: &Array, to_float: bool) -> Converted {
    /// ONNX's number of the boolean type.
    const BOOL: i64 = 9;
    let text = || Refusal::form("it casts strings");
    let is_bool = cx.node.operator == "Cast" && cx.int("to", 1)? == BOOL;
    let data = match &array.data {
        Data::Float(values) if is_bool => Data::Int(values.iter().map(|&x| i64::from(x != 0.0)).collect()),
        Data::Int(values) if is_bool => Data::Int(values.iter().map(|&x| i64::from(x != 0)).collect()),
        _ if to_float => Data::Float(array.to_f32().ok_or_else(text)?),
        _ => Data::Int(array.to_i64().ok_or_else(text)?),
    };
    Ok(vec![Value::Constant(Arc::new(Array { shape: array.shape.clone(), data }))])
}

fn reshaped(cx: &mut Context, shape: Vec<usize>) -> Converted {
    let value = cx.input(0)?;
    Ok(vec![cx.reshape_value(&value, shape)?])
}

pub(super) fn reshape(cx: &mut Context) -> Converted {
    let from = cx.value_shape(&cx.input(0)?)?;
    let keeps_zero = cx.int("allowzero", 0)? != 0;
    let target = cx.ints_attribute_or_input("shape", 1)?.ok_or_else(|| Refusal::form("its target shape is missing"))?;
    let mismatch = || {
        Refusal::new(
            format!("it reshapes {from:?} to {target:?}, which has another number of elements"),
            "export with batch size 1 or a dynamic batch",
        )
    };
    let mut shape = Vec::with_capacity(target.len());
    let mut free = None;
    for (axis, &extent) in target.iter().enumerate() {
        shape.push(match extent {
            -1 if free.is_none() => {
                free = Some(axis);
                1
            }
            0 if !keeps_zero => from.get(axis).copied().ok_or_else(mismatch)?,
            _ => usize::try_from(extent).map_err(|_| mismatch())?,
        });
    }
    if let Some(axis) = free {
        let count = element_count(&from).ok_or_else(mismatch)?;
        let rest = element_count(&shape).filter(|&rest| rest > 0).ok_or_else(mismatch)?;
        shape[axis] = count / rest;
    }
    if element_count(&shape) != element_count(&from) {
        return Err(mismatch());
    }
    if let Value::Tensor(input) = cx.input(0)?
        && let Some(resized) = super::repeat::reshape(cx, input, &shape)?
    {
        return super::one(resized);
    }
    reshaped(cx, shape)
}

pub(super) fn flatten(cx: &mut Context) -> Converted {
    let shape = cx.value_shape(&cx.input(0)?)?;
    let axis = cx.int("axis", 1)?;
    // The axis may also stand behind the last one.
    let split = if axis == shape.len() as i64 { shape.len() } else { axis_of(axis, shape.len())? };
    let (outer, inner) = shape.split_at(split);
    let flat = vec![outer.iter().product(), inner.iter().product()];
    reshaped(cx, flat)
}

pub(super) fn squeeze(cx: &mut Context) -> Converted {
    let shape = cx.value_shape(&cx.input(0)?)?;
    let axes = match cx.ints_attribute_or_input("axes", 1)? {
        Some(axes) => axes_of(&axes, shape.len())?,
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
    };
    if let Some(axis) = axes.iter().find(|&&axis| shape[axis] != 1) {
        return Err(Refusal::form(format!("it removes axis {axis} of shape {shape:?}, whose extent is not 1")));
    }
    reshaped(cx, (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect())
}

pub(super) fn unsqueeze(cx: &mut Context) -> Converted {
    let mut shape = cx.value_shape(&cx.input(0)?)?;
    let axes = cx.ints_attribute_or_input("axes", 1)?.ok_or_else(|| Refusal::form("its axes are missing"))?;
    for axis in axes_of(&axes, shape.len() + axes.len())? {
        shape.insert(axis, 1);
    }
    reshaped(cx, shape)
}

pub(super) fn transpose(cx: &mut Context) -> Converted {
    let value = cx.input(0)?;
    let rank = cx.value_shape(&value)?.len();
    let permutation: Vec<usize> = match cx.ints("perm")? {
        Some(permutation) => permutation.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).rev().collect(),
    };
    Ok(vec![cx.transpose_value(&value, &permutation)?])
}
