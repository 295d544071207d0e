//! Repetition along an axis as tf2onnx writes Keras' UpSampling: a new axis is tiled, moved behind the axis to repeat, and
//! merged into it. It becomes the nearest-neighbour resize that it is.

use crate::graph::float::{Op, Shape, TensorId};

use super::super::context::{Context, Refusal, Value};

/// The pieces of a repetition that end in a reshape.
struct Repetition {
    /// What is tiled, with the new axis.
    source: TensorId,
    /// The new axis, and how often it is repeated.
    tiled_axis: usize,
    times: usize,
    /// Order of the axes after tiling.
    permutation: Vec<usize>,
    /// The axis that the new one is merged into, of `source`.
    repeated_axis: usize,
}

/// The resize that reshaping `input` to `target` completes, if it does.
pub(super) fn reshape(cx: &mut Context, input: TensorId, target: &[usize]) -> Result<Option<TensorId>, Refusal> {
    let Some(repetition) = find(cx, input, target) else { return Ok(None) };
    let Repetition { source, tiled_axis, times, permutation, repeated_axis } = repetition;
    let renumbered = |axis: usize| axis - usize::from(axis > tiled_axis);
    let mut shape = cx.shape(source);
    shape.remove(tiled_axis);
    let plain = without_axis(cx, source, shape.clone())?;
    let mut indices: Vec<Vec<usize>> = shape.iter().map(|&extent| (0..extent).collect()).collect();
    let repeated = renumbered(repeated_axis);
    indices[repeated] = (0..shape[repeated] * times).map(|index| index / times).collect();
    let Value::Tensor(resized) = cx.select(&Value::Tensor(plain), indices)? else { return Ok(None) };
    let order: Vec<usize> =
        permutation.iter().filter(|&&axis| axis != tiled_axis).map(|&axis| renumbered(axis)).collect();
    cx.transpose(resized, &order).map(Some)
}

fn find(cx: &Context, input: TensorId, target: &[usize]) -> Option<Repetition> {
    let rank = cx.builder.shape(input).len();
    let node = cx.builder.producer(input)?;
    let (permutation, tile) = match &node.op {
        Op::Transpose { permutation } => (permutation.clone(), cx.builder.producer(*node.inputs.first()?)?),
        _ => ((0..rank).collect(), node),
    };
    let Op::Resize { indices } = &tile.op else { return None };
    let source = *tile.inputs.first()?;
    let from = cx.builder.shape(source);
    let mut changed = (0..rank).filter(|&axis| !indices[axis].iter().copied().eq(0..from[axis]));
    let (tiled_axis, None) = (changed.next()?, changed.next()) else { return None };
    let behind = permutation.iter().position(|&axis| axis == tiled_axis)?;
    let repeated_axis = *permutation.get(behind.checked_sub(1)?)?;
    let mut merged: Shape = cx.builder.shape(input).to_vec();
    let times = merged.remove(behind);
    merged[behind - 1] *= times;
    (from[tiled_axis] == 1 && merged == target).then_some(Repetition {
        source,
        tiled_axis,
        times,
        permutation,
        repeated_axis,
    })
}

/// The tensor before the axis was added, or else one reshaped to be so.
fn without_axis(cx: &mut Context, source: TensorId, shape: Shape) -> Result<TensorId, Refusal> {
    let before = cx.builder.producer(source).filter(|node| node.op == Op::Reshape);
    let before = before.and_then(|node| node.inputs.first().copied());
    match before.filter(|&tensor| cx.builder.shape(tensor) == shape) {
        Some(tensor) => Ok(tensor),
        None => cx.reshape(source, shape),
    }
}
