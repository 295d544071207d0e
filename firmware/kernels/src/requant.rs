//! From accumulator to output element.

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
