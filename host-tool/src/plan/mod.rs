//! Kernel choice, weight packing for the core, tensor lifetimes and arena placement.
//!
//! The plan says for every operator which kernel computes it, and for every tensor and every scratch space where in the arena it lies.
//! It changes no number of the graph.

mod kernel;
mod lifetime;
mod place;

use std::ops::Range;

use peacrab_format::{KernelId, Target};

use crate::graph::fixed::FixedGraph;
pub use kernel::kernel_window;

/// Everything in the arena starts at a multiple of this many bytes.
pub const PLACE_ALIGNMENT: usize = 16;

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
pub fn plan(graph: &FixedGraph, target: Target) -> Plan {
    let mut steps = kernel::choose(graph, target);
    let lifetimes = lifetime::of_tensors(graph, &steps);
    let mut buffers = lifetimes.buffers;
    let tensor_buffers = buffers.len();
    let live_tensors: Vec<usize> = (0..steps.len()).map(|step| live(&buffers, step)).collect();
    kernel::widen_scratch(graph, &mut steps, &live_tensors);
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.scratch_bytes > 0) {
        buffers.push(Buffer { steps: index..index + 1, offset: 0, bytes: step.scratch_bytes });
    }
    let arena_bytes = place::place(&mut buffers);
    let with_scratch = steps.iter_mut().filter(|step| step.scratch_bytes > 0);
    for (step, buffer) in with_scratch.zip(&buffers[tensor_buffers..]) {
        step.scratch_offset = buffer.offset;
    }
    let tensor_offsets = lifetimes.buffer_of.iter().map(|&buffer| buffers[buffer].offset).collect();
    let peak = peak(&buffers, steps.len());
    Plan { target, steps, tensor_offsets, arena_bytes, buffers, peak }
}

/// Bytes that are live at a step.
fn live(buffers: &[Buffer], step: usize) -> usize {
    buffers.iter().filter(|buffer| buffer.steps.contains(&step)).map(|buffer| buffer.bytes).sum()
}

fn peak(buffers: &[Buffer], steps: usize) -> (usize, usize) {
    (0..steps)
        .map(|step| (step, live(buffers, step)))
        .max_by_key(|&(step, bytes): &(usize, usize)| (bytes, usize::MAX - step))
        .unwrap_or((0, 0))
}
