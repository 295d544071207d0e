//! Depthwise 2-D convolution: blocks of neighbouring output channels, whose sums stay in registers over all taps.

use super::dot::add_products;
use crate::DepthwiseConv2d;
use crate::chunks::{chunks, chunks_mut};
use crate::shape::{Patch, product};

/// Channels of a block: many for the vectors of the host, few for a small register file.
const LANES: usize = if cfg!(target_arch = "x86_64") { 16 } else { 4 };
const HALF: usize = LANES / 2;

pub(super) fn run(kernel: &DepthwiseConv2d, input: &[i8], output: &mut [i8]) {
    let ([_, height, width, channels], [_, output_height, output_width, output_channels]) =
        (kernel.input_shape, kernel.output_shape);
    let (Some(image_size), Some(output_size)) =
        (product(&[height, width, channels]), product(&[output_height, output_width, output_channels]))
    else {
        return;
    };
    for (image, outputs) in chunks(input, image_size).zip(chunks_mut(output, output_size)) {
        let mut positions = chunks_mut(outputs, output_channels);
        for row in 0..output_height {
            for (column, outputs) in positions.by_ref().take(output_width).enumerate() {
                let patch = kernel.window.patch(kernel.input_shape, row, column);
                Position { kernel, image, patch }.run(outputs);
            }
        }
    }
}

/// One output position.
struct Position<'a> {
    kernel: &'a DepthwiseConv2d<'a>,
    image: &'a [i8],
    patch: Patch,
}

impl Position<'_> {
    fn run(&self, outputs: &mut [i8]) {
        let multiplier = self.kernel.multiplier();
        if multiplier == 1 {
            return self.run_channels::<false>(outputs, [0, 0]);
        }
        for (channel, outputs) in chunks_mut(outputs, multiplier).enumerate() {
            self.run_channels::<true>(outputs, [channel, channel.wrapping_mul(multiplier)]);
        }
    }

    /// Consecutive output channels, starting with `output_channel`. All see `input_channel` (`SHARED`), or one each, starting with it.
    fn run_channels<const SHARED: bool>(&self, outputs: &mut [i8], [input_channel, output_channel]: [usize; 2]) {
        let block = |offset: usize| {
            [
                if SHARED { input_channel } else { input_channel.wrapping_add(offset) },
                output_channel.wrapping_add(offset),
            ]
        };
        let mut offset = 0usize;
        let mut wide = outputs.chunks_exact_mut(LANES);
        for outputs in wide.by_ref() {
            self.run_block::<LANES, SHARED>(outputs, block(offset));
            offset = offset.wrapping_add(LANES);
        }
        let mut half = wide.into_remainder().chunks_exact_mut(HALF);
        for outputs in half.by_ref() {
            self.run_block::<HALF, SHARED>(outputs, block(offset));
            offset = offset.wrapping_add(HALF);
        }
        for output in half.into_remainder() {
            self.run_block::<1, SHARED>(core::slice::from_mut(output), block(offset));
            offset = offset.wrapping_add(1);
        }
    }

    #[inline(always)]
    fn run_block<const N: usize, const SHARED: bool>(&self, outputs: &mut [i8], channels: [usize; 2]) {
        let [_, output_channel] = channels;
        let mut sums = self.inside::<N, SHARED>(channels);
        if self.patch.taps() != self.kernel.window.taps() {
            self.add_outside(&mut sums, output_channel);
        }
        for (offset, (output, sum)) in outputs.iter_mut().zip(sums).enumerate() {
            *output = self.kernel.requant.apply(output_channel.wrapping_add(offset), sum);
        }
    }

    /// The products of the taps inside the input.
    #[inline(always)]
    fn inside<const N: usize, const SHARED: bool>(&self, [input_channel, output_channel]: [usize; 2]) -> [i32; N] {
        let ([_, _, width, channels], [_, _, _, output_channels]) = (self.kernel.input_shape, self.kernel.output_shape);
        let ([_, filter_width], [row_dilation, column_dilation]) =
            (self.kernel.window.filter, self.kernel.window.dilation);
        let Patch { rows, columns } = self.patch;
        let mut sums = [0i32; N];
        #[cfg(peacrab_arch = "armv7em")]
        if N == 4 && !SHARED {
            for (sum, quad_sum) in sums.iter_mut().zip(self.quad([input_channel, output_channel]).sums()) {
                *sum = quad_sum;
            }
            return sums;
        }
        for row in 0..rows.count() {
            let input_row = rows.start.wrapping_add(row.wrapping_mul(row_dilation)).wrapping_mul(width);
            let weight_row = rows.first.wrapping_add(row).wrapping_mul(filter_width);
            let mut input = input_row.wrapping_add(columns.start).wrapping_mul(channels).wrapping_add(input_channel);
            let mut weight =
                weight_row.wrapping_add(columns.first).wrapping_mul(output_channels).wrapping_add(output_channel);
            for _ in 0..columns.count() {
                let (Some(x), Some(w)) =
                    (inputs::<N, SHARED>(self.image, input), block::<N>(self.kernel.weights, weight))
                else {
                    return sums;
                };
                add_products(&mut sums, &x, w);
                input = input.wrapping_add(column_dilation.wrapping_mul(channels));
                weight = weight.wrapping_add(output_channels);
            }
        }
        sums
    }

    /// The taps inside the input of four channels.
    #[cfg(peacrab_arch = "armv7em")]
    fn quad(&self, [input_channel, output_channel]: [usize; 2]) -> crate::arch::armv7em::TapGrid<'_> {
        let ([_, _, width, channels], [_, _, _, output_channels]) = (self.kernel.input_shape, self.kernel.output_shape);
        let ([_, filter_width], [row_dilation, column_dilation]) =
            (self.kernel.window.filter, self.kernel.window.dilation);
        let Patch { rows, columns } = self.patch;
        let at = |row: usize, width: usize, column: usize, channels: usize, channel: usize| {
            row.wrapping_mul(width).wrapping_add(column).wrapping_mul(channels).wrapping_add(channel)
        };
        let x = at(rows.start, width, columns.start, channels, input_channel);
        let w = at(rows.first, filter_width, columns.first, output_channels, output_channel);
        crate::arch::armv7em::TapGrid {
            x: self.image.get(x..).unwrap_or_default(),
            w: self.kernel.weights.get(w..).unwrap_or_default(),
            extent: [rows.count(), columns.count()],
            x_strides: [at(row_dilation, width, 0, channels, 0), column_dilation.wrapping_mul(channels)],
            w_strides: [at(1, filter_width, 0, output_channels, 0), output_channels],
        }
    }

    /// Adds the products of the taps in the padding.
    #[cold]
    fn add_outside<const N: usize>(&self, sums: &mut [i32; N], output_channel: usize) {
        let [_, _, _, output_channels] = self.kernel.output_shape;
        let [filter_height, filter_width] = self.kernel.window.filter;
        let x = [self.kernel.input_zero_point; N];
        let mut weight = output_channel;
        for row in 0..filter_height {
            for column in 0..filter_width {
                let is_inside = self.patch.rows.contains(row) && self.patch.columns.contains(column);
                let Some(w) = block::<N>(self.kernel.weights, weight) else {
                    return;
                };
                weight = weight.wrapping_add(output_channels);
                if !is_inside {
                    add_products(sums, &x, w);
                }
            }
        }
    }
}

/// `N` consecutive elements.
#[inline(always)]
fn block<const N: usize>(data: &[i8], start: usize) -> Option<&[i8; N]> {
    data.get(start..)?.first_chunk()
}

/// `N` consecutive elements, or the same one `N` times.
#[inline(always)]
fn inputs<const N: usize, const SHARED: bool>(data: &[i8], start: usize) -> Option<[i8; N]> {
    if SHARED { data.get(start).map(|&x| [x; N]) } else { block(data, start).copied() }
}
