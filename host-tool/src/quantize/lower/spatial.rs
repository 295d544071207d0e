//! Operators with weights or windows.

use super::super::QuantizeError;
use super::super::arithmetic::{multiplier, pre_shift};
use super::super::weights::{Layer, quantize_layer};
use super::Lowering;
use super::movement::padding;
use crate::graph::fixed::{FixedNode, FixedOp, TensorId};
use crate::graph::float::{Affine, Clamp, Conv2d, Dense, Node, Pool, PoolKind, Window};

impl Lowering<'_> {
    pub(super) fn conv2d(&mut self, node: &Node, conv: &Conv2d) -> Result<(), QuantizeError> {
        let (input, output) = self.params(node);
        let layer = Layer { weights: &conv.weights, bias: &conv.bias, input, output, clamp: conv.clamp };
        let (weights, requant) = quantize_layer(&layer);
        let [.., channels] = self.shape4(node.inputs[0]);
        let (window, padded) = self.pad_apart(node, conv.window)?;
        let op = if conv.groups == channels && channels > 1 {
            let weights = taps_first(&weights, conv.output_channels);
            FixedOp::DepthwiseConv2d { window, weights, requant }
        } else {
            FixedOp::Conv2d { window, groups: conv.groups, weights, requant }
        };
        match padded {
            None => self.push(node, op),
            Some(padded) => {
                let output = self.tensor(node.output, &node.name)?;
                self.nodes.push(FixedNode { name: node.name.clone(), op, inputs: vec![padded], output });
                Ok(())
            }
        }
    }

    /// Padding wider than the filter, which the kernels refuse, becomes a copy of its own: a window without padding, and the padded tensor.
    fn pad_apart(&mut self, node: &Node, window: Window) -> Result<(Window, Option<TensorId>), QuantizeError> {
        let is_wide = |axis: usize| {
            let span = (window.filter[axis] - 1) * window.dilation[axis] + 1;
            window.pad_before[axis] >= span || window.pad_after[axis] >= span
        };
        if !is_wide(0) && !is_wide(1) {
            return Ok((window, None));
        }
        let shape = self.shape4(node.inputs[0]);
        let [n, height, width, channels] = shape;
        let [top, left] = window.pad_before;
        let [bottom, right] = window.pad_after;
        let quant = self.params[node.inputs[0]];
        let padded = self.made_up(&node.name, [n, top + height + bottom, left + width + right, channels], quant);
        self.push_to(
            node,
            FixedOp::Copy(padding(shape, self.tensors[padded].shape, [top, left], quant.zero_point)),
            padded,
        )?;
        Ok((Window { pad_before: [0, 0], pad_after: [0, 0], ..window }, Some(padded)))
    }

    pub(super) fn dense(&mut self, node: &Node, dense: &Dense) -> Result<(), QuantizeError> {
        let (input, output) = self.params(node);
        let layer = Layer { weights: &dense.weights, bias: &dense.bias, input, output, clamp: dense.clamp };
        let (weights, requant) = quantize_layer(&layer);
        self.push(node, FixedOp::Dense { weights, requant })
    }

    /// One value for all: a table. One for each channel: a depthwise convolution with a single tap.
    pub(super) fn affine(&mut self, node: &Node, affine: &Affine, clamp: Clamp) -> Result<(), QuantizeError> {
        if let ([scale], [bias]) = (&affine.scale[..], &affine.bias[..]) {
            let (scale, bias) = (f64::from(*scale), f64::from(*bias));
            return self.table(node, move |x| f64::from(clamp.apply((scale * x + bias) as f32)));
        }
        let (input, output) = self.params(node);
        let layer = Layer { weights: &affine.scale, bias: &affine.bias, input, output, clamp };
        let (weights, requant) = quantize_layer(&layer);
        self.push(node, FixedOp::DepthwiseConv2d { window: SINGLE_TAP, weights, requant })
    }

    pub(super) fn pool(&mut self, node: &Node, pool: &Pool) -> Result<(), QuantizeError> {
        let window = pool.window;
        if pool.kind == PoolKind::Max {
            return self.push(node, FixedOp::MaxPool2d { window });
        }
        let (input, output) = self.params(node);
        let taps = window.filter[0] * window.filter[1];
        let is_padded = !pool.count_include_pad && self.reaches_outside(node, &window);
        let counts = if is_padded { 1..=taps } else { taps..=taps };
        let ratio = |count: usize| input.scale / output.scale / count as f64;
        let shift = pre_shift(ratio(*counts.start()));
        let multipliers = counts.map(|count| multiplier(ratio(count), shift)).collect();
        self.push(node, FixedOp::AveragePool2d { window, multipliers, pre_shift: shift })
    }

    /// Whether any window has taps outside the input.
    fn reaches_outside(&self, node: &Node, window: &Window) -> bool {
        let [_, input_height, input_width, _] = self.shape4(node.inputs[0]);
        let [_, output_height, output_width, _] = self.shape4(node.output);
        [(input_height, output_height), (input_width, output_width)].iter().enumerate().any(
            |(axis, &(input, output))| {
                let last = (output - 1) * window.stride[axis] + (window.filter[axis] - 1) * window.dilation[axis];
                window.pad_before[axis] > 0 || last >= input + window.pad_before[axis]
            },
        )
    }
}

const SINGLE_TAP: Window =
    Window { filter: [1, 1], stride: [1, 1], dilation: [1, 1], pad_before: [0, 0], pad_after: [0, 0] };

/// `[O, taps]` to `[taps, O]`.
fn taps_first(weights: &[i8], output_channels: usize) -> Vec<i8> {
    let taps = weights.len() / output_channels.max(1);
    (0..weights.len()).map(|i| weights[i % output_channels * taps + i / output_channels]).collect()
}
