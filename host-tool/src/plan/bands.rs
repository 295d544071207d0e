//! The first layers in bands of rows: each band goes through all of them before the next one, so that no tensor between them exists as a whole.
//!
//! A band is operators of its own, of the same kernels: the rows of a tensor lie side by side, so that a band's input and output are parts of
//! whole tensors, and each sees padding only where the whole image has it. Rows that two bands see are computed twice.

use std::ops::Range;

use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, FixedTensor, TensorId, View};
use crate::graph::float::Window;

/// How the first layers are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The first nodes of the graph, so many.
    pub layers: usize,
    /// Number of bands.
    pub bands: usize,
}

/// Every way to cut a graph.
pub fn cuts(graph: &FixedGraph) -> impl Iterator<Item = Cut> + '_ {
    (1..=chain_length(graph)).flat_map(|layers| {
        let [_, height, ..] = graph.tensors[graph.nodes[layers - 1].output].shape;
        (2..=height).map(move |bands| Cut { layers, bands })
    })
}

/// Number of nodes, from the first on, of which each reads rows of the one before it and nothing else.
fn chain_length(graph: &FixedGraph) -> usize {
    let reads = |tensor: TensorId| graph.nodes.iter().filter(|node| node.inputs.contains(&tensor)).count();
    let is_link = |(index, node): (usize, &FixedNode)| {
        let &[input] = node.inputs.as_slice() else { return false };
        let is_fed = index == 0 || {
            let previous = graph.nodes[index - 1].output;
            input == previous && reads(input) == 1 && graph.outputs.iter().all(|port| port.tensor != input)
        };
        is_fed && sees_rows(&node.op) && graph.tensors[input].shape[0] == 1
    };
    graph.nodes.iter().enumerate().take_while(|&link| is_link(link)).count()
}

/// Whether each output row depends on a range of input rows.
fn sees_rows(op: &FixedOp) -> bool {
    window(op).is_some() || matches!(op, FixedOp::Lut { .. } | FixedOp::PRelu { .. })
}

fn window(op: &FixedOp) -> Option<&Window> {
    match op {
        FixedOp::Conv2d { window, .. }
        | FixedOp::DepthwiseConv2d { window, .. }
        | FixedOp::MaxPool2d { window }
        | FixedOp::AveragePool2d { window, .. } => Some(window),
        _ => None,
    }
}

/// What one layer computes for one band.
struct Part {
    /// Input rows that it sees.
    input: Range<usize>,
    /// Rows of padding above and below them.
    pad: [usize; 2],
    /// Output rows.
    output: Range<usize>,
}

impl Part {
    fn new(op: &FixedOp, height: usize, output: Range<usize>) -> Self {
        let Some(window) = window(op) else { return Part { input: output.clone(), pad: [0, 0], output } };
        let span = (window.filter[0] - 1) * window.dilation[0] + 1;
        let (stride, pad) = (window.stride[0], window.pad_before[0]);
        let (start, end) = (output.start * stride, (output.end - 1) * stride + span);
        // A band may see nothing but padding; a tensor has at least one row.
        let first = start.saturating_sub(pad).min(height - 1);
        let last = end.saturating_sub(pad).clamp(first + 1, height);
        let above = (first + pad).saturating_sub(start);
        Part { input: first..last, pad: [above, end.saturating_sub(pad + last)], output }
    }
}

/// The parts of all layers for one band, first layer first.
fn parts(graph: &FixedGraph, cut: Cut, band: usize) -> Vec<Part> {
    let height = |tensor: TensorId| graph.tensors[tensor].shape[1];
    let last = height(graph.nodes[cut.layers - 1].output);
    let mut rows = band * last / cut.bands..(band + 1) * last / cut.bands;
    let mut parts = Vec::new();
    for node in graph.nodes[..cut.layers].iter().rev() {
        let part = Part::new(&node.op, height(node.inputs[0]), rows);
        rows = part.input.clone();
        parts.push(part);
    }
    parts.reverse();
    parts
}

/// The elements of all layers' outputs that are computed more than once, in multiply-accumulates.
pub fn extra_macs(graph: &FixedGraph, cut: Cut) -> u64 {
    let mut rows = vec![0; cut.layers];
    for band in 0..cut.bands {
        for (rows, part) in rows.iter_mut().zip(parts(graph, cut, band)) {
            *rows += part.output.len();
        }
    }
    let layers = graph.nodes[..cut.layers].iter().zip(rows);
    layers
        .map(|(node, rows)| {
            let height = graph.tensors[node.output].shape[1];
            graph.macs(node) / height as u64 * rows.saturating_sub(height) as u64
        })
        .sum()
}

/// Bytes that are live at least while the bands are computed: what goes in or what comes out, and the larger side of a layer between them.
pub fn live_bytes(graph: &FixedGraph, cut: Cut) -> usize {
    let bytes = |tensor: TensorId| graph.tensors[tensor].elements();
    let row_bytes = |tensor: TensorId| bytes(tensor) / graph.tensors[tensor].shape[1];
    let nodes = &graph.nodes[..cut.layers];
    let between = nodes.iter().zip(parts(graph, cut, cut.bands / 2)).skip(1);
    let largest = between.map(|(node, part)| row_bytes(node.inputs[0]) * part.input.len()).max().unwrap_or(0);
    bytes(nodes[0].inputs[0]).max(bytes(nodes[cut.layers - 1].output)) + largest
}

/// The graph with its first layers cut.
pub fn apply(graph: &FixedGraph, cut: Cut) -> FixedGraph {
    let mut banded = FixedGraph { nodes: Vec::new(), ..graph.clone() };
    for band in 0..cut.bands {
        let parts = parts(graph, cut, band);
        let mut input = None;
        for (index, (node, part)) in graph.nodes[..cut.layers].iter().zip(&parts).enumerate() {
            let from = input.unwrap_or_else(|| banded.view_rows(node.inputs[0], &part.input));
            let is_last = index + 1 == cut.layers;
            let to = if is_last {
                banded.view_rows(node.output, &part.output)
            } else {
                banded.add_rows(node.output, &part.output)
            };
            banded.nodes.push(FixedNode {
                name: format!("{}, rows {} to {}", node.name, part.output.start, part.output.end - 1),
                op: with_pad(&node.op, part.pad),
                inputs: vec![from],
                output: to,
            });
            input = Some(to);
        }
    }
    banded.nodes.extend_from_slice(&graph.nodes[cut.layers..]);
    banded.remove_unused_tensors();
    banded
}

/// The operator with other rows of padding.
fn with_pad(op: &FixedOp, [above, below]: [usize; 2]) -> FixedOp {
    let mut op = op.clone();
    if let FixedOp::Conv2d { window, .. }
    | FixedOp::DepthwiseConv2d { window, .. }
    | FixedOp::MaxPool2d { window }
    | FixedOp::AveragePool2d { window, .. } = &mut op
    {
        (window.pad_before[0], window.pad_after[0]) = (above, below);
    }
    op
}

impl FixedGraph {
    /// A tensor that is rows of another one, in its memory.
    fn view_rows(&mut self, whole: TensorId, rows: &Range<usize>) -> TensorId {
        let [_, _, width, channels] = self.tensors[whole].shape;
        let view = View { tensor: whole, offset: rows.start * width * channels };
        self.push_rows(whole, rows, Some(view))
    }

    /// A tensor for rows of another one, in memory of its own.
    fn add_rows(&mut self, whole: TensorId, rows: &Range<usize>) -> TensorId {
        self.push_rows(whole, rows, None)
    }

    fn push_rows(&mut self, whole: TensorId, rows: &Range<usize>, view: Option<View>) -> TensorId {
        let FixedTensor { name, shape: [batch, _, width, channels], quant, .. } = self.tensors[whole].clone();
        let name = format!("{name}, rows {} to {}", rows.start, rows.end - 1);
        let shape = [batch, rows.len(), width, channels];
        self.tensors.push(FixedTensor { name, shape, quant, float: None, channels: None, view });
        self.tensors.len() - 1
    }

    /// Drops the tensors that no node, port or view names.
    fn remove_unused_tensors(&mut self) {
        let mut is_used = vec![false; self.tensors.len()];
        let nodes = self.nodes.iter().flat_map(|node| node.inputs.iter().copied().chain([node.output]));
        let ports = self.inputs.iter().chain(&self.outputs).map(|port| port.tensor);
        let views = self.tensors.iter().filter_map(|tensor| tensor.view.map(|view| view.tensor));
        nodes.chain(ports).chain(views).for_each(|tensor| is_used[tensor] = true);
        let mut next = 0;
        let renamed: Vec<TensorId> = is_used
            .iter()
            .map(|&is_used| {
                next += usize::from(is_used);
                next.saturating_sub(1)
            })
            .collect();
        let mut used = is_used.iter();
        self.tensors.retain(|_| used.next().is_some_and(|&is_used| is_used));
        for node in &mut self.nodes {
            node.inputs.iter_mut().chain([&mut node.output]).for_each(|tensor| *tensor = renamed[*tensor]);
        }
        self.inputs.iter_mut().chain(&mut self.outputs).for_each(|port| port.tensor = renamed[port.tensor]);
        self.tensors
            .iter_mut()
            .filter_map(|tensor| tensor.view.as_mut())
            .for_each(|view| view.tensor = renamed[view.tensor]);
    }
}
