//! Four rows of weights times the windows of a tile: the safe face of [`super::windows`].

use core::array;
use core::mem::take;
use core::ops::Range;

use super::super::chained_quads;
use super::super::stage::{chained_sums, sums};
use super::Band;
use super::windows::{
    QuadRows, chained_quad_by_windows_stride_1, chained_quad_by_windows_stride_2, quad_by_windows_stride_1,
    quad_by_windows_stride_2,
};
use crate::chunks::chunks_mut;
use crate::packed::band::{PAIR, TAPS};
use crate::packed::rows::QUAD;
use crate::shape::{Taps, copy};
use crate::{Conv2d, Requant};

/// Words of weights for a pair of channels, as they are and as chains.
const PAIR_WORDS: usize = TAPS * QUAD / 2;
const CHAINED_PAIR_WORDS: usize = TAPS * chained_quads::WORDS;

/// Four rows of weights, as far as they exist, times the windows of a tile.
pub struct Quad<'a> {
    weights: &'a [u32],
    is_chained: bool,
    /// Words of a filter row.
    weights_row: usize,
    requant: &'a Requant<'a>,
    input_zero_point: i8,
    /// Rows that exist are those of `channels` from `channel` on.
    channel: usize,
    channels: usize,
    bias: [i32; QUAD],
    multipliers: [i32; QUAD],
    windows: &'a [u32],
    window: usize,
    /// Words of a pair: a window for every row.
    pair: usize,
    /// Words from output row to output row.
    row_stride: usize,
    multiply: unsafe fn(&QuadRows),
}

/// Rows of taps inside the image, and what they see.
#[derive(Clone, Copy)]
struct Sight<'a> {
    weights: &'a [u32],
    bias: [i32; QUAD],
    /// From the first one's window of the first pair on.
    windows: &'a [u32],
}

/// Rows of output elements at equal distances.
pub struct OutputRows<'a> {
    /// From the first element on.
    pub elements: &'a mut [i8],
    /// Number of rows.
    pub count: usize,
    /// Elements of a row.
    pub length: usize,
    /// Elements from the start of a row to the start of the next one.
    pub stride: usize,
}

impl<'a> Quad<'a> {
    /// `input_rows` of the image are in the windows, and the weights as they are or as chains.
    pub fn new(band: &'a Band, quad: usize, input_rows: usize, is_chained: bool) -> Self {
        let Conv2d { output_shape, window, requant, .. } = band.conv;
        let window_words = band.geometry.window_bytes / 4;
        let channel = quad.wrapping_mul(QUAD);
        let words = band.geometry.quad_bytes / 4;
        let words = if is_chained { words / 2 * chained_quads::WORDS } else { words };
        let multiply = match (is_chained, window.stride[1]) {
            (false, 1) => quad_by_windows_stride_1,
            (false, _) => quad_by_windows_stride_2,
            (true, 1) => chained_quad_by_windows_stride_1,
            (true, _) => chained_quad_by_windows_stride_2,
        };
        Self {
            weights: band.weights.get(..words).unwrap_or_default(),
            weights_row: words.checked_div(window.filter[0]).unwrap_or(0),
            is_chained,
            requant,
            input_zero_point: band.conv.input_zero_point,
            channel,
            channels: output_shape[3],
            bias: four(requant.bias, channel),
            multipliers: four(requant.multipliers, channel),
            windows: band.windows,
            window: window_words,
            pair: window_words.wrapping_mul(input_rows),
            row_stride: window_words.wrapping_mul(window.stride[0]),
            multiply,
        }
    }

    /// The quad's channels of output rows that see the taps `rows`, the first of them in row `first` of the windows.
    pub fn multiply(&self, rows: &Taps, first: usize, output: OutputRows) {
        let padding = self.padding(rows);
        let [first_weight, last_weight] = [rows.first, rows.end].map(|row| row.wrapping_mul(self.weights_row));
        let weights = self.weights.get(first_weight..last_weight).unwrap_or_default();
        let windows = self.windows.get(first.wrapping_mul(self.window)..).unwrap_or_default();
        if weights.is_empty() {
            return self.fill(&padding, output);
        }
        let bias = array::from_fn(|row| self.bias[row].wrapping_add(padding[row]));
        let sight = Sight { weights, bias, windows };
        let pair = self.channels.wrapping_mul(PAIR);
        let is_whole = self.channel.wrapping_add(QUAD) <= self.channels;
        let direct = if is_whole { output.length.checked_div(pair).unwrap_or(0) } else { 0 };
        let OutputRows { elements, count, length, stride } = output;
        let from_channel = elements.get_mut(self.channel..).unwrap_or_default();
        self.run(&sight, 0..direct, OutputRows { elements: from_channel, count, length, stride }, self.channels);
        if direct.wrapping_mul(pair) < length {
            self.multiply_rest(&sight, direct, OutputRows { elements, count, length, stride });
        }
    }

    /// Pairs from `first` on: a last pixel without another, or channels short of four; through memory with room for both.
    #[inline(never)]
    fn multiply_rest(&self, sight: &Sight, first: usize, output: OutputRows) {
        let mut rows = output.elements;
        let mut windows = sight.windows;
        for _ in 0..output.count {
            let mut pixels = rows.get_mut(..output.length).unwrap_or_default();
            pixels = pixels.get_mut(first.wrapping_mul(PAIR).wrapping_mul(self.channels)..).unwrap_or_default();
            let mut pair = first;
            while !pixels.is_empty() {
                let mut both = [[0; QUAD]; PAIR];
                let one = OutputRows { elements: both.as_flattened_mut(), count: 1, length: 0, stride: 0 };
                self.run(&Sight { windows, ..*sight }, pair..pair.wrapping_add(1), one, QUAD);
                for pixel in both {
                    let size = self.channels.min(pixels.len());
                    let Some((output, behind)) = take(&mut pixels).split_at_mut_checked(size) else { return };
                    copy(&pixel, output.get_mut(self.channel..).unwrap_or_default());
                    pixels = behind;
                }
                pair = pair.wrapping_add(1);
            }
            rows = take(&mut rows).get_mut(output.stride..).unwrap_or_default();
            windows = windows.get(self.row_stride..).unwrap_or_default();
        }
    }

    /// The sums of the filter rows outside `rows`, which see nothing but zero points.
    fn padding(&self, rows: &Taps) -> [i32; QUAD] {
        let before = rows.first.wrapping_mul(self.weights_row);
        let behind = rows.end.wrapping_mul(self.weights_row);
        let mut padding = [0i32; QUAD];
        for outside in [self.weights.get(..before), self.weights.get(behind..)].into_iter().flatten() {
            let sums = if self.is_chained { chained_sums(outside) } else { sums(outside) };
            for (padding, sum) in padding.iter_mut().zip(sums) {
                *padding = padding.wrapping_add(sum.wrapping_mul(i32::from(self.input_zero_point)));
            }
        }
        padding
    }

    /// Pixels whose sums of products are all `sums`.
    fn fill(&self, sums: &[i32; QUAD], output: OutputRows) {
        let mut rows = output.elements;
        for _ in 0..output.count {
            for pixel in chunks_mut(rows.get_mut(..output.length).unwrap_or_default(), self.channels) {
                let outputs = pixel.get_mut(self.channel..).unwrap_or_default();
                for ((offset, output), &sum) in outputs.iter_mut().enumerate().zip(sums) {
                    *output = self.requant.apply(self.channel.wrapping_add(offset), sum);
                }
            }
            rows = take(&mut rows).get_mut(output.stride..).unwrap_or_default();
        }
    }

    /// The pairs of pixels `pairs` of all rows of `output`, `pixel_stride` bytes from pixel to pixel.
    fn run(&self, sight: &Sight, pairs: Range<usize>, output: OutputRows, pixel_stride: usize) {
        let [start, end] = [pairs.start, pairs.end].map(|pair| pair.wrapping_mul(self.pair));
        let filter_rows = sight.weights.len().checked_div(self.weights_row).unwrap_or(0);
        let last_row = output.count.wrapping_sub(1);
        let row_bytes = pairs.len().wrapping_mul(PAIR).wrapping_mul(pixel_stride);
        let last_pixel = last_row.wrapping_mul(output.stride).wrapping_add(row_bytes).wrapping_sub(pixel_stride);
        let last_pair = end.wrapping_sub(self.pair).wrapping_add(last_row.wrapping_mul(self.row_stride));
        let is_inside = last_pair.wrapping_add(filter_rows.wrapping_mul(self.window)) <= sight.windows.len();
        if pairs.is_empty() || output.count == 0 || !is_inside || output.elements.len() < last_pixel.wrapping_add(QUAD)
        {
            return;
        }
        let weights = sight.weights.as_ptr_range();
        let pairs_of_channels = sight.weights.len() / if self.is_chained { CHAINED_PAIR_WORDS } else { PAIR_WORDS };
        let work = QuadRows {
            weights: weights.start.cast(),
            weights_end: weights.end.cast(),
            bias: sight.bias.as_ptr(),
            multipliers: self.multipliers.as_ptr(),
            output_zero_point: i32::from(self.requant.output_zero_point),
            inputs: sight.windows.as_ptr().wrapping_add(start),
            inputs_end: sight.windows.as_ptr().wrapping_add(end),
            pair_skip: self.pair.wrapping_sub(filter_rows.wrapping_mul(self.window)).wrapping_mul(4),
            output: output.elements.as_mut_ptr(),
            pixel_stride,
            missing: pairs_of_channels.wrapping_neg() % 4,
            rows: output.count,
            inputs_skip: self.row_stride.wrapping_sub(end.wrapping_sub(start)).wrapping_mul(4),
            inputs_stride: self.row_stride.wrapping_mul(4),
            output_skip: output.stride.wrapping_sub(row_bytes),
        };
        // SAFETY: for every output row and pair there are as many rows of windows as of weights, and a place for both pixels. A window is as deep
        // as a filter row, and `missing` fills the pairs of channels up to a multiple of 4.
        unsafe { (self.multiply)(&work) };
    }
}

/// Four values from `first` on, 0 where there are none.
fn four(values: &[i32], first: usize) -> [i32; QUAD] {
    let mut four = [0; QUAD];
    for (target, &value) in four.iter_mut().zip(values.get(first..).unwrap_or_default()) {
        *target = value;
    }
    four
}
