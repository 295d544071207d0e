//! A plan whose arena stays below a limit: less scratch first, then the first layers in bands, those that cost least.

use peacrab_format::Target;

use super::{Choices, Cut, Optimize, Plan, bands, place, plan};
use crate::graph::fixed::FixedGraph;

/// A plan below a limit, and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Limited {
    /// The graph that the plan is of: in bands, the first layers are operators of their own.
    pub graph: FixedGraph,
    /// The plan.
    pub plan: Plan,
    /// How the first layers are cut, where they are.
    pub cut: Option<Cut>,
    /// Multiply-accumulates that bands compute more than once.
    pub extra_macs: u64,
}

/// The smallest arena that was found, in bytes: above the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallestArena(pub usize);

/// Plans a graph so that its arena has at most `limit` bytes.
///
/// # Errors
/// There is no such plan.
pub fn plan_within(
    graph: &FixedGraph,
    target: Target,
    optimize: Optimize,
    limit: usize,
) -> Result<Limited, SmallestArena> {
    let whole = |plan| Limited { graph: graph.clone(), plan, cut: None, extra_macs: 0 };
    let as_asked = plan(graph, target, optimize);
    if as_asked.arena_bytes <= limit {
        return Ok(whole(as_asked));
    }
    let kernels = [optimize, Optimize::Ram];
    if let Some(plan) = kernels.into_iter().find_map(|kernels| most_scratch(graph, target, kernels, limit)) {
        return Ok(whole(plan));
    }
    let least = Choices::new(graph, target, Optimize::Ram).live_bytes(0);
    let mut cuts: Vec<Candidate> = bands::cuts(graph).map(|cut| Candidate::new(graph, cut, &least)).collect();
    cuts.sort_by_key(|candidate| (candidate.extra_macs, candidate.cut.bands));
    for candidate in cuts.iter().filter(|candidate| candidate.bound <= limit) {
        if let Some(limited) = candidate.attempt(graph, target, limit) {
            return Ok(limited);
        }
    }
    let mut smallest = place(graph, target, Choices::new(graph, target, Optimize::Ram).steps(0)).arena_bytes;
    cuts.sort_by_key(|candidate| candidate.bound);
    for candidate in &cuts {
        if candidate.bound < smallest {
            smallest = smallest.min(candidate.arena_bytes(graph, target, smallest));
        }
    }
    Err(SmallestArena(smallest))
}

/// A cut that may do.
struct Candidate {
    cut: Cut,
    extra_macs: u64,
    /// Bytes below which its arena cannot be.
    bound: usize,
}

impl Candidate {
    /// `least` are the bytes that each step of the graph without bands needs at least.
    fn new(graph: &FixedGraph, cut: Cut, least: &[usize]) -> Self {
        let rest = least.iter().skip(cut.layers).copied().max().unwrap_or(0);
        let bound = bands::live_bytes(graph, cut).max(rest);
        Candidate { cut, extra_macs: bands::extra_macs(graph, cut), bound }
    }

    /// Its arena with the least scratch; `usize::MAX` where it cannot be below `least`.
    fn arena_bytes(&self, graph: &FixedGraph, target: Target, least: usize) -> usize {
        let graph = bands::apply(graph, self.cut);
        let choices = Choices::new(&graph, target, Optimize::Ram);
        let is_smaller = choices.live_bytes(0).into_iter().max() < Some(least);
        if is_smaller { place(&graph, target, choices.steps(0)).arena_bytes } else { usize::MAX }
    }

    fn attempt(&self, graph: &FixedGraph, target: Target, limit: usize) -> Option<Limited> {
        let graph = bands::apply(graph, self.cut);
        let plan = most_scratch(&graph, target, Optimize::Ram, limit)?;
        Some(Limited { graph, plan, cut: Some(self.cut), extra_macs: self.extra_macs })
    }
}

/// The plan that makes the most of the limit with the kernels of `optimize`; `None` where even the least scratch is too much.
fn most_scratch(graph: &FixedGraph, target: Target, optimize: Optimize, limit: usize) -> Option<Plan> {
    let choices = Choices::new(graph, target, optimize);
    // Scratch for the whole limit may leave gaps that a little less does not.
    for spent in [limit, limit - limit / 32, limit - limit / 8, 0] {
        if choices.live_bytes(spent).into_iter().max() > Some(limit) {
            continue;
        }
        let plan = place(graph, target, choices.steps(spent));
        if plan.arena_bytes <= limit {
            return Some(plan);
        }
    }
    None
}
