//! Which channels the outputs depend on, backward through the graph.

use super::channelwise::{is_channelwise, operand_channel};
use super::facts::Facts;
use super::filters::Filters;
use super::folding::Folding;
use super::movement;
use crate::graph::fixed::{FixedGraph, FixedNode, TensorId};

/// For each channel, by tensor, whether its values matter.
pub type Need = Vec<Vec<bool>>;

/// Works out the need; all channels of the graph's outputs are needed.
pub fn need(graph: &FixedGraph, facts: &Facts) -> Need {
    let mut need: Need = graph.tensors.iter().map(|tensor| vec![false; tensor.shape[3]]).collect();
    graph.outputs.iter().for_each(|port| need[port.tensor].fill(true));
    for node in graph.nodes.iter().rev() {
        if need[node.output].contains(&true) {
            for (tensor, channel) in needed_by(graph, facts, node, &need[node.output]) {
                need[tensor][channel] = true;
            }
            // An operator that runs has operands, even if nothing of them matters.
            for &input in &node.inputs {
                if !need[input].contains(&true) {
                    need[input][0] = true;
                }
            }
        }
    }
    need
}

/// The channels of its operands that a node needs for the needed channels of its output.
fn needed_by(graph: &FixedGraph, facts: &Facts, node: &FixedNode, outputs: &[bool]) -> Vec<(TensorId, usize)> {
    let needed = outputs.iter().enumerate().filter_map(|(channel, &is_needed)| is_needed.then_some(channel));
    if let Some(filters) = Filters::of(graph, node) {
        let varying = needed.filter(|&filter| facts[node.output][filter].constant().is_none());
        let folding = Folding::new(graph, node, &filters, &facts[filters.input]);
        return varying.flat_map(|filter| needed_by_filter(&filters, &folding, filter)).collect();
    }
    if let Some(sources) = movement::sources(graph, node) {
        let pairs = movement::channel_pairs(graph, node, &sources);
        let needed = pairs.into_iter().filter(|&(_, _, output)| outputs[output]);
        return needed.map(|(operand, input, _)| (node.inputs[operand], input)).collect();
    }
    if is_channelwise(&node.op) {
        let operands = |channel: usize| {
            node.inputs.iter().map(move |&input| (input, operand_channel(facts[input].len(), channel)))
        };
        return needed.flat_map(operands).collect();
    }
    node.inputs.iter().flat_map(|&input| (0..facts[input].len()).map(move |channel| (input, channel))).collect()
}

/// The input channels that a filter weighs and that its bias cannot take in.
fn needed_by_filter(filters: &Filters, folding: &Folding, filter: usize) -> Vec<(TensorId, usize)> {
    let first = filters.first_input(filter);
    let weights = filters.weights(filter);
    let varies = |(index, &weight): (usize, &i8)| {
        let (tap, input) = (index / filters.depth, first + index % filters.depth);
        (weight != 0 && folding.constant(tap, input).is_none()).then_some((filters.input, input))
    };
    weights.iter().enumerate().filter_map(varies).collect()
}
