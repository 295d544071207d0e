//! Normalization: what the model does to an input first, the host does when it quantizes the sample.

use super::fold::merged;
use super::rewrite::{Editor, NodeId, rewrite};
use super::simplify;
use crate::graph::float::{Graph, Op};
use crate::graph::verify::GraphError;

/// Moves affines on graph inputs into the inputs' ports.
///
/// # Errors
/// What verification finds.
pub fn apply(graph: &Graph) -> Result<Graph, GraphError> {
    rewrite(graph, &[&simplify::RULES[..], &[absorb]].concat())
}

/// An affine without a clamp that alone reads a graph input.
fn absorb(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let Op::Affine { affine, clamp } = &node.op else { return false };
    let (input, output) = (node.inputs[0], node.output);
    let Some(port) = editor.input_port(input).filter(|_| clamp.is_none() && editor.uses(input) == 1) else {
        return false;
    };
    let normalization = match &port.normalization {
        Some(first) => merged(first, affine),
        None => affine.clone(),
    };
    for port in editor.inputs_mut().iter_mut().filter(|port| port.tensor == input) {
        port.tensor = output;
        port.normalization = Some(normalization.clone());
    }
    editor.remove(id);
    true
}
