//! Inputs and outputs: how raw samples become integers, and integers real values, on the device.

use serde::Serialize;

use super::arithmetic::{SHIFT_MAX, Term, WeightedSum, weighted_sum};
use crate::graph::fixed::{PortConversion, QuantParams, RawElement};
use crate::graph::float::{Affine, Port};

/// Raw samples as a sensor gives them: `real = scale * (raw - zero_point)`, before the model's own normalization.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RawSamples {
    /// Element type.
    pub element: RawElement,
    /// One for all, or one for every element along the last axis.
    pub scale: Vec<f64>,
    /// As many as `scale`.
    pub zero_point: Vec<f64>,
}

/// Largest magnitude of a sample.
fn magnitude(element: RawElement) -> i32 {
    match element {
        RawElement::U8 => 255,
        RawElement::I8 => 128,
        RawElement::I16 => 32768,
    }
}

/// The quantization that takes 8-bit raw samples without loss, where there is one: their own grid.
pub fn grid(port: &Port, raw: &RawSamples) -> Option<QuantParams> {
    let first = match raw.element {
        RawElement::U8 => 128,
        RawElement::I8 => 0,
        RawElement::I16 => return None,
    };
    let ([scale], [zero_point]) = (&raw.scale[..], &raw.zero_point[..]) else { return None };
    let one = no_normalization();
    let normalization = port.normalization.as_ref().unwrap_or(&one);
    let ([slope], [offset]) = (&normalization.scale[..], &normalization.bias[..]) else { return None };
    let scale = scale * f64::from(*slope);
    let zero_point = zero_point - f64::from(*offset) / scale - f64::from(first);
    let is_exact = (zero_point - zero_point.round()).abs() < 1e-3 && (-128.0..=127.0).contains(&zero_point.round());
    (is_exact && scale > 0.0 && scale.is_finite()).then(|| QuantParams { scale, zero_point: zero_point.round() as i32 })
}

/// Raw samples of an input to its integers.
pub fn from_raw(port: &Port, quant: QuantParams, raw: &RawSamples) -> Option<PortConversion> {
    let one = no_normalization();
    let normalization = port.normalization.as_ref().unwrap_or(&one);
    let channels = raw.scale.len().max(normalization.scale.len());
    let term = |channel: usize| {
        let slope = f64::from(normalization.scale[channel % normalization.scale.len()]) / quant.scale;
        let offset = f64::from(normalization.bias[channel % normalization.bias.len()]) / quant.scale;
        let factor = slope * raw.scale[channel % raw.scale.len()];
        let constant = f64::from(quant.zero_point) + offset - factor * raw.zero_point[channel % raw.zero_point.len()];
        (Term { factor, zero_point: 0, magnitude: magnitude(raw.element) }, constant)
    };
    with_one_shift(&(0..channels).map(term).collect::<Vec<_>>(), Some(raw.element))
}

/// An output's integers to real values in Q16.16.
pub fn to_real(quant: QuantParams) -> Option<PortConversion> {
    let term = Term { factor: quant.scale * 65536.0, zero_point: quant.zero_point, magnitude: 128 };
    with_one_shift(&[(term, 0.0)], None)
}

fn no_normalization() -> Affine {
    Affine { scale: vec![1.0], bias: vec![0.0] }
}

/// The sums of all channels with the largest right shift that all of them allow.
fn with_one_shift(terms: &[(Term, f64)], raw: Option<RawElement>) -> Option<PortConversion> {
    let largest =
        terms.iter().map(|(term, constant)| weighted_sum(&[*term], *constant, SHIFT_MAX).map(|sum| sum.shift));
    let shift = largest.collect::<Option<Vec<u32>>>()?.into_iter().min()?;
    let sums =
        terms.iter().map(|(term, constant)| weighted_sum(&[*term], *constant, shift).filter(|sum| sum.shift == shift));
    let sums: Vec<WeightedSum> = sums.collect::<Option<_>>()?;
    Some(PortConversion { raw, factors: sums.iter().map(|sum| (sum.factors[0], sum.bias)).collect(), shift })
}
