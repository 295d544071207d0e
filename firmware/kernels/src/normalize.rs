//! Division of each vector by its norm.

use crate::chunks::{chunks, chunks_mut};
use crate::elements;

/// Which norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// Sum of magnitudes.
    L1,
    /// Root of the sum of squares.
    L2,
    /// Largest magnitude.
    Max,
}

/// Every row of `[rows, features]` divided by its norm. The output is `real = q / 127`; a row of zeros stays zero.
///
/// # Arithmetic
/// With `x = input - input_zero_point` and `s` the square of the norm of the row, `|q|` is the largest integer in `[0, 127]` for which
/// `(2 * |q| - 1)^2 * s <= (254 * x)^2`, or 0: exactly `127 * |x| / norm`, half away from zero, without a root. `q` has the sign of `x`.
#[derive(Debug, Clone, Copy)]
pub struct Normalize {
    /// Number of rows.
    pub rows: usize,
    /// Elements of a row, at most 2^15.
    pub features: usize,
    /// Zero point of the input.
    pub input_zero_point: i8,
    /// The norm.
    pub norm: Norm,
}

/// With no more features than this, `253^2 * (255 * features)^2` stays below 2^63.
const FEATURES_MAX: usize = 1 << 15;

impl Normalize {
    /// Whether there are elements, and not too many in a row.
    pub fn is_valid(&self) -> bool {
        elements([1, 1, self.rows, self.features]).is_some() && self.features <= FEATURES_MAX
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        for (row, outputs) in chunks(input, self.features).zip(chunks_mut(output, self.features)) {
            let norm_squared = self.norm_squared(row);
            for (output, &x) in outputs.iter_mut().zip(row) {
                let share = share(self.magnitude(x), norm_squared);
                *output = if x < self.input_zero_point { share.wrapping_neg() } else { share };
            }
        }
    }

    fn magnitude(&self, x: i8) -> u32 {
        u32::from(x.abs_diff(self.input_zero_point))
    }

    fn norm_squared(&self, row: &[i8]) -> u64 {
        let magnitudes = row.iter().map(|&x| self.magnitude(x));
        let square = |value: u32| u64::from(value).wrapping_mul(u64::from(value));
        match self.norm {
            Norm::L1 => square(magnitudes.fold(0, u32::wrapping_add)),
            Norm::L2 => magnitudes.fold(0, |sum, magnitude| sum.wrapping_add(square(magnitude))),
            Norm::Max => square(magnitudes.max().unwrap_or(0)),
        }
    }
}

/// The largest integer in `[0, 127]` with `(2 * share - 1)^2 * norm_squared <= (254 * magnitude)^2`, bit by bit from the highest.
fn share(magnitude: u32, norm_squared: u64) -> i8 {
    if norm_squared == 0 {
        return 0;
    }
    let limit = u64::from(magnitude.wrapping_mul(254)).wrapping_mul(u64::from(magnitude.wrapping_mul(254)));
    let mut share = 0u8;
    for bit in (0..7).rev() {
        let larger = share | (1 << bit);
        let odd = u64::from(larger).wrapping_mul(2).wrapping_sub(1);
        if odd.wrapping_mul(odd).wrapping_mul(norm_squared) <= limit {
            share = larger;
        }
    }
    share as i8
}
