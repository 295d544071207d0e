//! The slim graph: the channels that stay, with what the others contributed in the biases.

use super::facts::Facts;
use super::filter::{Filter, accumulator_of};
use super::filters::Filters;
use super::folding::Folding;
use super::keep::Keep;
use super::movement;
use super::need::Need;
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
    let folding = Folding::new(graph, node, filters, &findings.facts[filters.input]);
    let zero_point = graph.tensors[node.output].quant.zero_point as i8;
    let (facts, need) = (&findings.facts[node.output], &findings.need[node.output]);
    let slim_filter = |&index: &usize| {
        let constant =
            facts[index].constant().and_then(|value| accumulator_of(value, filters.requant, index, zero_point));
        let filter = match (need[index], constant) {
            (false, _) => Filter::constant(filters, 0),
            (true, Some(accumulator)) => Filter::constant(filters, accumulator),
            (true, None) => Filter::folded(filters, &folding, index),
        };
        filter.with_inputs(filters, &findings.keep[filters.input])
    };
    let kept: Vec<usize> = indices(&findings.keep[node.output]).collect();
    let slim: Vec<Filter> = kept.iter().map(slim_filter).collect();
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
fn indices(keep: &[bool]) -> impl Iterator<Item = usize> {
    keep.iter().enumerate().filter_map(|(index, &stays)| stays.then_some(index))
}
