//! Real ratios as the integers that the kernels multiply by.

/// Largest multiplier of a multiply-high.
const MULTIPLIER_MAX: f64 = i32::MAX as f64;

/// The smallest left shift of the accumulator with which every ratio's multiplier fits i32; at most 31.
pub fn pre_shift(ratio_max: f64) -> u32 {
    (0..31).find(|&shift| multiplier_exact(ratio_max, shift) <= MULTIPLIER_MAX).unwrap_or(31)
}

/// `ratio * 2^(32 - pre_shift)`, to the nearest integer, saturated.
pub fn multiplier(ratio: f64, pre_shift: u32) -> i32 {
    multiplier_exact(ratio, pre_shift).round().clamp(0.0, MULTIPLIER_MAX) as i32
}

fn multiplier_exact(ratio: f64, pre_shift: u32) -> f64 {
    ratio * 2f64.powi(32 - pre_shift as i32)
}

/// A sum of products by constants, shifted right with rounding: `(sum(x[i] * factors[i]) + bias) >> shift`.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedSum {
    /// One for each term.
    pub factors: Vec<i32>,
    /// The constant, and the half that makes the shift round half up.
    pub bias: i32,
    /// Right shift.
    pub shift: u32,
}

/// One term: a real factor and the largest magnitude of the integer it is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Real factor.
    pub factor: f64,
    /// Integer that is subtracted from the term before the multiplication.
    pub zero_point: i32,
    /// Largest magnitude of the integer as the kernel multiplies it.
    pub magnitude: i32,
}

/// More fractional bits than this bring nothing to an i8 result.
pub const SHIFT_MAX: u32 = 22;

/// The weighted sum with the most fractional bits, at most `shift_max`, for which no partial sum leaves i32. `None` where it does
/// with none.
pub fn weighted_sum(terms: &[Term], constant: f64, shift_max: u32) -> Option<WeightedSum> {
    (0..=shift_max).rev().find_map(|shift| try_weighted_sum(terms, constant, shift))
}

fn try_weighted_sum(terms: &[Term], constant: f64, shift: u32) -> Option<WeightedSum> {
    let one = 2f64.powi(shift as i32);
    let factors: Vec<f64> = terms.iter().map(|term| (term.factor * one).round()).collect();
    let half = if shift == 0 { 0.0 } else { one / 2.0 };
    let folded: f64 = terms.iter().zip(&factors).map(|(term, factor)| factor * f64::from(term.zero_point)).sum();
    let bias = (constant * one).round() + half - folded;
    let reach: f64 = terms.iter().zip(&factors).map(|(term, factor)| (factor * f64::from(term.magnitude)).abs()).sum();
    if reach + bias.abs() > f64::from(i32::MAX) {
        return None;
    }
    Some(WeightedSum { factors: factors.iter().map(|&factor| factor as i32).collect(), bias: bias as i32, shift })
}
