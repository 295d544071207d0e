//! Constant tensors: computed from nothing, or folded into the operator that reads them.

use super::channelwise;
use super::facts::Facts;
use super::known::Known;
use crate::graph::fixed::{
    FixedCopy, FixedGraph, FixedNode, FixedOp, FixedRequant, FixedTensor, QuantParams, TensorId,
};

/// With this multiplier and pre-shift an accumulator is requantized to itself and the zero point.
const IDENTITY_MULTIPLIER: i32 = 1 << 30;
const IDENTITY_PRE_SHIFT: u32 = 2;

/// Cuts constants loose from what they were computed of, so that it need not run: a sum or product with one constant becomes a table, and
/// a constant tensor the output of a dense layer without weights.
pub fn fold(graph: &FixedGraph, facts: &Facts) -> FixedGraph {
    let mut folded = FixedGraph { nodes: Vec::new(), ..graph.clone() };
    for node in &graph.nodes {
        match constant_channels(node, facts) {
            Some(values) => generate(&mut folded, node, &values),
            None => folded.nodes.push(as_table(graph, node, facts).unwrap_or_else(|| node.clone())),
        }
    }
    folded
}

/// The value of each output channel of an operator that computes a constant tensor, and not only moves one.
fn constant_channels(node: &FixedNode, facts: &Facts) -> Option<Vec<i8>> {
    let computes = match node.op {
        FixedOp::Reshape | FixedOp::Copy(_) | FixedOp::Concat { .. } | FixedOp::Resize { .. } => false,
        // What `generate` itself makes.
        FixedOp::Dense { .. } => facts[node.inputs[0]].len() > 1,
        _ => true,
    };
    let values = facts[node.output].iter().map(Known::constant);
    if computes { values.collect() } else { None }
}

/// Two nodes in the place of one: a tensor `[N, H, W, 1]` that a caller's input gives an element to, for an operator has an operand, and
/// a dense layer that ignores it.
fn generate(graph: &mut FixedGraph, node: &FixedNode, values: &[i8]) {
    let Some(source) = graph.inputs.first().map(|port| port.tensor) else {
        return graph.nodes.push(node.clone());
    };
    let output = &graph.tensors[node.output];
    let ([n, height, width, _], zero_point) = (output.shape, output.quant.zero_point);
    let requant = FixedRequant {
        bias: values.iter().map(|&value| i32::from(value) - zero_point).collect(),
        multipliers: vec![IDENTITY_MULTIPLIER; values.len()],
        pre_shift: IDENTITY_PRE_SHIFT,
        activation: [-128, 127],
    };
    let name = format!("{}:constant", node.name);
    let operand = blank(graph, &name, [n, height, width, 1]);
    let copy = FixedCopy {
        extent: [1; 4],
        input_start: 0,
        input_step: [1; 4],
        output_start: 0,
        output_step: [1; 4],
        fill: Some(0),
    };
    graph.nodes.push(FixedNode { name, op: FixedOp::Copy(copy), inputs: vec![source], output: operand });
    let op = FixedOp::Dense { weights: vec![0; values.len()], requant };
    graph.nodes.push(FixedNode { name: node.name.clone(), op, inputs: vec![operand], output: node.output });
}

fn blank(graph: &mut FixedGraph, name: &str, shape: [usize; 4]) -> TensorId {
    let quant = QuantParams { scale: 1.0, zero_point: 0 };
    graph.tensors.push(FixedTensor { name: name.to_owned(), shape, quant, float: None, channels: None, view: None });
    graph.tensors.len() - 1
}

/// A sum or product of a tensor and one constant, as a function of the tensor's elements.
fn as_table(graph: &FixedGraph, node: &FixedNode, facts: &Facts) -> Option<FixedNode> {
    if !matches!(node.op, FixedOp::Add { .. } | FixedOp::Mul { .. }) {
        return None;
    }
    let constant = node.inputs.iter().position(|&input| single_value(&facts[input]).is_some())?;
    let other = node.inputs[1 - constant];
    if graph.tensors[other].shape != graph.tensors[node.output].shape {
        return None;
    }
    let value = single_value(&facts[node.inputs[constant]])?;
    let entry = |x: i8| {
        let (x, value) = (Known::Between(x, x), Known::Between(value, value));
        let operands = if constant == 0 { [&value, &x] } else { [&x, &value] };
        channelwise::output(graph, node, 0, &operands).constant()
    };
    let table = (i8::MIN..=i8::MAX).map(entry).collect::<Option<_>>()?;
    Some(FixedNode { op: FixedOp::Lut { table }, inputs: vec![other], ..node.clone() })
}

/// The value of a tensor whose elements are all the same.
fn single_value(channels: &[Known]) -> Option<i8> {
    let value = channels.first()?.constant()?;
    channels.iter().all(|known| known.constant() == Some(value)).then_some(value)
}
