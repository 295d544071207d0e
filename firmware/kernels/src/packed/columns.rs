//! Columns: how a packed depthwise convolution goes through its images.
//!
//! Four channels of an image, or of a band of its rows, are copied to scratch before any of their outputs is written. Then come the next four
//! channels of the same rows, then the next band, then the next image.

use crate::{DepthwiseConv2d, Overlap};

/// Channels that are convolved at a time.
pub const CHANNELS: usize = 4;

/// Rows of a column that there are loops for, ascending.
const HEIGHTS: [usize; 4] = [8, 16, 32, 60];

/// The columns of a layer: one for each input column that a row of output sees, padding included, with four channels.
pub struct Columns {
    /// Input rows of a column, padding included.
    pub height: usize,
    /// Number of columns.
    pub count: usize,
    /// Output rows that a filling of the columns is enough for; not 0.
    pub band: usize,
}

impl Columns {
    /// As high as the image asks for, or as `scratch_bytes` have room for; never lower than the lowest.
    pub fn new(conv: &DepthwiseConv2d, scratch_bytes: usize) -> Self {
        let [_, output_height, output_width, _] = conv.output_shape;
        let [stride, column_stride] = conv.window.stride;
        let seen = |outputs: usize, stride: usize| outputs.saturating_sub(1).saturating_mul(stride).saturating_add(3);
        let (needed, count) = (seen(output_height, stride), seen(output_width, column_stride));
        let [lowest, higher @ ..] = HEIGHTS;
        let mut height = lowest;
        for candidate in higher {
            if height < needed && bytes(candidate, count) <= scratch_bytes {
                height = candidate;
            }
        }
        let band = if stride == 1 { height - 2 } else { (height - 1) / 2 };
        Self { height, count, band }
    }

    /// Bytes of all columns.
    pub fn bytes(&self) -> usize {
        bytes(self.height, self.count)
    }

    /// Where the output may lie.
    ///
    /// A whole image at a time is convolved in place: each input is where the output of its channel goes, and other channels are left alone. With
    /// bands, before output rows `[y, end)` are written, all input rows from the first that `y` sees are still needed.
    pub fn overlap(&self, conv: &DepthwiseConv2d) -> Overlap {
        let ([batch, height, width, channels], [_, output_height, output_width, _]) =
            (conv.input_shape, conv.output_shape);
        if self.band >= output_height {
            let is_in_place = conv.window.stride == [1, 1] && conv.input_shape == conv.output_shape;
            return if is_in_place { Overlap::Exact } else { Overlap::Apart };
        }
        let [output_row, input_row] = [output_width, width].map(|width| width.wrapping_mul(channels));
        let lead = |band: usize| {
            let y = band.wrapping_mul(self.band);
            let first = y.wrapping_mul(conv.window.stride[0]).saturating_sub(conv.window.pad[0]).min(height);
            let end = y.wrapping_add(self.band).min(output_height);
            end.wrapping_mul(output_row).saturating_sub(first.wrapping_mul(input_row))
        };
        // Linear in the band, but for padding, which the first band sees alone, and for the last one, which may be lower.
        let last = output_height.saturating_sub(1).checked_div(self.band).unwrap_or(0);
        let bands = [0, 1.min(last), last.saturating_sub(1), last];
        let largest = bands.into_iter().map(lead).max().unwrap_or(0);
        let [output_image, input_image] = [output_height.wrapping_mul(output_row), height.wrapping_mul(input_row)];
        let growth = output_image.saturating_sub(input_image).wrapping_mul(batch.saturating_sub(1));
        Overlap::Before(largest.wrapping_add(growth))
    }
}

fn bytes(height: usize, count: usize) -> usize {
    count.saturating_mul(height * CHANNELS)
}
