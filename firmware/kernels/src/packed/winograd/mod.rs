//! Winograd: 3x3 convolution weights transformed for minimal filtering, with integers only.
//!
//! F(2x2, 3x3) computes a tile of 2x2 outputs from 4x4 inputs with 16 products for each channel in place of 36, F(4x4, 3x3) one of 4x4 from 6x6
//! with 36 in place of 144:
//!
//! ```text
//! U = G w G^T        by the host        V = B^T d B        sums = A^T (sum over channels of U * V) A
//! ```
//!
//! `G` has fractions. Its rows are scaled to integers, so that the sums come out as 4 and 576 times those of the convolution, and are divided
//! without a remainder: `Tile::unscaled`. Everything is modulo 2^32 on the way; `U` and `V` fit 16 bits whatever weights and inputs are.
//!
//! Layout: `[O / 2, positions of a tile, C / 2, 2]` words of two i16. A word belongs to one output channel of a pair and to two input channels:
//! of every four, 0 and 2 are in one word and 1 and 3 in the next, in the order of `sxtb16`.
//!
//! Condition ([`fits`]): 4 or 64 times the sum of products fits 32 bits for every input. Bias is added after the division, so it is free.

pub(crate) mod reader;
mod strip;
mod transform;

#[cfg(peacrab_arch = "armv7em")]
pub(crate) use strip::{Memory, Strip, strips};

use crate::Conv2d;
use transform::{Plane, SPAN_MAX};

/// The outputs that are computed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tile {
    /// 2x2 outputs from 4x4 inputs.
    Two,
    /// 4x4 outputs from 6x6 inputs.
    Four,
}

impl Tile {
    /// Rows and columns of outputs.
    pub const fn side(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// Rows and columns of inputs.
    pub const fn span(self) -> usize {
        self.side() + 2
    }

    /// Transformed inputs, and products, of a channel.
    pub const fn positions(self) -> usize {
        self.span() * self.span()
    }

    /// Rows and columns of inputs of a strip.
    pub(crate) const fn block_shape(self) -> [usize; 2] {
        [self.span(), self.side() * TILES + 2]
    }

    /// The convolution's sum from the scaled one.
    #[inline(always)]
    pub(crate) fn unscaled(self, sum: i32) -> i32 {
        /// The inverse of 9 modulo 2^32: 576 is 64 * 9.
        const NINTH: i32 = 0x38E3_8E39;
        match self {
            Self::Two => sum >> 2,
            Self::Four => sum.wrapping_mul(NINTH) >> 6,
        }
    }

    /// No sum of products may reach this: `Tile::unscaled` shifts out what is above.
    const fn sum_limit(self) -> i64 {
        match self {
            Self::Two => 1 << 29,
            Self::Four => 1 << 25,
        }
    }
}

/// Input channels whose words are transformed together.
pub const QUAD: usize = 4;

/// Output channels that are computed together.
pub const PAIR: usize = 2;

/// Tiles, side by side, that are computed together.
pub const TILES: usize = 4;

/// Whether the layout exists for a layer: 3x3 adjacent taps, stride 1, no groups, input channels in fours and output channels in twos.
pub fn supports(conv: &Conv2d) -> bool {
    let window = &conv.window;
    conv.groups == 1
        && window.filter == [3, 3]
        && window.stride == [1, 1]
        && window.dilation == [1, 1]
        && conv.input_shape[3].is_multiple_of(QUAD)
        && conv.output_shape[3].is_multiple_of(PAIR)
}

/// Whether the plain weights `[O, depth]` give the same results when transformed: see the condition above.
pub fn fits(weights: &[i8], depth: usize, tile: Tile) -> bool {
    weights.chunks(depth.max(1)).all(|filter| {
        // No sum is further from 0 than with -128 for each weight of one sign and 127 for the others.
        let magnitude: i64 = filter.iter().map(|&weight| i64::from(weight).abs()).sum();
        magnitude.saturating_mul(128) < tile.sum_limit()
    })
}

/// Bytes of the packed weights of `[outputs, 3, 3, inputs]`; `usize::MAX` where they cannot be addressed.
pub fn bytes(outputs: usize, inputs: usize, tile: Tile) -> usize {
    outputs.saturating_mul(inputs).saturating_mul(2 * tile.positions())
}

/// Packs the plain weights `[O, 3, 3, inputs]`; `packed` has [`bytes`] bytes, `inputs` is a multiple of 4 and `O` one of 2.
pub fn pack(weights: &[i8], inputs: usize, tile: Tile, packed: &mut [i8]) {
    let pair_bytes = bytes(PAIR, inputs, tile).max(1);
    let filters = weights.chunks(inputs.saturating_mul(9).max(1));
    for (output, filter) in filters.enumerate() {
        let pair = packed.chunks_mut(pair_bytes).nth(output / PAIR).unwrap_or_default();
        for input in 0..inputs {
            let transformed = transform::filter(tile, taps(filter, inputs, input));
            let (row_major, span) = (transformed.iter(), tile.span());
            let values = row_major.take(span).flat_map(|row| row.iter().take(span));
            for (position, &value) in values.enumerate() {
                let word = (position * (inputs / 2) + word_of(input)) * PAIR + output % PAIR;
                let half = pair.as_chunks_mut::<2>().0.get_mut(2 * word + lane_of(input));
                if let Some(half) = half {
                    *half = (value as i16).to_le_bytes().map(|byte| byte as i8);
                }
            }
        }
    }
}

/// The weights of one input channel.
fn taps(filter: &[i8], inputs: usize, input: usize) -> Plane {
    let mut taps = [[0; SPAN_MAX]; SPAN_MAX];
    for (row, taps) in taps.iter_mut().take(3).enumerate() {
        for (column, tap) in taps.iter_mut().take(3).enumerate() {
            *tap = filter.get((row * 3 + column) * inputs + input).map_or(0, |&weight| i32::from(weight));
        }
    }
    taps
}

/// Which of the words of two channels holds a channel.
fn word_of(channel: usize) -> usize {
    channel / QUAD * 2 + channel % 2
}

/// Which half of its word holds a channel: 0 is the lower one.
fn lane_of(channel: usize) -> usize {
    channel % QUAD / 2
}

/// Whether a convolution can be packed and the weights' length is right.
pub(crate) fn is_valid(conv: &Conv2d, tile: Tile) -> bool {
    supports(conv) && conv.weights.len() == bytes(conv.output_shape[3], conv.input_shape[3], tile)
}

/// Bytes of scratch that a convolution needs, on every core.
pub(crate) fn scratch_bytes(conv: &Conv2d, tile: Tile) -> usize {
    strip::values_bytes(conv.input_shape[3], tile).saturating_add(strip::work_bytes(tile))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_laid_out_as_documented() {
        // Output o, input i has i + 10 o + 1 in the first tap only: its transform at the first position is 4 or 36 times that.
        let mut weights = [0; 2 * 9 * 4];
        for (index, filter) in weights.chunks_mut(9 * 4).enumerate() {
            for (input, weight) in filter.iter_mut().take(4).enumerate() {
                *weight = (10 * index + input + 1) as i8;
            }
        }
        for (tile, factor) in [(Tile::Two, 4), (Tile::Four, 36)] {
            let mut packed = [0; 2 * 4 * 72];
            let packed = &mut packed[..bytes(2, 4, tile)];
            pack(&weights, 4, tile, packed);
            let halves =
                packed.as_chunks::<2>().0.iter().map(|&[low, high]| i16::from_le_bytes([low as u8, high as u8]));
            let expected = [1, 3, 11, 13, 2, 4, 12, 14].map(|value| value * factor);
            assert!(halves.take(8).eq(expected));
        }
    }

    #[test]
    fn transformed_weights_fit_16_bits() {
        for tile in [Tile::Two, Tile::Four] {
            for signs in 0..1 << 9 {
                let mut taps = [[0; SPAN_MAX]; SPAN_MAX];
                for tap in 0..9 {
                    taps[tap / 3][tap % 3] = if signs >> tap & 1 == 0 { -128 } else { 127 };
                }
                let transformed = transform::filter(tile, taps);
                assert!(transformed.as_flattened().iter().all(|&value| value == i32::from(value as i16)));
            }
        }
    }

    #[test]
    fn sums_end_at_the_limit() {
        // 128 * 127 * 2064 is below 2^25 by 2048: one more weight of 15 is enough, one of 16 is too much.
        let mut filter = [127; 2065];
        filter[2064] = 15;
        assert!(fits(&filter, 2065, Tile::Four));
        filter[2064] = -16;
        assert!(!fits(&filter, 2065, Tile::Four));
        assert!(fits(&filter, 2065, Tile::Two));
    }
}
