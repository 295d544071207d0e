//! Which kernel computes each operator, and with how much scratch: what costs least in an arena of some size.

use peacrab_format::{KernelId, Target};

use super::candidate::{self, Candidate, Candidates};
use super::layer::Layer;
use super::lifetime::{self, Live};
use super::{Optimize, Step};
use crate::graph::fixed::FixedGraph;

/// Bytes of scratch that are spent on speed.
pub const SCRATCH_BYTES: usize = 24 << 10;

/// A graph's operators, and what each can choose from.
pub struct Choices<'a> {
    graph: &'a FixedGraph,
    /// Indices of the nodes that do something at run time.
    nodes: Vec<usize>,
    kernels: Vec<Vec<KernelId>>,
    live: Vec<Live>,
}

impl<'a> Choices<'a> {
    /// What a core offers for what may be paid.
    pub fn new(graph: &'a FixedGraph, target: Target, optimize: Optimize) -> Self {
        let kernels = |node: usize| Some((node, candidate::kernels(Layer::new(graph, node), target, optimize)));
        let with_kernels = (0..graph.nodes.len()).filter_map(kernels).filter(|(_, kernels)| !kernels.is_empty());
        let (nodes, kernels): (Vec<usize>, Vec<_>) = with_kernels.unzip();
        let live = lifetime::live(graph, &nodes);
        Choices { graph, nodes, kernels, live }
    }

    /// The arena that the most demanding operator asks for; the others can have as much.
    pub fn limit(&self) -> usize {
        let needed =
            |(candidates, live): (Candidates, &Live)| Some(candidates.cheapest_with(SCRATCH_BYTES)?.arena_bytes(live));
        self.candidates().zip(&self.live).filter_map(needed).max().unwrap_or(0)
    }

    /// The smallest arena whose plan takes at most `cycles`; `most` where none does.
    pub fn smallest_limit(&self, cycles: u64, most: usize) -> usize {
        let arenas = |(candidates, live): (Candidates, &Live)| {
            candidates.all(0).into_iter().map(|candidate| candidate.arena_bytes(live)).collect::<Vec<_>>()
        };
        let mut limits: Vec<usize> = self.candidates().zip(&self.live).flat_map(arenas).collect();
        let least = self.live_bytes(0).into_iter().max().unwrap_or(0);
        limits.retain(|limit| (least..most).contains(limit));
        limits.sort_unstable();
        limits.dedup();
        let first = limits.partition_point(|&limit| self.cycles_within(limit) > cycles);
        limits.get(first).copied().unwrap_or(most)
    }

    /// Estimated cycles of all operators in an arena of `limit` bytes.
    pub fn cycles_within(&self, limit: usize) -> u64 {
        self.cheapest_within(limit).map(|candidate| candidate.cycles).sum()
    }

    /// The steps that cost least in an arena of `limit` bytes; what does not fit takes as little as it can.
    pub fn steps(&self, limit: usize) -> Vec<Step> {
        let step = |(&node, candidate): (&usize, Candidate)| Step {
            node,
            kernel: candidate.kernel,
            weights: Layer::new(self.graph, node).pack(candidate.kernel),
            scratch_offset: 0,
            scratch_bytes: candidate.scratch_bytes,
            overlap: candidate.overlap,
        };
        self.nodes.iter().zip(self.cheapest_within(limit)).map(step).collect()
    }

    /// The bytes that must be live at each step in an arena of `limit` bytes: no arena is smaller than the largest of them.
    pub fn live_bytes(&self, limit: usize) -> Vec<usize> {
        self.cheapest_within(limit).zip(&self.live).map(|(candidate, live)| candidate.arena_bytes(live)).collect()
    }

    fn cheapest_within(&self, limit: usize) -> impl Iterator<Item = Candidate> {
        self.candidates().filter_map(move |candidates| candidates.cheapest_within(limit))
    }

    fn candidates(&self) -> impl Iterator<Item = Candidates<'_>> {
        let operators = self.nodes.iter().zip(&self.kernels).zip(&self.live);
        operators.map(|((&node, kernels), live)| Candidates::new(Layer::new(self.graph, node), kernels, live))
    }
}

/// The bytes that must be live at each step as it is: no arena is smaller than the largest of them.
pub fn live_bytes(graph: &FixedGraph, steps: &[Step]) -> Vec<usize> {
    let nodes: Vec<usize> = steps.iter().map(|step| step.node).collect();
    let live = lifetime::live(graph, &nodes);
    let bytes = |(step, live): (&Step, &Live)| {
        let &Step { kernel, scratch_bytes, overlap, .. } = step;
        Candidate { kernel, scratch_bytes, overlap, cycles: 0 }.arena_bytes(live)
    };
    steps.iter().zip(&live).map(bytes).collect()
}
