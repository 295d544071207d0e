//! Which tensors share memory by nature, and how long each memory must stay.
//!
//! A reshape's output is its input. An elementwise operator writes over an input of the same size that nobody reads afterwards.

use std::ops::Range;

use peacrab_format::KernelId;

use super::{Buffer, Step};
use crate::graph::fixed::{FixedGraph, FixedOp, TensorId};

/// Buffers not yet placed, and the buffer of every tensor.
pub struct Lifetimes {
    /// One for every piece of memory.
    pub buffers: Vec<Buffer>,
    /// Index into `buffers`, for every tensor.
    pub buffer_of: Vec<usize>,
}

/// Works out the lifetimes: a buffer lives from the step that first writes it through the step that last reads it; inputs from the
/// first step, outputs past the last.
pub fn of_tensors(graph: &FixedGraph, steps: &[Step]) -> Lifetimes {
    let mut group: Vec<TensorId> = (0..graph.tensors.len()).collect();
    for node in graph.nodes.iter().filter(|node| node.op == FixedOp::Reshape) {
        group[node.output] = group[node.inputs[0]];
    }
    let mut spans = spans(graph, steps, &group);
    for (index, step) in steps.iter().enumerate() {
        let node = &graph.nodes[step.node];
        let output = group[node.output];
        let dying = |&&input: &&TensorId| {
            let input = group[input];
            input != output
                && spans[input].end == index + 1
                && graph.tensors[input].elements() == graph.tensors[output].elements()
        };
        if is_elementwise(step.kernel)
            && spans[output].start == index
            && let Some(&input) = node.inputs.iter().find(dying)
        {
            let input = group[input];
            spans[input].end = spans[output].end;
            for member in group.iter_mut().filter(|member| **member == output) {
                *member = input;
            }
        }
    }
    collect(graph, &group, &spans)
}

fn is_elementwise(kernel: KernelId) -> bool {
    matches!(kernel, KernelId::Lut | KernelId::Add | KernelId::Mul | KernelId::PRelu)
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

fn collect(graph: &FixedGraph, group: &[TensorId], spans: &[Range<usize>]) -> Lifetimes {
    let mut buffers = Vec::new();
    let mut index_of = vec![None; group.len()];
    let buffer_of = group.iter().map(|&first| {
        *index_of[first].get_or_insert_with(|| {
            buffers.push(Buffer { steps: spans[first].clone(), offset: 0, bytes: graph.tensors[first].elements() });
            buffers.len() - 1
        })
    });
    let buffer_of = buffer_of.collect();
    Lifetimes { buffers, buffer_of }
}
