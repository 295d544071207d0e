//! Operators that compute each channel from the same channel of their operands: what is known of their outputs.
//!
//! Everything is computed by the kernels themselves, over a single channel. A range goes through by its ends, since the operators are
//! monotone in each operand; a function of one element goes through value by value.

use std::cell::Cell;

use peacrab_kernels::{Add, AveragePool2d, Lut, MaxPool2d, Mul, PRelu};

use super::known::Known;
use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp};
use crate::plan::kernel_window;

/// The shape of one element.
const ELEMENT: [usize; 4] = [1; 4];

/// Whether the node computes each channel from the same channel of its operands; an operand with a single channel spreads over all.
pub fn is_channelwise(op: &FixedOp) -> bool {
    matches!(
        op,
        FixedOp::MaxPool2d { .. }
            | FixedOp::AveragePool2d { .. }
            | FixedOp::Add { .. }
            | FixedOp::Mul { .. }
            | FixedOp::Lut { .. }
            | FixedOp::PRelu { .. }
    )
}

/// The channel of an operand with `channels` channels that output channel `channel` sees.
pub fn operand_channel(channels: usize, channel: usize) -> usize {
    if channels == 1 { 0 } else { channel }
}

/// What is known of output channel `channel` of a channelwise node, from what is known of the channel that it sees of each operand.
pub fn output(graph: &FixedGraph, node: &FixedNode, channel: usize, operands: &[&Known]) -> Known {
    let shape_of = |tensor: usize| {
        let [n, height, width, _] = graph.tensors[tensor].shape;
        [n, height, width, 1]
    };
    let shapes: Vec<[usize; 4]> = node.inputs.iter().map(|&input| shape_of(input)).collect();
    let node = Channel { graph, node, channel };
    let values = operands.iter().zip(&shapes).map(|(known, shape)| known.values(shape.iter().product()));
    if let Some(values) = values.collect::<Option<Vec<Vec<i8>>>>() {
        return Known::of_values(node.run(&values, &shapes, shape_of(node.node.output)));
    }
    match &node.node.op {
        FixedOp::MaxPool2d { .. } | FixedOp::AveragePool2d { .. } => {
            let (low, high) = operands[0].range();
            let run =
                |value: i8| node.run(&[vec![value; shapes[0].iter().product()]], &shapes, shape_of(node.node.output));
            Known::hull([low, high].into_iter().flat_map(run))
        }
        FixedOp::Lut { .. } | FixedOp::PRelu { .. } => {
            let (low, high) = operands[0].range();
            Known::hull((low..=high).flat_map(|value| node.run(&[vec![value]], &[ELEMENT], ELEMENT)))
        }
        FixedOp::Add { multipliers, bias, .. } if may_wrap(*multipliers, *bias) => Known::ANY,
        _ => {
            let ([a_low, a_high], [b_low, b_high]) = (ends(operands[0]), ends(operands[1]));
            let corners = [[a_low, b_low], [a_low, b_high], [a_high, b_low], [a_high, b_high]];
            let run = |[a, b]: [i8; 2]| node.run(&[vec![a], vec![b]], &[ELEMENT; 2], ELEMENT);
            Known::hull(corners.into_iter().flat_map(run))
        }
    }
}

fn ends(known: &Known) -> [i8; 2] {
    known.range().into()
}

/// Whether a weighted sum of two i8 values could leave i32.
fn may_wrap(multipliers: [i32; 2], bias: i32) -> bool {
    let reach: i64 = multipliers.iter().map(|&multiplier| 128 * i64::from(multiplier).abs()).sum();
    reach + i64::from(bias).abs() > i64::from(i32::MAX)
}

/// One channel of a node.
struct Channel<'a> {
    graph: &'a FixedGraph,
    node: &'a FixedNode,
    channel: usize,
}

impl Channel<'_> {
    /// The kernel over single-channel operands of these shapes.
    fn run(&self, operands: &[Vec<i8>], shapes: &[[usize; 4]], output_shape: [usize; 4]) -> Vec<i8> {
        let mut output = vec![0; output_shape.iter().product()];
        match &self.node.op {
            FixedOp::MaxPool2d { window } => {
                let window = kernel_window(window);
                MaxPool2d { input_shape: shapes[0], output_shape, window }.run(&operands[0], &mut output);
            }
            FixedOp::AveragePool2d { window, multipliers, pre_shift } => AveragePool2d {
                input_shape: shapes[0],
                output_shape,
                window: kernel_window(window),
                input_zero_point: self.zero_point(self.node.inputs[0]),
                output_zero_point: self.zero_point(self.node.output),
                multipliers,
                pre_shift: *pre_shift,
            }
            .run(&operands[0], &mut output),
            _ => {
                let mut operands = operands.to_vec();
                let operands: Vec<&[Cell<i8>]> = operands.iter_mut().map(|operand| cells(operand)).collect();
                self.run_elementwise(&operands, shapes, output_shape, cells(&mut output));
            }
        }
        output
    }

    fn run_elementwise(
        &self,
        operands: &[&[Cell<i8>]],
        shapes: &[[usize; 4]],
        output_shape: [usize; 4],
        output: &[Cell<i8>],
    ) {
        match &self.node.op {
            &FixedOp::Add { multipliers, bias, shift, activation } => {
                let [activation_min, activation_max] = activation.map(saturated);
                let (a_shape, b_shape) = (shapes[0], shapes[1]);
                Add { a_shape, b_shape, output_shape, multipliers, bias, shift, activation_min, activation_max }.run(
                    operands[0],
                    operands[1],
                    output,
                );
            }
            &FixedOp::Mul { multiplier, pre_shift, activation } => {
                let [activation_min, activation_max] = activation.map(saturated);
                Mul {
                    a_shape: shapes[0],
                    b_shape: shapes[1],
                    output_shape,
                    zero_points: [self.zero_point(self.node.inputs[0]), self.zero_point(self.node.inputs[1])],
                    multiplier,
                    pre_shift,
                    output_zero_point: self.zero_point(self.node.output),
                    activation_min,
                    activation_max,
                }
                .run(operands[0], operands[1], output);
            }
            FixedOp::Lut { table } => {
                if let Ok(table) = table.as_slice().try_into() {
                    Lut { table }.run(operands[0], output);
                }
            }
            FixedOp::PRelu { positive_multiplier, negative_multipliers, bias, shift } => PRelu {
                shape: output_shape,
                input_zero_point: self.zero_point(self.node.inputs[0]),
                positive_multiplier: *positive_multiplier,
                negative_multipliers: &negative_multipliers[self.channel..=self.channel],
                bias: *bias,
                shift: *shift,
            }
            .run(operands[0], output),
            _ => {}
        }
    }

    fn zero_point(&self, tensor: usize) -> i8 {
        self.graph.tensors[tensor].quant.zero_point as i8
    }
}

fn saturated(bound: i32) -> i8 {
    bound.clamp(-128, 127) as i8
}

fn cells(values: &mut [i8]) -> &[Cell<i8>] {
    Cell::from_mut(values).as_slice_of_cells()
}
