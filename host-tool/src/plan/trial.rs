//! The ways to run a graph of a single operator, for measuring each.

use peacrab_format::{KernelId, Target};

use super::cost::Features;
use super::layer::Layer;
use super::{Optimize, Plan, Step, candidate, place};
use crate::graph::fixed::FixedGraph;

/// A single operator on one kernel with some scratch.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The kernel.
    pub kernel: KernelId,
    /// Size of the scratch space.
    pub scratch_bytes: usize,
    /// What the kernel does.
    pub features: Features,
    /// How to run it.
    pub plan: Plan,
}

/// Every kernel for a graph's first operator, each with what it can use of the `budgets`, in bytes of scratch; empty where the graph has none or more than one.
pub fn trials(graph: &FixedGraph, target: Target, budgets: &[usize]) -> Vec<Trial> {
    if graph.nodes.len() != 1 {
        return Vec::new();
    }
    let layer = Layer::new(graph, 0);
    let mut trials: Vec<Trial> = Vec::new();
    for kernel in candidate::kernels(layer, target, Optimize::Speed) {
        for &budget in budgets {
            let (scratch_bytes, overlap) = layer.scratch(kernel, budget);
            if trials.iter().any(|trial| (trial.kernel, trial.scratch_bytes) == (kernel, scratch_bytes)) {
                continue;
            }
            let weights = layer.pack(kernel);
            let step = Step { node: 0, kernel, weights, scratch_offset: 0, scratch_bytes, overlap };
            let plan = place(graph, target, vec![step]);
            trials.push(Trial { kernel, scratch_bytes, features: layer.features(kernel, scratch_bytes), plan });
        }
    }
    trials
}
