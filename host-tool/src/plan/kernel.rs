//! Which kernel computes each operator, and its weights in that kernel's layout.

use peacrab_format::{KernelId, Target};

use super::Step;
use crate::graph::fixed::{FixedGraph, FixedOp};

/// One step for every node that does something at run time.
pub fn choose(graph: &FixedGraph, target: Target) -> Vec<Step> {
    let _ = target;
    let nodes = graph.nodes.iter().enumerate();
    nodes.filter_map(|(index, node)| plain(&node.op).map(|(kernel, weights)| step(index, kernel, weights))).collect()
}

fn step(node: usize, kernel: KernelId, weights: &[i8]) -> Step {
    Step { node, kernel, weights: weights.to_vec(), scratch_offset: 0, scratch_bytes: 0 }
}

/// The kernel that every core has, and the weights as they are; `None` for a reshape.
fn plain(op: &FixedOp) -> Option<(KernelId, &[i8])> {
    Some(match op {
        FixedOp::Conv2d { weights, .. } => (KernelId::Conv2d, weights),
        FixedOp::DepthwiseConv2d { weights, .. } => (KernelId::DepthwiseConv2d, weights),
        FixedOp::Dense { weights, .. } => (KernelId::Dense, weights),
        FixedOp::MaxPool2d { .. } => (KernelId::MaxPool2d, &[]),
        FixedOp::AveragePool2d { .. } => (KernelId::AveragePool2d, &[]),
        FixedOp::Add { .. } => (KernelId::Add, &[]),
        FixedOp::Mul { .. } => (KernelId::Mul, &[]),
        FixedOp::Lut { .. } => (KernelId::Lut, &[]),
        FixedOp::Softmax { .. } => (KernelId::Softmax, &[]),
        FixedOp::LogSoftmax { .. } => (KernelId::LogSoftmax, &[]),
        FixedOp::Concat { .. } => (KernelId::Concat, &[]),
        FixedOp::Copy(_) => (KernelId::Copy, &[]),
        FixedOp::Resize { .. } => (KernelId::Resize, &[]),
        FixedOp::PRelu { .. } => (KernelId::PRelu, &[]),
        FixedOp::Normalize { .. } => (KernelId::Normalize, &[]),
        FixedOp::Reshape => return None,
    })
}
