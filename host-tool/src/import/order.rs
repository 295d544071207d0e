//! Which nodes are needed, and in what order: the file's own, where that is an execution order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::error::ImportError;
use super::onnx::OnnxModel;

/// Indices of the nodes that the outputs need, each after the nodes that it needs itself.
pub(super) fn execution_order(model: &OnnxModel) -> Result<Vec<usize>, ImportError> {
    let producers = producers(model);
    let needed = needed_nodes(model, &producers)?;
    // Number of inputs of each needed node that are still to be computed, and who waits for whom.
    let mut waiting: HashMap<usize, usize> = HashMap::new();
    let mut users: HashMap<usize, Vec<usize>> = HashMap::new();
    for &node in &needed {
        let sources = model.nodes[node].inputs.iter().filter_map(|name| producers.get(name.as_str()));
        let mut count = 0;
        for &source in sources {
            users.entry(source).or_default().push(node);
            count += 1;
        }
        waiting.insert(node, count);
    }
    let is_ready = |node: &usize| waiting.get(node) == Some(&0);
    let mut ready: BinaryHeap<Reverse<usize>> = needed.iter().copied().filter(is_ready).map(Reverse).collect();
    let mut order = Vec::with_capacity(needed.len());
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for user in users.remove(&node).unwrap_or_default() {
            if let Some(count) = waiting.get_mut(&user) {
                *count -= 1;
                if *count == 0 {
                    ready.push(Reverse(user));
                }
            }
        }
    }
    match needed.iter().find(|node| waiting.get(node).is_some_and(|&count| count > 0)) {
        Some(&node) => Err(ImportError::Cycle { model: model.file.clone(), node: model.nodes[node].name.clone() }),
        None => Ok(order),
    }
}

fn producers(model: &OnnxModel) -> HashMap<&str, usize> {
    let mut producers = HashMap::new();
    for (index, node) in model.nodes.iter().enumerate() {
        for name in node.outputs.iter().filter(|name| !name.is_empty()) {
            producers.insert(name.as_str(), index);
        }
    }
    producers
}

/// Nodes from which an output can be reached, in the file's order.
fn needed_nodes(model: &OnnxModel, producers: &HashMap<&str, usize>) -> Result<Vec<usize>, ImportError> {
    let is_given =
        |name: &str| model.initializers.contains_key(name) || model.inputs.iter().any(|input| input.name == name);
    let dangling =
        |user: String, value: &str| ImportError::Dangling { model: model.file.clone(), user, value: value.to_owned() };
    let mut is_needed = vec![false; model.nodes.len()];
    let mut open = Vec::new();
    for output in &model.outputs {
        match producers.get(output.as_str()) {
            Some(&node) => open.push(node),
            None if is_given(output) => {}
            None => return Err(dangling("the list of outputs".to_owned(), output)),
        }
    }
    while let Some(index) = open.pop() {
        if std::mem::replace(&mut is_needed[index], true) {
            continue;
        }
        let node = &model.nodes[index];
        for name in node.inputs.iter().filter(|name| !name.is_empty()) {
            match producers.get(name.as_str()) {
                Some(&source) => open.push(source),
                None if is_given(name) => {}
                None => return Err(dangling(format!("node `{}`", node.name), name)),
            }
        }
    }
    Ok(is_needed.iter().enumerate().filter_map(|(index, &needed)| needed.then_some(index)).collect())
}
