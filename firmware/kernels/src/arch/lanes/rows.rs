//! Rows of weights times words of two pixels: what the assembly of each core works on.

use super::backend::multiply_rows;
use crate::Requant;

/// Rows that are computed together.
pub const PAIR: usize = 2;

/// Taps of a pass of the assembly's main loop.
pub const UNROLLED: usize = 8;

/// Pairs of rows. The layout is known to the assembly, which moves weights, bias, multipliers and outputs from pair to pair.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Rows {
    /// The word from which a multiple of [`UNROLLED`] is left.
    rest_end: *const i32,
    /// One for every row.
    bias: *const i32,
    /// A word for every tap.
    words: *const i32,
    /// The first row of weights; the others follow.
    weights: *const i8,
    /// Weights of a row.
    depth: usize,
    /// Behind the last word.
    end: *const i32,
    /// One for every row.
    multipliers: *const i32,
    /// Added to every requantized sum.
    output_zero_point: i32,
    /// The first pixel: one byte for every row.
    first_output: *mut i8,
    /// The second pixel, written before the first.
    second_output: *mut i8,
    /// Pairs; not 0.
    count: usize,
}

/// Plain weights with their requantization. Results are saturated to i8; a narrower activation is up to the caller.
pub struct Weights<'a> {
    requant: &'a Requant<'a>,
    /// `[O, D]`.
    weights: &'a [i8],
    /// `D`.
    depth: usize,
}

impl<'a> Weights<'a> {
    /// `None` where there are fewer than two channels and where lengths disagree.
    pub fn new(weights: &'a [i8], depth: usize, requant: &'a Requant<'a>) -> Option<Self> {
        let channels = requant.bias.len();
        let agree = requant.multipliers.len() == channels && Some(weights.len()) == channels.checked_mul(depth);
        (agree && channels >= PAIR).then_some(Self { requant, weights, depth })
    }

    /// The outputs of one or two pixels, which lie side by side, from `D` words; `None` where lengths disagree.
    pub fn multiply(&self, words: &[i32], pixels: &mut [i8]) -> Option<()> {
        let channels = self.requant.bias.len();
        let first_output = pixels.as_mut_ptr();
        let second_output = match pixels.len().checked_sub(channels)? {
            // What is written for the second pixel is overwritten.
            0 => first_output,
            more => first_output.wrapping_add((more == channels).then_some(channels)?),
        };
        let words = words.get(..self.depth)?;
        let mut rows = Rows {
            rest_end: words.as_ptr().wrapping_add(self.depth % UNROLLED),
            bias: self.requant.bias.as_ptr(),
            words: words.as_ptr(),
            weights: self.weights.as_ptr(),
            depth: self.depth,
            end: words.as_ptr_range().end,
            multipliers: self.requant.multipliers.as_ptr(),
            output_zero_point: i32::from(self.requant.output_zero_point),
            first_output,
            second_output,
            count: channels / PAIR,
        };
        // SAFETY: there are `depth` words, and `new` checked that there are `channels` rows of so many weights, at least a pair, and so
        // many elements of bias and multipliers; each pixel has so many bytes.
        unsafe { multiply_rows(&mut rows) };
        if !channels.is_multiple_of(PAIR) {
            // The last pair overlaps the one before: from there the pointers go back by a row.
            let mut last = Rows {
                bias: rows.bias.wrapping_sub(1),
                weights: rows.weights.wrapping_sub(self.depth),
                multipliers: rows.multipliers.wrapping_sub(1),
                first_output: rows.first_output.wrapping_sub(1),
                second_output: rows.second_output.wrapping_sub(1),
                count: 1,
                ..rows
            };
            // SAFETY: the same, for the last two rows.
            unsafe { multiply_rows(&mut last) };
        }
        Some(())
    }
}
