//! Windows of convolutions and poolings: padding forms, and the way between the model's layout and NHWC.

use crate::graph::float::{TensorId, Window};

use super::super::context::{Context, Refusal};

/// One spatial axis under the window.
#[derive(Debug, Clone, Copy)]
struct Axis {
    index: usize,
    rank: usize,
    extent: usize,
    /// Extent that the dilated filter covers.
    span: usize,
    stride: usize,
}

/// Padding of one spatial axis.
#[derive(Debug, Clone, Copy)]
struct AxisPadding {
    before: usize,
    after: usize,
}

/// A window, and the padding that exists only because the output extent was rounded up.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlacedWindow {
    /// With `pad_after` as large as the output extent needs.
    pub window: Window,
    /// The part of `pad_after` that the model did not ask for.
    pub rounding_pad: [usize; 2],
    /// Output height and width.
    pub output: [usize; 2],
}

/// Reads strides, dilations and padding for a filter over `extents`, both of one or two axes.
pub(super) fn place(cx: &mut Context, filter: &[usize], extents: &[usize]) -> Result<PlacedWindow, Refusal> {
    let rank = filter.len();
    if rank == 0 || rank > 2 || rank != extents.len() {
        return Err(Refusal::form(format!("it has {} spatial axes; 1 and 2 are supported", extents.len())));
    }
    let strides = positive(cx, "strides", rank)?;
    let dilations = positive(cx, "dilations", rank)?;
    let auto_pad = cx.text("auto_pad", "NOTSET")?;
    let pads = cx.ints("pads")?;
    let rounds_up = cx.int("ceil_mode", 0)? != 0;
    let mut placed = PlacedWindow {
        window: Window { filter: [1; 2], stride: [1; 2], dilation: [1; 2], pad_before: [0; 2], pad_after: [0; 2] },
        rounding_pad: [0; 2],
        output: [1; 2],
    };
    for index in 0..rank {
        // A single spatial axis is the width.
        let target = index + 2 - rank;
        let span = span(filter[index], dilations[index])?;
        let axis = Axis { index, rank, extent: extents[index], span, stride: strides[index] };
        let padding = axis_padding(&auto_pad, pads.as_deref(), axis)?;
        let (output, rounding) = positions(axis, padding, rounds_up)?;
        placed.window.filter[target] = filter[index];
        placed.window.stride[target] = strides[index];
        placed.window.dilation[target] = dilations[index];
        placed.window.pad_before[target] = padding.before;
        placed.window.pad_after[target] = padding.after + rounding;
        placed.rounding_pad[target] = rounding;
        placed.output[target] = output;
    }
    Ok(placed)
}

/// Largest extent, stride, dilation or padding that is accepted along one axis; sums and products of two stay far from overflow.
const AXIS_MAX: usize = 1 << 24;

fn bounded(value: i64, what: &str) -> Result<usize, Refusal> {
    let fits = usize::try_from(value).ok().filter(|&value| value <= AXIS_MAX);
    fits.ok_or_else(|| Refusal::form(format!("{what} {value} is out of range")))
}

fn positive(cx: &mut Context, name: &str, rank: usize) -> Result<Vec<usize>, Refusal> {
    let Some(values) = cx.ints(name)? else { return Ok(vec![1; rank]) };
    if values.len() != rank || values.iter().any(|&value| value < 1) {
        return Err(Refusal::form(format!("`{name}` {values:?} does not fit {rank} spatial axes")));
    }
    values.iter().map(|&value| bounded(value, name)).collect()
}

/// Extent that a dilated filter covers.
fn span(filter: usize, dilation: usize) -> Result<usize, Refusal> {
    if filter == 0 || filter > AXIS_MAX {
        return Err(Refusal::form(format!("a filter extent of {filter} is out of range")));
    }
    Ok((filter - 1) * dilation + 1)
}

fn axis_padding(auto_pad: &str, pads: Option<&[i64]>, axis: Axis) -> Result<AxisPadding, Refusal> {
    let Axis { index, rank, extent, span, stride } = axis;
    match auto_pad {
        "NOTSET" => {
            let Some(pads) = pads else { return Ok(AxisPadding { before: 0, after: 0 }) };
            if pads.len() != 2 * rank {
                return Err(Refusal::form(format!("`pads` {pads:?} does not fit {rank} spatial axes")));
            }
            Ok(AxisPadding { before: bounded(pads[index], "padding")?, after: bounded(pads[index + rank], "padding")? })
        }
        "VALID" => Ok(AxisPadding { before: 0, after: 0 }),
        "SAME_UPPER" | "SAME_LOWER" => {
            let output = extent.div_ceil(stride);
            let total = ((output - 1) * stride + span).saturating_sub(extent);
            let (small, large) = (total / 2, total - total / 2);
            let is_upper = auto_pad == "SAME_UPPER";
            Ok(if is_upper {
                AxisPadding { before: small, after: large }
            } else {
                AxisPadding { before: large, after: small }
            })
        }
        other => Err(Refusal::form(format!("auto_pad `{other}` is not known"))),
    }
}

/// Number of window positions, and how much padding rounding up adds.
fn positions(axis: Axis, padding: AxisPadding, rounds_up: bool) -> Result<(usize, usize), Refusal> {
    let Axis { extent, span, stride, .. } = axis;
    let padded = extent + padding.before + padding.after;
    let too_large = || Refusal::form(format!("a window over {span} elements does not fit a padded extent of {padded}"));
    let room = padded.checked_sub(span).ok_or_else(too_large)?;
    if !rounds_up {
        return Ok((room / stride + 1, 0));
    }
    let mut last = room.div_ceil(stride);
    // A window must not start in the padding behind the input.
    if last * stride >= extent + padding.before {
        last -= 1;
    }
    Ok((last + 1, (last * stride).saturating_sub(room)))
}

/// `[N, C, W]` or `[N, C, H, W]` to `[N, H, W, C]`, with height 1 where there is none.
pub(super) fn to_nhwc(cx: &mut Context, input: TensorId) -> Result<TensorId, Refusal> {
    let input = match cx.shape(input).as_slice() {
        &[n, c, w] => cx.reshape(input, vec![n, c, 1, w])?,
        [_, _, _, _] => input,
        other => return Err(Refusal::form(format!("its input has shape {other:?}; rank 3 and 4 are supported"))),
    };
    cx.transpose(input, &[0, 2, 3, 1])
}

/// `[N, H, W, C]` back to the model's layout of the given rank.
pub(super) fn from_nhwc(cx: &mut Context, output: TensorId, rank: usize) -> Result<TensorId, Refusal> {
    let output = cx.transpose(output, &[0, 3, 1, 2])?;
    match (rank, cx.shape(output).as_slice()) {
        (3, &[n, c, _, w]) => cx.reshape(output, vec![n, c, w]),
        _ => Ok(output),
    }
}
