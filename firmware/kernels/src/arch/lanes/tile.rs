//! A part of a depthwise layer's output, computed one channel after the other.

use super::backend::convolve_windows;
use super::columns::{SIDE, TAPS, Windows};
use super::lines::TileInput;
use super::words::word;
use crate::DepthwiseConv2d;
use crate::shape::product;

/// Output rows that are computed together.
pub const PAIR: usize = 2;

/// Output rows and columns whose words are in memory together.
pub struct Tile<'a> {
    /// The layer.
    pub conv: &'a DepthwiseConv2d<'a>,
    /// The input.
    pub image: &'a [i8],
    /// The first output row.
    pub y: usize,
    /// The first output column.
    pub x: usize,
    /// Output rows, not 0: all but the last tile's are even.
    pub rows: usize,
    /// Output columns; not 0.
    pub outputs: usize,
    /// Input columns, padding included.
    pub columns: usize,
}

impl Tile<'_> {
    /// Pairs of output rows, the last of which may be single.
    pub fn pairs(&self) -> usize {
        self.rows.div_ceil(PAIR)
    }

    /// Words of a pair of output rows.
    pub fn pair_words(&self) -> usize {
        self.columns.wrapping_mul(SIDE)
    }

    /// Computes all channels; `None` where slices are too short, which `is_valid` has ruled out.
    pub fn convolve(&self, words: &mut [i32], output: &mut [i8]) -> Option<()> {
        let words = words.get_mut(..self.pairs().wrapping_mul(self.pair_words()))?;
        let input = TileInput::new(self)?;
        let mut multiply = Multiply::new(self, output)?;
        // The columns in the padding stay as they are, from channel to channel.
        let zero_point = i32::from(self.conv.input_zero_point);
        words.fill(word(zero_point, zero_point));
        for channel in 0..self.conv.input_shape[3] {
            input.gather(channel, words)?;
            multiply.run(channel, words)?;
        }
        Some(())
    }
}

/// Words times weights.
struct Multiply<'a> {
    tile: &'a Tile<'a>,
    /// The first output, of the first channel.
    output: *mut i8,
    /// Bytes of an output row.
    row_bytes: usize,
}

impl<'a> Multiply<'a> {
    /// `None` where the output is too short.
    fn new(tile: &'a Tile<'a>, output: &'a mut [i8]) -> Option<Self> {
        let [_, _, width, channels] = tile.conv.output_shape;
        let row_bytes = width.wrapping_mul(channels);
        let start = tile.y.wrapping_mul(row_bytes).wrapping_add(tile.x.wrapping_mul(channels));
        let length =
            product(&[tile.rows.checked_sub(1)?, row_bytes])?.checked_add(product(&[tile.outputs, channels])?)?;
        let output = output.get_mut(start..)?.get_mut(..length)?.as_mut_ptr();
        Some(Self { tile, output, row_bytes })
    }

    /// The outputs of `channel` from all words of the tile.
    fn run(&mut self, channel: usize, words: &[i32]) -> Option<()> {
        let Self { tile, output, row_bytes } = *self;
        let (channels, requant) = (tile.conv.output_shape[3], &tile.conv.requant);
        let weights = weights(tile.conv, channel)?;
        let words_step = tile.conv.window.stride[1].wrapping_mul(SIDE * size_of::<i32>());
        let words_length = tile.outputs.wrapping_mul(words_step);
        let windows = Windows {
            words: words.as_ptr(),
            weights: weights.as_ptr(),
            bias: *requant.bias.get(channel)?,
            multiplier: *requant.multipliers.get(channel)?,
            output_zero_point: i32::from(requant.output_zero_point),
            output: output.wrapping_add(channel),
            lower: row_bytes,
            output_step: channels,
            words_step,
            words_length,
            words_gap: tile.pair_words().wrapping_mul(size_of::<i32>()).wrapping_sub(words_length),
            output_gap: row_bytes.wrapping_mul(PAIR).wrapping_sub(tile.outputs.wrapping_mul(channels)),
            pairs: tile.rows / PAIR,
        };
        if windows.pairs > 0 {
            // SAFETY: the words are those of all pairs, and the windows of a pair lie inside its words; `new` checked that the output has
            // all rows and columns, for the last channel too.
            unsafe { convolve_windows(&windows) };
        }
        if !tile.rows.is_multiple_of(PAIR) {
            let words = words.get(windows.pairs.wrapping_mul(tile.pair_words())..)?.as_ptr();
            let above = windows.pairs.wrapping_mul(PAIR).wrapping_mul(row_bytes);
            let output = windows.output.wrapping_add(above);
            // SAFETY: the same, with one row alone.
            unsafe { convolve_windows(&Windows { words, output, lower: 0, pairs: 1, ..windows }) };
        }
        Some(())
    }
}

/// The weights of a channel in the order of a window's words.
fn weights(conv: &DepthwiseConv2d, channel: usize) -> Option<[i32; TAPS]> {
    let channels = conv.output_shape[3];
    let taps = conv.weights.get(channel..)?;
    let mut weights = [0; TAPS];
    for (index, weight) in weights.iter_mut().enumerate() {
        let tap = (index % SIDE) * SIDE + index / SIDE;
        *weight = i32::from(*taps.get(tap.wrapping_mul(channels))?);
    }
    Some(weights)
}
