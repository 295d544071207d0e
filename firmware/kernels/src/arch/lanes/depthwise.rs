//! Depthwise 3x3 convolution with plain weights, two output rows at a time.

use core::ops::Range;

use super::backend::{convolve_windows, gather_columns};
use super::columns::{Gather, SIDE, TAPS, Windows};
use super::lanes_stay_apart;
use super::words::{with_first, with_second, word};
use crate::arch::saturate::clamp;
use crate::shape::product;
use crate::{DepthwiseConv2d, WeightLayout};

/// Words of a tile, which lie on the stack.
const WORDS: usize = 126;

/// Output rows that are computed together.
const PAIR: usize = 2;

/// Plain 3x3 [`DepthwiseConv2d`] with multiplier 1 and vertical stride 1 or 2, not dilated, without pre-shift; `None`, with nothing
/// written, for any other.
pub fn run(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8]) -> Option<()> {
    let window = &conv.window;
    let fits =
        window.filter == [SIDE, SIDE] && window.dilation == [1, 1] && window.stride[0] <= 2 && window.stride[1] <= 2;
    let is_plain = conv.layout == WeightLayout::Plain && conv.requant.pre_shift == 0 && conv.multiplier() == 1;
    if !fits || !is_plain || !lanes_stay_apart(conv.weights) {
        return None;
    }
    let ([_, height, width, channels], [_, output_height, output_width, _]) = (conv.input_shape, conv.output_shape);
    let image_size = product(&[height, width, channels])?;
    let output_size = product(&[output_height, output_width, channels])?;
    for (image, output) in crate::chunks::chunks(input, image_size).zip(crate::chunks::chunks_mut(output, output_size))
    {
        convolve_image(conv, image, output);
    }
    clamp(&conv.requant, output);
    Some(())
}

/// One image, in tiles.
#[inline(never)]
fn convolve_image(conv: &DepthwiseConv2d, image: &[i8], output: &mut [i8]) {
    let [_, output_height, output_width, _] = conv.output_shape;
    let column_stride = conv.window.stride[1];
    let columns_max = WORDS / SIDE;
    let outputs_max = if column_stride == 1 { columns_max - 2 } else { (columns_max - 1) / 2 };
    let mut words = [0; WORDS];
    let mut x = 0;
    while x < output_width {
        let outputs = outputs_max.min(output_width - x);
        let columns = (outputs - 1).wrapping_mul(column_stride).wrapping_add(SIDE);
        // At least one: a pair of full width fits.
        let mut pairs_max = 0usize;
        while pairs_max.wrapping_add(1).wrapping_mul(columns.wrapping_mul(SIDE)) <= WORDS {
            pairs_max = pairs_max.wrapping_add(1);
        }
        let mut y = 0;
        while y < output_height {
            let rows = pairs_max.wrapping_mul(PAIR).min(output_height - y);
            let tile = Tile { conv, image, y, x, rows, outputs, columns };
            if tile.convolve(&mut words, output).is_none() {
                return;
            }
            y = y.wrapping_add(rows);
        }
        x = x.wrapping_add(outputs);
    }
}

/// Output rows and columns that are computed one channel after the other.
struct Tile<'a> {
    conv: &'a DepthwiseConv2d<'a>,
    image: &'a [i8],
    /// The first output row.
    y: usize,
    /// The first output column.
    x: usize,
    /// Output rows, not 0: all but the last tile's are even.
    rows: usize,
    /// Output columns; not 0.
    outputs: usize,
    /// Input columns, padding included.
    columns: usize,
}

impl Tile<'_> {
    /// `None` where slices are too short, which `is_valid` has ruled out.
    fn convolve(&self, words: &mut [i32], output: &mut [i8]) -> Option<()> {
        let inside = self.columns_inside();
        let inner = self.inner_pairs();
        // The columns in the padding stay as they are, from channel to channel.
        let zero_point = i32::from(self.conv.input_zero_point);
        words.fill(word(zero_point, zero_point));
        for channel in 0..self.conv.input_shape[3] {
            if !inside.is_empty() {
                self.gather(channel, &inside, &inner, words)?;
            }
            self.multiply(channel, words, output)?;
        }
        Some(())
    }

    /// The columns that lie inside the input.
    fn columns_inside(&self) -> Range<usize> {
        let (origin, pad) = (self.x.wrapping_mul(self.conv.window.stride[1]), self.conv.window.pad[1]);
        let end = self.conv.input_shape[2].wrapping_add(pad).saturating_sub(origin).min(self.columns);
        pad.saturating_sub(origin).min(end)..end
    }

    /// Pairs of output rows, the last of which may be single.
    fn pairs(&self) -> usize {
        self.rows.div_ceil(PAIR)
    }

    /// Words of a pair of output rows.
    fn pair_words(&self) -> usize {
        self.columns.wrapping_mul(SIDE)
    }

    /// Input rows that a pair of output rows sees.
    fn rows_seen(&self) -> usize {
        SIDE.wrapping_add(self.conv.window.stride[0])
    }

    /// The first input row that a pair sees, counted from the first row of the padding.
    fn origin(&self, pair: usize) -> usize {
        self.y.wrapping_add(pair.wrapping_mul(PAIR)).wrapping_mul(self.conv.window.stride[0])
    }

    /// The input row of a row counted from the padding's first, and whether it lies inside the input; the nearest one if not.
    fn input_row(&self, row: usize) -> (usize, bool) {
        let last = self.conv.input_shape[1].wrapping_sub(1);
        let inside = row.wrapping_sub(self.conv.window.pad[0]);
        let nearest = row.saturating_sub(self.conv.window.pad[0]).min(last);
        (nearest, inside == nearest)
    }

    /// The pairs all of whose rows lie inside the input.
    fn inner_pairs(&self) -> Range<usize> {
        let is_inner = |pair: &usize| {
            let (first, last) = (self.origin(*pair), self.origin(*pair).wrapping_add(self.rows_seen()).wrapping_sub(1));
            self.input_row(first).1 && self.input_row(last).1
        };
        let first = (0..self.pairs()).find(is_inner).unwrap_or(0);
        first..(first..self.pairs()).find(|pair| !is_inner(pair)).unwrap_or(self.pairs())
    }

    /// Makes all columns of a channel.
    fn gather(&self, channel: usize, inside: &Range<usize>, inner: &Range<usize>, words: &mut [i32]) -> Option<()> {
        if !inner.is_empty() {
            self.gather_pairs(channel, inside, inner.clone(), words)?;
        }
        for pair in (0..inner.start).chain(inner.end..self.pairs()) {
            self.gather_pairs(channel, inside, pair..pair.wrapping_add(1), words)?;
            self.pad_rows(pair, inside, words)?;
        }
        Some(())
    }

    /// Makes the columns of some pairs that see rows at the same distances. Rows in the padding are the nearest ones inside.
    fn gather_pairs(
        &self,
        channel: usize,
        inside: &Range<usize>,
        pairs: Range<usize>,
        words: &mut [i32],
    ) -> Option<()> {
        let ([_, _, width, channels], stride) = (self.conv.input_shape, self.conv.window.stride);
        let row_bytes = width.wrapping_mul(channels);
        let origin = self.origin(pairs.start);
        let (first, _) = self.input_row(origin);
        let offset =
            |row: usize| self.input_row(origin.wrapping_add(row)).0.wrapping_sub(first).wrapping_mul(row_bytes);
        let offsets = [offset(1), offset(2), offset(3), offset(SIDE.wrapping_add(stride[0]).wrapping_sub(1))];
        let column = self.x.wrapping_mul(stride[1]).wrapping_add(inside.start).wrapping_sub(self.conv.window.pad[1]);
        let start = first.wrapping_mul(width).wrapping_add(column).wrapping_mul(channels).wrapping_add(channel);
        let pair_bytes = row_bytes.wrapping_mul(PAIR).wrapping_mul(stride[0]);
        let line_bytes = inside.len().wrapping_mul(channels);
        let length = product(&[pairs.len().checked_sub(1)?, pair_bytes])?
            .checked_add(offsets[3])?
            .checked_add(line_bytes.checked_sub(channels)?)?
            .checked_add(1)?;
        let pair_words = self.pair_words();
        let words = words.get_mut(pairs.start.wrapping_mul(pair_words)..pairs.end.wrapping_mul(pair_words))?;
        let gather = Gather {
            input: self.image.get(start..)?.get(..length)?.as_ptr(),
            offsets,
            step: channels,
            words: words.get_mut(inside.start.wrapping_mul(SIDE)..)?.as_mut_ptr(),
            count: inside.len(),
            input_gap: pair_bytes.wrapping_sub(line_bytes),
            words_gap: self.columns.wrapping_sub(inside.len()).wrapping_mul(SIDE * size_of::<i32>()),
            pairs: pairs.len(),
        };
        // SAFETY: the input reaches from the first row of the first column to the last row of the last pair's last column; offsets
        // rise from row to row. The words are all of the pairs', and the columns inside are among them.
        unsafe {
            if stride[0] == 1 {
                gather_columns::<false>(&gather);
            } else {
                gather_columns::<true>(&gather);
            }
        }
        Some(())
    }

    /// Puts the zero point into the rows of a pair that lie in the padding.
    fn pad_rows(&self, pair: usize, inside: &Range<usize>, words: &mut [i32]) -> Option<()> {
        let zero_point = i32::from(self.conv.input_zero_point);
        let words = words.get_mut(pair.wrapping_mul(self.pair_words())..)?;
        let words = words.get_mut(inside.start.wrapping_mul(SIDE)..inside.end.wrapping_mul(SIDE))?;
        let (columns, _) = words.as_chunks_mut::<SIDE>();
        for row in 0..self.rows_seen() {
            if self.input_row(self.origin(pair).wrapping_add(row)).1 {
                continue;
            }
            // The lower output row sees it one stride higher in its window.
            let lower = row.wrapping_sub(self.conv.window.stride[0]);
            for column in columns.iter_mut() {
                if let Some(lanes) = column.get_mut(row) {
                    *lanes = with_first(*lanes, zero_point);
                }
                if let Some(lanes) = column.get_mut(lower) {
                    *lanes = with_second(*lanes, zero_point);
                }
            }
        }
        Some(())
    }

    /// Computes the outputs of a channel.
    fn multiply(&self, channel: usize, words: &[i32], output: &mut [i8]) -> Option<()> {
        let ([_, _, output_width, channels], requant) = (self.conv.output_shape, &self.conv.requant);
        let weights = self.weights(channel)?;
        let row_bytes = output_width.wrapping_mul(channels);
        let start = self.y.wrapping_mul(output_width).wrapping_add(self.x).wrapping_mul(channels).wrapping_add(channel);
        let line_bytes = self.outputs.wrapping_mul(channels);
        let length = product(&[self.rows.checked_sub(1)?, row_bytes])?
            .checked_add(line_bytes.checked_sub(channels)?)?
            .checked_add(1)?;
        let output = output.get_mut(start..)?.get_mut(..length)?;
        let words = words.get(..self.pairs().wrapping_mul(self.pair_words()))?;
        let words_step = self.conv.window.stride[1].wrapping_mul(SIDE * size_of::<i32>());
        let words_length = self.outputs.wrapping_mul(words_step);
        let windows = Windows {
            words: words.as_ptr(),
            weights: weights.as_ptr(),
            bias: *requant.bias.get(channel)?,
            multiplier: *requant.multipliers.get(channel)?,
            output_zero_point: i32::from(requant.output_zero_point),
            output: output.as_mut_ptr(),
            lower: row_bytes,
            output_step: channels,
            words_step,
            words_length,
            words_gap: self.pair_words().wrapping_mul(size_of::<i32>()).wrapping_sub(words_length),
            output_gap: row_bytes.wrapping_mul(PAIR).wrapping_sub(line_bytes),
            pairs: self.rows / PAIR,
        };
        if windows.pairs > 0 {
            // SAFETY: the words are those of all pairs, the windows of a pair are inside its words; the output reaches from the first
            // row's first output to the last row's last one.
            unsafe { convolve_windows(&windows) };
        }
        if !self.rows.is_multiple_of(PAIR) {
            let words = words.get(windows.pairs.wrapping_mul(self.pair_words())..)?.as_ptr();
            let output = output.get_mut(windows.pairs.wrapping_mul(PAIR).wrapping_mul(row_bytes)..)?.as_mut_ptr();
            // SAFETY: the same, with one row alone.
            unsafe { convolve_windows(&Windows { words, output, lower: 0, pairs: 1, ..windows }) };
        }
        Some(())
    }

    /// The weights of a channel in the order of a window's words.
    fn weights(&self, channel: usize) -> Option<[i32; TAPS]> {
        let channels = self.conv.output_shape[3];
        let mut weights = [0; TAPS];
        let (columns, _) = weights.as_chunks_mut::<SIDE>();
        let mut rest = self.conv.weights.get(channel..)?;
        for row in 0..SIDE {
            for column in columns.iter_mut() {
                *column.get_mut(row)? = i32::from(*rest.first()?);
                rest = rest.get(channels..).unwrap_or_default();
            }
        }
        Some(weights)
    }
}
