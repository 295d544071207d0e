//! The slim graph: the channels that stay, with what the others contributed in the biases.

use super::facts::Facts;
use super::filters::Filters;
use super::folding::Folding;
use super::keep::Keep;
use super::need::Need;
use super::{filter, movement};
use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, FixedPort, FixedRequant, FixedTensor, TensorId};

/// What was found out about a graph.
pub struct Findings {
    /// What is known of each channel.
    pub facts: Facts,
    /// Which channels matter.
    pub need: Need,
    /// Which stay.
    pub keep: Keep,
}

/// Writes the slim graph.
pub fn rewrite(graph: &FixedGraph, findings: &Findings) -> FixedGraph {
    let mut ids: Vec<Option<TensorId>> = Vec::new();
    let mut tensors = Vec::new();
    for (id, tensor) in graph.tensors.iter().enumerate() {
        let stays = findings.keep[id].contains(&true);
        ids.push(stays.then_some(tensors.len()));
        if stays {
            tensors.push(slim_tensor(tensor, &findings.keep[id], &findings.need[id]));
        }
    }
    let id = |tensor: TensorId| ids[tensor];
    let node = |node: &FixedNode| {
        Some(FixedNode {
            name: node.name.clone(),
            output: id(node.output)?,
            inputs: node.inputs.iter().map(|&input| id(input)).collect::<Option<_>>()?,
            op: slim_op(graph, findings, node),
        })
    };
    let port = |port: &FixedPort| Some(FixedPort { tensor: id(port.tensor)?, ..port.clone() });
    FixedGraph {
        name: graph.name.clone(),
        nodes: graph.nodes.iter().filter_map(node).collect(),
        inputs: graph.inputs.iter().filter_map(port).collect(),
        outputs: graph.outputs.iter().filter_map(port).collect(),
        tensors,
    }
}

fn slim_tensor(tensor: &FixedTensor, keep: &[bool], need: &[bool]) -> FixedTensor {
    let [n, height, width, channels] = tensor.shape;
    let kept: Vec<usize> = indices(keep).collect();
    let is_whole = kept.len() == channels && kept.iter().all(|&channel| need[channel]);
    let origin = |&channel: &usize| match &tensor.channels {
        Some(channels) => channels[channel].filter(|_| need[channel]),
        None => need[channel].then_some(channel),
    };
    FixedTensor {
        shape: [n, height, width, kept.len()],
        channels: if is_whole { tensor.channels.clone() } else { Some(kept.iter().map(origin).collect()) },
        ..tensor.clone()
    }
}

fn slim_op(graph: &FixedGraph, findings: &Findings, node: &FixedNode) -> FixedOp {
    if let Some(filters) = Filters::of(graph, node) {
        return slim_filters(graph, findings, node, &filters);
    }
    match &node.op {
        FixedOp::Copy(copy) => {
            let keep = &findings.keep[node.output];
            let slim = movement::with_channels(copy, keep.len(), indices(keep).count());
            FixedOp::Copy(slim.filter(|_| keep.contains(&false)).unwrap_or_else(|| copy.clone()))
        }
        FixedOp::PRelu { positive_multiplier, negative_multipliers, bias, shift } => FixedOp::PRelu {
            positive_multiplier: *positive_multiplier,
            negative_multipliers: indices(&findings.keep[node.output])
                .map(|channel| negative_multipliers[channel])
                .collect(),
            bias: *bias,
            shift: *shift,
        },
        op => op.clone(),
    }
}

fn slim_filters(graph: &FixedGraph, findings: &Findings, node: &FixedNode, filters: &Filters) -> FixedOp {
    let inputs = &findings.keep[filters.input];
    let folding = Folding::new(graph, node, filters, &findings.facts[filters.input]);
    let output_zero_point = graph.tensors[node.output].quant.zero_point as i8;
    let kept: Vec<usize> = indices(&findings.keep[node.output]).collect();
    let slim = kept.iter().map(|&index| {
        let known = &findings.facts[node.output][index];
        let slim = match known.constant() {
            _ if !findings.need[node.output][index] => filter::Filter::constant(filters, 0),
            Some(value) => filter::accumulator_of(value, filters.requant, index, output_zero_point).map_or_else(
                || filter::folded(filters, &folding, index),
                |bias| filter::Filter::constant(filters, bias),
            ),
            None => filter::folded(filters, &folding, index),
        };
        slim.with_inputs(filters, inputs)
    });
    let slim: Vec<filter::Filter> = slim.collect();
    let requant = FixedRequant {
        bias: slim.iter().map(|filter| filter.bias).collect(),
        multipliers: kept.iter().map(|&index| filters.requant.multipliers[index]).collect(),
        ..filters.requant.clone()
    };
    let filter_by_filter = || slim.iter().flat_map(|filter| filter.weights.iter().copied()).collect();
    match node.op {
        FixedOp::Conv2d { window, groups, .. } => {
            FixedOp::Conv2d { window, groups, weights: filter_by_filter(), requant }
        }
        FixedOp::DepthwiseConv2d { window, .. } => {
            let taps = window.filter[0] * window.filter[1];
            let weights = (0..taps).flat_map(|tap| slim.iter().map(move |filter| filter.weights[tap])).collect();
            FixedOp::DepthwiseConv2d { window, weights, requant }
        }
        _ => FixedOp::Dense { weights: filter_by_filter(), requant },
    }
}

/// The indices that stay.
pub fn indices(keep: &[bool]) -> impl Iterator<Item = usize> {
    keep.iter().enumerate().filter_map(|(index, &stays)| stays.then_some(index))
}
