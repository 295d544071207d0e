//! Kernel choice, weight packing for the core, tensor lifetimes and arena placement.
//!
//! The plan says for every operator which kernel computes it, and for every tensor and every scratch space where in the arena it lies.
//! It changes no number of the graph. How it chooses is in `docs/planning.md`.

mod bands;
mod candidate;
mod choice;
pub mod cost;
mod layer;
mod lifetime;
mod limit;
mod place;
pub mod trial;

use std::ops::Range;

use peacrab_format::{KernelId, Target};
use peacrab_kernels::Overlap;
use serde::{Deserialize, Serialize};

use crate::graph::fixed::{FixedGraph, FixedTensor};
pub use bands::Cut;
use choice::Choices;
pub use layer::kernel_window;
pub use limit::{Limited, SmallestArena, plan_within};

/// Everything in the arena starts at a multiple of this many bytes.
pub const PLACE_ALIGNMENT: usize = 16;

/// RAM is bought with about half as many cycles again as the fastest plan takes; estimates put direct convolution 3 % too high against Winograd.
const CYCLES_FOR_RAM_PERCENT: u64 = 154;

/// What is paid for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Optimize {
    /// RAM for cycles; no more flash than the weights take as they are.
    #[default]
    Balanced,
    /// RAM and flash for cycles.
    Speed,
    /// Cycles for RAM.
    Ram,
    /// Cycles and RAM for flash: kernels with little code.
    Size,
}

/// What the device does, in order, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The core the weights are packed for.
    pub target: Target,
    /// One for every operator that does something at run time.
    pub steps: Vec<Step>,
    /// Arena offset in bytes of every tensor of the graph.
    pub tensor_offsets: Vec<usize>,
    /// Arena size in bytes.
    pub arena_bytes: usize,
    /// Bytes below which no arena of these steps can be, in any placement.
    pub arena_bound: usize,
    /// Lifetime and place of every buffer, for reports.
    pub buffers: Vec<Buffer>,
    /// The step at which most bytes are live, and how many.
    pub peak: (usize, usize),
}

/// One operator at run time.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Index of the node in the graph.
    pub node: usize,
    /// The kernel.
    pub kernel: KernelId,
    /// Weights in the kernel's layout; empty for operators without.
    pub weights: Vec<i8>,
    /// Arena offset of the scratch space.
    pub scratch_offset: usize,
    /// Size of the scratch space.
    pub scratch_bytes: usize,
    /// Where the output may lie, seen from an input that nobody reads afterwards.
    pub overlap: Overlap,
}

/// Bytes of the arena in use over a range of steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Buffer {
    /// Steps during which the bytes must stay.
    pub steps: Range<usize>,
    /// Offset in the arena.
    pub offset: usize,
    /// Size in bytes.
    pub bytes: usize,
}

/// Plans a graph for a core.
pub fn plan(graph: &FixedGraph, target: Target, optimize: Optimize) -> Plan {
    let choices = Choices::new(graph, target, optimize);
    let limit = choices.limit();
    if optimize == Optimize::Ram {
        let fastest = Choices::new(graph, target, Optimize::Speed);
        let cycles = fastest.cycles_within(fastest.limit()) * CYCLES_FOR_RAM_PERCENT / 100;
        return smallest(graph, target, &choices, cycles, limit);
    }
    place(graph, target, choices.steps(limit))
}

/// The plan with the smallest arena of those that take at most `cycles`.
fn smallest(graph: &FixedGraph, target: Target, choices: &Choices, cycles: u64, most: usize) -> Plan {
    let limit = choices.smallest_limit(cycles, most);
    let mut best = place(graph, target, choices.steps(limit));
    // Steps that make use of memory which others need anyway may have been in their way.
    for spent in [limit - limit / 32, limit - limit / 8, limit - limit / 4, limit / 2, 0] {
        if best.arena_bytes > best.arena_bound && choices.cycles_within(spent) <= cycles {
            let plan = place(graph, target, choices.steps(spent));
            best = if plan.arena_bytes < best.arena_bytes { plan } else { best };
        }
    }
    best
}

/// What a step's kernel costs, and what others would have cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Considered {
    /// Estimated cycles of the step; 0 where there is no choice.
    pub cycles: u64,
    /// The other kernels that the core has for it, with estimated cycles where each gets the scratch that it can use.
    pub others: Vec<(KernelId, u64)>,
}

/// What was chosen for each step, against what.
pub fn considered(graph: &FixedGraph, plan: &Plan) -> Vec<Considered> {
    let of_step = |step: &Step| {
        let layer = layer::Layer::new(graph, step.node);
        let cycles = |kernel, scratch_bytes| cost::cycles(kernel, &layer.features(kernel, scratch_bytes));
        let kernels = candidate::kernels(layer, plan.target, Optimize::Speed);
        let others = kernels.into_iter().filter(|&kernel| kernel != step.kernel);
        let with_scratch = |kernel| (kernel, cycles(kernel, layer.scratch(kernel, choice::SCRATCH_BYTES).0));
        Considered { cycles: cycles(step.kernel, step.scratch_bytes), others: others.map(with_scratch).collect() }
    };
    plan.steps.iter().map(of_step).collect()
}

/// Places the tensors and the scratch of steps.
fn place(graph: &FixedGraph, target: Target, mut steps: Vec<Step>) -> Plan {
    let lifetimes = lifetime::of_tensors(graph, &steps);
    let mut buffers = lifetimes.buffers;
    let tensor_buffers = buffers.len();
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.scratch_bytes > 0) {
        buffers.push(Buffer { steps: index..index + 1, offset: 0, bytes: step.scratch_bytes });
    }
    let live = choice::live_bytes(graph, &steps);
    let peak = live.iter().copied().enumerate().max_by_key(|&(step, bytes)| (bytes, usize::MAX - step));
    let peak = peak.unwrap_or((0, 0));
    let arena_bytes = place::place(&mut buffers, &lifetimes.sharings, peak.1);
    let with_scratch = steps.iter_mut().filter(|step| step.scratch_bytes > 0);
    for (step, buffer) in with_scratch.zip(&buffers[tensor_buffers..]) {
        step.scratch_offset = buffer.offset;
    }
    let places = graph.tensors.iter().zip(&lifetimes.buffer_of);
    let offset =
        |(tensor, &buffer): (&FixedTensor, &usize)| buffers[buffer].offset + tensor.view.map_or(0, |view| view.offset);
    let tensor_offsets = places.map(offset).collect();
    Plan { target, steps, tensor_offsets, arena_bytes, arena_bound: peak.1, buffers, peak }
}
