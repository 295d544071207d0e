//! Logarithm of softmax along the last axis.

use crate::chunks::{chunks, chunks_mut};
use crate::elements;
use crate::requant::clamp_to;

/// Logarithm of softmax of every row of `[rows, features]`.
///
/// # Arithmetic
/// ```text
/// d = max(x) - x                        sum = sum(exponentials[d]), saturating at 2^32 - 1, at least 1
/// e = floor(log2(sum))                  n = sum * 2^(31 - e), so that bit 31 is its highest
/// i = bits 30..23 of n                  f = bits 22..0 of n
/// log2 = (e - one_bits) * 2^10 + logarithms[i] + ((logarithms[i + 1] - logarithms[i]) * f + 2^22) >> 23
/// q = clamp((bias - d * multipliers[0] - log2 * multipliers[1]) >> shift, -128, 127)             in i32, wrapping
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogSoftmax<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Elements of a row.
    pub features: usize,
    /// Entry `d` is `2^one_bits * exp(-d * input_scale)`.
    pub exponentials: &'a [u32; 256],
    /// Position of the binary point of `exponentials`, in `[8, 31]`.
    pub one_bits: u32,
    /// Entry `i` is `2^10 * log2(1 + i / 256)`: ascending, in steps below 256.
    pub logarithms: &'a [u32; 257],
    /// For the distance, and for the logarithm.
    pub multipliers: [i32; 2],
    /// Zero point and the rounding's half, folded together.
    pub bias: i32,
    /// Right shift, in `[0, 31]`.
    pub shift: u32,
}

impl LogSoftmax<'_> {
    /// Whether there are elements and the tables and shifts are in their ranges.
    pub fn is_valid(&self) -> bool {
        let steps = self.logarithms.iter().zip(self.logarithms.iter().skip(1));
        elements([1, 1, self.rows, self.features]).is_some()
            && (8..=31).contains(&self.one_bits)
            && self.shift <= 31
            && steps.into_iter().all(|(low, high)| high.checked_sub(*low).is_some_and(|step| step < 256))
            && self.logarithms.iter().all(|&logarithm| logarithm < 1 << 20)
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        let [distance_multiplier, logarithm_multiplier] = self.multipliers;
        for (row, outputs) in chunks(input, self.features).zip(chunks_mut(output, self.features)) {
            let largest = row.iter().copied().max().unwrap_or(0);
            let distance = |x: i8| largest.wrapping_sub(x) as u8;
            let sum = row.iter().fold(0u32, |sum, &x| sum.saturating_add(self.exponentials[usize::from(distance(x))]));
            let start = self.bias.wrapping_sub(self.log2(sum).wrapping_mul(logarithm_multiplier));
            for (output, &x) in outputs.iter_mut().zip(row) {
                let q = start.wrapping_sub(i32::from(distance(x)).wrapping_mul(distance_multiplier));
                *output = clamp_to(q.wrapping_shr(self.shift), i8::MIN, i8::MAX);
            }
        }
    }

    /// Base-2 logarithm of `sum / 2^one_bits` in Q10, interpolated between the entries of the table.
    fn log2(&self, sum: u32) -> i32 {
        let sum = sum.max(1);
        let zeros = sum.leading_zeros();
        let normalized = sum.wrapping_shl(zeros);
        let (index, fraction) = (usize::from((normalized >> 23) as u8), normalized & ((1 << 23) - 1));
        let low = self.logarithms.get(index).copied().unwrap_or(0);
        let high = self.logarithms.get(index + 1).copied().unwrap_or(0);
        let step = high.wrapping_sub(low).wrapping_mul(fraction).wrapping_add(1 << 22) >> 23;
        let exponent = 31i32.wrapping_sub(zeros as i32).wrapping_sub(self.one_bits as i32);
        exponent.wrapping_mul(1 << 10).wrapping_add(low.wrapping_add(step) as i32)
    }
}
