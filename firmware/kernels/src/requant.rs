//! From accumulator to output element: the only place with this arithmetic.

/// How accumulators become output elements, one entry for every output channel.
///
/// ```text
/// a = clamp(acc, -(2^31 >> s), (2^31 - 1) >> s) << s            s = pre_shift
/// q = clamp((output_zero_point * 2^32 + a * multiplier + 2^31) >> 32, activation_min, activation_max)
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Requant<'a> {
    /// `[O]`: the accumulator's start value. The input's zero point is folded in: `bias - input_zero_point * sum(weights)`.
    pub bias: &'a [i32],
    /// `[O]`: input scale times weight scale over output scale, times 2^(32 - pre_shift). Not negative.
    pub multipliers: &'a [i32],
    /// Left shift of the accumulator, in `[0, 31]`; 0 in almost every layer.
    pub pre_shift: u32,
    /// Zero point of the output.
    pub output_zero_point: i8,
    /// Lower end of the fused activation.
    pub activation_min: i8,
    /// Upper end of the fused activation, not below `activation_min`.
    pub activation_max: i8,
}

impl Requant<'_> {
    /// Whether there is one entry for each of `channels` and every field is in its range.
    pub(crate) fn is_valid(&self, channels: usize) -> bool {
        self.bias.len() == channels
            && self.multipliers.len() == channels
            && self.multipliers.iter().all(|&multiplier| multiplier >= 0)
            && self.pre_shift <= 31
            && self.activation_min <= self.activation_max
    }

    /// The output element of `channel` whose sum of products is `sum`.
    #[cfg_attr(peacrab_arch = "armv6m", inline(never))]
    #[cfg_attr(not(peacrab_arch = "armv6m"), inline(always))]
    pub(crate) fn apply(&self, channel: usize, sum: i32) -> i8 {
        let bias = self.bias.get(channel).copied().unwrap_or(0);
        let multiplier = self.multipliers.get(channel).copied().unwrap_or(0);
        let q = requantize(bias.wrapping_add(sum), multiplier, self.pre_shift, self.output_zero_point);
        clamp_to(q, self.activation_min, self.activation_max)
    }
}

/// `(zero_point * 2^32 + a * multiplier + 2^31) >> 32` with `a = clamp(acc, -(2^31 >> pre_shift), (2^31 - 1) >> pre_shift) << pre_shift`.
///
/// Half of the last place rounds up (towards positive infinity). Fits i32 for every argument; `pre_shift` is taken modulo 32.
#[inline(always)]
pub fn requantize(acc: i32, multiplier: i32, pre_shift: u32, zero_point: i8) -> i32 {
    let shifted = if pre_shift == 0 {
        acc
    } else {
        let (low, high) = (i32::MIN.wrapping_shr(pre_shift), i32::MAX.wrapping_shr(pre_shift));
        acc.max(low).min(high).wrapping_shl(pre_shift)
    };
    let product = if cfg!(peacrab_arch = "armv6m") { multiply_high_by_halves } else { multiply_high };
    i32::from(zero_point).wrapping_add(product(shifted, multiplier))
}

/// `(a * b + 2^31) >> 32`.
#[inline(always)]
fn multiply_high(a: i32, b: i32) -> i32 {
    const HALF: i64 = 1 << 31;
    // The magnitude of the product is at most 2^62: no overflow, and the upper word fits i32.
    ((i64::from(a) * i64::from(b) + HALF) >> 32) as i32
}

/// [`multiply_high`] for cores that multiply to 32 bits only: four products of halves, the upper halves signed.
#[inline(always)]
fn multiply_high_by_halves(a: i32, b: i32) -> i32 {
    let ((a_high, a_low), (b_high, b_low)) = ((a >> 16, a & 0xFFFF), (b >> 16, b & 0xFFFF));
    let carry = (a_low as u32).wrapping_mul(b_low as u32) >> 16;
    // No sum below leaves i32: |high * low| is at most 2^15 * (2^16 - 1), and what is added is below 2^16.
    let middle = a_high.wrapping_mul(b_low).wrapping_add(carry as i32);
    let other = a_low.wrapping_mul(b_high).wrapping_add(middle & 0xFFFF);
    let rounding = (other >> 15) & 1;
    a_high.wrapping_mul(b_high).wrapping_add(middle >> 16).wrapping_add(other >> 16).wrapping_add(rounding)
}

/// `q` limited to `[low, high]`.
#[inline(always)]
pub(crate) fn clamp_to(q: i32, low: i8, high: i8) -> i8 {
    // Not `clamp`: that panics where the limits are reversed.
    q.max(i32::from(low)).min(i32::from(high)) as i8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The equation in numbers that cannot overflow.
    fn exact(acc: i32, multiplier: i32, pre_shift: u32, zero_point: i8) -> i128 {
        let limit = 1i128 << 31;
        let a = i128::from(acc).clamp(-(limit >> pre_shift), (limit - 1) >> pre_shift) * (1 << pre_shift);
        let numerator = i128::from(zero_point) * (1 << 32) + a * i128::from(multiplier) + (1 << 31);
        numerator.div_euclid(1 << 32)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]
        #[test]
        fn requantize_is_exact(acc: i32, multiplier: i32, pre_shift in 0u32..32, narrow in 0u32..32, zero_point: i8) {
            let acc = acc >> narrow;
            prop_assert_eq!(multiply_high_by_halves(acc, multiplier), multiply_high(acc, multiplier));
            prop_assert_eq!(i128::from(requantize(acc, multiplier, pre_shift, zero_point)), exact(acc, multiplier, pre_shift, zero_point));
        }
    }

    #[test]
    fn requantize_is_exact_at_the_ends() {
        let ends = [
            i32::MIN,
            i32::MIN + 1,
            -(1 << 30),
            -32769,
            -32768,
            -2,
            -1,
            0,
            1,
            2,
            32767,
            32768,
            1 << 30,
            i32::MAX - 1,
            i32::MAX,
        ];
        for acc in ends {
            for multiplier in ends {
                assert_eq!(
                    multiply_high_by_halves(acc, multiplier),
                    multiply_high(acc, multiplier),
                    "{acc} {multiplier}"
                );
                for pre_shift in 0..32 {
                    for zero_point in i8::MIN..=i8::MAX {
                        let expected = exact(acc, multiplier, pre_shift, zero_point);
                        assert_eq!(
                            i128::from(requantize(acc, multiplier, pre_shift, zero_point)),
                            expected,
                            "{acc} {multiplier} {pre_shift} {zero_point}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn halves_round_up() {
        let half = 1 << 30;
        let rounded = [-6, -2, 2, 6].map(|acc| requantize(acc, half, 0, 0));
        assert_eq!(rounded, [-1, 0, 1, 2], "-1.5, -0.5, 0.5, 1.5");
    }

    #[test]
    fn clamp_accepts_reversed_limits() {
        assert_eq!(clamp_to(300, -5, 5), 5);
        assert_eq!(clamp_to(-300, -5, 5), -5);
        assert_eq!(clamp_to(0, 5, -5), -5);
    }
}
