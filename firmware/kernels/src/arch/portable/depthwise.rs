//! Depthwise 2-D convolution, one output position at a time: each tap adds its products to the sums of a block of channels.

use super::dot::{add_multiples, add_products};
use crate::DepthwiseConv2d;
use crate::chunks::{chunks, chunks_mut};
use crate::shape::{Patch, product};

/// Channels of a block, whose sums lie on the stack.
const BLOCK: usize = 64;

pub(super) fn run(kernel: &DepthwiseConv2d, input: &[i8], output: &mut [i8]) {
    let ([_, height, width, channels], [_, output_height, output_width, output_channels]) =
        (kernel.input_shape, kernel.output_shape);
    let sizes = (product(&[height, width, channels]), product(&[output_height, output_width, output_channels]));
    let (Some(image_size), Some(output_size)) = sizes else { return };
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
            return self.run_channels(outputs, [0, 0], Inputs::Own);
        }
        for (channel, outputs) in chunks_mut(outputs, multiplier).enumerate() {
            self.run_channels(outputs, [channel, channel.wrapping_mul(multiplier)], Inputs::Shared);
        }
    }

    /// Consecutive output channels, the first of which is `output_channel` and sees `input_channel`.
    fn run_channels(&self, outputs: &mut [i8], [input_channel, output_channel]: [usize; 2], inputs: Inputs) {
        for (block, outputs) in outputs.chunks_mut(BLOCK).enumerate() {
            let offset = block.wrapping_mul(BLOCK);
            let input_channel = if inputs == Inputs::Own { input_channel.wrapping_add(offset) } else { input_channel };
            let output_channel = output_channel.wrapping_add(offset);
            let mut sums = [0i32; BLOCK];
            let Some(sums) = sums.get_mut(..outputs.len()) else { return };
            self.add_inside(sums, [input_channel, output_channel], inputs);
            if self.patch.taps() != self.kernel.window.taps() {
                self.add_outside(sums, output_channel);
            }
            for (offset, (output, &mut sum)) in outputs.iter_mut().zip(sums).enumerate() {
                *output = self.kernel.requant.apply(output_channel.wrapping_add(offset), sum);
            }
        }
    }

    /// Adds the products of the taps inside the input.
    fn add_inside(&self, sums: &mut [i32], [input_channel, output_channel]: [usize; 2], inputs: Inputs) {
        #[cfg(peacrab_arch = "armv7em")]
        let (sums, [input_channel, output_channel]) = match inputs {
            Inputs::Own => self.add_quads(sums, [input_channel, output_channel]),
            Inputs::Shared => (sums, [input_channel, output_channel]),
        };
        if sums.is_empty() {
            return;
        }
        let ([_, _, width, channels], [_, _, _, output_channels]) = (self.kernel.input_shape, self.kernel.output_shape);
        let [_, filter_width] = self.kernel.window.filter;
        let [row_dilation, column_dilation] = self.kernel.window.dilation;
        let Patch { rows, columns } = self.patch;
        for row in 0..rows.count() {
            let input_row = rows.start.wrapping_add(row.wrapping_mul(row_dilation)).wrapping_mul(width);
            let weight_row = rows.first.wrapping_add(row).wrapping_mul(filter_width);
            let mut input = input_row.wrapping_add(columns.start).wrapping_mul(channels).wrapping_add(input_channel);
            let mut weight =
                weight_row.wrapping_add(columns.first).wrapping_mul(output_channels).wrapping_add(output_channel);
            for _ in 0..columns.count() {
                let (Some(x), Some(w)) = (self.image.get(input..), self.kernel.weights.get(weight..)) else { return };
                match (inputs, x) {
                    (Inputs::Shared, &[x, ..]) => add_multiples(sums, x, w),
                    _ => add_products(sums, x, w),
                }
                input = input.wrapping_add(column_dilation.wrapping_mul(channels));
                weight = weight.wrapping_add(output_channels);
            }
        }
    }

    /// Adds the products of the taps inside the input, four channels at a time, and returns the channels that are left.
    #[cfg(peacrab_arch = "armv7em")]
    fn add_quads<'s>(&self, sums: &'s mut [i32], channels: [usize; 2]) -> (&'s mut [i32], [usize; 2]) {
        let (quads, rest) = sums.as_chunks_mut::<4>();
        let mut channels = channels;
        for quad in quads {
            for (sum, quad_sum) in quad.iter_mut().zip(self.quad(channels).sums()) {
                *sum = sum.wrapping_add(quad_sum);
            }
            channels = channels.map(|channel| channel.wrapping_add(4));
        }
        (rest, channels)
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
    fn add_outside(&self, sums: &mut [i32], output_channel: usize) {
        let [_, _, _, output_channels] = self.kernel.output_shape;
        let [filter_height, filter_width] = self.kernel.window.filter;
        let mut weight = output_channel;
        for row in 0..filter_height {
            for column in 0..filter_width {
                let Some(w) = self.kernel.weights.get(weight..) else { return };
                if !(self.patch.rows.contains(row) && self.patch.columns.contains(column)) {
                    add_multiples(sums, self.kernel.input_zero_point, w);
                }
                weight = weight.wrapping_add(output_channels);
            }
        }
    }
}

/// Which input channels the output channels of a block see.
#[derive(Clone, Copy, PartialEq)]
enum Inputs {
    /// Each its own.
    Own,
    /// All the same.
    Shared,
}
