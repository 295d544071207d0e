//! Kernel choice, weight packing for the core, tensor lifetimes and arena placement.
//!
//! The plan says for every operator which kernel computes it, and for every tensor and every scratch space where in the arena it lies.
//! It changes no number of the graph.

mod bands;
mod kernel;
mod lifetime;
mod limit;
mod place;
mod scratch;
mod winograd_cost;

use std::ops::Range;

use peacrab_format::{KernelId, Target};
use peacrab_kernels::Overlap;
use serde::Serialize;

use crate::graph::fixed::{FixedGraph, FixedTensor};
pub use bands::Cut;
pub use kernel::kernel_window;
pub use limit::{Limited, SmallestArena, plan_within};

/// Everything in the arena starts at a multiple of this many bytes.
pub const PLACE_ALIGNMENT: usize = 16;

/// What is paid for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Optimize {
    /// RAM for cycles; no more flash than the weights take as they are.
    #[default]
    Balanced,
    /// RAM and flash for cycles.
    Speed,
    /// Cycles for memory.
    Ram,
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
    let mut steps = kernel::choose(graph, target, optimize);
    let limit = scratch::limit(graph, &steps, optimize);
    scratch::choose(graph, &mut steps, limit);
    let plan = place(graph, target, steps.clone());
    if optimize != Optimize::Ram || plan.arena_bytes == plan.arena_bound {
        return plan;
    }
    // Steps that make use of memory which others need anyway may have been in their way.
    scratch::choose(graph, &mut steps, 0);
    let least = place(graph, target, steps);
    if least.arena_bytes < plan.arena_bytes { least } else { plan }
}

/// Places the tensors and the scratch of steps.
fn place(graph: &FixedGraph, target: Target, mut steps: Vec<Step>) -> Plan {
    let lifetimes = lifetime::of_tensors(graph, &steps);
    let mut buffers = lifetimes.buffers;
    let tensor_buffers = buffers.len();
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.scratch_bytes > 0) {
        buffers.push(Buffer { steps: index..index + 1, offset: 0, bytes: step.scratch_bytes });
    }
    let live = scratch::live_bytes(graph, &steps);
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
