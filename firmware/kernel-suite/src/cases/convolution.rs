//! Convolution and depthwise convolution.

use peacrab_kernels::packed::winograd::Tile;
use peacrab_kernels::{Conv2d, DepthwiseConv2d, WeightLayout, packed};

use super::{Outcome, accepted, compare};
use crate::rng::Rng;
use crate::{Workspace, draw, reference};

/// Most weights of a case, and most multiply-accumulates: a case takes a fraction of a second on a slow core.
const WEIGHTS_MAX: usize = 5000;
const MACS_MAX: usize = 150_000;
/// Most elements of an input or output that `draw` does not limit already.
const TENSOR_MAX: usize = 2048;

/// Most bytes of a case with transformed weights, which are many: a little less than the smallest workspace.
const WINOGRAD_BYTES_MAX: usize = 9 * 1024;

/// Channels 1 to 33 in turn, on one side or the other.
fn channels(case: u32, rng: &mut Rng) -> [usize; 2] {
    let swept = 1 + case as usize % 33;
    let other = rng.within(1, 33);
    if (case / 33).is_multiple_of(2) { [swept, other] } else { [other, swept] }
}

pub(super) fn conv2d(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_conv2d(case, WeightLayout::Plain, rng);
    run_conv2d(kernel, depth, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_packed(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_conv2d(case, WeightLayout::Packed, rng);
    run_conv2d(kernel, depth, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_winograd_2x2(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_winograd(case, Tile::Two, rng);
    run_conv2d(kernel, depth, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_winograd_4x4(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_winograd(case, Tile::Four, rng);
    run_conv2d(kernel, depth, rng, workspace).unwrap_or(Ok(None))
}

/// Channels in every number that fits the workspace.
fn draw_winograd(case: u32, tile: Tile, rng: &mut Rng) -> (Conv2d<'static>, usize) {
    let most = match tile {
        Tile::Two => 24,
        Tile::Four => 16,
    };
    loop {
        let (inputs, outputs) = (4 + case as usize * 4 % most, 2 * rng.within(1, 6));
        let (input_shape, window, output_shape) = draw::window_3x3(rng, inputs, outputs, 1);
        let layout = WeightLayout::Winograd(tile);
        let input_zero_point = draw::zero_point(rng);
        let kernel = Conv2d {
            input_shape,
            output_shape,
            window,
            groups: 1,
            input_zero_point,
            weights: &[],
            layout,
            requant: draw::NO_REQUANT,
        };
        let depth = 9 * inputs;
        let tensors = [input_shape, output_shape].map(|shape| shape.iter().product::<usize>());
        let weights = depth * outputs + packed::winograd::bytes(outputs, inputs, tile);
        let bytes = tensors.iter().sum::<usize>() + weights + kernel.scratch_bytes();
        if bytes <= WINOGRAD_BYTES_MAX && depth * tensors[1] <= MACS_MAX {
            return (kernel, depth);
        }
    }
}

fn draw_conv2d(case: u32, layout: WeightLayout, rng: &mut Rng) -> (Conv2d<'static>, usize) {
    loop {
        let groups = if layout == WeightLayout::Plain && rng.one_in(5) { rng.within(2, 4) } else { 1 };
        let [input_channels, output_channels] = channels(case, rng).map(|channels| channels.div_ceil(groups) * groups);
        let filter_max = rng.pick(&[1, 3, 3, 7]);
        let (input_shape, window, mut output_shape) = draw::window(rng, input_channels, output_channels, filter_max);
        if rng.one_in(8) {
            // A row more: all its taps may see padding.
            output_shape[1] += 1;
        }
        let depth = window.filter.iter().product::<usize>() * input_channels / groups;
        let scratch = 5 * packed::rows::padded(depth);
        let packed_bytes = if layout == WeightLayout::Packed { packed::rows::bytes(output_channels, depth) } else { 0 };
        let weights = depth * output_channels + packed_bytes + scratch;
        let output = output_shape.iter().product::<usize>();
        if weights <= WEIGHTS_MAX && output <= TENSOR_MAX && depth * output <= MACS_MAX {
            let input_zero_point = draw::zero_point(rng);
            let kernel = Conv2d {
                input_shape,
                output_shape,
                window,
                groups,
                input_zero_point,
                weights: &[],
                layout,
                requant: draw::NO_REQUANT,
            };
            return (kernel, depth);
        }
    }
}

fn run_conv2d(kernel: Conv2d, depth: usize, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let channels = kernel.output_shape[3];
    let input = draw::data(rng, &mut bytes, kernel.input_shape.iter().product())?;
    let plain = draw::weights(rng, &mut bytes, channels, depth, kernel.layout)?;
    let weights = draw::packed_rows(&mut bytes, plain, channels, depth, kernel.layout)?;
    let output = draw::take(&mut bytes, kernel.output_shape.iter().product())?;
    let kernel = Conv2d { weights, requant: draw::requant(rng, &mut words, channels, depth)?, ..kernel };
    let scratch = draw::scratch(&mut bytes, kernel.scratch_bytes())?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output, scratch);
        compare(output, |at| reference::conv2d(&kernel, plain, input, at))
    }))
}

pub(super) fn depthwise_conv2d(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_depthwise(case, rng);
    run_depthwise(kernel, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn depthwise_conv2d_packed(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_depthwise_packed(case, rng);
    run_depthwise(kernel, rng, workspace).unwrap_or(Ok(None))
}

fn draw_depthwise(case: u32, rng: &mut Rng) -> DepthwiseConv2d<'static> {
    loop {
        let multiplier = if rng.one_in(4) { rng.pick(&[2, 3, 8, 17]) } else { 1 };
        let channels = match multiplier {
            1 if rng.one_in(8) => rng.within(60, 70),
            1..=3 => 1 + case as usize % 33,
            _ => 1 + case as usize % 4,
        };
        let filter_max = rng.pick(&[1, 3, 3, 7]);
        let (input_shape, window, output_shape) = draw::window(rng, channels, channels * multiplier, filter_max);
        let taps = window.filter.iter().product::<usize>();
        if taps * channels * multiplier <= WEIGHTS_MAX && taps * output_shape.iter().product::<usize>() <= MACS_MAX {
            let input_zero_point = draw::zero_point(rng);
            return DepthwiseConv2d {
                input_shape,
                output_shape,
                window,
                input_zero_point,
                weights: &[],
                layout: WeightLayout::Plain,
                requant: draw::NO_REQUANT,
            };
        }
    }
}

/// Around the packed layout's 3x3 windows, whose columns have several heights.
fn draw_depthwise_packed(case: u32, rng: &mut Rng) -> DepthwiseConv2d<'static> {
    loop {
        let channels = 1 + case as usize % 33;
        let (input_shape, window, output_shape) = draw::window_3x3(rng, channels, channels, 2);
        let kernel = DepthwiseConv2d {
            input_shape,
            output_shape,
            window,
            input_zero_point: draw::zero_point(rng),
            weights: &[],
            layout: WeightLayout::Packed,
            requant: draw::NO_REQUANT,
        };
        if [input_shape, output_shape].iter().all(|shape| shape.iter().product::<usize>() <= TENSOR_MAX) {
            return kernel;
        }
    }
}

fn run_depthwise(kernel: DepthwiseConv2d, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let channels = kernel.output_shape[3];
    let taps = kernel.window.filter.iter().product::<usize>();
    let input = draw::data(rng, &mut bytes, kernel.input_shape.iter().product())?;
    let plain = draw::data(rng, &mut bytes, taps * channels)?;
    let weights = draw::packed_taps(&mut bytes, plain, channels, kernel.layout)?;
    let output = draw::take(&mut bytes, kernel.output_shape.iter().product())?;
    let kernel = DepthwiseConv2d { weights, requant: draw::requant(rng, &mut words, channels, taps)?, ..kernel };
    let scratch = draw::scratch(&mut bytes, kernel.scratch_bytes())?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output, scratch);
        compare(output, |at| reference::depthwise_conv2d(&kernel, plain, input, at))
    }))
}
