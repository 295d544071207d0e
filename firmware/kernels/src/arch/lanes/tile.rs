//! A part of a depthwise layer's output, computed one channel after the other.

use super::backend::convolve_windows;
use super::columns::{SIDE, TAPS, Windows};
use super::lines::TileInput;
use super::words::word;
use crate::shape::product;
use crate::{DepthwiseConv2d, Requant};

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

    /// Computes all channels. `words` are for its use. `None` where slices are too short, which `is_valid` has ruled out.
    #[inline(never)]
    pub fn convolve(&self, words: &mut [i32], output: &mut [i8]) -> Option<()> {
        let words = words.get_mut(..self.pairs().wrapping_mul(self.pair_words()))?;
        let mut input = TileInput::new(self);
        input.find_lines()?;
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
    requant: &'a Requant<'a>,
    /// All weights, `[3, 3, C]`.
    weights: &'a [i8],
    /// From the first output of the first channel to the last one.
    output: &'a mut [i8],
    /// The pairs of rows.
    pairs: Windows,
    /// The last row, where it is alone, and its place.
    last: Option<Last>,
}

/// A row without another below.
struct Last {
    windows: Windows,
    /// The first word.
    word: usize,
    /// The first output.
    output: usize,
}

impl<'a> Multiply<'a> {
    /// `None` where output or weights are too short.
    fn new(tile: &Tile<'a>, output: &'a mut [i8]) -> Option<Self> {
        let [_, _, width, channels] = tile.conv.output_shape;
        let requant = &tile.conv.requant;
        let row_bytes = width.wrapping_mul(channels);
        let line_bytes = product(&[tile.outputs, channels])?;
        let start = tile.y.wrapping_mul(row_bytes).wrapping_add(tile.x.wrapping_mul(channels));
        let length = product(&[tile.rows.checked_sub(1)?, row_bytes])?.checked_add(line_bytes)?;
        let words_step = tile.conv.window.stride[1].wrapping_mul(SIDE * size_of::<i32>());
        let words_length = tile.outputs.wrapping_mul(words_step);
        let pairs = Windows {
            words: core::ptr::null(),
            weights: core::ptr::null(),
            bias: 0,
            multiplier: 0,
            output_zero_point: i32::from(requant.output_zero_point),
            output: core::ptr::null_mut(),
            lower: row_bytes,
            channels,
            words_step,
            words_length,
            words_gap: tile.pair_words().wrapping_mul(size_of::<i32>()).wrapping_sub(words_length),
            output_gap: row_bytes.wrapping_mul(PAIR).wrapping_sub(line_bytes),
            pairs: tile.rows / PAIR,
        };
        let last = (!tile.rows.is_multiple_of(PAIR)).then_some(Last {
            windows: Windows { lower: 0, pairs: 1, ..pairs },
            word: pairs.pairs.wrapping_mul(tile.pair_words()),
            output: pairs.pairs.wrapping_mul(PAIR).wrapping_mul(row_bytes),
        });
        Some(Self {
            requant,
            weights: tile.conv.weights.get(..channels.checked_mul(TAPS)?)?,
            output: output.get_mut(start..)?.get_mut(..length)?,
            pairs,
            last,
        })
    }

    /// The outputs of `channel` from all words of the tile; `None` where there is no such channel.
    fn run(&mut self, channel: usize, words: &[i32]) -> Option<()> {
        let bias = *self.requant.bias.get(channel).filter(|_| channel < self.pairs.channels)?;
        let multiplier = *self.requant.multipliers.get(channel)?;
        let weights = self.weights.as_ptr().wrapping_add(channel);
        let output = self.output.as_mut_ptr().wrapping_add(channel);
        if self.pairs.pairs > 0 {
            self.pairs = Windows { words: words.as_ptr(), weights, bias, multiplier, output, ..self.pairs };
            // SAFETY: the words are those of all pairs, and the windows of a pair lie inside its words; `new` took slices of nine
            // weights and of all rows and columns, for every channel.
            unsafe { convolve_windows(&self.pairs) };
        }
        if let Some(last) = &mut self.last {
            let (words, output) = (words.get(last.word..)?.as_ptr(), output.wrapping_add(last.output));
            last.windows = Windows { words, weights, bias, multiplier, output, ..last.windows };
            // SAFETY: the same, with one row alone.
            unsafe { convolve_windows(&last.windows) };
        }
        Some(())
    }
}
