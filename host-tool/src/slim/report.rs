//! What slimming took away, and what that bought.

use std::fmt;

use serde::Serialize;

use super::known::Known;
use super::rewrite::Findings;
use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, FixedTensor};

/// What slimming did to a graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlimReport {
    /// Filters taken away: output channels of convolutions and dense layers.
    pub filters_removed: usize,
    /// Operators taken away whole.
    pub operators_removed: usize,
    /// Channels that are the same in every inference, and stay since their values differ at the borders.
    pub border_channels: usize,
    /// Multiply-accumulates of one inference.
    pub macs: Change<u64>,
    /// Bytes of weights, biases and multipliers.
    pub weight_bytes: Change<usize>,
    /// The operators whose output lost channels.
    pub layers: Vec<SlimLayer>,
}

/// A figure of the graph as it came, and of the slim one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// As it came.
    pub before: T,
    /// Slim.
    pub after: T,
}

/// An operator whose output lost channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlimLayer {
    /// The model's own node name.
    pub name: String,
    /// Channels of its output; none where the operator is gone.
    pub channels: Change<usize>,
}

/// Compares a graph with what slimming made of it.
pub fn report(graph: &FixedGraph, slim: &FixedGraph, findings: &Findings) -> SlimReport {
    SlimReport {
        filters_removed: filters_of(graph).saturating_sub(filters_of(slim)),
        operators_removed: graph.nodes.len().saturating_sub(slim.nodes.len()),
        border_channels: border_channels(findings),
        macs: Change { before: macs_of(graph), after: macs_of(slim) },
        weight_bytes: Change { before: weight_bytes_of(graph), after: weight_bytes_of(slim) },
        layers: layers(graph, slim),
    }
}

/// The operators whose output lost channels. Rounds of slimming number tensors anew, but leave their names, and what they stand for.
fn layers(graph: &FixedGraph, slim: &FixedGraph) -> Vec<SlimLayer> {
    let after = |output: &FixedTensor| {
        let is_same = |tensor: &&FixedTensor| (&tensor.name, tensor.float) == (&output.name, output.float);
        slim.tensors.iter().find(is_same).map_or(0, |tensor| tensor.shape[3])
    };
    let layer = |node: &FixedNode| {
        let output = &graph.tensors[node.output];
        let channels = Change { before: output.shape[3], after: after(output) };
        (channels.before != channels.after).then(|| SlimLayer { name: node.name.clone(), channels })
    };
    graph.nodes.iter().filter_map(layer).collect()
}

/// Constant images that are needed.
fn border_channels(findings: &Findings) -> usize {
    let channels = findings.facts.iter().flatten().zip(findings.need.iter().flatten());
    channels.filter(|(known, needed)| **needed && matches!(known, Known::Image(_))).count()
}

fn macs_of(graph: &FixedGraph) -> u64 {
    graph.nodes.iter().map(|node| graph.macs(node)).sum()
}

fn filters_of(graph: &FixedGraph) -> usize {
    graph.nodes.iter().map(|node| weights_and_filters(&node.op).1).sum()
}

/// A byte for each weight, and bias and multiplier of each filter.
fn weight_bytes_of(graph: &FixedGraph) -> usize {
    let bytes = |op: &FixedOp| {
        let (weights, filters) = weights_and_filters(op);
        weights + filters * 2 * size_of::<i32>()
    };
    graph.nodes.iter().map(|node| bytes(&node.op)).sum()
}

fn weights_and_filters(op: &FixedOp) -> (usize, usize) {
    match op {
        FixedOp::Conv2d { weights, requant, .. }
        | FixedOp::DepthwiseConv2d { weights, requant, .. }
        | FixedOp::Dense { weights, requant } => (weights.len(), requant.bias.len()),
        _ => (0, 0),
    }
}

impl SlimReport {
    /// Whether nothing was taken away.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty() && self.operators_removed == 0
    }
}

impl fmt::Display for SlimReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("slimmed: nothing to remove");
        }
        let SlimReport { filters_removed, operators_removed, macs, weight_bytes, border_channels, .. } = self;
        write!(
            f,
            "slimmed: {filters_removed} filters and {operators_removed} operators that change no output removed\n\
             slimmed: MACs {} -> {}, weights and biases {} -> {} bytes",
            macs.before, macs.after, weight_bytes.before, weight_bytes.after
        )?;
        if *border_channels > 0 {
            write!(f, "\nslimmed: {border_channels} constant channels stay, since they differ at the borders")?;
        }
        Ok(())
    }
}
