//! Convolution with plain weights: two output pixels at a time where all their taps lie inside the input.

use core::mem::take;

use super::inner::{Inner, first_element};
use super::pairs::{Pairs, multiply_pairs};
use super::pointwise;
use super::portable::Positions;
use super::saturate::clamp;
use crate::conv2d::DSP_CHANNELS;
use crate::{Conv2d, Dense};

/// Fewest output channels: a pair of rows.
pub const CHANNELS: usize = DSP_CHANNELS;

/// Plain [`Dense`] without pre-shift: its rows are the pixels of a pointwise convolution.
pub fn dense(dense: &Dense, input: &[i8], output: &mut [i8]) {
    conv2d(&pointwise::convolution(dense), input, output);
}

/// Plain [`Conv2d`] with one group and two channels or more, without pre-shift.
pub fn conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8]) {
    let flat = pointwise::flattened(conv);
    let conv = flat.as_ref().unwrap_or(conv);
    let [_, height, width, channels] = conv.output_shape;
    let image_size = conv.input_shape[1].wrapping_mul(conv.input_shape[2]).wrapping_mul(conv.input_shape[3]);
    let layer = Layer { conv, input, inner: Inner::new(conv.window, conv.input_shape) };
    let mut positions = Positions::new(conv);
    let mut rest = &mut *output;
    let [mut n, mut y, mut x] = [0; 3];
    while rest.len() >= channels && channels > 0 {
        let pixels = if layer.is_pair([y, x]) && rest.len() / 2 >= channels { 2 } else { 1 };
        let Some((now, behind)) = take(&mut rest).split_at_mut_checked(pixels * channels) else { return };
        rest = behind;
        if pixels == 1 || layer.multiply([n, y, x], now).is_none() {
            let image = input.get(n.wrapping_mul(image_size)..).unwrap_or_default();
            for (offset, now) in crate::chunks::chunks_mut(now, channels).enumerate() {
                positions.run(image, [y, x + offset], now);
            }
        }
        x += pixels;
        if x >= width {
            (y, x) = (y + 1, 0);
        }
        if y >= height {
            (n, y) = (n + 1, 0);
        }
    }
    clamp(&conv.requant, output);
}

/// A layer at work.
struct Layer<'a> {
    conv: &'a Conv2d<'a>,
    input: &'a [i8],
    inner: Inner,
}

impl Layer<'_> {
    /// Whether `[y, x]` and its right neighbour are inner positions of the output.
    fn is_pair(&self, [y, x]: [usize; 2]) -> bool {
        x + 1 < self.conv.output_shape[2] && self.inner.contains([y, x]) && self.inner.contains([y, x + 1])
    }

    /// Computes two pixels; `None` where slices are too short, which `is_valid` has ruled out.
    fn multiply(&self, position: [usize; 3], pixels: &mut [i8]) -> Option<()> {
        let channels = self.conv.output_shape[3];
        self.multiply_from(position, 0, pixels)?;
        // The last pair overlaps the one before where the channels are odd.
        if channels.is_multiple_of(2) {
            Some(())
        } else {
            self.multiply_from(position, channels.checked_sub(2)?, pixels)
        }
    }

    /// Computes the whole pairs of channels from `channel` on.
    fn multiply_from(&self, position: [usize; 3], channel: usize, pixels: &mut [i8]) -> Option<()> {
        let ([_, _, width, input_channels], [.., channels]) = (self.conv.input_shape, self.conv.output_shape);
        let [filter_height, filter_width] = self.conv.window.filter;
        let run = filter_width.wrapping_mul(input_channels);
        let depth = filter_height.wrapping_mul(run);
        let row_stride = self.conv.window.dilation[0].wrapping_mul(width).wrapping_mul(input_channels);
        let (first, second) = pixels.split_at_mut_checked(channels)?;
        let count = channels.checked_sub(channel)? / 2;
        let covered = count.wrapping_mul(2);
        let start = first_element(self.conv.window, self.conv.input_shape, position);
        let next = start.wrapping_add(self.conv.window.stride[1].wrapping_mul(input_channels));
        let length = filter_height.checked_sub(1)?.checked_mul(row_stride)?.checked_add(run)?;
        let requant = &self.conv.requant;
        let weights = self.conv.weights.get(channel.wrapping_mul(depth)..)?;
        let mut pairs = Pairs {
            first: self.input.get(start..)?.get(..length)?.as_ptr(),
            second: self.input.get(next..)?.get(..length)?.as_ptr(),
            weights: weights.get(..covered.checked_mul(depth)?)?.as_ptr(),
            bias: requant.bias.get(channel..)?.get(..covered)?.as_ptr(),
            multipliers: requant.multipliers.get(channel..)?.get(..covered)?.as_ptr(),
            first_output: first.get_mut(channel..)?.get_mut(..covered)?.as_mut_ptr(),
            second_output: second.get_mut(channel..)?.get_mut(..covered)?.as_mut_ptr(),
            output_zero_point: i32::from(requant.output_zero_point),
            depth,
            run,
            gap: row_stride.wrapping_sub(run),
            runs: filter_height,
            count,
        };
        if run == 0 || count == 0 {
            return None;
        }
        // SAFETY: slices of the exact lengths were taken of both patches, from the first element of the first run to the last one of the
        // last, of `covered` rows of weights, and of the arrays with an element for each of those.
        unsafe { multiply_pairs(&mut pairs) };
        Some(())
    }
}
