//! Conv, 1-D and 2-D.

use crate::graph::float::{Clamp, Conv2d, Op};

use super::super::array::Array;
use super::super::context::{Context, Converted, Refusal};
use super::window::{from_nhwc, place, to_nhwc};

pub(super) fn conv(cx: &mut Context) -> Converted {
    let input = cx.activation(0)?;
    let weights = cx.constant(1, "weights")?;
    let input_shape = cx.shape(input);
    let rank = input_shape.len();
    if !(3..=4).contains(&rank) || weights.shape.len() != rank {
        return Err(Refusal::form(format!(
            "its input has shape {input_shape:?} and its weights {:?}; 1-D and 2-D convolutions are supported",
            weights.shape
        )));
    }
    let placed = place(cx, &weights.shape[2..], &input_shape[2..])?;
    check_declared_filter(cx, &weights.shape[2..])?;
    let (output_channels, groups) = channels(cx, &weights, input_shape[1])?;
    let bias = cx.optional_floats(2, "bias")?.unwrap_or_else(|| vec![0.0; output_channels]);
    if bias.len() != output_channels {
        return Err(Refusal::form(format!("its bias has {} elements for {output_channels} channels", bias.len())));
    }
    let op = Op::Conv2d(Conv2d {
        weights: channels_last(&weights)?,
        bias,
        output_channels,
        groups,
        window: placed.window,
        clamp: Clamp::NONE,
    });
    let nhwc = to_nhwc(cx, input)?;
    let [height, width] = placed.output;
    let output = cx.emit(op, &[nhwc], vec![input_shape[0], height, width, output_channels])?;
    super::one(from_nhwc(cx, output, rank)?)
}

fn check_declared_filter(cx: &mut Context, filter: &[usize]) -> Result<(), Refusal> {
    match cx.ints("kernel_shape")? {
        Some(declared) if !declared.iter().copied().eq(filter.iter().map(|&extent| extent as i64)) => {
            Err(Refusal::form(format!("`kernel_shape` {declared:?} is not the filter's {filter:?}")))
        }
        _ => Ok(()),
    }
}

/// Output channels and groups, checked against each other.
fn channels(cx: &mut Context, weights: &Array, input_channels: usize) -> Result<(usize, usize), Refusal> {
    let groups = cx.int("group", 1)?;
    let output_channels = weights.shape[0];
    usize::try_from(groups)
        .ok()
        .filter(|&groups| groups > 0 && output_channels > 0)
        .filter(|&groups| output_channels.is_multiple_of(groups))
        .filter(|&groups| weights.shape[1].checked_mul(groups) == Some(input_channels))
        .map(|groups| (output_channels, groups))
        .ok_or_else(|| {
            let shape = &weights.shape;
            Refusal::form(format!("weights of shape {shape:?} in {groups} groups do not fit {input_channels} channels"))
        })
}

/// `[O, C / groups, FW]` or `[O, C / groups, FH, FW]` to `[O, FH, FW, C / groups]`.
fn channels_last(weights: &Array) -> Result<Vec<f32>, Refusal> {
    // Without a filter height the order of the elements is that of height 1.
    let permutation: &[usize] = if weights.shape.len() == 3 { &[0, 2, 1] } else { &[0, 2, 3, 1] };
    let transposed = weights.transposed(permutation).and_then(|weights| weights.to_f32());
    transposed.ok_or_else(|| Refusal::form("its weights are not numeric"))
}
