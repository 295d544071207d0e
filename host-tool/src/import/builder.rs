//! Builds the float graph node by node.

use crate::graph::float::{Graph, Node, Op, Shape, Tensor, TensorId};
use crate::graph::shape::output_shape;

use super::array::{Array, computed_count, element_count};
use super::context::Refusal;

/// The graph under construction. Every tensor has a shape from the start.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub graph: Graph,
    /// Index of the node that makes a tensor, per tensor.
    producers: Vec<Option<usize>>,
}

impl Builder {
    pub fn shape(&self, tensor: TensorId) -> &[usize] {
        &self.graph.tensors[tensor].shape
    }

    /// The node that makes a tensor; `None` for inputs and constants.
    pub fn producer(&self, tensor: TensorId) -> Option<&Node> {
        self.producers[tensor].and_then(|node| self.graph.nodes.get(node))
    }

    /// The values of a constant tensor.
    pub fn constant_values(&self, tensor: TensorId) -> Option<&[f32]> {
        self.graph.tensors[tensor].constant.as_deref()
    }

    /// Adds a tensor that no node makes: an input, or a constant with its values.
    pub fn add_tensor(&mut self, name: String, shape: Shape, constant: Option<Vec<f32>>) -> TensorId {
        self.graph.tensors.push(Tensor { name, shape, constant });
        self.producers.push(None);
        self.graph.tensors.len() - 1
    }

    /// Adds a constant array; strings are refused.
    pub fn add_constant(&mut self, name: String, array: &Array) -> Result<TensorId, Refusal> {
        let values = array.to_f32().ok_or_else(|| Refusal::form("a constant of strings is used as numbers"))?;
        check_count(&array.shape, element_count(&array.shape))?;
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Refusal::new("a constant is not finite", "export the model again with finite weights"));
        }
        Ok(self.add_tensor(name, array.shape.clone(), Some(values)))
    }

    /// Adds a node and its output tensor.
    pub fn add_node(&mut self, name: String, op: Op, inputs: &[TensorId], shape: Shape) -> Result<TensorId, Refusal> {
        self.check_node(&op, inputs, &shape)?;
        let output = self.add_tensor(name.clone(), shape, None);
        self.producers[output] = Some(self.graph.nodes.len());
        self.graph.nodes.push(Node { name, op, inputs: inputs.to_vec(), output });
        Ok(output)
    }

    /// The operator must give the shape that the converter expects of it, from a correct model.
    fn check_node(&self, op: &Op, inputs: &[TensorId], shape: &[usize]) -> Result<(), Refusal> {
        check_count(shape, computed_count(shape))?;
        let shapes: Vec<&[usize]> = inputs.iter().map(|&input| self.shape(input)).collect();
        let computed = output_shape(op, &shapes, shape).map_err(|fault| Refusal::form(fault.to_string()))?;
        if computed == shape {
            return Ok(());
        }
        Err(Refusal::form(format!("it makes shape {computed:?} where {shape:?} is expected")))
    }
}

fn check_count(shape: &[usize], count: Option<usize>) -> Result<(), Refusal> {
    match count {
        Some(0) => Err(Refusal::form(format!("it makes an empty tensor of shape {shape:?}"))),
        Some(_) => Ok(()),
        None => Err(Refusal::form(format!("it makes a tensor of shape {shape:?}, which is too large"))),
    }
}

/// The graph without nodes and tensors that no output needs; inputs stay.
pub(super) fn without_unused(graph: Graph) -> Graph {
    let mut is_needed = vec![false; graph.tensors.len()];
    for port in graph.inputs.iter().chain(&graph.outputs) {
        is_needed[port.tensor] = true;
    }
    for node in graph.nodes.iter().rev().filter(|node| !node.inputs.is_empty()) {
        if is_needed[node.output] {
            node.inputs.iter().for_each(|&input| is_needed[input] = true);
        }
    }
    let mut next = 0;
    let renumbered: Vec<TensorId> = is_needed
        .iter()
        .map(|&needed| {
            next += usize::from(needed);
            next.saturating_sub(1)
        })
        .collect();
    let mut kept = graph;
    kept.nodes.retain(|node| is_needed[node.output]);
    for node in &mut kept.nodes {
        node.inputs.iter_mut().for_each(|input| *input = renumbered[*input]);
        node.output = renumbered[node.output];
    }
    for port in kept.inputs.iter_mut().chain(&mut kept.outputs) {
        port.tensor = renumbered[port.tensor];
    }
    let mut flags = is_needed.iter();
    kept.tensors.retain(|_| flags.next().copied().unwrap_or(false));
    kept
}
