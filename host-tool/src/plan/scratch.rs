//! How much scratch each step gets: more makes some kernels faster, and decides how far their output may overlap the input.

use peacrab_kernels::Overlap;

use super::lifetime::{self, Live};
use super::{Optimize, PLACE_ALIGNMENT, Step, kernel};
use crate::graph::fixed::FixedGraph;

/// Bytes of scratch that are spent on speed.
const SCRATCH_BYTES: usize = 24 << 10;

/// No kernel has a use for more.
const SCRATCH_BYTES_MAX: usize = 1 << 18;

/// Gives each step the most scratch that it can use in an arena of `limit` bytes, and the least where that is too much.
pub fn choose(graph: &FixedGraph, steps: &mut [Step], limit: usize) {
    let live = lifetime::live(graph, steps);
    for (step, live) in steps.iter_mut().zip(&live) {
        let affordable = choices(graph, step, live, limit).filter(|choice| choice.arena_bytes(live) <= limit);
        let choice = affordable.max_by_key(|choice| (choice.scratch_bytes, choice.overlap == Overlap::Exact));
        let least = || choices(graph, step, live, 0).min_by_key(|choice| choice.arena_bytes(live));
        if let Some(choice) = choice.or_else(least) {
            choice.apply(step);
        }
    }
}

/// The bytes that must be live at each step as it is: no arena is smaller than the largest of them.
pub fn live_bytes(graph: &FixedGraph, steps: &[Step]) -> Vec<usize> {
    let live = lifetime::live(graph, steps);
    steps.iter().zip(&live).map(|(step, live)| Choice::of(step).arena_bytes(live)).collect()
}

/// The arena that the most demanding step asks for; the others can have as much.
pub fn limit(graph: &FixedGraph, steps: &[Step], optimize: Optimize) -> usize {
    let live = lifetime::live(graph, steps);
    let needed = steps.iter().zip(&live).map(|(step, live)| match optimize {
        Optimize::Balanced | Optimize::Speed => Choice::new(graph, step, SCRATCH_BYTES).arena_bytes(live),
        Optimize::Ram => choices(graph, step, live, 0).map(|choice| choice.arena_bytes(live)).min().unwrap_or(0),
    });
    needed.max().unwrap_or(0)
}

/// Scratch that a step can make use of, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Choice {
    scratch_bytes: usize,
    overlap: Overlap,
}

impl Choice {
    fn new(graph: &FixedGraph, step: &Step, budget: usize) -> Self {
        let (scratch_bytes, overlap) = kernel::scratch(graph, step, budget);
        Choice { scratch_bytes, overlap }
    }

    fn of(step: &Step) -> Self {
        Choice { scratch_bytes: step.scratch_bytes, overlap: step.overlap }
    }

    fn apply(self, step: &mut Step) {
        (step.scratch_bytes, step.overlap) = (self.scratch_bytes, self.overlap);
    }

    /// The bytes of all tensors that are live at a step, as far as the output may overlap an input, and of the scratch.
    fn arena_bytes(&self, live: &Live) -> usize {
        self.tensor_bytes(live) + self.scratch_bytes.next_multiple_of(PLACE_ALIGNMENT)
    }

    fn tensor_bytes(&self, live: &Live) -> usize {
        let dying: usize = live.dying.iter().sum();
        let saved = live.dying.iter().map(|&input| input + live.output - self.union_bytes(input, live.output));
        live.others + dying + live.output - saved.max().unwrap_or(0)
    }

    fn union_bytes(&self, input: usize, output: usize) -> usize {
        match self.overlap {
            Overlap::Exact if input == output => input,
            Overlap::Apart | Overlap::Exact => input + output,
            Overlap::Before(bytes) => output.max(bytes.next_multiple_of(PLACE_ALIGNMENT) + input).min(input + output),
            Overlap::Anywhere => input.max(output),
        }
    }
}

/// Choices from the least scratch to the most, in small steps; each also with all that `limit` leaves for it.
fn choices<'a>(
    graph: &'a FixedGraph,
    step: &'a Step,
    live: &'a Live,
    limit: usize,
) -> impl Iterator<Item = Choice> + 'a {
    let budgets = std::iter::successors(Some(0), |&budget: &usize| {
        (budget < SCRATCH_BYTES_MAX).then_some((budget + budget / 8).max(64))
    });
    budgets.flat_map(move |budget| {
        let choice = Choice::new(graph, step, budget);
        let left = limit.saturating_sub(choice.tensor_bytes(live)) & !(PLACE_ALIGNMENT - 1);
        [choice, Choice::new(graph, step, left)]
    })
}
