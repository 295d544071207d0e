//! Which tensors share memory by nature, how long each memory must stay, and which outputs may overlap an input.
//!
//! A reshape's output is its input, and a view lies inside another tensor. A kernel that works in place writes over an input of the same size that nobody reads afterwards.

use std::collections::BTreeSet;
use std::ops::Range;

use peacrab_kernels::Overlap;

use super::place::Sharing;
use super::{Buffer, Step};
use crate::graph::fixed::{FixedGraph, FixedOp, TensorId};

/// Buffers not yet placed, and the buffer of every tensor.
pub struct Lifetimes {
    /// One for every piece of memory.
    pub buffers: Vec<Buffer>,
    /// Index into `buffers`, for every tensor.
    pub buffer_of: Vec<usize>,
    /// Outputs that may overlap an input.
    pub sharings: Vec<Sharing>,
}

/// Works out the lifetimes: a buffer lives from the step that first writes it through the step that last reads it; inputs from the
/// first step, outputs past the last.
pub fn of_tensors(graph: &FixedGraph, steps: &[Step]) -> Lifetimes {
    let nodes: Vec<usize> = steps.iter().map(|step| step.node).collect();
    let mut group = groups(graph);
    let mut spans = spans(graph, &nodes, &group);
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.overlap == Overlap::Exact) {
        let node = &graph.nodes[step.node];
        let output = group[node.output];
        let dying = |&&input: &&TensorId| {
            let is_whole = [input, node.output].iter().all(|&tensor| graph.tensors[tensor].view.is_none());
            let input = group[input];
            is_whole
                && input != output
                && spans[input].end == index + 1
                && graph.tensors[input].elements() == graph.tensors[output].elements()
        };
        if spans[output].start == index
            && let Some(&input) = node.inputs.iter().find(dying)
        {
            let input = group[input];
            spans[input].end = spans[output].end;
            for member in group.iter_mut().filter(|member| **member == output) {
                *member = input;
            }
        }
    }
    let (buffers, buffer_of) = collect(graph, &group, &spans);
    let mut sharings = sharings(graph, steps, &buffers, &buffer_of);
    sharings.extend(successions(graph, &nodes, &groups(graph)).into_iter().map(|succession| Sharing {
        input: buffer_of[succession.input],
        output: buffer_of[succession.output],
        overlap: Overlap::Before(succession.lead),
    }));
    Lifetimes { buffers, buffer_of, sharings }
}

/// The bytes of tensors that are live at a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Live {
    /// Inputs that the step reads for the last time.
    pub dying: Vec<usize>,
    /// The step's output.
    pub output: usize,
    /// All others.
    pub others: usize,
}

/// What is live at each step, sizes as they are placed.
pub fn live(graph: &FixedGraph, nodes: &[usize]) -> Vec<Live> {
    let group = groups(graph);
    let spans = spans(graph, nodes, &group);
    let bytes = |tensor: TensorId| graph.tensors[tensor].elements().next_multiple_of(super::PLACE_ALIGNMENT);
    let successions = successions(graph, nodes, &group);
    let at_step = |(index, &node): (usize, &usize)| {
        let node = &graph.nodes[node];
        let output = group[node.output];
        let is_whole = |tensor: TensorId| graph.tensors[tensor].view.is_none();
        let is_whole = is_whole(node.output) && node.inputs.iter().copied().all(is_whole);
        let mut live = Live { output: bytes(output), ..Live::default() };
        for tensor in (0..group.len()).filter(|&tensor| group[tensor] == tensor && tensor != output) {
            let is_input = node.inputs.iter().any(|&input| group[input] == tensor);
            if is_input && is_whole && spans[tensor].end == index + 1 && spans[output].start == index {
                live.dying.push(bytes(tensor));
            } else if spans[tensor].contains(&index) {
                live.others += bytes(tensor);
            }
        }
        for Succession { input, output, lead } in &successions {
            if spans[*input].contains(&index) && spans[*output].contains(&index) {
                let apart = bytes(*input) + bytes(*output);
                let shared = bytes(*output).max(lead.next_multiple_of(super::PLACE_ALIGNMENT) + bytes(*input));
                live.others -= apart.saturating_sub(shared);
            }
        }
        live
    };
    nodes.iter().enumerate().map(at_step).collect()
}

/// The first tensor of those that are one by nature, for every tensor.
fn groups(graph: &FixedGraph) -> Vec<TensorId> {
    let mut group: Vec<TensorId> = (0..graph.tensors.len()).collect();
    for node in graph.nodes.iter().filter(|node| node.op == FixedOp::Reshape) {
        group[node.output] = group[node.inputs[0]];
    }
    for (tensor, view) in graph.tensors.iter().enumerate().filter_map(|(id, tensor)| Some((id, tensor.view?))) {
        group[tensor] = group[view.tensor];
    }
    group
}

/// Steps during which each group's memory is in use, by the group's first tensor.
fn spans(graph: &FixedGraph, nodes: &[usize], group: &[TensorId]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = vec![0..0; graph.tensors.len()];
    let mut touch = |tensor: TensorId, from: usize, to: usize| {
        let span = &mut spans[group[tensor]];
        *span = if span.start == span.end { from..to } else { span.start.min(from)..span.end.max(to) };
    };
    graph.inputs.iter().for_each(|port| touch(port.tensor, 0, 1));
    graph.outputs.iter().for_each(|port| touch(port.tensor, nodes.len(), nodes.len() + 1));
    for (index, &node) in nodes.iter().enumerate() {
        let node = &graph.nodes[node];
        touch(node.output, index, index + 1);
        node.inputs.iter().for_each(|&input| touch(input, index, index + 1));
    }
    spans
}

fn collect(graph: &FixedGraph, group: &[TensorId], spans: &[Range<usize>]) -> (Vec<Buffer>, Vec<usize>) {
    let mut buffers = Vec::new();
    let mut index_of = vec![None; group.len()];
    let buffer_of = group.iter().map(|&first| {
        *index_of[first].get_or_insert_with(|| {
            buffers.push(Buffer { steps: spans[first].clone(), offset: 0, bytes: graph.tensors[first].elements() });
            buffers.len() - 1
        })
    });
    let buffer_of = buffer_of.collect();
    (buffers, buffer_of)
}

/// A tensor that is written part by part while another one is read part by part, and may follow it through its memory.
struct Succession {
    input: TensorId,
    output: TensorId,
    /// Bytes that the output starts before the input, or more.
    lead: usize,
}

/// Pairs of tensors of which one has views that are written and the other views that are read. Whatever is written must end where the first
/// part starts that is still to be read.
fn successions(graph: &FixedGraph, nodes: &[usize], group: &[TensorId]) -> Vec<Succession> {
    let view = |tensor: TensorId| graph.tensors[tensor].view.map(|view| (group[view.tensor], view.offset));
    // For each step: the tensor in whose memory it writes, and the end of its part.
    let writes: Vec<Option<(TensorId, usize)>> = nodes
        .iter()
        .map(|&node| {
            let output = graph.nodes[node].output;
            view(output).map(|(whole, offset)| (whole, offset + graph.tensors[output].elements()))
        })
        .collect();
    let outputs: BTreeSet<TensorId> = writes.iter().flatten().map(|&(whole, _)| whole).collect();
    let reads = |&node: &usize| graph.nodes[node].inputs.clone();
    let inputs: BTreeSet<TensorId> = nodes
        .iter()
        .flat_map(reads)
        .filter_map(view)
        .map(|(whole, _)| whole)
        .filter(|whole| !outputs.contains(whole))
        .collect();
    let lead = |input: TensorId, output: TensorId| {
        // From the last step to the first: the first part of the input that is still to be read.
        let (mut needed, mut lead) = (graph.tensors[input].elements(), 0);
        for (node, write) in nodes.iter().zip(&writes).rev() {
            for read in reads(node) {
                let (whole, offset) = view(read).unwrap_or((group[read], 0));
                needed = if whole == input { needed.min(offset) } else { needed };
            }
            if let &Some((whole, end)) = write
                && whole == output
                && needed < graph.tensors[input].elements()
            {
                lead = lead.max(end.saturating_sub(needed));
            }
        }
        lead
    };
    let pairs = inputs.iter().flat_map(|&input| outputs.iter().map(move |&output| (input, output)));
    pairs.map(|(input, output)| Succession { input, output, lead: lead(input, output) }).collect()
}

/// Outputs that may overlap an input which nobody reads afterwards.
fn sharings(graph: &FixedGraph, steps: &[Step], buffers: &[Buffer], buffer_of: &[usize]) -> Vec<Sharing> {
    let of_step = |(index, step): (usize, &Step)| {
        let node = &graph.nodes[step.node];
        let &[input] = node.inputs.as_slice() else { return None };
        if [input, node.output].iter().any(|&tensor| graph.tensors[tensor].view.is_some()) {
            return None;
        }
        let (input, output) = (buffer_of[input], buffer_of[node.output]);
        let is_last_use = buffers[input].steps.end == index + 1 && buffers[output].steps.start == index;
        (is_last_use && input != output).then_some(Sharing { input, output, overlap: step.overlap })
    };
    steps.iter().enumerate().filter_map(of_step).collect()
}
