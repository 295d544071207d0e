//! What a graph costs: multiply-accumulates, parameters, activation bytes, per node and in total.

use serde::Serialize;

use super::float::{Graph, Node, Op, Shape};
use super::shape::elements;
use super::verify::operator_name;

/// Costs of a whole graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// One entry per node, in graph order.
    pub nodes: Vec<NodeSummary>,
    /// Multiply-accumulates of one inference.
    pub macs: usize,
    /// Weights, biases and other parameters, constants of the graph included.
    pub parameters: usize,
    /// Most bytes of activation tensors alive at once when nodes run in graph order, one byte per element, nothing in place.
    pub activation_bytes_peak: usize,
    /// The node that runs at the peak; `None` for a graph without nodes.
    pub peak_node: Option<String>,
}

/// Costs of one node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeSummary {
    /// The node's name.
    pub name: String,
    /// The operator's name.
    pub operator: &'static str,
    /// Shapes of the inputs.
    pub inputs: Vec<Shape>,
    /// Shape of the output.
    pub output: Shape,
    /// Multiply-accumulates; 0 for operators that have none.
    pub macs: usize,
    /// Parameters inside the operator.
    pub parameters: usize,
    /// Bytes of the output at one byte per element.
    pub output_bytes: usize,
}

/// Costs of a verified graph.
pub fn summarize(graph: &Graph) -> Summary {
    let nodes: Vec<NodeSummary> = graph.nodes.iter().map(|node| summarize_node(graph, node)).collect();
    let constants: usize = graph.tensors.iter().filter_map(|tensor| tensor.constant.as_ref().map(Vec::len)).sum();
    let (activation_bytes_peak, peak) = peak(graph);
    Summary {
        macs: nodes.iter().map(|node| node.macs).sum(),
        parameters: constants + nodes.iter().map(|node| node.parameters).sum::<usize>(),
        activation_bytes_peak,
        peak_node: peak.map(|index| graph.nodes[index].name.clone()),
        nodes,
    }
}

/// Multiply-accumulates of an operator with one output of the given shape.
pub fn macs(op: &Op, output: &[usize]) -> usize {
    let outputs = elements(output);
    match op {
        Op::Conv2d(conv) => outputs * (conv.weights.len() / conv.output_channels.max(1)),
        Op::Dense(dense) => outputs * (dense.weights.len() / dense.output_features.max(1)),
        Op::Affine { .. } => outputs,
        _ => 0,
    }
}

/// Parameters stored inside an operator.
pub fn parameters(op: &Op) -> usize {
    match op {
        Op::Conv2d(conv) => conv.weights.len() + conv.bias.len(),
        Op::Dense(dense) => dense.weights.len() + dense.bias.len(),
        Op::Affine { affine, .. } => affine.scale.len() + affine.bias.len(),
        Op::PRelu { slope } => slope.len(),
        _ => 0,
    }
}

fn summarize_node(graph: &Graph, node: &Node) -> NodeSummary {
    let shape = |tensor: &usize| graph.tensors[*tensor].shape.clone();
    let output = shape(&node.output);
    NodeSummary {
        name: node.name.clone(),
        operator: operator_name(&node.op),
        inputs: node.inputs.iter().map(shape).collect(),
        macs: macs(&node.op, &output),
        parameters: parameters(&node.op),
        output_bytes: elements(&output),
        output,
    }
}

/// Peak of live activation bytes, and the node at which it stands.
fn peak(graph: &Graph) -> (usize, Option<usize>) {
    let mut last_use = vec![0; graph.tensors.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().for_each(|&input| last_use[input] = index);
    }
    graph.outputs.iter().for_each(|port| last_use[port.tensor] = graph.nodes.len());
    let bytes = |tensor: usize| {
        let tensor = &graph.tensors[tensor];
        if tensor.constant.is_some() { 0 } else { elements(&tensor.shape) }
    };
    let mut live: usize = graph.inputs.iter().map(|port| bytes(port.tensor)).sum();
    let (mut peak, mut at) = (live, None);
    for (index, node) in graph.nodes.iter().enumerate() {
        live += bytes(node.output);
        if live > peak || at.is_none() {
            (peak, at) = (live.max(peak), Some(index));
        }
        let mut dead = node.inputs.clone();
        dead.sort_unstable();
        dead.dedup();
        live -= dead.iter().filter(|&&input| last_use[input] == index).map(|&input| bytes(input)).sum::<usize>();
    }
    (peak, at)
}
