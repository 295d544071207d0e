//! Transposes at the graph's inputs and outputs: the host permutes the samples, the device sees NHWC.

use crate::graph::float::{Graph, Node, Op, Tensor};
use crate::passes::permutation::{apply, compose, invert};
use crate::passes::rewrite::{Editor, NodeId};

/// A transpose whose output the caller gets moves into the output's port.
pub(super) fn absorb_output(editor: &mut Editor, id: NodeId) -> bool {
    let Some((permutation, input, output)) = editor.as_transpose(id) else { return false };
    if !editor.is_output(output) {
        return false;
    }
    let inverse = invert(&permutation);
    for port in editor.outputs_mut().iter_mut().filter(|port| port.tensor == output) {
        port.tensor = input;
        port.permutation = apply(&inverse, &port.permutation);
    }
    true
}

/// A transpose of a graph input moves into the input's port, where everything else that reads it is a transpose too.
pub(super) fn absorb_input(editor: &mut Editor, id: NodeId) -> bool {
    let Some((permutation, input, output)) = editor.as_transpose(id) else { return false };
    let others: Vec<(NodeId, Vec<usize>)> = editor
        .consumers(input)
        .into_iter()
        .filter_map(|consumer| match editor.op(consumer) {
            Op::Transpose { permutation } => Some((consumer, permutation.clone())),
            _ => None,
        })
        .collect();
    let normalized = editor.input_port(input).is_none_or(|port| port.normalization.is_some());
    if normalized || others.len() != editor.uses(input) {
        return false;
    }
    let inverse = invert(&permutation);
    for (other, own) in others.into_iter().filter(|(other, _)| *other != id) {
        editor.replace(other, Op::Transpose { permutation: compose(&inverse, &own) }, vec![output]);
    }
    for port in editor.inputs_mut().iter_mut().filter(|port| port.tensor == input) {
        port.tensor = output;
        port.permutation = compose(&port.permutation, &permutation);
    }
    editor.remove(id);
    true
}

/// The graph with an input's tensor permuted and a transpose after it that undoes that; `None` where the input's rank is another,
/// or its normalization runs along an axis that would move.
pub(super) fn with_input_permuted(graph: &Graph, port: usize, permutation: &[usize]) -> Option<Graph> {
    let mut graph = graph.clone();
    let port = graph.inputs.get_mut(port)?;
    let (input, rank) = (port.tensor, port.permutation.len());
    if permutation.len() != rank || port.normalization.is_some() {
        return None;
    }
    let tensor = graph.tensors.len();
    port.tensor = tensor;
    port.permutation = compose(&port.permutation, permutation);
    let Tensor { name, shape, .. } = graph.tensors.get(input)?;
    let (name, shape) = (name.clone(), apply(permutation, shape));
    let op = Op::Transpose { permutation: invert(permutation) };
    graph.nodes.insert(0, Node { name: format!("{name}:transpose"), op, inputs: vec![tensor], output: input });
    graph.tensors.push(Tensor { name, shape, constant: None });
    Some(graph)
}
