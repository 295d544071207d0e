//! Convolutions and dense layers as sums of scaled weight rows.
//!
//! The inner loop adds rows of weights, each scaled by one input element, to a row of accumulators: LLVM makes vectors of it
//! over the output channels. Four rows go in at a time, so that the accumulators are loaded and stored a quarter as often.

use super::View;
use crate::graph::float::{Conv2d, Dense, Window};

/// A convolution's weights as `[groups][FH, FW, I, O]` with `I` and `O` per group; depthwise as `[FH, FW, C]`.
pub(super) struct PackedConv {
    weights: Vec<f32>,
    /// Channels of the input.
    channels: usize,
    depthwise: bool,
}

/// A dense layer's weights as `[I, O]`.
pub(super) struct PackedDense {
    weights: Vec<f32>,
}

impl PackedConv {
    pub(super) fn new(conv: &Conv2d, channels: usize) -> Self {
        let taps = conv.window.filter[0] * conv.window.filter[1];
        let (inputs, outputs) = (channels / conv.groups, conv.output_channels / conv.groups);
        let depthwise = inputs == 1 && outputs == 1;
        // A depthwise convolution's groups are its channels, and those go last.
        let (groups, outputs) = if depthwise { (1, conv.output_channels) } else { (conv.groups, outputs) };
        let mut weights = Vec::with_capacity(conv.weights.len());
        for group in 0..groups {
            let rows = &conv.weights[group * outputs * taps * inputs..][..outputs * taps * inputs];
            for position in 0..taps * inputs {
                weights.extend(rows.iter().skip(position).step_by(taps * inputs));
            }
        }
        Self { weights, channels, depthwise }
    }

    /// Input `[N, H, W, C]`, output `[N, OH, OW, O]`.
    pub(super) fn run(&self, conv: &Conv2d, input: View, shape: &[usize]) -> Vec<f32> {
        let [_, height, width, channels] = [input.shape[0], input.shape[1], input.shape[2], input.shape[3]];
        let mut output = Vec::with_capacity(shape.iter().product());
        for image in input.values.chunks_exact(height * width * channels) {
            for position in 0..shape[1] * shape[2] {
                let start = output.len();
                output.extend_from_slice(&conv.bias);
                let acc = &mut output[start..];
                for run in runs(&conv.window, [height, width], [position / shape[2], position % shape[2]]) {
                    let pixels = &image[run.pixel * channels..][..run.length * channels];
                    self.add_run(conv, run.tap, pixels, acc);
                }
                acc.iter_mut().for_each(|x| *x = conv.clamp.apply(*x));
            }
        }
        output
    }

    fn add_run(&self, conv: &Conv2d, tap: usize, pixels: &[f32], acc: &mut [f32]) {
        let outputs = conv.output_channels / conv.groups;
        if self.depthwise {
            let rows = self.weights[tap * acc.len()..].chunks_exact(acc.len());
            for (pixel, row) in pixels.chunks_exact(acc.len()).zip(rows) {
                acc.iter_mut().zip(pixel).zip(row).for_each(|((acc, x), w)| *acc += x * w);
            }
        } else if conv.groups == 1 {
            let first = tap * self.channels * outputs;
            add_rows(acc, pixels, &self.weights[first..][..pixels.len() * outputs]);
        } else {
            let inputs = self.channels / conv.groups;
            for (tap, pixel) in (tap..).zip(pixels.chunks_exact(self.channels)) {
                let groups = self.weights.chunks_exact(self.weights.len() / conv.groups);
                for ((acc, x), weights) in acc.chunks_exact_mut(outputs).zip(pixel.chunks_exact(inputs)).zip(groups) {
                    add_rows(acc, x, &weights[tap * inputs * outputs..][..inputs * outputs]);
                }
            }
        }
    }
}

impl PackedDense {
    pub(super) fn new(dense: &Dense) -> Self {
        let inputs = dense.weights.len() / dense.output_features.max(1);
        let column = |i: usize| dense.weights.iter().skip(i).step_by(inputs);
        Self { weights: (0..inputs).flat_map(column).copied().collect() }
    }

    /// Input `[.., I]`, output `[.., O]`.
    pub(super) fn run(&self, dense: &Dense, input: View) -> Vec<f32> {
        let inputs = self.weights.len() / dense.output_features;
        let mut output = Vec::with_capacity(input.values.len() / inputs * dense.output_features);
        for row in input.values.chunks_exact(inputs) {
            let start = output.len();
            output.extend_from_slice(&dense.bias);
            add_rows(&mut output[start..], row, &self.weights);
        }
        output.iter_mut().for_each(|x| *x = dense.clamp.apply(*x));
        output
    }
}

/// `acc[o] += sum over i of x[i] * rows[i][o]`.
fn add_rows(acc: &mut [f32], x: &[f32], rows: &[f32]) {
    let outputs = acc.len();
    let (x4, x1) = x.as_chunks::<4>();
    let (rows4, rows1) = rows.split_at(x4.len() * 4 * outputs);
    for (&[x0, x1, x2, x3], rows) in x4.iter().zip(rows4.chunks_exact(4 * outputs)) {
        let (r01, r23) = rows.split_at(2 * outputs);
        let ((r0, r1), (r2, r3)) = (r01.split_at(outputs), r23.split_at(outputs));
        for ((((acc, w0), w1), w2), w3) in acc.iter_mut().zip(r0).zip(r1).zip(r2).zip(r3) {
            *acc += (x0 * w0 + x1 * w1) + (x2 * w2 + x3 * w3);
        }
    }
    for (x, row) in x1.iter().zip(rows1.chunks_exact(outputs)) {
        acc.iter_mut().zip(row).for_each(|(acc, w)| *acc += x * w);
    }
}

/// Taps of a window that read neighbouring positions of the input.
pub(super) struct Run {
    /// Index of the first tap.
    pub tap: usize,
    /// Index of the input position that it reads.
    pub pixel: usize,
    /// Number of taps, and of positions.
    pub length: usize,
}

/// The taps of the window at one output position that lie inside the input; whole rows where nothing lies between the taps.
pub(super) fn runs(window: &Window, input: [usize; 2], output: [usize; 2]) -> impl Iterator<Item = Run> {
    let (rows, columns) = (inside(window, 0, input[0], output[0]), inside(window, 1, input[1], output[1]));
    let Window { filter: [_, width], stride, dilation, pad_before, .. } = *window;
    let length = if dilation[1] == 1 { columns.len().max(1) } else { 1 };
    rows.flat_map(move |row| {
        let y = output[0] * stride[0] + row * dilation[0] - pad_before[0];
        columns.clone().step_by(length).map(move |column| {
            let x = output[1] * stride[1] + column * dilation[1] - pad_before[1];
            Run { tap: row * width + column, pixel: y * input[1] + x, length }
        })
    })
}

/// The taps along one axis that lie inside the input.
fn inside(window: &Window, axis: usize, extent: usize, output: usize) -> std::ops::Range<usize> {
    let (start, before) = (output * window.stride[axis], window.pad_before[axis]);
    let first_at = |position: usize| position.saturating_sub(start).div_ceil(window.dilation[axis]);
    first_at(before).min(window.filter[axis])..first_at(before + extent).min(window.filter[axis])
}
