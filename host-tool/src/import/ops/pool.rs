//! MaxPool, AveragePool and their global forms, 1-D and 2-D.

use crate::graph::float::{Op, Pool, PoolKind, TensorId, Window};

use super::super::context::{Context, Converted, Refusal};
use super::window::{PlacedWindow, from_nhwc, place, to_nhwc};

pub(super) fn max_pool(cx: &mut Context) -> Converted {
    // The order only concerns the second output, the indices, which has no value here.
    cx.ignore(&["storage_order"]);
    let placed = window(cx)?;
    pool(cx, placed, PoolKind::Max, false)
}

pub(super) fn average_pool(cx: &mut Context) -> Converted {
    let counts_padding = cx.int("count_include_pad", 0)? != 0;
    let placed = window(cx)?;
    let is_rounded = placed.rounding_pad != [0, 0];
    if !(counts_padding && is_rounded) {
        return pool(cx, placed, PoolKind::Average, counts_padding);
    }
    // Padding that the model asks for counts as zeros, padding from rounding up does not: the first becomes elements.
    let input = cx.activation(0)?;
    let rank = cx.shape(input).len();
    let nhwc = to_nhwc(cx, input)?;
    let padded = pad_explicitly(cx, nhwc, &placed)?;
    let window = Window { pad_before: [0; 2], pad_after: placed.rounding_pad, ..placed.window };
    let op = Op::Pool(Pool { kind: PoolKind::Average, window, count_include_pad: false });
    let shape = cx.shape(nhwc);
    let output = cx.emit(op, &[padded], vec![shape[0], placed.output[0], placed.output[1], shape[3]])?;
    super::one(from_nhwc(cx, output, rank)?)
}

fn pad_explicitly(cx: &mut Context, nhwc: TensorId, placed: &PlacedWindow) -> Result<TensorId, Refusal> {
    let [top, left] = placed.window.pad_before;
    let [bottom, right] = [0, 1].map(|axis| placed.window.pad_after[axis] - placed.rounding_pad[axis]);
    let mut shape = cx.shape(nhwc);
    shape[1] += top + bottom;
    shape[2] += left + right;
    let op = Op::Pad { before: vec![0, top, left, 0], after: vec![0, bottom, right, 0], value: 0.0 };
    cx.emit(op, &[nhwc], shape)
}

pub(super) fn global_average_pool(cx: &mut Context) -> Converted {
    global(cx, PoolKind::Average)
}

pub(super) fn global_max_pool(cx: &mut Context) -> Converted {
    global(cx, PoolKind::Max)
}

fn global(cx: &mut Context, kind: PoolKind) -> Converted {
    let input = cx.activation(0)?;
    let filter = match cx.shape(input).as_slice() {
        &[_, _, width] => [1, width],
        &[_, _, height, width] => [height, width],
        other => return Err(Refusal::form(format!("its input has shape {other:?}; rank 3 and 4 are supported"))),
    };
    let placed = PlacedWindow { window: whole(filter), rounding_pad: [0; 2], output: [1; 2] };
    pool(cx, placed, kind, false)
}

/// A window as large as its input.
pub(super) fn whole(filter: [usize; 2]) -> Window {
    Window { filter, stride: [1; 2], dilation: [1; 2], pad_before: [0; 2], pad_after: [0; 2] }
}

fn window(cx: &mut Context) -> Result<PlacedWindow, Refusal> {
    let input = cx.activation(0)?;
    let shape = cx.shape(input);
    let filter = cx.ints("kernel_shape")?.ok_or_else(|| Refusal::form("`kernel_shape` is missing"))?;
    let filter: Vec<usize> = filter
        .iter()
        .map(|&extent| usize::try_from(extent).ok().filter(|&extent| extent > 0))
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::form(format!("`kernel_shape` {filter:?} is not valid")))?;
    place(cx, &filter, shape.get(2..).unwrap_or_default())
}

fn pool(cx: &mut Context, placed: PlacedWindow, kind: PoolKind, count_include_pad: bool) -> Converted {
    let input = cx.activation(0)?;
    let rank = cx.shape(input).len();
    let nhwc = to_nhwc(cx, input)?;
    let shape = cx.shape(nhwc);
    let op = Op::Pool(Pool { kind, window: placed.window, count_include_pad });
    let output = cx.emit(op, &[nhwc], vec![shape[0], placed.output[0], placed.output[1], shape[3]])?;
    super::one(from_nhwc(cx, output, rank)?)
}
