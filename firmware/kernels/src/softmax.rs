//! Softmax along the last axis.

use crate::chunks::{chunks, chunks_mut};
use crate::elements;

/// Largest entry of [`Softmax::exponentials`]: 2^23.
const EXPONENTIAL_MAX: u32 = 1 << 23;

/// Softmax of every row of `[rows, features]`. The output is `real = (q + 128) / 256`.
///
/// # Arithmetic
/// ```text
/// t = exponentials[max(x) - x]          sum = sum(t)
/// q = min((256 * t + sum / 2) / sum, 255) - 128                       both divisions round down
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Softmax<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Elements of a row.
    pub features: usize,
    /// Entry `d` is `exp(-d * input_scale)` in a fixed point; none above 2^23, the first not 0.
    pub exponentials: &'a [u32; 256],
}

impl Softmax<'_> {
    /// Whether there are elements and no sum of exponentials can reach 2^32.
    pub fn is_valid(&self) -> bool {
        let [one, ..] = *self.exponentials;
        let largest = self.exponentials.iter().copied().max().unwrap_or(0);
        elements([1, 1, self.rows, self.features]).is_some()
            && one != 0
            && largest <= EXPONENTIAL_MAX
            && u32::try_from(self.features).is_ok_and(|features| largest.checked_mul(features).is_some())
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        for (row, outputs) in chunks(input, self.features).zip(chunks_mut(output, self.features)) {
            let largest = row.iter().copied().max().unwrap_or(0);
            let exponential = |x: i8| self.exponentials[usize::from(largest.wrapping_sub(x) as u8)];
            let sum = row.iter().fold(0u32, |sum, &x| sum.wrapping_add(exponential(x)));
            for (output, &x) in outputs.iter_mut().zip(row) {
                let share = exponential(x).wrapping_shl(8).wrapping_add(sum >> 1).checked_div(sum).unwrap_or(0);
                *output = (share.min(255) as u8 ^ 0x80) as i8;
            }
        }
    }
}
