//! Which channels stay: those that are needed, and those that operators tie to them.

use super::channelwise::is_channelwise;
use super::filters::Filters;
use super::movement;
use super::need::Need;
use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, TensorId};

/// For each channel, by tensor, whether it stays. A tensor of which none stays is gone, with the operator that computes it.
pub type Keep = Vec<Vec<bool>>;

/// Decides what stays. Tensors that lose channels keep a multiple of `multiple`, where they have as many.
pub fn keep(graph: &FixedGraph, need: &Need, multiple: usize) -> Keep {
    let mut ties = Ties::new(graph);
    let runs = |node: &&FixedNode| need[node.output].contains(&true);
    let mut pinned: Vec<TensorId> = graph.inputs.iter().chain(&graph.outputs).map(|port| port.tensor).collect();
    for node in graph.nodes.iter().filter(runs) {
        pinned.extend(tie(graph, node, &mut ties));
    }
    let mut stays = vec![false; ties.parent.len()];
    for (tensor, channels) in need.iter().enumerate() {
        let is_pinned = pinned.contains(&tensor);
        for channel in (0..channels.len()).filter(|&channel| is_pinned || channels[channel]) {
            let class = ties.class(tensor, channel);
            stays[class] = true;
        }
    }
    while let Some(class) = missing(graph, &ties, &stays, multiple) {
        stays[class] = true;
    }
    let of_tensor = |tensor: usize| (0..need[tensor].len()).map(|channel| stays[ties.class(tensor, channel)]).collect();
    (0..need.len()).map(of_tensor).collect()
}

/// A class of channels that brings a tensor nearer to a multiple.
fn missing(graph: &FixedGraph, ties: &Ties, stays: &[bool], multiple: usize) -> Option<usize> {
    (0..graph.tensors.len()).find_map(|tensor| {
        let channels = graph.tensors[tensor].shape[3];
        let classes = || (0..channels).map(|channel| ties.class(tensor, channel));
        let kept = classes().filter(|&class| stays[class]).count();
        let is_ragged = !kept.is_multiple_of(multiple) && kept.next_multiple_of(multiple) <= channels;
        is_ragged.then(|| classes().find(|&class| !stays[class])).flatten()
    })
}

/// Ties the channels that a node computes one from the other; returns the tensors of which it needs every channel.
fn tie(graph: &FixedGraph, node: &FixedNode, ties: &mut Ties) -> Vec<TensorId> {
    let channels = |tensor: TensorId| graph.tensors[tensor].shape[3];
    if let Some(filters) = Filters::of(graph, node) {
        match node.op {
            FixedOp::DepthwiseConv2d { .. } => (0..filters.count())
                .for_each(|output| ties.tie((filters.input, filters.first_input(output)), (node.output, output))),
            _ if filters.groups > 1 => return operands(node),
            _ => {}
        }
    } else if let Some(sources) = movement::sources(graph, node).filter(|_| keeps_channels(graph, node)) {
        for (operand, input, output) in movement::channel_pairs(graph, node, &sources) {
            ties.tie((node.inputs[operand], input), (node.output, output));
        }
    } else if is_channelwise(&node.op) {
        for &input in node.inputs.iter().filter(|&&input| channels(input) == channels(node.output)) {
            (0..channels(input)).for_each(|channel| ties.tie((input, channel), (node.output, channel)));
        }
    } else {
        return operands(node);
    }
    Vec::new()
}

/// Inputs and output.
fn operands(node: &FixedNode) -> Vec<TensorId> {
    node.inputs.iter().copied().chain([node.output]).collect()
}

/// Whether an operator that moves elements can run on a part of the channels: a copy only if it leaves channels what they are.
fn keeps_channels(graph: &FixedGraph, node: &FixedNode) -> bool {
    let FixedOp::Copy(copy) = &node.op else { return true };
    let [from, to] = [node.inputs[0], node.output].map(|tensor| graph.tensors[tensor].shape[3]);
    from == to && movement::with_channels(copy, to, to).is_some()
}

/// Classes of channels that stay or go together.
struct Ties {
    first: Vec<usize>,
    parent: Vec<usize>,
}

impl Ties {
    fn new(graph: &FixedGraph) -> Self {
        let mut count = 0;
        let first = graph.tensors.iter().map(|tensor| {
            count += tensor.shape[3];
            count - tensor.shape[3]
        });
        Ties { first: first.collect(), parent: (0..count).collect() }
    }

    fn tie(&mut self, a: (TensorId, usize), b: (TensorId, usize)) {
        let (a, b) = (self.class(a.0, a.1), self.class(b.0, b.1));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The smallest member of a channel's class.
    fn class(&self, tensor: TensorId, channel: usize) -> usize {
        let mut member = self.first[tensor] + channel;
        while self.parent[member] != member {
            member = self.parent[member];
        }
        member
    }
}
