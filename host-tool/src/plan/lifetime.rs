//! Which tensors share memory by nature, how long each memory must stay, and which outputs may overlap an input.
//!
//! A reshape's output is its input. A kernel that works in place writes over an input of the same size that nobody reads afterwards.

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
    let mut group = groups(graph);
    let mut spans = spans(graph, steps, &group);
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.overlap == Overlap::Exact) {
        let node = &graph.nodes[step.node];
        let output = group[node.output];
        let dying = |&&input: &&TensorId| {
            let input = group[input];
            input != output
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
    let sharings = sharings(graph, steps, &buffers, &buffer_of);
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
pub fn live(graph: &FixedGraph, steps: &[Step]) -> Vec<Live> {
    let group = groups(graph);
    let spans = spans(graph, steps, &group);
    let bytes = |tensor: TensorId| graph.tensors[tensor].elements().next_multiple_of(super::PLACE_ALIGNMENT);
    let at_step = |(index, step): (usize, &Step)| {
        let node = &graph.nodes[step.node];
        let output = group[node.output];
        let mut live = Live { output: bytes(output), ..Live::default() };
        for tensor in (0..group.len()).filter(|&tensor| group[tensor] == tensor && tensor != output) {
            let is_input = node.inputs.iter().any(|&input| group[input] == tensor);
            if is_input && spans[tensor].end == index + 1 && spans[output].start == index {
                live.dying.push(bytes(tensor));
            } else if spans[tensor].contains(&index) {
                live.others += bytes(tensor);
            }
        }
        live
    };
    steps.iter().enumerate().map(at_step).collect()
}

/// The first tensor of those that are one by nature, for every tensor.
fn groups(graph: &FixedGraph) -> Vec<TensorId> {
    let mut group: Vec<TensorId> = (0..graph.tensors.len()).collect();
    for node in graph.nodes.iter().filter(|node| node.op == FixedOp::Reshape) {
        group[node.output] = group[node.inputs[0]];
    }
    group
}

/// Steps during which each group's memory is in use, by the group's first tensor.
fn spans(graph: &FixedGraph, steps: &[Step], group: &[TensorId]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = vec![0..0; graph.tensors.len()];
    let mut touch = |tensor: TensorId, from: usize, to: usize| {
        let span = &mut spans[group[tensor]];
        *span = if span.start == span.end { from..to } else { span.start.min(from)..span.end.max(to) };
    };
    graph.inputs.iter().for_each(|port| touch(port.tensor, 0, 1));
    graph.outputs.iter().for_each(|port| touch(port.tensor, steps.len(), steps.len() + 1));
    for (index, step) in steps.iter().enumerate() {
        let node = &graph.nodes[step.node];
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

/// Outputs that may overlap an input which nobody reads afterwards.
fn sharings(graph: &FixedGraph, steps: &[Step], buffers: &[Buffer], buffer_of: &[usize]) -> Vec<Sharing> {
    let of_step = |(index, step): (usize, &Step)| {
        let node = &graph.nodes[step.node];
        let &[input] = node.inputs.as_slice() else { return None };
        let (input, output) = (buffer_of[input], buffer_of[node.output]);
        let is_last_use = buffers[input].steps.end == index + 1 && buffers[output].steps.start == index;
        (is_last_use && input != output).then_some(Sharing { input, output, overlap: step.overlap })
    };
    steps.iter().enumerate().filter_map(of_step).collect()
}
