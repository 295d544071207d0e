//! The workbench of the passes: a copy of a graph that rules edit locally, and the driver that applies rules until none fits.
//!
//! A rule looks at one node and either changes the graph around it and says so, or leaves it. Nodes that nothing reads are dropped
//! after every change, so that a rule can trust the number of uses it sees; the order of execution is found again at the end.

use crate::graph::execute::evaluate_constant;
use crate::graph::float::{Graph, Node, Op, Port, Shape, Tensor, TensorId};
use crate::graph::verify::{GraphError, verify};

/// Index of a node in an [`Editor`].
pub(super) type NodeId = usize;

/// A rewrite of the graph around one live node; true where it changed something.
pub(super) type Rule = fn(&mut Editor, NodeId) -> bool;

/// Changes per node before the driver stops; a guard against rules that undo each other.
const CHANGES_PER_NODE_MAX: usize = 64;

/// A graph under edit.
pub(super) struct Editor {
    graph: Graph,
    entries: Vec<Entry>,
}

struct Entry {
    node: Node,
    /// Where in the order of execution it wants to be: the place of the node that it was made for.
    order: usize,
    live: bool,
}

/// Applies the rules to every node until none changes anything, and verifies the result.
///
/// # Errors
/// What verification finds, before or after.
pub(super) fn rewrite(graph: &Graph, rules: &[Rule]) -> Result<Graph, GraphError> {
    verify(graph)?;
    let mut editor = Editor::new(graph);
    let mut budget = CHANGES_PER_NODE_MAX * (graph.nodes.len() + 1);
    loop {
        let changes = editor.sweep_rules(rules, budget);
        budget -= changes;
        if changes == 0 || budget == 0 {
            return editor.finish();
        }
    }
}

impl Editor {
    fn new(graph: &Graph) -> Self {
        let mut graph = graph.clone();
        let nodes = std::mem::take(&mut graph.nodes);
        let entries = nodes.into_iter().enumerate().map(|(order, node)| Entry { node, order, live: true }).collect();
        let mut editor = Self { graph, entries };
        editor.drop_unused();
        editor
    }

    /// One round over all nodes, those made on the way included; returns the number of changes.
    fn sweep_rules(&mut self, rules: &[Rule], budget: usize) -> usize {
        let mut changes = 0;
        let mut id = 0;
        while id < self.entries.len() {
            for rule in rules {
                while self.entries[id].live && changes < budget && rule(self, id) {
                    changes += 1;
                    self.drop_unused();
                }
            }
            id += 1;
        }
        changes
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.entries[id].node
    }

    pub(super) fn op(&self, id: NodeId) -> &Op {
        &self.entries[id].node.op
    }

    pub(super) fn op_mut(&mut self, id: NodeId) -> &mut Op {
        &mut self.entries[id].node.op
    }

    pub(super) fn shape(&self, tensor: TensorId) -> &[usize] {
        &self.graph.tensors[tensor].shape
    }

    /// The values of a constant.
    pub(super) fn constant(&self, tensor: TensorId) -> Option<&[f32]> {
        self.graph.tensors[tensor].constant.as_deref()
    }

    pub(super) fn inputs_mut(&mut self) -> &mut [Port] {
        &mut self.graph.inputs
    }

    pub(super) fn outputs_mut(&mut self) -> &mut [Port] {
        &mut self.graph.outputs
    }

    /// The input port that supplies the tensor.
    pub(super) fn input_port(&self, tensor: TensorId) -> Option<&Port> {
        self.graph.inputs.iter().find(|port| port.tensor == tensor)
    }

    /// Whether the caller gets the tensor.
    pub(super) fn is_output(&self, tensor: TensorId) -> bool {
        self.graph.outputs.iter().any(|port| port.tensor == tensor)
    }

    /// The node that computes the tensor.
    pub(super) fn producer(&self, tensor: TensorId) -> Option<NodeId> {
        self.live().find(|&id| self.node(id).output == tensor)
    }

    /// The node that computes input `index` of a node.
    pub(super) fn input_producer(&self, id: NodeId, index: usize) -> Option<NodeId> {
        self.node(id).inputs.get(index).and_then(|&input| self.producer(input))
    }

    /// Permutation, input and output of a transpose.
    pub(super) fn as_transpose(&self, id: NodeId) -> Option<(Vec<usize>, TensorId, TensorId)> {
        let node = self.node(id);
        match &node.op {
            Op::Transpose { permutation } => Some((permutation.clone(), node.inputs[0], node.output)),
            _ => None,
        }
    }

    /// All nodes that read the tensor.
    pub(super) fn consumers(&self, tensor: TensorId) -> Vec<NodeId> {
        self.live().filter(|&id| self.node(id).inputs.contains(&tensor)).collect()
    }

    /// Number of places that read the tensor, outputs of the graph included.
    pub(super) fn uses(&self, tensor: TensorId) -> usize {
        let by_nodes = self.live().flat_map(|id| &self.node(id).inputs).filter(|&&input| input == tensor).count();
        by_nodes + self.graph.outputs.iter().filter(|port| port.tensor == tensor).count()
    }

    /// The producer of a node's only input, where nothing else reads what it computes.
    pub(super) fn private_producer(&self, id: NodeId) -> Option<NodeId> {
        let input = *self.node(id).inputs.first()?;
        self.producer(input).filter(|_| self.uses(input) == 1)
    }

    fn live(&self) -> impl Iterator<Item = NodeId> {
        (0..self.entries.len()).filter(|&id| self.entries[id].live)
    }

    /// Gives a node another operator and other inputs; its output stays.
    pub(super) fn replace(&mut self, id: NodeId, op: Op, inputs: Vec<TensorId>) {
        let node = &mut self.entries[id].node;
        (node.op, node.inputs) = (op, inputs);
    }

    /// As [`replace`](Self::replace), for an operator that no longer is the model's: the name says what it is for.
    pub(super) fn replace_as(&mut self, id: NodeId, purpose: &str, op: Op, inputs: Vec<TensorId>) {
        self.replace(id, op, inputs);
        let name = &mut self.entries[id].node.name;
        *name = named_for(name, purpose);
    }

    /// Lets a node compute another tensor, of the shape of its present output.
    pub(super) fn set_output(&mut self, id: NodeId, tensor: TensorId) {
        self.entries[id].node.output = tensor;
    }

    /// Adds a node beside `beside` and returns its output. It is named after `beside` and what it is for.
    pub(super) fn add_node(
        &mut self,
        beside: NodeId,
        purpose: &str,
        op: Op,
        inputs: Vec<TensorId>,
        shape: Shape,
    ) -> TensorId {
        let Entry { node, order, .. } = &self.entries[beside];
        let (order, name) = (*order, named_for(&node.name, purpose));
        let tensor = named_for(&self.graph.tensors[node.output].name, purpose);
        self.graph.tensors.push(Tensor { name: tensor, shape, constant: None });
        let output = self.graph.tensors.len() - 1;
        self.entries.push(Entry { node: Node { name, op, inputs, output }, order, live: true });
        output
    }

    /// Adds the tensor under another shape; gives the tensor itself where it has that shape already.
    pub(super) fn add_reshape(&mut self, beside: NodeId, tensor: TensorId, shape: &[usize]) -> TensorId {
        if self.shape(tensor) == shape {
            return tensor;
        }
        self.add_node(beside, "reshape", Op::Reshape, vec![tensor], shape.to_vec())
    }

    /// Lets everything that reads `from` read `to`, which has the same shape.
    pub(super) fn redirect(&mut self, from: TensorId, to: TensorId) {
        for entry in self.entries.iter_mut().filter(|entry| entry.live) {
            entry.node.inputs.iter_mut().filter(|input| **input == from).for_each(|input| *input = to);
        }
        self.graph.outputs.iter_mut().filter(|port| port.tensor == from).for_each(|port| port.tensor = to);
    }

    /// What a node computes, where all of its inputs are constants.
    pub(super) fn evaluate(&self, id: NodeId) -> Option<Vec<f32>> {
        evaluate_constant(&self.graph.tensors, self.node(id))
    }

    /// Turns a tensor into a constant; its producer is dropped.
    pub(super) fn make_constant(&mut self, id: NodeId, values: Vec<f32>) {
        self.entries[id].live = false;
        let output = self.node(id).output;
        self.graph.tensors[output].constant = Some(values);
    }

    /// Removes a node whose output something else supplies.
    pub(super) fn remove(&mut self, id: NodeId) {
        self.entries[id].live = false;
    }

    fn drop_unused(&mut self) {
        loop {
            let mut used = vec![false; self.graph.tensors.len()];
            self.live().flat_map(|id| &self.node(id).inputs).for_each(|&input| used[input] = true);
            self.graph.outputs.iter().for_each(|port| used[port.tensor] = true);
            let dead: Vec<NodeId> = self.live().filter(|&id| !used[self.node(id).output]).collect();
            if dead.is_empty() {
                return;
            }
            dead.into_iter().for_each(|id| self.entries[id].live = false);
        }
    }

    /// Orders the nodes, drops what nothing reads, and numbers the tensors anew.
    fn finish(mut self) -> Result<Graph, GraphError> {
        let mut nodes = self.ordered_nodes();
        let mut numbers = vec![None; self.graph.tensors.len()];
        let mut kept = Vec::new();
        let mut renumber = |tensor: &mut TensorId| {
            *tensor = *numbers[*tensor].get_or_insert_with(|| {
                kept.push(*tensor);
                kept.len() - 1
            });
        };
        self.graph.inputs.iter_mut().for_each(|port| renumber(&mut port.tensor));
        for node in &mut nodes {
            node.inputs.iter_mut().for_each(&mut renumber);
            renumber(&mut node.output);
        }
        self.graph.outputs.iter_mut().for_each(|port| renumber(&mut port.tensor));
        let mut tensors: Vec<Option<Tensor>> = std::mem::take(&mut self.graph.tensors).into_iter().map(Some).collect();
        let tensors = kept.into_iter().filter_map(|tensor| tensors[tensor].take()).collect();
        let graph = Graph { tensors, nodes, ..self.graph };
        verify(&graph)?;
        Ok(graph)
    }

    /// Live nodes, each after the producers of its inputs, else by their order.
    fn ordered_nodes(&mut self) -> Vec<Node> {
        let mut waiting: Vec<NodeId> = self.live().collect();
        waiting.sort_by_key(|&id| self.entries[id].order);
        let mut computed: Vec<bool> = vec![true; self.graph.tensors.len()];
        waiting.iter().for_each(|&id| computed[self.node(id).output] = false);
        let mut ordered = Vec::with_capacity(waiting.len());
        while let Some(next) = waiting.iter().position(|&id| self.node(id).inputs.iter().all(|&input| computed[input]))
        {
            let id = waiting.remove(next);
            computed[self.node(id).output] = true;
            ordered.push(self.node(id).clone());
        }
        // Rules never make a cycle; if one did, verification says which node is out of order.
        ordered.extend(waiting.into_iter().map(|id| self.node(id).clone()));
        ordered
    }
}

/// A name with what the thing is for, said once.
fn named_for(name: &str, purpose: &str) -> String {
    let suffix = format!(":{purpose}");
    if purpose.is_empty() || name.ends_with(&suffix) { name.to_owned() } else { name.to_owned() + &suffix }
}
