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
    let [batch, output_height, _, channels] = conv.output_shape;
    let Some(mut layer) = Layer::new(conv, &columns, tensors, scratch) else { return };
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
    clamp(&conv.requant, tensors.output());
}

/// The loops for columns of a height and for a stride.
struct Loops {
    transpose: unsafe fn(&Block),
    convolve: unsafe fn(&mut Band),
}

impl Loops {
    fn new(height: usize, stride: usize) -> Self {
        match height {
            8 => Self::of::<8>(stride),
            16 => Self::of::<16>(stride),
            32 => Self::of::<32>(stride),
            _ => Self::of::<60>(stride),
        }
    }

    fn of<const ROWS: usize>(stride: usize) -> Self {
        let convolve = if stride == 1 { convolve_stride_1::<ROWS> } else { convolve_stride_2::<ROWS> };
        Self { transpose: transpose::<ROWS>, convolve }
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

/// A layer at work.
struct Layer<'a, 'm> {
    conv: &'a DepthwiseConv2d<'a>,
    /// As many elements as the shapes say.
    tensors: &'a mut InOut<'m>,
    /// All columns that the output's rows see, `[column][channel][row]`.
    columns: &'a mut [i8],
    /// Rows of a column.
    height: usize,
    /// Those of the columns' bytes that lie inside the input; the others hold the zero point.
    inside: Range<usize>,
    stride: usize,
    loops: Loops,
}

impl<'a, 'm> Layer<'a, 'm> {
    /// `None` where a slice has another length than the parameters say, which `is_valid` and the caller have ruled out.
    fn new(
        conv: &'a DepthwiseConv2d<'a>,
        geometry: &Columns,
        tensors: &'a mut InOut<'m>,
        scratch: &'a mut [i8],
    ) -> Option<Self> {
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
        let columns = scratch.get_mut(..geometry.bytes())?;
        let end = pad.saturating_add(conv.input_shape[2]).min(geometry.count);
        let column_bytes = geometry.height.wrapping_mul(CHANNELS);
        let inside = pad.min(end).wrapping_mul(column_bytes)..end.wrapping_mul(column_bytes);
        for outside in [0..inside.start, inside.end..geometry.bytes()] {
            columns.get_mut(outside)?.fill(conv.input_zero_point);
        }
        let loops = Loops::new(geometry.height, stride);
        Some(Self { conv, tensors, columns, height: geometry.height, inside, stride, loops })
    }

    /// Transposes the input rows that a place's output rows see.
    fn fill_columns(&mut self, place: &Place) {
        let height = self.conv.input_shape[1];
        let top = place.y.wrapping_mul(self.stride).wrapping_sub(self.conv.window.pad[0]);
        let row_count = place.rows.wrapping_sub(1).wrapping_mul(self.stride).wrapping_add(3).min(self.height);
        let column_bytes = self.height.wrapping_mul(CHANNELS);
        let [_, _, width, channels] = self.conv.input_shape;
        let bytes = (self.inside.len() / column_bytes.max(1)).wrapping_mul(channels);
        let Some(columns) = self.columns.get_mut(self.inside.clone()).filter(|columns| !columns.is_empty()) else {
            return;
        };
        let image = place.n.wrapping_mul(height);
        let input = self.tensors.input().as_ptr().wrapping_add(place.channel);
        for first in (0..row_count).step_by(4) {
            // Rows outside the input are read from its first or last row, and corrected below.
            let rows = [0, 1, 2, 3].map(|row| {
                let row = (top.wrapping_add(first + row) as isize).min(height as isize - 1).max(0) as usize;
                let pixel = image.wrapping_add(row).wrapping_mul(width);
                input.wrapping_add(pixel.wrapping_mul(channels))
            });
            let block =
                Block { rows, pixel_stride: channels, columns: columns.as_mut_ptr().wrapping_add(first), bytes };
            // SAFETY: `new` checked that the input is as large as its shape. Every row is one of an image of it, a row has at
            // least as many pixels as there are columns inside, and a pixel has four channels from the place's on. There is a
            // column for every pixel, of the height of `loops`, a multiple of 4, and `first` is one below it.
            unsafe { (self.loops.transpose)(&block) };
        }
        for row in (0..row_count).filter(|&row| top.wrapping_add(row) >= height) {
            let mut at = row;
            while let Some(element) = columns.get_mut(at) {
                *element = self.conv.input_zero_point;
                at = at.wrapping_add(self.height);
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
            columns: self.columns.as_ptr().wrapping_add(place.done.wrapping_mul(self.height)),
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
        unsafe { (self.loops.convolve)(&mut band) };
    }
}
