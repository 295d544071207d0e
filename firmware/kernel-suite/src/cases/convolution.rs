//! Convolution and depthwise convolution.

use peacrab_kernels::packed::winograd::Tile;
use peacrab_kernels::{Conv2d, DepthwiseConv2d, WeightLayout, Window, packed};

use super::{Outcome, accepted, compare};
use crate::draw::{Places, WeightRange};
use crate::rng::Rng;
use crate::{Workspace, draw, reference};

/// Most weights of a case, and most multiply-accumulates: a case takes a fraction of a second on a slow core.
const WEIGHTS_MAX: usize = 5000;
const MACS_MAX: usize = 150_000;
/// Most elements of an input or output that `draw` does not limit already.
const TENSOR_MAX: usize = 2048;

/// Of scratch.
const ALIGNMENT: usize = 16;
/// Most bytes of scratch beyond the least.
const SCRATCH_SPREAD: usize = 1536;
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
    run_conv2d(kernel, depth, Places::Apart, WeightRange::Full, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_symmetric(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_conv2d(case, WeightLayout::Plain, rng);
    run_conv2d(kernel, depth, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_packed(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_conv2d(case, WeightLayout::Packed, rng);
    run_conv2d(kernel, depth, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_overlapping(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_conv2d(case, WeightLayout::Packed, rng);
    run_conv2d(kernel, depth, Places::Overlapping, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

/// Filter rows of three taps over 4 to 32 channels.
pub(super) fn conv2d_band(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_band(case, rng);
    run_conv2d(kernel, depth, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_band_overlapping(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_band(case, rng);
    run_conv2d(kernel, depth, Places::Overlapping, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

/// Deeper than any weights' sums are sure to be told apart as chains: up to three outputs of these are, four are not.
pub(super) fn conv2d_band_deep(_case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = loop {
        let (kernel, depth) = draw_conv2d_of([4, 3], 44, WeightLayout::PackedBand, rng);
        if kernel.output_shape[3] <= packed::rows::QUAD {
            break (kernel, depth);
        }
    };
    run_conv2d(kernel, depth, Places::Apart, WeightRange::Deep, rng, workspace).unwrap_or(Ok(None))
}

fn draw_band(case: u32, rng: &mut Rng) -> (Conv2d<'static>, usize) {
    let (filter, channels) = ([rng.within(1, 4), 3], 4 * (1 + case as usize % 8));
    draw_conv2d_of(filter, channels, WeightLayout::PackedBand, rng)
}

/// Few channels, among them those of first layers for which there are loops of their own.
pub(super) fn conv2d_packed_few_channels(_case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (filter, channels) = rng.pick(&[([3, 3], 3), ([3, 3], 3), ([10, 4], 1), ([3, 2], 2), ([5, 5], 1), ([5, 5], 3)]);
    let (kernel, depth) = draw_conv2d_of(filter, channels, WeightLayout::Packed, rng);
    let places = rng.pick(&[Places::Apart, Places::Overlapping]);
    run_conv2d(kernel, depth, places, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

/// Pointwise, with as many pixels and as much scratch as let weights be staged.
pub(super) fn conv2d_packed_many_pixels(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_many_pixels(case, rng);
    let places = rng.pick(&[Places::Apart, Places::Overlapping]);
    run_conv2d(kernel, kernel.input_shape[3], places, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

/// Packed bytes that no host writes.
pub(super) fn conv2d_packed_any_bytes(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_many_pixels(case, rng);
    run_any_bytes(kernel, rng, workspace).unwrap_or(Ok(None))
}

fn draw_many_pixels(case: u32, rng: &mut Rng) -> Conv2d<'static> {
    loop {
        let [input_channels, output_channels] = [1 + case as usize % 67, rng.within(4, 13)];
        let height = rng.within(3, 8);
        let shape = |channels| [1, height, 6, channels];
        let kernel = Conv2d {
            input_shape: shape(input_channels),
            output_shape: shape(output_channels),
            window: Window { filter: [1, 1], stride: [1, 1], dilation: [1, 1], pad: [0, 0] },
            groups: 1,
            input_zero_point: draw::zero_point(rng),
            weights: &[],
            layout: WeightLayout::Packed,
            requant: draw::NO_REQUANT,
        };
        if fits(&kernel, input_channels) {
            return kernel;
        }
    }
}

fn run_any_bytes(kernel: Conv2d, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let ([.., depth], [.., channels]) = (kernel.input_shape, kernel.output_shape);
    let input = draw::data(rng, &mut bytes, kernel.input_shape.iter().product())?;
    let weights = draw::data(rng, &mut bytes, packed::rows::bytes(channels, depth))?;
    let kernel = Conv2d { weights, requant: draw::requant(rng, &mut words, channels, depth)?, ..kernel };
    let output = draw::take(&mut bytes, kernel.output_shape.iter().product())?;
    let least = kernel.scratch_bytes();
    let scratch_bytes = kernel.useful_scratch_bytes(rng.within(least, least + SCRATCH_SPREAD));
    let scratch = draw::scratch(&mut bytes, scratch_bytes)?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output, scratch);
        compare(output, |at| reference::conv2d_packed_pointwise(&kernel, input, at))
    }))
}

fn draw_conv2d_of(
    filter: [usize; 2],
    input_channels: usize,
    layout: WeightLayout,
    rng: &mut Rng,
) -> (Conv2d<'static>, usize) {
    loop {
        let output_channels = rng.within(1, 17);
        let (input_shape, window, mut output_shape) = draw::window_of(rng, filter, input_channels, output_channels);
        if rng.one_in(8) {
            output_shape[1] += 1;
        }
        let depth = filter.iter().product::<usize>() * input_channels;
        let output = output_shape.iter().product::<usize>();
        let kernel = Conv2d {
            input_shape,
            output_shape,
            window,
            groups: 1,
            input_zero_point: draw::zero_point(rng),
            weights: &[],
            layout,
            requant: draw::NO_REQUANT,
        };
        if fits(&kernel, depth) && output <= TENSOR_MAX && depth * output <= MACS_MAX {
            return (kernel, depth);
        }
    }
}

pub(super) fn conv2d_winograd_2x2(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_winograd(case, Tile::Two, rng);
    run_conv2d(kernel, depth, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn conv2d_winograd_4x4(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let (kernel, depth) = draw_winograd(case, Tile::Four, rng);
    run_conv2d(kernel, depth, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
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
        let kernel = Conv2d {
            input_shape,
            output_shape,
            window,
            groups,
            input_zero_point: 0,
            weights: &[],
            layout,
            requant: draw::NO_REQUANT,
        };
        let is_small = weights <= WEIGHTS_MAX && output <= TENSOR_MAX && depth * output <= MACS_MAX;
        if is_small && fits(&kernel, depth) {
            return (Conv2d { input_zero_point: draw::zero_point(rng), ..kernel }, depth);
        }
    }
}

/// Whether a case fits the memory there is.
fn fits(kernel: &Conv2d, depth: usize) -> bool {
    let tensors = [kernel.input_shape, kernel.output_shape].map(|shape| shape.iter().product::<usize>());
    let channels = kernel.output_shape[3];
    let packed = if kernel.layout == WeightLayout::Plain { 0 } else { packed::rows::bytes(channels, depth) };
    let scratch = ALIGNMENT + kernel.useful_scratch_bytes(kernel.scratch_bytes() + SCRATCH_SPREAD);
    // Where places overlap, the input is copied.
    tensors.iter().sum::<usize>() + tensors[0] + depth * channels + packed + scratch <= Workspace::BYTES
}

fn run_conv2d(
    kernel: Conv2d,
    depth: usize,
    places: Places,
    range: WeightRange,
    rng: &mut Rng,
    workspace: &mut Workspace,
) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let channels = kernel.output_shape[3];
    let input = draw::data(rng, &mut bytes, kernel.input_shape.iter().product())?;
    let plain = draw::weights(rng, &mut bytes, channels, depth, range)?;
    let weights = match kernel.layout {
        WeightLayout::PackedBand => draw::packed_band(&mut bytes, plain, channels, kernel.input_shape[3])?,
        WeightLayout::Winograd(tile) => {
            draw::packed_winograd(&mut bytes, plain, channels, kernel.input_shape[3], tile)?
        }
        layout => draw::packed_rows(&mut bytes, plain, channels, depth, layout)?,
    };
    let kernel = Conv2d { weights, requant: draw::requant(rng, &mut words, channels, depth)?, ..kernel };
    let count = kernel.output_shape.iter().product();
    let least = kernel.scratch_bytes();
    let scratch_bytes = kernel.useful_scratch_bytes(rng.within(least, least + SCRATCH_SPREAD));
    let mut tensors = draw::tensors(rng, &mut bytes, (places, kernel.overlap(scratch_bytes)), input, count)?;
    let scratch = draw::scratch(&mut bytes, scratch_bytes)?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run_overlapping(&mut tensors, scratch);
        compare(tensors.output(), |at| reference::conv2d(&kernel, plain, input, at))
    }))
}

pub(super) fn depthwise_conv2d(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_depthwise(case, rng);
    run_depthwise(kernel, Places::Apart, WeightRange::Full, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn depthwise_conv2d_3x3(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_depthwise_3x3(case, WeightLayout::Plain, rng);
    run_depthwise(kernel, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn depthwise_conv2d_packed(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_depthwise_3x3(case, WeightLayout::Packed, rng);
    run_depthwise(kernel, Places::Apart, WeightRange::Full, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn depthwise_conv2d_overlapping(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let kernel = draw_depthwise_3x3(case, WeightLayout::Packed, rng);
    run_depthwise(kernel, Places::Overlapping, WeightRange::Full, rng, workspace).unwrap_or(Ok(None))
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

/// 3x3 windows over images that are high, for the packed layout's columns, or wide, for tiles of the plain one.
fn draw_depthwise_3x3(case: u32, layout: WeightLayout, rng: &mut Rng) -> DepthwiseConv2d<'static> {
    loop {
        let channels = 1 + case as usize % 33;
        let (mut input_shape, mut window, mut output_shape) = draw::window_3x3(rng, channels, channels, 2);
        if layout == WeightLayout::Plain {
            input_shape.swap(1, 2);
            output_shape.swap(1, 2);
            window.pad.swap(0, 1);
        }
        let kernel = DepthwiseConv2d {
            input_shape,
            output_shape,
            window,
            input_zero_point: draw::zero_point(rng),
            weights: &[],
            layout,
            requant: draw::NO_REQUANT,
        };
        if [input_shape, output_shape].iter().all(|shape| shape.iter().product::<usize>() <= TENSOR_MAX) {
            return kernel;
        }
    }
}

fn run_depthwise(
    kernel: DepthwiseConv2d,
    places: Places,
    range: WeightRange,
    rng: &mut Rng,
    workspace: &mut Workspace,
) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let channels = kernel.output_shape[3];
    let taps = kernel.window.filter.iter().product::<usize>();
    let input = draw::data(rng, &mut bytes, kernel.input_shape.iter().product())?;
    let plain = draw::weights(rng, &mut bytes, taps, channels, range)?;
    let weights = draw::packed_taps(&mut bytes, plain, channels, kernel.layout)?;
    let kernel = DepthwiseConv2d { weights, requant: draw::requant(rng, &mut words, channels, taps)?, ..kernel };
    let count = kernel.output_shape.iter().product();
    // Four channels of the whole image, or of bands.
    let budget = if rng.one_in(2) { usize::MAX } else { draw::budget(rng) };
    let scratch_bytes = kernel.useful_scratch_bytes(budget);
    let mut tensors = draw::tensors(rng, &mut bytes, (places, kernel.overlap(scratch_bytes)), input, count)?;
    let scratch = draw::scratch(&mut bytes, scratch_bytes)?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run_overlapping(&mut tensors, scratch);
        compare(tensors.output(), |at| reference::depthwise_conv2d(&kernel, plain, input, at))
    }))
}
