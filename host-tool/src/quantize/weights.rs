//! Weights and bias of one layer to integers, channel by channel.

use super::arithmetic::{multiplier, pre_shift};
use crate::graph::fixed::{FixedRequant, QuantParams};
use crate::graph::float::Clamp;

/// Largest magnitude of a weight: symmetric, so that -128 does not occur and two weights pack into 16 bits.
const WEIGHT_MAX: f64 = 127.0;
/// Largest magnitude of the bias before the input's zero point is folded in.
const BIAS_MAX: f64 = (1 << 29) as f64;
/// The ratio of an accumulator's step to an output step is kept above this, so that every multiplier has 14 bits or more.
const RATIO_MIN: f64 = 1.0 / (1 << 18) as f64;

/// A layer's weights and bias as trained, and the quantization around it.
pub struct Layer<'a> {
    /// `[O, K]`, one row for each output channel.
    pub weights: &'a [f32],
    /// `[O]`.
    pub bias: &'a [f32],
    /// Quantization of the input.
    pub input: QuantParams,
    /// Quantization of the output.
    pub output: QuantParams,
    /// Fused activation.
    pub clamp: Clamp,
}

/// Quantizes a layer: weights `[O, K]`, and what turns accumulators into outputs.
pub fn quantize_layer(layer: &Layer) -> (Vec<i8>, FixedRequant) {
    let depth = layer.weights.len() / layer.bias.len().max(1);
    let rows = || layer.weights.chunks_exact(depth.max(1)).zip(layer.bias);
    let step_ratio = layer.input.scale / layer.output.scale;
    let fitted = rows().map(|(row, &bias)| fit_scale(row, bias, layer.input.scale) * step_ratio);
    let shift = pre_shift(fitted.fold(RATIO_MIN, f64::max));
    // With a pre-shift the accumulator saturates; a multiplier of 2^9 or more makes that invisible in an i8 output.
    let ratio_min = RATIO_MIN.max(2f64.powi(shift as i32 - 23));
    let channels: Vec<Channel> = rows()
        .map(|(row, &bias)| {
            let scale = fit_scale(row, bias, layer.input.scale).max(ratio_min / step_ratio);
            quantize_channel(row, bias, layer.input, scale)
        })
        .collect();
    let requant = FixedRequant {
        bias: channels.iter().map(|channel| channel.bias).collect(),
        multipliers: channels.iter().map(|channel| multiplier(channel.scale * step_ratio, shift)).collect(),
        pre_shift: shift,
        activation: activation(layer.clamp, layer.output),
    };
    (channels.into_iter().flat_map(|channel| channel.weights).collect(), requant)
}

/// The clamp as integers of the output.
pub fn activation(clamp: Clamp, output: QuantParams) -> [i32; 2] {
    [clamp.min, clamp.max].map(|bound| i32::from(output.quantize(f64::from(bound))))
}

struct Channel {
    weights: Vec<i8>,
    bias: i32,
    scale: f64,
}

/// The smallest scale at which the weights fit i8 and the bias fits i32.
fn fit_scale(row: &[f32], bias: f32, input_scale: f64) -> f64 {
    let largest = row.iter().fold(0.0f64, |largest, &weight| largest.max(f64::from(weight).abs()));
    (largest / WEIGHT_MAX).max(f64::from(bias).abs() / (input_scale * BIAS_MAX))
}

/// Quantizes one channel; the scale is doubled until no order of summation can leave i32.
fn quantize_channel(row: &[f32], bias: f32, input: QuantParams, mut scale: f64) -> Channel {
    loop {
        let weights: Vec<i8> = row
            .iter()
            .map(|&weight| (f64::from(weight) / scale).round().clamp(-WEIGHT_MAX, WEIGHT_MAX) as i8)
            .collect();
        let sum: i64 = weights.iter().map(|&weight| i64::from(weight)).sum();
        let magnitude: i64 = weights.iter().map(|&weight| i64::from(weight).abs()).sum();
        let folded = (f64::from(bias) / (input.scale * scale)).round() as i64 - i64::from(input.zero_point) * sum;
        if folded.abs() + 128 * magnitude <= i64::from(i32::MAX) {
            return Channel { weights, bias: folded as i32, scale };
        }
        scale *= 2.0;
    }
}
