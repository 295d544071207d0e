//! Packed depthwise convolution: bands of four channels, one after the other.

use core::ops::Range;

use super::columns::{Band, Block, CHANNELS, Column, ROWS, convolve_stride_1, convolve_stride_2, transpose};
use super::saturate::clamp;
use crate::DepthwiseConv2d;
use crate::packed::{depthwise_columns, taps};

/// Packed [`DepthwiseConv2d`] without pre-shift and with four channels or more.
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let [batch, output_height, _, channels] = conv.output_shape;
    // SAFETY: every bit pattern is a valid column.
    let (_, columns, _) = unsafe { scratch.align_to_mut::<Column>() };
    let Some(mut layer) = Layer::new(conv, input, columns) else { return };
    for n in 0..batch {
        for group in 0..channels.div_ceil(CHANNELS) {
            // The last group overlaps the one before where the channels are not a multiple of 4.
            let channel = group.wrapping_mul(CHANNELS).min(channels.wrapping_sub(CHANNELS));
            let mut y = 0;
            while y < output_height {
                let rows = layer.rows_per_band().min(output_height - y);
                let place = Place { n, y, rows, channel };
                if layer.fill_columns(&place).and_then(|()| layer.convolve(&place, output)).is_none() {
                    return;
                }
                y += rows;
            }
        }
    }
    clamp(&conv.requant, output);
}

/// Output rows `y..y + rows` of image `n`, four channels from `channel` on.
struct Place {
    n: usize,
    y: usize,
    rows: usize,
    channel: usize,
}

/// A layer at work.
struct Layer<'a> {
    conv: &'a DepthwiseConv2d<'a>,
    input: &'a [i8],
    /// All columns that the output's rows see.
    columns: &'a mut [Column],
    /// Those of them that lie inside the input; the others hold the zero point.
    inside: Range<usize>,
    stride: usize,
}

impl<'a> Layer<'a> {
    /// `None` where the scratch is too small, which `scratch_bytes` has ruled out.
    fn new(conv: &'a DepthwiseConv2d<'a>, input: &'a [i8], columns: &'a mut [Column]) -> Option<Self> {
        let ([stride, _], [_, pad]) = (conv.window.stride, conv.window.pad);
        let columns = columns.get_mut(..depthwise_columns(conv))?;
        let end = pad.saturating_add(conv.input_shape[2]).min(columns.len());
        let inside = pad.min(end)..end;
        for (index, column) in columns.iter_mut().enumerate() {
            if !inside.contains(&index) {
                *column = [[conv.input_zero_point; ROWS]; CHANNELS];
            }
        }
        Some(Self { conv, input, columns, inside, stride })
    }

    /// Output rows that the rows of a column are enough for.
    fn rows_per_band(&self) -> usize {
        if self.stride == 1 { ROWS - 2 } else { (ROWS - 1) / 2 }
    }

    /// Transposes the input rows that a place's output rows see.
    fn fill_columns(&mut self, place: &Place) -> Option<()> {
        let height = self.conv.input_shape[1];
        let top = place.y.wrapping_mul(self.stride);
        let row_count = (place.rows - 1).wrapping_mul(self.stride).wrapping_add(3).min(ROWS);
        // The input row of a column's row; it wraps around to a large number above the input.
        let source = |row: usize| top.wrapping_add(row).wrapping_sub(self.conv.window.pad[0]);
        if self.inside.is_empty() {
            return Some(());
        }
        for first in (0..row_count).step_by(4) {
            // Rows outside the input are read from its first or last row, and corrected below.
            let rows = [0, 1, 2, 3].map(|row| (source(first + row) as isize).min(height as isize - 1).max(0) as usize);
            self.transpose(place, first, rows)?;
        }
        for row in (0..row_count).filter(|&row| source(row) >= height) {
            for column in self.columns.get_mut(self.inside.clone())? {
                for rows in column {
                    *rows.get_mut(row)? = self.conv.input_zero_point;
                }
            }
        }
        Some(())
    }

    /// Transposes four input rows to the rows of the columns from `first` on.
    fn transpose(&mut self, place: &Place, first: usize, rows: [usize; 4]) -> Option<()> {
        let [_, height, width, channels] = self.conv.input_shape;
        let columns = self.columns.get_mut(self.inside.clone())?;
        let bytes = columns.len().wrapping_mul(channels);
        let last = bytes.wrapping_sub(channels).wrapping_add(CHANNELS);
        let mut pointers = [core::ptr::null(); 4];
        for (pointer, row) in pointers.iter_mut().zip(rows) {
            let start = place.n.wrapping_mul(height).wrapping_add(row).wrapping_mul(width).wrapping_mul(channels);
            let start = start.wrapping_add(place.channel);
            *pointer = self.input.get(start..start.wrapping_add(last))?.as_ptr();
        }
        let target = columns.first_mut()?.as_flattened_mut().get_mut(first..)?.as_mut_ptr();
        let block = Block { rows: pointers, pixel_stride: channels, columns: target, bytes };
        // SAFETY: a slice from the first pixel's channels to the last one's was taken of every row; there is a column for every pixel, and
        // `first` is 0 or 4, so that 4 rows of 8 are left in each.
        unsafe { transpose(&block) };
        Some(())
    }

    /// Computes a place's output from the columns.
    fn convolve(&mut self, place: &Place, output: &mut [i8]) -> Option<()> {
        let [_, height, width, channels] = self.conv.output_shape;
        let row_stride = width.wrapping_mul(channels);
        let start = place.n.wrapping_mul(height).wrapping_add(place.y).wrapping_mul(row_stride);
        let start = start.wrapping_add(place.channel);
        let last = place.rows.wrapping_mul(row_stride).wrapping_sub(channels).wrapping_add(CHANNELS);
        let requant = &self.conv.requant;
        let mut band = Band {
            columns: self.columns.as_ptr(),
            weights: self.conv.weights.get(place.channel.wrapping_mul(taps::TAPS)..)?.first_chunk::<36>()?.as_ptr(),
            bias: requant.bias.get(place.channel..)?.first_chunk::<CHANNELS>()?.as_ptr(),
            multipliers: requant.multipliers.get(place.channel..)?.first_chunk::<CHANNELS>()?.as_ptr(),
            output: output.get_mut(start..start.wrapping_add(last))?.as_mut_ptr(),
            output_zero_point: i32::from(requant.output_zero_point),
            pixel_stride: channels,
            row_stride,
            width,
            height: place.rows,
        };
        // SAFETY: the four channels of weights, bias and multipliers, and the output from the first pixel's channels to the last one's, were
        // taken as slices; `columns` has as many as the width needs, and they are initialized memory.
        unsafe {
            match self.stride {
                1 => convolve_stride_1(&mut band),
                _ => convolve_stride_2(&mut band),
            }
        }
        Some(())
    }
}
