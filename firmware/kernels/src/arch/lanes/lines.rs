//! Which input rows the pairs of output rows of a tile see, and how they become words.

use core::ops::Range;

use super::backend::gather_columns;
use super::columns::{Gather, SIDE};
use super::tile::{PAIR, Tile};
use super::words::{with_first, with_second};
use crate::shape::product;

/// Most [`Lines`] of a tile: one for all pairs inside the input and one for every other. Padding is at most as high as the filter, with
/// one stride more below: two pairs see the upper one, three the lower one.
const LINES_MAX: usize = 6;

/// Pairs of output rows that see rows at the same distances.
#[derive(Clone, Copy)]
struct Lines {
    /// The first row that the first pair sees, in the first column and channel. Rows in the padding are the nearest ones inside.
    input: *const i8,
    /// Bytes from there to the other rows.
    offsets: [usize; 4],
    /// The first pair.
    first: usize,
    /// Pairs; not 0.
    pairs: usize,
    /// A bit for every row that lies in the padding.
    outside: u32,
}

/// All inputs of a tile.
pub struct TileInput<'a> {
    tile: &'a Tile<'a>,
    lines: [Lines; LINES_MAX],
    count: usize,
    /// Input columns, counted from the tile's first, that lie inside the input.
    inside: Range<usize>,
}

impl<'a> TileInput<'a> {
    /// `None` where the image is too short, which `is_valid` has ruled out.
    pub fn new(tile: &'a Tile<'a>) -> Option<Self> {
        let none = Lines { input: core::ptr::null(), offsets: [0; 4], first: 0, pairs: 0, outside: 0 };
        let mut input = Self { tile, lines: [none; LINES_MAX], count: 0, inside: columns_inside(tile) };
        if input.inside.is_empty() {
            return Some(input);
        }
        let mut pair = 0;
        while pair < tile.pairs() {
            let mut end = pair.wrapping_add(1);
            while outside(tile, pair) == 0 && end < tile.pairs() && outside(tile, end) == 0 {
                end = end.wrapping_add(1);
            }
            *input.lines.get_mut(input.count)? = lines(tile, &input.inside, pair..end)?;
            input.count = input.count.wrapping_add(1);
            pair = end;
        }
        Some(input)
    }

    /// Makes the words of `channel`; columns in the padding are left alone. `words` are all those of the tile.
    pub fn gather(&self, channel: usize, words: &mut [i32]) -> Option<()> {
        let Self { tile, ref inside, .. } = *self;
        let channels = tile.conv.input_shape[3];
        let line_bytes = inside.len().wrapping_mul(channels);
        for lines in self.lines.get(..self.count)? {
            let end = lines.first.wrapping_add(lines.pairs);
            let words =
                words.get_mut(lines.first.wrapping_mul(tile.pair_words())..end.wrapping_mul(tile.pair_words()))?;
            let words = words.get_mut(inside.start.wrapping_mul(SIDE)..)?;
            let gather = Gather {
                input: lines.input.wrapping_add(channel),
                offsets: lines.offsets,
                step: channels,
                words: words.as_mut_ptr(),
                count: inside.len(),
                input_gap: pair_bytes(tile).wrapping_sub(line_bytes),
                words_gap: tile.columns.wrapping_sub(inside.len()).wrapping_mul(SIDE * size_of::<i32>()),
                pairs: lines.pairs,
            };
            // SAFETY: `lines` checked that the image has all rows and columns, for the last channel too. The words are all of the
            // pairs', and the columns inside are among them.
            unsafe {
                if tile.conv.window.stride[0] == 1 {
                    gather_columns::<false>(&gather);
                } else {
                    gather_columns::<true>(&gather);
                }
            }
            if lines.outside != 0 {
                self.pad(lines.outside, words);
            }
        }
        Some(())
    }

    /// Puts the zero point into the rows of a pair that lie in the padding.
    fn pad(&self, outside: u32, words: &mut [i32]) {
        let (zero_point, stride) = (i32::from(self.tile.conv.input_zero_point), self.tile.conv.window.stride[0]);
        let (columns, _) = words.as_chunks_mut::<SIDE>();
        for row in (0..rows_seen(self.tile)).filter(|row| outside >> row & 1 != 0) {
            // The lower output row sees it one stride higher in its window.
            let lower = row.wrapping_sub(stride);
            for column in columns.iter_mut().take(self.inside.len()) {
                if let Some(lanes) = column.get_mut(row) {
                    *lanes = with_first(*lanes, zero_point);
                }
                if let Some(lanes) = column.get_mut(lower) {
                    *lanes = with_second(*lanes, zero_point);
                }
            }
        }
    }
}

/// `None` where the image is too short.
fn lines(tile: &Tile, inside: &Range<usize>, pairs: Range<usize>) -> Option<Lines> {
    let ([_, _, width, channels], window) = (tile.conv.input_shape, &tile.conv.window);
    let row_bytes = width.wrapping_mul(channels);
    let origin = origin(tile, pairs.start);
    let (first, _) = input_row(tile, origin);
    let offset = |row: usize| input_row(tile, origin.wrapping_add(row)).0.wrapping_sub(first).wrapping_mul(row_bytes);
    let offsets = [offset(1), offset(2), offset(3), offset(rows_seen(tile).wrapping_sub(1))];
    let column = tile.x.wrapping_mul(window.stride[1]).wrapping_add(inside.start).wrapping_sub(window.pad[1]);
    let start = first.wrapping_mul(width).wrapping_add(column).wrapping_mul(channels);
    let length = product(&[pairs.len().checked_sub(1)?, pair_bytes(tile)])?
        .checked_add(offsets[3])?
        .checked_add(inside.len().wrapping_mul(channels))?;
    let input = tile.image.get(start..)?.get(..length)?.as_ptr();
    Some(Lines { input, offsets, first: pairs.start, pairs: pairs.len(), outside: outside(tile, pairs.start) })
}

/// Input bytes from pair to pair.
fn pair_bytes(tile: &Tile) -> usize {
    let [_, _, width, channels] = tile.conv.input_shape;
    tile.conv.window.stride[0].wrapping_mul(PAIR).wrapping_mul(width).wrapping_mul(channels)
}

/// Input rows that a pair of output rows sees.
fn rows_seen(tile: &Tile) -> usize {
    SIDE.wrapping_add(tile.conv.window.stride[0])
}

/// The first input row that a pair sees, counted from the first row of the padding.
fn origin(tile: &Tile, pair: usize) -> usize {
    tile.y.wrapping_add(pair.wrapping_mul(PAIR)).wrapping_mul(tile.conv.window.stride[0])
}

/// The input row of a row counted from the padding's first, and whether it lies inside the input; the nearest one if not.
fn input_row(tile: &Tile, row: usize) -> (usize, bool) {
    let ([_, height, ..], [pad, _]) = (tile.conv.input_shape, tile.conv.window.pad);
    let nearest = row.saturating_sub(pad).min(height.wrapping_sub(1));
    (nearest, row.wrapping_sub(pad) == nearest)
}

/// A bit for every row of a pair that lies in the padding.
fn outside(tile: &Tile, pair: usize) -> u32 {
    let is_outside = |row: usize| !input_row(tile, origin(tile, pair).wrapping_add(row)).1;
    (0..rows_seen(tile)).fold(0, |bits, row| bits | u32::from(is_outside(row)) << row)
}

/// The columns of a tile that lie inside the input.
fn columns_inside(tile: &Tile) -> Range<usize> {
    let (origin, pad) = (tile.x.wrapping_mul(tile.conv.window.stride[1]), tile.conv.window.pad[1]);
    let end = tile.conv.input_shape[2].wrapping_add(pad).saturating_sub(origin).min(tile.columns);
    pad.saturating_sub(origin).min(end)..end
}
