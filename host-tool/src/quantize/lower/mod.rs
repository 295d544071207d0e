//! Operators of the float graph to operators of the fixed-point graph.

mod elementwise;
mod movement;
mod spatial;

use super::QuantizeError;
use super::port::{self, RawSamples};
use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, FixedPort, FixedTensor, QuantParams, TensorId, shape4};
use crate::graph::float::{Graph, Node, Op, Port};

/// Lowers a graph whose tensors have these scales and zero points.
pub fn lower(graph: &Graph, params: Vec<QuantParams>, raw: &[Option<RawSamples>]) -> Result<FixedGraph, QuantizeError> {
    let mut lowering =
        Lowering { graph, params, tensors: Vec::new(), nodes: Vec::new(), ids: vec![None; graph.tensors.len()] };
    let raw = raw.iter().chain(std::iter::repeat(&None));
    let inputs =
        graph.inputs.iter().zip(raw).map(|(port, raw)| lowering.input(port, raw.as_ref())).collect::<Result<_, _>>()?;
    for node in &graph.nodes {
        lowering.node(node)?;
    }
    let outputs = graph.outputs.iter().map(|port| lowering.output(port)).collect::<Result<_, _>>()?;
    Ok(FixedGraph { name: graph.name.clone(), tensors: lowering.tensors, nodes: lowering.nodes, inputs, outputs })
}

/// The fixed-point graph as far as it is made.
struct Lowering<'a> {
    graph: &'a Graph,
    params: Vec<QuantParams>,
    tensors: Vec<FixedTensor>,
    nodes: Vec<FixedNode>,
    /// Fixed-point tensor of every float tensor that has one already.
    ids: Vec<Option<TensorId>>,
}

impl Lowering<'_> {
    fn node(&mut self, node: &Node) -> Result<(), QuantizeError> {
        match &node.op {
            Op::Conv2d(conv) => self.conv2d(node, conv),
            Op::Dense(dense) => self.dense(node, dense),
            Op::Affine { affine, clamp } => self.affine(node, affine, *clamp),
            Op::Binary { kind, clamp } => self.binary(node, *kind, *clamp),
            Op::Unary(unary) => self.unary(node, *unary),
            Op::PRelu { slope } => self.prelu(node, slope),
            Op::Pool(pool) => self.pool(node, pool),
            Op::Softmax { axis } => self.softmax(node, *axis),
            Op::LogSoftmax { axis } => self.log_softmax(node, *axis),
            Op::Normalize(norm) => self.normalize(node, *norm),
            Op::Pad { before, value, .. } => self.pad(node, before, *value),
            Op::Concat { axis } => self.concat(node, *axis),
            Op::Slice { start, step } => self.slice(node, start, step),
            Op::Transpose { permutation } => self.transpose(node, permutation),
            Op::Resize { indices } => self.resize(node, indices),
            Op::Reshape => self.push(node, FixedOp::Reshape),
            Op::Mean { axes } => Err(unsupported(
                node,
                "ReduceMean",
                format!("it reduces axes {axes:?}, and only means over space or channels have an integer form"),
            )),
        }
    }

    fn input(&mut self, port: &Port, raw: Option<&RawSamples>) -> Result<FixedPort, QuantizeError> {
        let tensor = self.tensor(port.tensor, &port.name)?;
        let conversion = raw.and_then(|raw| port::from_raw(port, self.params[port.tensor], raw));
        Ok(FixedPort { port: port.clone(), tensor, conversion })
    }

    fn output(&mut self, port: &Port) -> Result<FixedPort, QuantizeError> {
        let tensor = self.tensor(port.tensor, &port.name)?;
        let conversion = port::to_real(self.params[port.tensor]);
        Ok(FixedPort { port: port.clone(), tensor, conversion })
    }

    /// Adds a node with the float node's own inputs and output.
    fn push(&mut self, node: &Node, op: FixedOp) -> Result<(), QuantizeError> {
        let output = self.tensor(node.output, &node.name)?;
        self.push_to(node, op, output)
    }

    /// Adds a node with the float node's own inputs and another output.
    fn push_to(&mut self, node: &Node, op: FixedOp, output: TensorId) -> Result<(), QuantizeError> {
        let inputs = node.inputs.iter().map(|&input| self.tensor(input, &node.name)).collect::<Result<_, _>>()?;
        self.nodes.push(FixedNode { name: node.name.clone(), op, inputs, output });
        Ok(())
    }

    /// The fixed-point tensor of a float tensor, made on first use.
    fn tensor(&mut self, float: usize, node: &str) -> Result<TensorId, QuantizeError> {
        if let Some(id) = self.ids[float] {
            return Ok(id);
        }
        let tensor = &self.graph.tensors[float];
        let unsupported =
            |reason: String| QuantizeError::Unsupported { node: node.to_owned(), operator: "operator", reason };
        if tensor.constant.is_some() {
            return Err(unsupported(format!("its operand `{}` is a constant that could not be folded", tensor.name)));
        }
        let shape = shape4(&tensor.shape).ok_or_else(|| {
            unsupported(format!("tensor `{}` has {} axes, more than 4", tensor.name, tensor.shape.len()))
        })?;
        let id = self.made_up(&tensor.name, shape, self.params[float]);
        self.tensors[id].float = Some(float);
        self.ids[float] = Some(id);
        Ok(id)
    }

    /// A tensor that the float graph does not have.
    fn made_up(&mut self, name: &str, shape: [usize; 4], quant: QuantParams) -> TensorId {
        self.tensors.push(FixedTensor { name: name.to_owned(), shape, quant, float: None, channels: None, view: None });
        self.tensors.len() - 1
    }

    fn shape(&self, float: usize) -> &[usize] {
        &self.graph.tensors[float].shape
    }

    /// The shape with leading ones; rank is checked when the tensor is made.
    fn shape4(&self, float: usize) -> [usize; 4] {
        shape4(self.shape(float)).unwrap_or([1; 4])
    }

    /// Quantization of the node's first input and of its output.
    fn params(&self, node: &Node) -> (QuantParams, QuantParams) {
        (self.params[node.inputs[0]], self.params[node.output])
    }
}

fn unsupported(node: &Node, operator: &'static str, reason: impl Into<String>) -> QuantizeError {
    QuantizeError::Unsupported { node: node.name.clone(), operator, reason: reason.into() }
}
