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
