//! Packed depthwise convolution: the whole image or a band of it at a time, four channels of it after the other.

use core::ops::Range;

use super::columns::{Band, Block, convolve_stride_1, convolve_stride_2, transpose};
use super::saturate::clamp;
use crate::packed::columns::{CHANNELS, Columns};
use crate::packed::taps;
use crate::shape::product;
use crate::{DepthwiseConv2d, InOut};

/// Packed [`DepthwiseConv2d`] without pre-shift and with four channels or more.
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    let columns = Columns::new(conv, scratch.len());
    match columns.height {
        8 => run::<8>(conv, &columns, tensors, scratch),
        16 => run::<16>(conv, &columns, tensors, scratch),
        32 => run::<32>(conv, &columns, tensors, scratch),
        _ => run::<60>(conv, &columns, tensors, scratch),
    }
    clamp(&conv.requant, tensors.output());
}

/// With columns of `ROWS` rows.
fn run<const ROWS: usize>(conv: &DepthwiseConv2d, columns: &Columns, tensors: &mut InOut, scratch: &mut [i8]) {
    let [batch, output_height, _, channels] = conv.output_shape;
    let (words, _) = scratch.as_chunks_mut::<ROWS>();
    let (words, _) = words.as_chunks_mut::<CHANNELS>();
    let words = words.get_mut(..columns.count).unwrap_or_default();
    if words.len() < columns.count {
        return;
    }
    let Some(mut layer) = Layer::new(conv, tensors, words) else { return };
    for n in 0..batch {
        let mut y = 0;
        while y < output_height {
            let rows = columns.band.min(output_height - y);
            for first in (0..channels).step_by(CHANNELS) {
                // The last channels are read with those before them where they are fewer than four.
                let channel = first.min(channels.wrapping_sub(CHANNELS));
                let place = Place { n, y, rows, channel, done: first.wrapping_sub(channel) };
                layer.fill_columns(&place);
                layer.convolve(&place);
            }
            y += rows;
        }
    }
}

/// Output rows `y..y + rows` of image `n`, four channels from `channel` on, of which the first ones are `done` already.
struct Place {
    n: usize,
    y: usize,
    rows: usize,
    channel: usize,
    done: usize,
}

/// One column: every channel's rows.
type Column<const ROWS: usize> = [[i8; ROWS]; CHANNELS];

/// A layer at work.
struct Layer<'a, 'm, const ROWS: usize> {
    conv: &'a DepthwiseConv2d<'a>,
    /// As many elements as the shapes say.
    tensors: &'a mut InOut<'m>,
    /// All columns that the output's rows see.
    columns: &'a mut [Column<ROWS>],
    /// Those of them that lie inside the input; the others hold the zero point.
    inside: Range<usize>,
    stride: usize,
}

impl<'a, 'm, const ROWS: usize> Layer<'a, 'm, ROWS> {
    /// `None` where a slice has another length than the parameters say, which `is_valid` and the caller have ruled out.
    fn new(conv: &'a DepthwiseConv2d<'a>, tensors: &'a mut InOut<'m>, columns: &'a mut [Column<ROWS>]) -> Option<Self> {
        let ([stride, _], [_, pad], [.., channels]) = (conv.window.stride, conv.window.pad, conv.output_shape);
        let agree = product(&conv.input_shape) == Some(tensors.input().len())
            && product(&conv.output_shape) == Some(tensors.output().len())
            && conv.input_shape[3] == channels
            && conv.input_shape[0] == conv.output_shape[0]
            && conv.weights.len() == taps::bytes(channels)
            && conv.requant.bias.len() == channels
            && conv.requant.multipliers.len() == channels;
        if !agree || channels < CHANNELS {
            return None;
        }
        let end = pad.saturating_add(conv.input_shape[2]).min(columns.len());
        let inside = pad.min(end)..end;
        for (index, column) in columns.iter_mut().enumerate() {
            if !inside.contains(&index) {
                *column = [[conv.input_zero_point; ROWS]; CHANNELS];
            }
        }
        Some(Self { conv, tensors, columns, inside, stride })
    }

    /// Transposes the input rows that a place's output rows see.
    fn fill_columns(&mut self, place: &Place) {
        let height = self.conv.input_shape[1];
        let top = place.y.wrapping_mul(self.stride).wrapping_sub(self.conv.window.pad[0]);
        let row_count = place.rows.wrapping_sub(1).wrapping_mul(self.stride).wrapping_add(3).min(ROWS);
        let Some(columns) = self.columns.get_mut(self.inside.clone()).filter(|columns| !columns.is_empty()) else {
            return;
        };
        let [_, _, width, channels] = self.conv.input_shape;
        let image = place.n.wrapping_mul(height);
        for first in (0..row_count).step_by(4) {
            // Rows outside the input are read from its first or last row, and corrected below.
            let rows = [0, 1, 2, 3].map(|row| {
                let row = (top.wrapping_add(first + row) as isize).min(height as isize - 1).max(0) as usize;
                let pixel = image.wrapping_add(row).wrapping_mul(width);
                self.tensors.input().as_ptr().wrapping_add(pixel.wrapping_mul(channels).wrapping_add(place.channel))
            });
            let block = Block {
                rows,
                pixel_stride: channels,
                columns: columns.as_mut_ptr().cast::<i8>().wrapping_add(first),
                bytes: columns.len().wrapping_mul(channels),
            };
            // SAFETY: `new` checked that the input is as large as its shape. Every row is one of an image of it, a row has at
            // least as many pixels as there are columns inside, and a pixel has four channels from the place's on. There is a
            // column for every pixel, with `ROWS` rows, a multiple of 4, and `first` is one below `ROWS`.
            unsafe { transpose::<ROWS>(&block) };
        }
        for row in (0..row_count).filter(|&row| top.wrapping_add(row) >= height) {
            for rows in columns.as_flattened_mut() {
                if let Some(element) = rows.get_mut(row) {
                    *element = self.conv.input_zero_point;
                }
            }
        }
    }

    /// Computes a place's output from the columns.
    fn convolve(&mut self, place: &Place) {
        let [_, height, width, channels] = self.conv.output_shape;
        let row_stride = width.wrapping_mul(channels);
        let row = place.n.wrapping_mul(height).wrapping_add(place.y);
        let requant = &self.conv.requant;
        let channel = place.channel.wrapping_add(place.done);
        let mut band = Band {
            columns: self.columns.as_ptr().cast::<i8>().wrapping_add(place.done.wrapping_mul(ROWS)),
            weights: self.conv.weights.as_ptr().wrapping_add(channel.wrapping_mul(taps::TAPS)),
            bias: requant.bias.as_ptr().wrapping_add(channel),
            multipliers: requant.multipliers.as_ptr().wrapping_add(channel),
            output: self.tensors.output().as_mut_ptr().wrapping_add(row.wrapping_mul(row_stride).wrapping_add(channel)),
            output_zero_point: i32::from(requant.output_zero_point),
            pixel_stride: channels,
            row_stride,
            width,
            height: place.rows,
            channels: CHANNELS.wrapping_sub(place.done),
        };
        // SAFETY: `new` checked that weights, bias, multipliers and output are as large as the shapes say; the place has four
        // channels, of which fewer than four are done, and its rows are in the output. There are as many columns as `width` needs, and they
        // are initialized memory.
        unsafe {
            match self.stride {
                1 => convolve_stride_1::<ROWS>(&mut band),
                _ => convolve_stride_2::<ROWS>(&mut band),
            }
        }
    }
}
