//! Tables that the device looks up instead of computing.

use super::arithmetic::{SHIFT_MAX, Term, weighted_sum};
use crate::graph::fixed::{FixedOp, QuantParams};

/// Fractional bits of the logarithm of [`FixedOp::LogSoftmax`].
const LOGARITHM_BITS: i32 = 10;

/// The function of one element for every i8 input, entry 0 for -128.
pub fn lut(input: QuantParams, output: QuantParams, function: impl Fn(f64) -> f64) -> Vec<i8> {
    (-128..=127).map(|q| output.quantize(function(input.dequantize(q)))).collect()
}

/// Softmax over `classes` elements.
pub fn softmax(input: QuantParams, classes: usize) -> FixedOp {
    FixedOp::Softmax { exponentials: exponentials(input.scale, one_bits(classes)) }
}

/// Logarithm of softmax over `classes` elements; `None` where the scales are too far apart for 32-bit arithmetic.
pub fn log_softmax(input: QuantParams, output: QuantParams, classes: usize) -> Option<FixedOp> {
    let one_bits = one_bits(classes);
    let unit = 2f64.powi(LOGARITHM_BITS);
    let log2_max = (((classes as f64).log2() + 1.0) * unit) as i32;
    let distance = Term { factor: -input.scale / output.scale, zero_point: 0, magnitude: 255 };
    let logarithm = Term { factor: -std::f64::consts::LN_2 / output.scale / unit, zero_point: 0, magnitude: log2_max };
    let sum = weighted_sum(&[distance, logarithm], f64::from(output.zero_point), SHIFT_MAX)?;
    Some(FixedOp::LogSoftmax {
        exponentials: exponentials(input.scale, one_bits),
        one_bits,
        logarithms: (0..=256).map(|i| ((1.0 + f64::from(i) / 256.0).log2() * unit).round() as u32).collect(),
        multipliers: [-sum.factors[0], -sum.factors[1]],
        bias: sum.bias,
        shift: sum.shift,
    })
}

/// Position of the binary point at which the sum over all classes stays below 2^31, at most 23.
fn one_bits(classes: usize) -> u32 {
    31u32.saturating_sub(classes.next_power_of_two().trailing_zeros()).min(23)
}

fn exponentials(input_scale: f64, one_bits: u32) -> Vec<u32> {
    (0..256).map(|d| ((-f64::from(d) * input_scale).exp() * 2f64.powi(one_bits as i32)).round() as u32).collect()
}
