//! Convolutions and dense layers as sums of scaled weight rows.
//!
//! The inner loop adds rows of weights, each scaled by one input element, to a row of accumulators: LLVM makes vectors of it
//! over the output channels. Four rows go in at a time, so that the accumulators are loaded and stored a quarter as often.

use super::View;
use crate::graph::float::{Conv2d, Dense, Window};

/// A convolution's weights as `[groups][FH, FW, I, O]` with `I` and `O` per group; depthwise as `[FH, FW, C]`.
pub(super) struct PackedConv {
    weights: Vec<f32>,
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
        Self { weights, depthwise }
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
                for (tap, pixel) in taps(&conv.window, [height, width], [position / shape[2], position % shape[2]]) {
                    let pixel = &image[pixel * channels..][..channels];
                    self.add_tap(conv, tap, pixel, acc);
                }
                acc.iter_mut().for_each(|x| *x = conv.clamp.apply(*x));
            }
        }
        output
    }

    fn add_tap(&self, conv: &Conv2d, tap: usize, pixel: &[f32], acc: &mut [f32]) {
        if self.depthwise {
            let row = &self.weights[tap * pixel.len()..][..pixel.len()];
            acc.iter_mut().zip(pixel).zip(row).for_each(|((acc, x), w)| *acc += x * w);
            return;
        }
        let inputs = pixel.len() / conv.groups;
        let outputs = conv.output_channels / conv.groups;
        let group_len = self.weights.len() / conv.groups;
        for group in 0..conv.groups {
            let rows = &self.weights[group * group_len + tap * inputs * outputs..][..inputs * outputs];
            add_rows(&mut acc[group * outputs..][..outputs], &pixel[group * inputs..][..inputs], rows);
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

/// The taps of the window at one output position that lie inside the input: index of the tap, index of the input position.
pub(super) fn taps(window: &Window, input: [usize; 2], output: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    let window = *window;
    let inside = move |axis: usize, tap: usize| {
        let padded = output[axis] * window.stride[axis] + tap * window.dilation[axis];
        padded.checked_sub(window.pad_before[axis]).filter(|&index| index < input[axis])
    };
    (0..window.filter[0]).filter_map(move |row| inside(0, row).map(|y| (row, y))).flat_map(move |(row, y)| {
        let column = move |column: usize| inside(1, column).map(|x| (column, x));
        (0..window.filter[1])
            .filter_map(column)
            .map(move |(column, x)| (row * window.filter[1] + column, y * input[1] + x))
    })
}
