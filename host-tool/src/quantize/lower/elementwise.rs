//! Operators that work element by element or vector by vector.

use super::super::QuantizeError;
use super::super::arithmetic::{SHIFT_MAX, Term, multiplier, pre_shift, weighted_sum};
use super::super::params::{NORMALIZE, SOFTMAX};
use super::super::tables;
use super::super::weights::activation;
use super::{Lowering, unsupported};
use crate::graph::fixed::{FixedNode, FixedOp, QuantParams};
use crate::graph::float::{Binary, Clamp, Node, Norm, Unary};

impl Lowering<'_> {
    /// A function of one element.
    pub(super) fn table(&mut self, node: &Node, function: impl Fn(f64) -> f64) -> Result<(), QuantizeError> {
        let (input, output) = self.params(node);
        self.push(node, FixedOp::Lut { table: tables::lut(input, output, function) })
    }

    pub(super) fn unary(&mut self, node: &Node, unary: Unary) -> Result<(), QuantizeError> {
        self.table(node, |x| f64::from(unary.apply(x as f32)))
    }

    pub(super) fn binary(&mut self, node: &Node, kind: Binary, clamp: Clamp) -> Result<(), QuantizeError> {
        let [a, b] = [self.params[node.inputs[0]], self.params[node.inputs[1]]];
        let output = self.params[node.output];
        let activation = activation(clamp, output);
        let op = match kind {
            Binary::Mul => {
                let ratio = a.scale * b.scale / output.scale;
                let pre_shift = pre_shift(ratio);
                Some(FixedOp::Mul { multiplier: multiplier(ratio, pre_shift), pre_shift, activation })
            }
            Binary::Add => add(a, b, 1.0, output, activation),
            Binary::Sub => add(a, b, -1.0, output, activation),
        };
        let op = op.ok_or_else(|| unsupported(node, "Add", TOO_FAR_APART))?;
        self.push(node, op)
    }

    pub(super) fn prelu(&mut self, node: &Node, slope: &[f32]) -> Result<(), QuantizeError> {
        let (input, output) = self.params(node);
        let [.., channels] = self.shape4(node.inputs[0]);
        let ratio = input.scale / output.scale;
        let steepest = slope.iter().fold(1.0f64, |steepest, &slope| steepest.max(f64::from(slope).abs()));
        let term = Term { factor: ratio * steepest, zero_point: 0, magnitude: 255 };
        let sum = weighted_sum(&[term], f64::from(output.zero_point), SHIFT_MAX)
            .ok_or_else(|| unsupported(node, "PRelu", TOO_FAR_APART))?;
        let scaled = |slope: f64| (ratio * slope * 2f64.powi(sum.shift as i32)).round() as i32;
        let negative = (0..channels).map(|channel| scaled(f64::from(slope[channel % slope.len()]))).collect();
        self.push(
            node,
            FixedOp::PRelu {
                positive_multiplier: scaled(1.0),
                negative_multipliers: negative,
                bias: sum.bias,
                shift: sum.shift,
            },
        )
    }

    pub(super) fn softmax(&mut self, node: &Node, axis: usize) -> Result<(), QuantizeError> {
        let classes = self.last_axis(node, axis, "Softmax")?;
        let op = tables::softmax(self.params(node).0, classes);
        self.push_fixed_range(node, op, SOFTMAX)
    }

    pub(super) fn log_softmax(&mut self, node: &Node, axis: usize) -> Result<(), QuantizeError> {
        let classes = self.last_axis(node, axis, "LogSoftmax")?;
        let (input, output) = self.params(node);
        let op = tables::log_softmax(input, output, classes)
            .ok_or_else(|| unsupported(node, "LogSoftmax", TOO_FAR_APART))?;
        self.push(node, op)
    }

    pub(super) fn normalize(&mut self, node: &Node, norm: Norm) -> Result<(), QuantizeError> {
        self.push_fixed_range(node, FixedOp::Normalize { norm }, NORMALIZE)
    }

    /// Adds an operator whose output range is given by nature; where the output's tensor has another (it shares one with other
    /// tensors), a table converts.
    fn push_fixed_range(&mut self, node: &Node, op: FixedOp, natural: QuantParams) -> Result<(), QuantizeError> {
        let wanted = self.params[node.output];
        if wanted == natural {
            return self.push(node, op);
        }
        let output = self.tensor(node.output, &node.name)?;
        let made_up = self.made_up(&node.name, self.shape4(node.output), natural);
        self.push_to(node, op, made_up)?;
        let op = FixedOp::Lut { table: tables::lut(natural, wanted, |x| x) };
        self.nodes.push(FixedNode { name: node.name.clone(), op, inputs: vec![made_up], output });
        Ok(())
    }

    fn last_axis(&self, node: &Node, axis: usize, operator: &'static str) -> Result<usize, QuantizeError> {
        let shape = self.shape(node.inputs[0]);
        match shape.split_last() {
            Some((&classes, leading)) if leading.len() == axis => Ok(classes),
            _ => Err(unsupported(node, operator, format!("it runs along axis {axis} of {shape:?}, not the last"))),
        }
    }
}

const TOO_FAR_APART: &str = "the ranges of its operands and its result are too far apart for 32-bit arithmetic";

fn add(a: QuantParams, b: QuantParams, sign: f64, output: QuantParams, activation: [i32; 2]) -> Option<FixedOp> {
    let term = |params: QuantParams, sign: f64| Term {
        factor: sign * params.scale / output.scale,
        zero_point: params.zero_point,
        magnitude: 128,
    };
    let sum = weighted_sum(&[term(a, 1.0), term(b, sign)], f64::from(output.zero_point), SHIFT_MAX)?;
    Some(FixedOp::Add { multipliers: [sum.factors[0], sum.factors[1]], bias: sum.bias, shift: sum.shift, activation })
}
