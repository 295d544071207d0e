//! Bands: convolution weights with three taps a row, for kernels that keep a band of input rows widened in scratch.
//!
//! The layout is that of [`rows`] with another order of the depth: where `[FH, FW, C]` has all channels of a tap and then the next tap, a band has,
//! for each filter row and every four channels,
//!
//! | pair | 0 | 1 | 2 | 3 | 4 | 5 |
//! |---|---|---|---|---|---|---|
//! | tap | 0 | 1 | 2 | 0 | 1 | 2 |
//! | channels | 0, 2 | 0, 2 | 0, 2 | 1, 3 | 1, 3 | 1, 3 |
//!
//! So the three taps of a pair of channels follow one another, and at stride 1 two output pixels share two of the four input columns that
//! they see. Conditions: those of [`rows::fits`], and [`supports`].

use super::rows::{self, CHUNK, QUAD};
use crate::Conv2d;

/// Taps of a filter row.
pub const TAPS: usize = 3;

/// Output pixels of a row that are computed at a time.
pub const PAIR: usize = 2;

/// Whether the layout exists for a layer: filter rows of three adjacent taps, stride 1 or 2 along them, channels that fill words.
pub fn supports(conv: &Conv2d) -> bool {
    let window = &conv.window;
    conv.groups == 1
        && window.filter[1] == TAPS
        && window.dilation == [1, 1]
        && matches!(window.stride[1], 1 | 2)
        && conv.input_shape[3].is_multiple_of(CHUNK)
}

/// Whether the layer is supported and the weights' length is right.
pub(crate) fn is_valid(conv: &Conv2d) -> bool {
    supports(conv) && conv.weights.len() == rows::bytes(conv.output_shape[3], super::conv2d_depth(conv))
}

/// Packs the plain weights `[O, FH, 3, C]`, `C` a multiple of 4; `packed` has [`rows::bytes`] bytes.
pub fn pack(weights: &[i8], depth: usize, channels: usize, packed: &mut [i8]) {
    rows::pack_in_order(weights, depth, |position| plain_position(position, channels), packed);
}

/// The plain patch `[FH, 3, C]` in the order of the weights.
pub(crate) fn reorder(patch: &[i8], channels: usize, ordered: &mut [i8]) {
    let row = channels.saturating_mul(TAPS);
    for (plain, ordered) in crate::chunks::chunks(patch, row).zip(crate::chunks::chunks_mut(ordered, row)) {
        for (position, element) in ordered.iter_mut().enumerate() {
            *element = plain.get(plain_position(position, channels)).copied().unwrap_or(0);
        }
    }
}

/// Where in `[FH, 3, C]` the element at `position` of the band's order lies.
fn plain_position(position: usize, channels: usize) -> usize {
    let channels = channels.max(CHUNK);
    // Element `offset` of a chunk is in pair `offset % 2` of the chunk's two: see `rows`.
    let (chunk, offset) = (position / CHUNK, position % CHUNK);
    let (pair, upper) = (2 * chunk + offset % 2, offset / 2);
    let (row, pair) = (pair / (channels / 2 * TAPS), pair % (channels / 2 * TAPS));
    let (tap, word) = (pair % TAPS, pair / TAPS);
    let channel = word / 2 * CHUNK + word % 2 + 2 * upper;
    (row * TAPS + tap) * channels + channel
}

/// The widened rows of a layer, and how many of them are kept.
///
/// A row is a window for every pair of output pixels: the input columns that the pair sees, as pairs of i16 channels `[0, 2]` and `[1, 3]` of every
/// four, all columns of a pair of channels side by side.
pub struct Geometry {
    /// Bytes of a window.
    pub window_bytes: usize,
    /// Bytes of four rows of weights.
    pub quad_bytes: usize,
    /// Whether they can be kept as chains.
    pub has_chains: bool,
    /// Bytes of four rows of weights in scratch.
    pub staged_bytes: usize,
    /// Pairs of output pixels in a row of output.
    pub pairs: usize,
}

impl Geometry {
    /// Of a layer that [`supports`] bands.
    pub fn new(conv: &Conv2d) -> Self {
        let columns = conv.window.stride[1].saturating_add(TAPS);
        let depth = super::conv2d_depth(conv);
        Self {
            window_bytes: columns.saturating_mul(2).saturating_mul(conv.input_shape[3]),
            quad_bytes: depth.saturating_mul(QUAD),
            has_chains: super::has_chains(depth),
            staged_bytes: super::staged_quad_bytes(depth),
            pairs: conv.output_shape[2].div_ceil(PAIR),
        }
    }

    /// How much of the output one filling of the scratch serves.
    pub fn tile(&self, conv: &Conv2d, scratch_bytes: usize) -> Tile {
        let [filter_height, _] = conv.window.filter;
        let windows = scratch_bytes.saturating_sub(self.staged_bytes) / self.window_bytes.max(1);
        let pairs = (windows / filter_height.max(1)).clamp(1, self.pairs.max(1));
        let rows = (windows / pairs).saturating_sub(filter_height) / conv.window.stride[0].max(1);
        Tile { rows: (rows + 1).min(conv.output_shape[1]), pairs }
    }

    /// Bytes of the scratch that a tile fills.
    fn scratch_bytes(&self, conv: &Conv2d, tile: &Tile) -> usize {
        let rows = tile.input_rows(conv, tile.rows);
        rows.saturating_mul(tile.pairs).saturating_mul(self.window_bytes).saturating_add(self.staged_bytes)
    }
}

/// A part of the output.
pub struct Tile {
    /// Output rows.
    pub rows: usize,
    /// Pairs of output pixels.
    pub pairs: usize,
}

impl Tile {
    /// Input rows that `rows` output rows see.
    pub fn input_rows(&self, conv: &Conv2d, rows: usize) -> usize {
        rows.saturating_sub(1).saturating_mul(conv.window.stride[0]).saturating_add(conv.window.filter[0])
    }
}

/// Bytes of scratch that a convolution can use of `budget`, at least what it needs, the windows of one pair and four rows of weights: weights are read
/// once for a tile, and rows at its borders are widened twice.
pub(crate) fn scratch_bytes(conv: &Conv2d, budget: usize) -> usize {
    let geometry = Geometry::new(conv);
    geometry.scratch_bytes(conv, &geometry.tile(conv, budget))
}

/// Whether tiles are whole rows, so that all that the rows of a tile see is read before any of them is written.
pub(crate) fn fills_rows(conv: &Conv2d, scratch_bytes: usize) -> bool {
    let geometry = Geometry::new(conv);
    geometry.tile(conv, scratch_bytes).pairs == geometry.pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_table() {
        let positions: [usize; 24] = core::array::from_fn(|position| plain_position(position, 8));
        // Chunks of a row quad hold the pairs (0, 2) and (1, 3) of their four elements.
        let pairs = positions.as_chunks::<CHUNK>().0.iter().flat_map(|&[a, b, c, d]| [[a, c], [b, d]]);
        let expected = [[0, 2], [8, 10], [16, 18], [1, 3], [9, 11], [17, 19], [4, 6], [12, 14], [20, 22], [5, 7]];
        assert!(pairs.take(10).eq(expected));
        assert_eq!(plain_position(24, 8), 24, "the next filter row");
    }

    #[test]
    fn every_element_has_one_place() {
        for channels in [4, 8, 12, 20] {
            let mut is_taken = [false; 2 * 3 * 20];
            for position in 0..2 * 3 * channels {
                assert!(!core::mem::replace(&mut is_taken[plain_position(position, channels)], true));
            }
            assert!(is_taken[..2 * 3 * channels].iter().all(|&is_taken| is_taken));
        }
    }
}
