//! The portable reader of packed taps: the schedule of the DSP kernel, four channels of a band at a time, on any core.

use super::columns::{CHANNELS, Columns};
use super::taps::{self, TAPS};
use crate::shape::copy;
use crate::{DepthwiseConv2d, InOut};

/// [`DepthwiseConv2d`] on packed weights.
pub(crate) fn depthwise_conv2d(conv: &DepthwiseConv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    let columns = Columns::new(conv, scratch.len());
    let [batch, height, _, channels] = conv.output_shape;
    let (pixels, _) = scratch.as_chunks_mut::<CHANNELS>();
    for n in 0..batch {
        let mut y = 0;
        while y < height {
            let rows = columns.band.min(height.wrapping_sub(y));
            for channel in (0..channels).step_by(CHANNELS) {
                let mut band = Band { conv, columns: &columns, pixels, n, y, rows, channel };
                band.stage(tensors.input());
                band.convolve(tensors.output());
            }
            y = y.wrapping_add(rows);
        }
    }
}

/// Four channels, or what is left of them, of output rows `y..y + rows` of image `n`.
struct Band<'a> {
    conv: &'a DepthwiseConv2d<'a>,
    columns: &'a Columns,
    /// `[rows, columns, 4]`: the input that the band sees.
    pixels: &'a mut [[i8; CHANNELS]],
    n: usize,
    y: usize,
    rows: usize,
    channel: usize,
}

impl Band<'_> {
    /// The first input row that the band sees.
    fn first_row(&self) -> usize {
        self.y.wrapping_mul(self.conv.window.stride[0]).saturating_sub(self.conv.window.pad[0])
    }

    /// Copies what the band sees of the input.
    fn stage(&mut self, input: &[i8]) {
        let [_, height, width, channels] = self.conv.input_shape;
        let (first, columns) = (self.first_row(), self.columns.count);
        let end = first.wrapping_add(self.columns.height).min(height);
        for row in first..end {
            let at = row.wrapping_sub(first).wrapping_mul(columns);
            let row = self.n.wrapping_mul(height).wrapping_add(row).wrapping_mul(width);
            let mut from = row.wrapping_mul(channels).wrapping_add(self.channel);
            let pixels = self.pixels.get_mut(at..).unwrap_or_default();
            for pixel in pixels.iter_mut().take(columns.min(width)) {
                let lanes = channels.wrapping_sub(self.channel).min(CHANNELS);
                copy(input.get(from..from.wrapping_add(lanes)).unwrap_or_default(), pixel);
                from = from.wrapping_add(channels);
            }
        }
    }

    /// Computes the band's outputs from what was copied.
    fn convolve(&self, output: &mut [i8]) {
        let [_, height, width, channels] = self.conv.output_shape;
        let (weights, padding) = self.weights();
        for y in self.y..self.y.wrapping_add(self.rows) {
            let row = self.n.wrapping_mul(height).wrapping_add(y).wrapping_mul(width);
            let mut to = row.wrapping_mul(channels).wrapping_add(self.channel);
            for x in 0..width {
                let sums = self.sums(&weights, padding, [y, x]);
                let lanes = channels.wrapping_sub(self.channel).min(CHANNELS);
                let outputs = output.get_mut(to..to.wrapping_add(lanes)).unwrap_or_default();
                for (lane, (output, sum)) in outputs.iter_mut().zip(sums).enumerate() {
                    *output = self.conv.requant.apply(self.channel.wrapping_add(lane), sum);
                }
                to = to.wrapping_add(channels);
            }
        }
    }

    /// The weights of the channels, tap by tap, and their products with nothing but zero points.
    fn weights(&self) -> ([[i8; CHANNELS]; TAPS], [i32; CHANNELS]) {
        let (mut weights, mut padding) = ([[0; CHANNELS]; TAPS], [0i32; CHANNELS]);
        let (packed, _) = self.conv.weights.as_chunks::<TAPS>();
        let packed = packed.get(self.channel..).unwrap_or_default();
        for (lane, (packed, padding)) in packed.iter().zip(&mut padding).enumerate() {
            for (&weight, tap) in taps::unpack(packed).iter().zip(&mut weights) {
                if let Some(lane) = tap.get_mut(lane) {
                    *lane = weight;
                }
                *padding = padding.wrapping_add(i32::from(weight).wrapping_mul(i32::from(self.conv.input_zero_point)));
            }
        }
        (weights, padding)
    }

    /// The sums of products at an output position: those of zero points, and what the inputs inside differ by.
    #[inline(always)]
    fn sums(&self, weights: &[[i8; CHANNELS]; TAPS], mut sums: [i32; CHANNELS], [y, x]: [usize; 2]) -> [i32; CHANNELS] {
        let patch = self.conv.window.patch(self.conv.input_shape, y, x);
        let zero_point = i32::from(self.conv.input_zero_point);
        for row in 0..patch.rows.count() {
            let staged = patch.rows.start.wrapping_add(row).wrapping_sub(self.first_row());
            let at = staged.wrapping_mul(self.columns.count).wrapping_add(patch.columns.start);
            let tap = patch.rows.first.wrapping_add(row).wrapping_mul(3).wrapping_add(patch.columns.first);
            let pixels = self.pixels.get(at..).unwrap_or_default().iter().take(patch.columns.count());
            for (pixel, weights) in pixels.zip(weights.get(tap..).unwrap_or_default()) {
                for ((sum, &x), &weight) in sums.iter_mut().zip(pixel).zip(weights) {
                    let product = i32::from(x).wrapping_sub(zero_point).wrapping_mul(i32::from(weight));
                    *sum = sum.wrapping_add(product);
                }
            }
        }
        sums
    }
}
