//! What is known of every channel of every tensor, forward through the graph.

use super::channelwise::{self, is_channelwise, operand_channel};
use super::filters::Filters;
use super::known::Known;
use super::{movement, weighted};
use crate::graph::fixed::{FixedGraph, FixedNode, TensorId};

/// What is known of each channel, by tensor.
pub type Facts = Vec<Vec<Known>>;

/// Gathers the facts; inputs may hold any value.
pub fn gather(graph: &FixedGraph) -> Facts {
    let mut facts: Facts = graph.tensors.iter().map(|tensor| vec![Known::ANY; tensor.shape[3]]).collect();
    for node in &graph.nodes {
        if let Some(outputs) = outputs(graph, node, &facts) {
            facts[node.output] = outputs;
        }
    }
    facts
}

/// What is known of a node's output; `None` for operators whose channels all depend on one another.
fn outputs(graph: &FixedGraph, node: &FixedNode, facts: &Facts) -> Option<Vec<Known>> {
    if let Some(filters) = Filters::of(graph, node) {
        return Some(weighted::outputs(graph, node, &filters, &facts[filters.input]));
    }
    if let Some(sources) = movement::sources(graph, node) {
        return Some(movement::outputs(graph, node, &sources, |operand| &facts[node.inputs[operand]]));
    }
    is_channelwise(&node.op).then(|| {
        let channels = graph.tensors[node.output].shape[3];
        (0..channels)
            .map(|channel| channelwise::output(graph, node, channel, &operands(node, facts, channel)))
            .collect()
    })
}

/// What is known of the channel that an output channel sees of each operand.
fn operands<'f>(node: &FixedNode, facts: &'f Facts, channel: usize) -> Vec<&'f Known> {
    let of_operand = |&input: &TensorId| &facts[input][operand_channel(facts[input].len(), channel)];
    node.inputs.iter().map(of_operand).collect()
}
