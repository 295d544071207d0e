//! Which input rows the pairs of output rows of a tile see, and how they become words.

use core::ops::Range;

use super::backend::gather_columns;
use super::columns::{Gather, SIDE};
use super::tile::{PAIR, Tile};
use super::words::{with_first, with_second, word};
use crate::chunks::chunks_mut;
use crate::shape::product;

/// Most [`Lines`] of a tile: one for all pairs inside the input and one for every other. Padding is at most as high as the filter, with
/// one stride more below: two pairs see the upper one, three the lower one.
const LINES_MAX: usize = 6;

/// Pairs of output rows that see rows at the same distances.
struct Lines<'a> {
    /// Their inputs from the first row, column and channel to the last ones. Rows in the padding are the nearest ones inside.
    input: &'a [i8],
    /// Words of the tile, from the first column inside the input to the last pair's end.
    words: Range<usize>,
    /// How the input becomes words.
    gather: Gather,
    /// A bit for every word of a column whose first lane lies in the padding, and the same for the second.
    outside: [u32; 2],
}

/// All inputs of a tile.
pub struct TileInput<'a> {
    tile: &'a Tile<'a>,
    lines: [Option<Lines<'a>>; LINES_MAX],
}

impl<'a> TileInput<'a> {
    /// Before its lines are found.
    pub fn new(tile: &'a Tile<'a>) -> Self {
        Self { tile, lines: [const { None }; LINES_MAX] }
    }

    /// `None` where the image is too short, which `is_valid` has ruled out.
    #[inline(never)]
    pub fn find_lines(&mut self) -> Option<()> {
        let (tile, inside) = (self.tile, columns_inside(self.tile));
        let mut places = self.lines.iter_mut();
        let mut pair = 0;
        while pair < tile.pairs() && !inside.is_empty() {
            let mut end = pair.wrapping_add(1);
            while outside(tile, pair) == 0 && end < tile.pairs() && outside(tile, end) == 0 {
                end = end.wrapping_add(1);
            }
            *places.next()? = Some(lines(tile, &inside, pair..end)?);
            pair = end;
        }
        Some(())
    }

    /// Makes the words of `channel`; columns in the padding are left alone. `words` are all those of the tile.
    pub fn gather(&mut self, channel: usize, words: &mut [i32]) -> Option<()> {
        let (channels, stride) = (self.tile.conv.input_shape[3], self.tile.conv.window.stride[0]);
        for lines in self.lines.iter_mut().flatten().filter(|_| channel < channels) {
            let words = words.get_mut(lines.words.clone())?;
            lines.gather.input = lines.input.as_ptr().wrapping_add(channel);
            lines.gather.words = words.as_mut_ptr();
            // SAFETY: `lines` took all rows and columns of all channels from the image, and the words of all pairs.
            unsafe {
                if stride == 1 {
                    gather_columns::<false>(&lines.gather);
                } else {
                    gather_columns::<true>(&lines.gather);
                }
            }
            if lines.outside != [0, 0] {
                pad(lines, self.tile.conv.input_zero_point, words);
            }
        }
        Some(())
    }
}

/// Puts the zero point into the lanes that lie in the padding. `words` are those of the lines.
fn pad(lines: &Lines, zero_point: i8, words: &mut [i32]) {
    let (zero_point, count) = (i32::from(zero_point), lines.gather.count);
    for index in 0..SIDE {
        let [first, second] = lines.outside.map(|outside| outside >> index & 1 != 0);
        let lanes = chunks_mut(words, SIDE).take(count).filter_map(|column| column.get_mut(index));
        match (first, second) {
            (false, false) => {}
            (true, false) => lanes.for_each(|lanes| *lanes = with_first(*lanes, zero_point)),
            (false, true) => lanes.for_each(|lanes| *lanes = with_second(*lanes, zero_point)),
            (true, true) => lanes.for_each(|lanes| *lanes = word(zero_point, zero_point)),
        }
    }
}

/// The lines of some pairs; `None` where the image is too short.
fn lines<'a>(tile: &Tile<'a>, inside: &Range<usize>, pairs: Range<usize>) -> Option<Lines<'a>> {
    let ([_, _, width, channels], window) = (tile.conv.input_shape, &tile.conv.window);
    let row_bytes = product(&[width, channels])?;
    let origin = origin(tile, pairs.start);
    let (first, _) = input_row(tile, origin);
    let offset = |row: usize| input_row(tile, origin.wrapping_add(row)).0.wrapping_sub(first).checked_mul(row_bytes);
    let offsets = [offset(1)?, offset(2)?, offset(3)?, offset(rows_seen(tile).wrapping_sub(1))?];
    let column = tile.x.wrapping_mul(window.stride[1]).wrapping_add(inside.start).wrapping_sub(window.pad[1]);
    let start = first.wrapping_mul(width).wrapping_add(column).wrapping_mul(channels);
    let line_bytes = product(&[inside.len(), channels])?;
    let length =
        product(&[pairs.len().checked_sub(1)?, pair_bytes(tile)])?.checked_add(offsets[3])?.checked_add(line_bytes)?;
    let first_word = pairs.start.wrapping_mul(tile.pair_words()).wrapping_add(inside.start.wrapping_mul(SIDE));
    let gather = Gather {
        input: core::ptr::null(),
        offsets,
        step: channels,
        words: core::ptr::null_mut(),
        count: inside.len(),
        input_gap: pair_bytes(tile).wrapping_sub(line_bytes),
        words_gap: tile.columns.wrapping_sub(inside.len()).wrapping_mul(SIDE * size_of::<i32>()),
        pairs: pairs.len(),
    };
    // The lower output row sees each input row one stride higher in its window; nobody looks at it where the last row is alone.
    let is_single = tile.rows < pairs.start.wrapping_add(1).wrapping_mul(PAIR);
    let lower = if is_single { 0 } else { outside(tile, pairs.start) >> window.stride[0] };
    Some(Lines {
        input: tile.image.get(start..)?.get(..length)?,
        words: first_word..pairs.end.wrapping_mul(tile.pair_words()),
        gather,
        outside: [outside(tile, pairs.start), lower],
    })
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
