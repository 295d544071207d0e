//! Rows of weights times words of two pixels: what the assembly of each core works on.

use super::backend::multiply_rows;
use crate::Requant;

/// Rows that are computed together.
pub const PAIR: usize = 2;

/// Taps of a pass of the assembly's main loop.
pub const UNROLLED: usize = 8;

/// Pairs of rows. The layout is known to the assembly, which moves weights, bias, multipliers and outputs from pair to pair.
#[repr(C)]
pub struct Rows {
    /// A word for every tap.
    words: *const i32,
    /// The first row of weights; the others follow.
    weights: *const i8,
    /// Weights of a row.
    depth: usize,
    /// The word from which a multiple of [`UNROLLED`] is left.
    rest_end: *const i32,
    /// Behind the last word.
    end: *const i32,
    /// One for every row.
    bias: *const i32,
    /// One for every row.
    multipliers: *const i32,
    /// The first pixel: one byte for every row.
    first_output: *mut i8,
    /// The second pixel, written before the first.
    second_output: *mut i8,
    /// Added to every requantized sum.
    output_zero_point: i32,
    /// Pairs; not 0.
    count: usize,
}

/// Plain weights `[O, D]` with their requantization. Results are saturated to i8; a narrower activation is up to the caller.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    /// `O` rows, at least two.
    pub rows: &'a [i8],
    /// `D`.
    pub depth: usize,
    /// `O` channels.
    pub requant: &'a Requant<'a>,
}

impl Weights<'_> {
    /// The outputs of one or two pixels, which lie side by side, from `D` words; `None` where lengths disagree.
    pub fn multiply(&self, words: &[i32], pixels: &mut [i8]) -> Option<()> {
        let channels = self.requant.bias.len();
        self.multiply_from(0, words, pixels)?;
        // The last pair overlaps the one before where the channels are odd.
        if channels.is_multiple_of(PAIR) {
            Some(())
        } else {
            self.multiply_from(channels.checked_sub(PAIR)?, words, pixels)
        }
    }

    /// Whole pairs of rows from `channel` on.
    fn multiply_from(&self, channel: usize, words: &[i32], pixels: &mut [i8]) -> Option<()> {
        let Self { rows, depth, requant } = *self;
        let channels = requant.bias.len();
        let count = channels.checked_sub(channel)? / PAIR;
        let covered = count.wrapping_mul(PAIR);
        let words = words.get(..depth)?;
        let (first, second) = pixels.split_at_mut_checked(channels)?;
        let first_output = first.get_mut(channel..)?.get_mut(..covered)?.as_mut_ptr();
        let second_output = if second.is_empty() {
            // One pixel: what is written for the second is overwritten.
            first_output
        } else {
            second.get_mut(channel..)?.get_mut(..covered)?.as_mut_ptr()
        };
        let mut rows = Rows {
            words: words.as_ptr(),
            weights: rows.get(channel.wrapping_mul(depth)..)?.get(..covered.checked_mul(depth)?)?.as_ptr(),
            depth,
            rest_end: words.get(depth % UNROLLED..)?.as_ptr(),
            end: words.as_ptr_range().end,
            bias: requant.bias.get(channel..)?.get(..covered)?.as_ptr(),
            multipliers: requant.multipliers.get(channel..)?.get(..covered)?.as_ptr(),
            first_output,
            second_output,
            output_zero_point: i32::from(requant.output_zero_point),
            count,
        };
        if count > 0 {
            // SAFETY: each pointer was taken from a slice of its length: `depth` words, `covered` rows of `depth` weights, and
            // `covered` elements of bias, multipliers and both outputs.
            unsafe { multiply_rows(&mut rows) };
        }
        Some(())
    }
}
