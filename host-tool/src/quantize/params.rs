//! Scale and zero point of every tensor.
//!
//! Operators that only move elements (or pick the largest) keep the quantization of their input, so the tensors they connect form a
//! class with one scale and zero point. A class covers the ranges of the tensors that are computed into it.

use super::calibrate::Calibration;
use super::observer::Observer;
use crate::graph::fixed::QuantParams;
use crate::graph::float::{Graph, Norm, Op, PoolKind, TensorId, Unary};

/// Output of softmax: `real = (q + 128) / 256`.
pub const SOFTMAX: QuantParams = QuantParams { scale: 1.0 / 256.0, zero_point: -128 };
/// Output of a division by the norm: `real = q / 127`.
pub const NORMALIZE: QuantParams = QuantParams { scale: 1.0 / 127.0, zero_point: 0 };
/// Output of tanh.
const TANH: QuantParams = QuantParams { scale: 1.0 / 128.0, zero_point: 0 };

/// Scale and zero point of every tensor of the graph, by index; those of constants mean nothing.
/// `inputs` names the quantization of inputs whose samples already lie on a grid of 256 integers.
pub fn assign(
    graph: &Graph,
    calibration: &Calibration,
    observer: Observer,
    inputs: &[Option<QuantParams>],
) -> Vec<QuantParams> {
    let class = classes(graph);
    let mut sources: Vec<Vec<Source>> = vec![Vec::new(); graph.tensors.len()];
    for (port, grid) in graph.inputs.iter().zip(inputs.iter().chain(std::iter::repeat(&None))) {
        sources[class[port.tensor]].push(Source { tensor: port.tensor, known: *grid });
    }
    for node in graph.nodes.iter().filter(|node| !keeps_quantization(&node.op)) {
        sources[class[node.output]].push(Source { tensor: node.output, known: known_params(&node.op) });
    }
    let of_class: Vec<QuantParams> = sources.iter().map(|sources| cover(sources, calibration, observer)).collect();
    class.iter().map(|&class| of_class[class]).collect()
}

/// A tensor whose values are computed (or given), not moved.
#[derive(Clone)]
struct Source {
    tensor: TensorId,
    known: Option<QuantParams>,
}

fn cover(sources: &[Source], calibration: &Calibration, observer: Observer) -> QuantParams {
    if let [Source { known: Some(known), .. }] = sources {
        return *known;
    }
    let ranges = sources.iter().map(|source| match source.known {
        Some(known) => (known.dequantize(-128), known.dequantize(127)),
        None => calibration.histograms[source.tensor].range(observer),
    });
    let (min, max) = ranges.fold((0.0f64, 0.0f64), |(min, max), (low, high)| (min.min(low), max.max(high)));
    QuantParams::from_range(min, max)
}

/// The smallest tensor index of the class that each tensor belongs to.
fn classes(graph: &Graph) -> Vec<TensorId> {
    let mut parent: Vec<TensorId> = (0..graph.tensors.len()).collect();
    for node in graph.nodes.iter().filter(|node| keeps_quantization(&node.op)) {
        for &input in &node.inputs {
            let (a, b) = (root(&parent, input), root(&parent, node.output));
            parent[a.max(b)] = a.min(b);
        }
    }
    (0..parent.len()).map(|tensor| root(&parent, tensor)).collect()
}

fn root(parent: &[TensorId], mut tensor: TensorId) -> TensorId {
    while parent[tensor] != tensor {
        tensor = parent[tensor];
    }
    tensor
}

fn keeps_quantization(op: &Op) -> bool {
    match op {
        Op::Pool(pool) => pool.kind == PoolKind::Max,
        Op::Pad { .. }
        | Op::Concat { .. }
        | Op::Slice { .. }
        | Op::Reshape
        | Op::Transpose { .. }
        | Op::Resize { .. } => true,
        _ => false,
    }
}

/// The range of functions that have one by nature.
fn known_params(op: &Op) -> Option<QuantParams> {
    match op {
        Op::Softmax { .. } | Op::Unary(Unary::Sigmoid | Unary::HardSigmoid { .. }) => Some(SOFTMAX),
        Op::Normalize(Norm::L1 | Norm::L2 | Norm::Max) => Some(NORMALIZE),
        Op::Unary(Unary::Tanh) => Some(TANH),
        _ => None,
    }
}
