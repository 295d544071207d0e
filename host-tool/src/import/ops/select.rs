//! Operators that pick or join elements: Slice, Split, Gather, Expand, Tile, Concat.

use std::sync::Arc;

use crate::graph::float::Op;

use super::super::array::{Array, Data, broadcast_shapes, computed_count};
use super::super::context::{Context, Converted, Refusal, Value, axes_of, axis_of};
use super::constants;

/// All indices of every axis.
fn everything(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().map(|&extent| (0..extent).collect()).collect()
}

pub(super) fn slice(cx: &mut Context) -> Converted {
    let value = cx.input(0)?;
    let shape = cx.value_shape(&value)?;
    let missing = || Refusal::form("its bounds are missing");
    let starts = cx.ints_attribute_or_input("starts", 1)?.ok_or_else(missing)?;
    let ends = cx.ints_attribute_or_input("ends", 2)?.ok_or_else(missing)?;
    let axes = cx.ints_attribute_or_input("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = cx.optional_ints(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(Refusal::form("its bounds have different lengths"));
    }
    axes_of(&axes, shape.len())?;
    let mut indices = everything(&shape);
    for (((&axis, &start), &end), &step) in axes.iter().zip(&starts).zip(&ends).zip(&steps) {
        let axis = axis_of(axis, shape.len())?;
        indices[axis] = range(start, end, step, shape[axis])?;
    }
    Ok(vec![cx.select(&value, indices)?])
}

/// Indices from `start` to `end`, both counted from the end when negative and clamped to the axis.
fn range(start: i64, end: i64, step: i64, extent: usize) -> Result<Vec<usize>, Refusal> {
    let length = i64::try_from(extent).unwrap_or(i64::MAX);
    let from_start = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
    let (start, end) = (from_start(start), from_start(end));
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX).max(1);
    let as_index = |bound: i64| usize::try_from(bound).unwrap_or(0);
    match step {
        0 => Err(Refusal::form("a step is 0")),
        1.. => Ok((as_index(start.clamp(0, length))..as_index(end.clamp(0, length))).step_by(stride).collect()),
        _ => {
            // Downwards the bounds are inclusive at the top and exclusive at the bottom, which may lie before 0.
            let last = (length - 1).max(0);
            let (top, bottom) = (start.clamp(0, last), end.clamp(-1, last));
            Ok((as_index(bottom + 1)..as_index(top + 1)).rev().step_by(stride).collect())
        }
    }
}

pub(super) fn split(cx: &mut Context) -> Converted {
    let value = cx.input(0)?;
    let shape = cx.value_shape(&value)?;
    let axis = constants::axis(cx, 0, shape.len())?;
    let declared = cx.int("num_outputs", 0)?;
    let count = usize::try_from(declared).ok().filter(|&count| count > 0).unwrap_or(cx.node.outputs.len());
    let sizes: Vec<usize> = match cx.ints_attribute_or_input("split", 1)? {
        Some(sizes) => sizes.iter().map(|&size| usize::try_from(size).unwrap_or(usize::MAX)).collect(),
        None => equal_parts(shape[axis], count),
    };
    let total = sizes.iter().try_fold(0_usize, |sum, &size| sum.checked_add(size));
    if total != Some(shape[axis]) || sizes.len() < cx.node.outputs.len() {
        return Err(Refusal::form(format!("parts of {sizes:?} do not make up an extent of {}", shape[axis])));
    }
    let mut parts = Vec::with_capacity(sizes.len());
    let mut start = 0;
    for &size in &sizes {
        let mut indices = everything(&shape);
        indices[axis] = (start..start + size).collect();
        start += size;
        parts.push(cx.select(&value, indices)?);
    }
    Ok(parts)
}

/// The last part is smaller where the extent does not divide.
fn equal_parts(extent: usize, count: usize) -> Vec<usize> {
    let size = extent.div_ceil(count.max(1));
    (0..count).map(|part| size.min(extent.saturating_sub(part.saturating_mul(size)))).collect()
}

/// Gather with constant indices of rank 0 or 1 on a tensor, of any rank on a constant.
pub(super) fn gather(cx: &mut Context) -> Converted {
    let value = cx.input(0)?;
    let shape = cx.value_shape(&value)?;
    let axis = constants::axis(cx, 0, shape.len())?;
    let picked = cx.constant(1, "list of indices")?;
    let extent = shape[axis] as i64;
    let positions: Vec<usize> = picked
        .to_i64()
        .unwrap_or_default()
        .iter()
        .map(|&index| {
            usize::try_from(if index < 0 { index.saturating_add(extent) } else { index }).unwrap_or(usize::MAX)
        })
        .collect();
    if let Some(index) = positions.iter().find(|&&index| index >= shape[axis]) {
        return Err(Refusal::form(format!("index {index} is outside of axis {axis} of shape {shape:?}")));
    }
    let mut indices = everything(&shape);
    indices[axis] = positions;
    let selected = cx.select(&value, indices)?;
    let (outer, inner) = (shape.get(..axis).unwrap_or_default(), shape.get(axis + 1..).unwrap_or_default());
    let target = [outer, &picked.shape, inner].concat();
    Ok(vec![cx.reshape_value(&selected, target)?])
}

fn positive_extents(values: &[i64]) -> Result<Vec<usize>, Refusal> {
    let extents: Option<Vec<usize>> = values.iter().map(|&value| usize::try_from(value).ok()).collect();
    let valid = extents.filter(|extents| computed_count(extents).is_some());
    valid.ok_or_else(|| Refusal::form(format!("the shape {values:?} is negative or too large")))
}

pub(super) fn expand(cx: &mut Context) -> Converted {
    let target = cx.optional_ints(1, "shape")?.ok_or_else(|| Refusal::form("its shape is missing"))?;
    let target = positive_extents(&target)?;
    let value = cx.input(0)?;
    let from = cx.value_shape(&value)?;
    let mismatch = || Refusal::form(format!("{from:?} does not expand to {target:?}"));
    let shape =
        broadcast_shapes(&from, &target).filter(|shape| computed_count(shape).is_some()).ok_or_else(mismatch)?;
    let aligned = [vec![1; shape.len() - from.len()], from.clone()].concat();
    let value = cx.reshape_value(&value, aligned.clone())?;
    let spread = |(&own, &wanted): (&usize, &usize)| if own == wanted { (0..own).collect() } else { vec![0; wanted] };
    let indices = aligned.iter().zip(&shape).map(spread).collect();
    Ok(vec![cx.select(&value, indices)?])
}

pub(super) fn tile(cx: &mut Context) -> Converted {
    let repeats = cx.optional_ints(1, "repeats")?.ok_or_else(|| Refusal::form("its repeats are missing"))?;
    let repeats = positive_extents(&repeats)?;
    let value = cx.input(0)?;
    let shape = cx.value_shape(&value)?;
    let pairs = || shape.iter().zip(&repeats);
    let total: Option<Vec<usize>> = pairs().map(|(&extent, &times)| extent.checked_mul(times)).collect();
    let total = total.filter(|total| computed_count(total).is_some() && shape.len() == repeats.len());
    let total = total.ok_or_else(|| Refusal::form(format!("repeats {repeats:?} do not fit shape {shape:?}")))?;
    let cycle = |(&extent, &length): (&usize, &usize)| (0..length).map(|index| index % extent).collect();
    let indices = shape.iter().zip(&total).map(cycle).collect();
    Ok(vec![cx.select(&value, indices)?])
}

pub(super) fn concat(cx: &mut Context) -> Converted {
    let values: Vec<Value> = (0..cx.inputs.len()).map(|index| cx.input(index)).collect::<Result<_, _>>()?;
    let shapes: Vec<Vec<usize>> = values.iter().map(|value| cx.value_shape(value)).collect::<Result<_, _>>()?;
    let first = shapes.first().ok_or_else(|| Refusal::form("it has no inputs"))?;
    let axis = constants::axis(cx, 1, first.len())?;
    let mut shape = first.clone();
    shape[axis] = 0;
    for other in &shapes {
        let is_same = |k: usize| k == axis || other.get(k) == first.get(k);
        if other.len() != first.len() || !(0..first.len()).all(is_same) {
            return Err(Refusal::form(format!("shapes {first:?} and {other:?} do not join along axis {axis}")));
        }
        shape[axis] += other[axis];
    }
    let constants: Option<Vec<Arc<Array>>> = values
        .iter()
        .map(|value| if let Value::Constant(array) = value { Some(array.clone()) } else { None })
        .collect();
    if let Some(arrays) = constants {
        return constants::known(join(&arrays, axis, shape)?);
    }
    let inputs = (0..values.len()).map(|index| cx.tensor(index)).collect::<Result<Vec<_>, _>>()?;
    super::one(cx.emit(Op::Concat { axis }, &inputs, shape)?)
}

fn join(arrays: &[Arc<Array>], axis: usize, shape: Vec<usize>) -> Result<Array, Refusal> {
    let outer: usize = shape[..axis].iter().product();
    let row = |array: &Array| array.data.len() / outer.max(1);
    let positions = |array: &Array, o: usize| o * row(array)..(o + 1) * row(array);
    let mut floats = Vec::new();
    let mut ints = Vec::new();
    for o in 0..outer {
        for array in arrays {
            match &array.data {
                Data::Float(values) => floats.extend_from_slice(&values[positions(array, o)]),
                Data::Int(values) => ints.extend_from_slice(&values[positions(array, o)]),
                Data::Text(_) => return Err(Refusal::form("it joins strings")),
            }
        }
    }
    let data = if floats.is_empty() { Data::Int(ints) } else { Data::Float(floats) };
    Array::new(shape, data).ok_or_else(|| Refusal::form("it joins constants of different types"))
}
