//! The record of each kernel.

use bytemuck::{NoUninit, bytes_of};
use peacrab_format::{
    AddRecord, AveragePool2dRecord, ConcatRecord, Conv2dRecord, CopyRecord, DenseRecord, LogSoftmaxRecord, LutRecord,
    MaxPool2dRecord, MulRecord, NormalizeRecord, OperatorRecord, PReluRecord, RequantRecord, ResizeRecord,
    SoftmaxRecord, WindowRecord,
};

use super::data::Data;
use crate::graph::fixed::{FixedCopy, FixedGraph, FixedOp, FixedRequant};
use crate::graph::float::{Norm, Window};
use crate::plan::Step;

/// Stores what one operator needs and returns its record.
pub fn operator(graph: &FixedGraph, step: &Step, data: &mut Data) -> OperatorRecord {
    let node = &graph.nodes[step.node];
    let operands: Vec<u32> = node.inputs.iter().chain([&node.output]).map(|&tensor| tensor as u32).collect();
    let parameters = parameters(&node.op, &step.weights, data);
    OperatorRecord {
        kernel: step.kernel.number(),
        input_count: node.inputs.len() as u16,
        operands: data.words(&operands),
        parameter_bytes: parameters.len() as u32,
        parameters: data.words(&parameters),
        scratch_offset: step.scratch_offset as u32,
        scratch_bytes: step.scratch_bytes as u32,
    }
}

fn parameters(op: &FixedOp, weights: &[i8], data: &mut Data) -> Vec<u8> {
    match op {
        FixedOp::Conv2d { window, groups, requant, .. } => conv2d(window, *groups, weights, requant, data),
        FixedOp::DepthwiseConv2d { window, requant, .. } => conv2d(window, 1, weights, requant, data),
        FixedOp::Dense { requant, .. } => record(DenseRecord {
            weights: data.weights(weights),
            weights_bytes: weights.len() as u32,
            requant: requant_record(requant, data),
        }),
        FixedOp::MaxPool2d { window } => record(MaxPool2dRecord { window: window_record(window) }),
        FixedOp::AveragePool2d { window, multipliers, pre_shift } => record(AveragePool2dRecord {
            window: window_record(window),
            multipliers: data.words(multipliers),
            multiplier_count: multipliers.len() as u32,
            pre_shift: *pre_shift,
        }),
        &FixedOp::Add { multipliers, bias, shift, activation: [activation_min, activation_max] } => {
            record(AddRecord { multipliers, bias, shift, activation_min, activation_max })
        }
        &FixedOp::Mul { multiplier, pre_shift, activation: [activation_min, activation_max] } => {
            record(MulRecord { multiplier, pre_shift, activation_min, activation_max })
        }
        FixedOp::Lut { table } => record(LutRecord { table: data.words(table) }),
        FixedOp::Softmax { exponentials } => record(SoftmaxRecord { exponentials: data.words(exponentials) }),
        FixedOp::LogSoftmax { exponentials, one_bits, logarithms, multipliers, bias, shift } => {
            record(LogSoftmaxRecord {
                exponentials: data.words(exponentials),
                one_bits: *one_bits,
                logarithms: data.words(logarithms),
                multipliers: *multipliers,
                bias: *bias,
                shift: *shift,
            })
        }
        FixedOp::Concat { axis } => record(ConcatRecord { axis: *axis as u32 }),
        FixedOp::Copy(copy) => record(copy_record(copy)),
        FixedOp::Resize { rows, columns } => {
            record(ResizeRecord { indices: data.words(&[&rows[..], columns].concat()) })
        }
        FixedOp::PRelu { positive_multiplier, negative_multipliers, bias, shift } => record(PReluRecord {
            positive_multiplier: *positive_multiplier,
            negative_multipliers: data.words(negative_multipliers),
            bias: *bias,
            shift: *shift,
        }),
        FixedOp::Normalize { norm } => record(NormalizeRecord { norm: norm_number(*norm) }),
        FixedOp::Reshape => Vec::new(),
    }
}

fn record(record: impl NoUninit) -> Vec<u8> {
    bytes_of(&record).to_vec()
}

fn conv2d(window: &Window, groups: usize, weights: &[i8], requant: &FixedRequant, data: &mut Data) -> Vec<u8> {
    record(Conv2dRecord {
        window: window_record(window),
        groups: groups as u32,
        weights: data.weights(weights),
        weights_bytes: weights.len() as u32,
        requant: requant_record(requant, data),
    })
}

fn window_record(window: &Window) -> WindowRecord {
    let words = |pair: [usize; 2]| pair.map(|value| value as u32);
    WindowRecord {
        filter: words(window.filter),
        stride: words(window.stride),
        dilation: words(window.dilation),
        pad: words(window.pad_before),
    }
}

fn requant_record(requant: &FixedRequant, data: &mut Data) -> RequantRecord {
    let [activation_min, activation_max] = requant.activation;
    RequantRecord {
        bias: data.words(&requant.bias),
        multipliers: data.words(&requant.multipliers),
        pre_shift: requant.pre_shift,
        activation_min,
        activation_max,
    }
}

fn copy_record(copy: &FixedCopy) -> CopyRecord {
    CopyRecord {
        extent: copy.extent.map(|extent| extent as u32),
        input_start: copy.input_start as u32,
        input_step: copy.input_step,
        output_start: copy.output_start as u32,
        output_step: copy.output_step,
        is_filled: u32::from(copy.fill.is_some()),
        fill: copy.fill.unwrap_or(0),
    }
}

fn norm_number(norm: Norm) -> u32 {
    match norm {
        Norm::L1 => 1,
        Norm::L2 => 2,
        Norm::Max => 3,
    }
}
