//! Inputs and outputs: how raw samples become integers, and integers real values, on the device.

use bytemuck::Zeroable;
use peacrab_format::{Conversion, PortRecord, RawElement};

use super::data::Data;
use crate::graph::fixed::{FixedGraph, FixedPort};
use crate::graph::float::Affine;
use crate::quantize::arithmetic::{SHIFT_MAX, Term, WeightedSum, weighted_sum};

/// Raw samples as a sensor gives them: `real = scale * (raw - zero_point)`, before the model's own normalization.
#[derive(Debug, Clone, PartialEq)]
pub struct RawSamples {
    /// Element type.
    pub element: RawElement,
    /// One for all, or one for every element along the last axis.
    pub scale: Vec<f64>,
    /// As many as `scale`.
    pub zero_point: Vec<f64>,
}

/// The record of an input.
pub fn input(graph: &FixedGraph, port: &FixedPort, raw: Option<&RawSamples>, data: &mut Data) -> PortRecord {
    let plain = PortRecord { tensor: port.tensor as u32, ..PortRecord::zeroed() };
    let Some(raw) = raw else { return plain };
    let terms = raw_terms(graph, port, raw);
    let Some((sums, shift)) = with_one_shift(&terms) else { return plain };
    PortRecord { raw_element: raw.element as u32, ..with_conversions(plain, &sums, shift, data) }
}

/// The record of an output: its integers to Q16.16.
pub fn output(graph: &FixedGraph, port: &FixedPort, data: &mut Data) -> PortRecord {
    let plain = PortRecord { tensor: port.tensor as u32, ..PortRecord::zeroed() };
    let quant = graph.tensors[port.tensor].quant;
    let term = Term { factor: quant.scale * 65536.0, zero_point: quant.zero_point, magnitude: 128 };
    match with_one_shift(&[(term, 0.0)]) {
        Some((sums, shift)) => with_conversions(plain, &sums, shift, data),
        None => plain,
    }
}

fn with_conversions(port: PortRecord, sums: &[WeightedSum], shift: u32, data: &mut Data) -> PortRecord {
    let conversions: Vec<Conversion> =
        sums.iter().map(|sum| Conversion { multiplier: sum.factors[0], bias: sum.bias }).collect();
    PortRecord { conversion_count: conversions.len() as u32, conversions: data.words(&conversions), shift, ..port }
}

/// Slope, and constant, from raw sample to quantized value, for each channel.
fn raw_terms(graph: &FixedGraph, port: &FixedPort, raw: &RawSamples) -> Vec<(Term, f64)> {
    let quant = graph.tensors[port.tensor].quant;
    let one = Affine { scale: vec![1.0], bias: vec![0.0] };
    let normalization = port.port.normalization.as_ref().unwrap_or(&one);
    let magnitude = match raw.element {
        RawElement::U8 => 255,
        RawElement::I8 => 128,
        RawElement::I16 => 32768,
    };
    let channels = raw.scale.len().max(normalization.scale.len());
    let term = |channel: usize| {
        let slope = f64::from(normalization.scale[channel % normalization.scale.len()]) / quant.scale;
        let offset = f64::from(normalization.bias[channel % normalization.bias.len()]) / quant.scale;
        let scale = raw.scale[channel % raw.scale.len()];
        let constant = f64::from(quant.zero_point) + offset - slope * scale * raw.zero_point[channel % raw.zero_point.len()];
        (Term { factor: slope * scale, zero_point: 0, magnitude }, constant)
    };
    (0..channels).map(term).collect()
}

/// The sums of all channels with the largest right shift that all of them allow.
fn with_one_shift(terms: &[(Term, f64)]) -> Option<(Vec<WeightedSum>, u32)> {
    let largest = terms.iter().map(|(term, constant)| weighted_sum(&[*term], *constant, SHIFT_MAX).map(|sum| sum.shift));
    let shift = largest.collect::<Option<Vec<u32>>>()?.into_iter().min()?;
    let sums = terms.iter().map(|(term, constant)| weighted_sum(&[*term], *constant, shift).filter(|sum| sum.shift == shift));
    Some((sums.collect::<Option<_>>()?, shift))
}
