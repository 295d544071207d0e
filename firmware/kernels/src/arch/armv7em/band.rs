//! Packed convolution with three taps a row, from a band of widened input rows.
//!
//! Scratch holds four rows of weights and, for a tile of the output, every input row of the image that it sees, as windows. So each input is widened once or twice in
//! place of nine times, and weights leave the flash once for a tile. Filter rows above or below the image see nothing but zero points: their products
//! are part of the bias.

use core::array;
use core::mem::take;
use core::ops::Range;

use super::saturate::clamp;
use super::stage::{stage, sums};
use super::widen::{Pixels, Windows};
use super::windows::{QuadRows, quad_by_windows_stride_1, quad_by_windows_stride_2};
use super::words;
use crate::chunks::{chunks_mut, nth_chunk};
use crate::packed::band::{Geometry, PAIR, TAPS, Tile};
use crate::packed::rows::QUAD;
use crate::shape::{Taps, copy};
use crate::{Conv2d, Requant};

/// Packed [`Conv2d`] with the weights of [`crate::packed::band`], without pre-shift.
pub fn conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let geometry = Geometry::new(conv);
    let scratch = words(scratch);
    let most = geometry.tile(conv, size_of_val(scratch));
    let Some((weights, windows)) = scratch.split_at_mut_checked(geometry.quad_bytes / 4) else { return };
    let mut band = Band { conv, input, geometry, weights, windows };
    let [_, height, width, channels] = conv.output_shape;
    for (n, image) in chunks_mut(output, height.wrapping_mul(width).wrapping_mul(channels)).enumerate() {
        let mut y = 0;
        while y < height {
            let rows = most.rows.min(height.wrapping_sub(y));
            let mut pair = 0;
            while pair < band.geometry.pairs {
                let pairs = most.pairs.min(band.geometry.pairs.wrapping_sub(pair));
                let tile = Tile { rows, pairs };
                band.widen([n, y, pair], &tile);
                band.multiply([y, pair], &tile, image);
                pair = pair.wrapping_add(most.pairs);
            }
            y = y.wrapping_add(most.rows);
        }
    }
    clamp(&conv.requant, output);
}

struct Band<'a> {
    conv: &'a Conv2d<'a>,
    input: &'a [i8],
    geometry: Geometry,
    /// Room for a quad.
    weights: &'a mut [u32],
    /// Pair by pair, each with all rows of the tile.
    windows: &'a mut [u32],
}

impl Band<'_> {
    /// Fills the windows with the input rows that the tile at output row `y` and pair `pair` of image `n` sees.
    fn widen(&mut self, [n, y, pair]: [usize; 3], tile: &Tile) {
        let ([_, height, _, _], stride) = (self.conv.input_shape, self.conv.window.stride[1]);
        let columns = Columns::new(self.conv, pair, tile.pairs);
        let window = self.geometry.window_bytes / 4;
        let rows = self.input_rows(y, tile.rows);
        let pair = window.wrapping_mul(rows.len());
        let first = rows.start;
        for row in rows {
            let elements = columns.elements(self.conv, self.input, n.wrapping_mul(height).wrapping_add(row));
            let words = self.windows.get_mut(row.wrapping_sub(first).wrapping_mul(window)..).unwrap_or_default();
            match stride {
                1 => columns.widen(elements, &mut Windows::<4> { words, window, pair }),
                _ => columns.widen(elements, &mut Windows::<5> { words, window, pair }),
            }
        }
    }

    /// Rows of the image that `rows` output rows from `y` on see.
    fn input_rows(&self, y: usize, rows: usize) -> Range<usize> {
        let ([_, height, _, _], window) = (self.conv.input_shape, &self.conv.window);
        let top = y.wrapping_mul(window.stride[0]);
        let count = rows.saturating_sub(1).wrapping_mul(window.stride[0]).wrapping_add(window.filter[0]);
        let end = top.wrapping_add(count).saturating_sub(window.pad[0]).min(height);
        top.saturating_sub(window.pad[0]).min(end)..end
    }

    /// All channels of the tile at output row `y` and pair `pair`.
    fn multiply(&mut self, [y, pair]: [usize; 2], tile: &Tile, image: &mut [i8]) {
        let [_, _, width, channels] = self.conv.output_shape;
        let first = pair.wrapping_mul(PAIR);
        let pixels = tile.pairs.wrapping_mul(PAIR).min(width.wrapping_sub(first));
        for quad in 0..channels.div_ceil(QUAD) {
            let Some(weights) = nth_chunk(self.conv.weights, quad, self.geometry.quad_bytes) else { return };
            if !stage(weights, self.weights) {
                return;
            }
            let input_rows = self.input_rows(y, tile.rows);
            let quad = Quad::new(self, quad, input_rows.len());
            let end = y.wrapping_add(tile.rows);
            let mut y = y;
            while y < end {
                let taps = self.tap_rows(y);
                let is_alike = |other: &usize| {
                    let other = self.tap_rows(*other);
                    [other.first, other.end] == [taps.first, taps.end]
                };
                let rows = (y..end).take_while(is_alike).count().max(1);
                let start = y.wrapping_mul(width).wrapping_add(first).wrapping_mul(channels);
                let output = OutputRows {
                    elements: image.get_mut(start..).unwrap_or_default(),
                    count: rows,
                    length: pixels.wrapping_mul(channels),
                    stride: width.wrapping_mul(channels),
                };
                quad.multiply(&taps, taps.start.wrapping_sub(input_rows.start), output);
                y = y.wrapping_add(rows);
            }
        }
    }

    /// The rows of taps inside the image at output row `y`.
    fn tap_rows(&self, y: usize) -> Taps {
        self.conv.window.patch(self.conv.input_shape, y, 0).rows
    }
}

/// The input columns of a row of windows. Window `i` sees from column `first + i * advance` on; columns left of the image wrap.
struct Columns {
    first: usize,
    /// Columns from window to window, a power of 2, and its logarithm.
    advance: usize,
    advance_log2: u32,
    /// Windows.
    pairs: usize,
    /// Columns of the image.
    width: usize,
    channels: usize,
    /// Two zero points.
    padding: u32,
}

impl Columns {
    fn new(conv: &Conv2d, pair: usize, pairs: usize) -> Self {
        let [_, _, width, channels] = conv.input_shape;
        let stride = conv.window.stride[1];
        let advance = stride.wrapping_mul(PAIR);
        let zero_point = u32::from(i16::from(conv.input_zero_point) as u16);
        Self {
            first: pair.wrapping_mul(advance).wrapping_sub(conv.window.pad[1]),
            advance,
            advance_log2: advance.trailing_zeros(),
            pairs,
            width,
            channels,
            padding: zero_point | zero_point << 16,
        }
    }

    /// The elements of an input row, counted over all images.
    fn elements<'a>(&self, conv: &Conv2d, input: &'a [i8], row: usize) -> &'a [i8] {
        let [_, _, width, channels] = conv.input_shape;
        let start = row.wrapping_mul(width).wrapping_mul(channels);
        input.get(start..start.wrapping_add(width.wrapping_mul(channels))).unwrap_or_default()
    }

    /// The first window whose column `column` is not left of column `bound` of the image.
    fn window_from(&self, bound: usize, column: usize) -> usize {
        let distance = bound.wrapping_sub(self.first).wrapping_sub(column) as isize;
        (distance.max(0) as usize).wrapping_add(self.advance).wrapping_sub(1) >> self.advance_log2
    }

    /// Fills all windows of a row with what they see of `elements`.
    fn widen<const COUNT: usize>(&self, elements: &[i8], windows: &mut Windows<COUNT>) {
        self.pad(windows);
        for column in 0..self.advance {
            // Windows whose column is inside. The first columns of a window are also the last ones of the window before it.
            let inside = self.window_from(0, column)..self.window_from(self.width, column);
            let is_shared = column.wrapping_add(self.advance) < COUNT;
            let own = inside.start..inside.end.min(self.pairs);
            if !is_shared {
                windows.write(&self.pixels(elements, own.start, own.end, column), [own.start, column]);
                continue;
            }
            let shared = column.wrapping_add(self.advance);
            let both = inside.start.max(1)..own.end;
            windows.write_both(
                &self.pixels(elements, both.start, both.end, column),
                [both.start, column],
                [both.start.wrapping_sub(1), shared],
            );
            if own.start == 0 {
                windows.write(&self.pixels(elements, 0, 1.min(own.end), column), [0, column]);
            }
            if inside.contains(&self.pairs) {
                let last = self.pairs;
                windows
                    .write(&self.pixels(elements, last, last.wrapping_add(1), column), [last.wrapping_sub(1), shared]);
            }
        }
    }

    /// Fills what the windows see outside the image.
    fn pad<const COUNT: usize>(&self, windows: &mut Windows<COUNT>) {
        for column in 0..COUNT {
            let left = self.window_from(0, column).min(self.pairs);
            let right = self.window_from(self.width, column).min(self.pairs);
            windows.fill(0..left, column, self.padding);
            windows.fill(right..self.pairs, column, self.padding);
        }
    }

    /// Column `column` of the windows `from` to `to`.
    fn pixels<'a>(&self, elements: &'a [i8], from: usize, to: usize, column: usize) -> Pixels<'a> {
        let pixel = self.first.wrapping_add(from.wrapping_mul(self.advance)).wrapping_add(column);
        Pixels {
            elements: elements.get(pixel.wrapping_mul(self.channels)..).unwrap_or_default(),
            count: to.saturating_sub(from),
            channels: self.channels,
            stride: self.advance.wrapping_mul(self.channels),
        }
    }
}

/// Words of weights for a pair of channels.
const PAIR_WORDS: usize = TAPS * QUAD / 2;

/// Four rows of weights, as far as they exist, times the windows of a tile.
struct Quad<'a> {
    weights: &'a [u32],
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
struct OutputRows<'a> {
    /// From the first element on.
    elements: &'a mut [i8],
    /// Number of rows.
    count: usize,
    /// Elements of a row.
    length: usize,
    /// Elements from the start of a row to the start of the next one.
    stride: usize,
}

impl<'a> Quad<'a> {
    /// `input_rows` of the image are in the windows.
    fn new(band: &'a Band, quad: usize, input_rows: usize) -> Self {
        let Conv2d { output_shape, window, requant, .. } = band.conv;
        let window_words = band.geometry.window_bytes / 4;
        let channel = quad.wrapping_mul(QUAD);
        Self {
            weights: band.weights,
            weights_row: band.weights.len().checked_div(window.filter[0]).unwrap_or(0),
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
            multiply: if window.stride[1] == 1 { quad_by_windows_stride_1 } else { quad_by_windows_stride_2 },
        }
    }

    /// The quad's channels of output rows that see the taps `rows`, the first of them in row `first` of the windows.
    fn multiply(&self, rows: &Taps, first: usize, output: OutputRows) {
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
            for (padding, sum) in padding.iter_mut().zip(sums(outside)) {
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
            missing: (sight.weights.len() / PAIR_WORDS).wrapping_neg() % 4,
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
