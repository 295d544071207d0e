//! The ways to compute a node: kernels, each with the scratch that it can make use of.

use peacrab_format::{KernelId, Target};
use peacrab_kernels::Overlap;

use super::layer::Layer;
use super::lifetime::Live;
use super::{Optimize, PLACE_ALIGNMENT, cost};

/// No kernel has a use for more scratch.
const SCRATCH_BYTES_MAX: usize = 1 << 18;

/// A kernel with an amount of scratch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The kernel.
    pub kernel: KernelId,
    /// Size of the scratch space.
    pub scratch_bytes: usize,
    /// Where the output may lie then, seen from an input that nobody reads afterwards.
    pub overlap: Overlap,
    /// Estimated cycles; 0 where there is no choice of kernels.
    pub cycles: u64,
}

/// Kernels for cores with DSP instructions.
const PACKED: [KernelId; 5] = [
    KernelId::Conv2dRowQuad,
    KernelId::Conv2dBand,
    KernelId::DepthwiseTaps3x3,
    KernelId::DenseRowQuad,
    KernelId::DenseChains,
];

/// Those of them that take more flash than plain weights do.
const PACKED_LARGER: [KernelId; 2] = [KernelId::Conv2dWinograd2x2, KernelId::Conv2dWinograd4x4];

/// The kernels for a node on a core, those that may be paid for.
pub fn kernels(layer: Layer, target: Target, optimize: Optimize) -> Vec<KernelId> {
    let is_packed = target == Target::Armv7em && optimize != Optimize::Size;
    let packed: &[KernelId] = if is_packed { &PACKED } else { &[] };
    let larger: &[KernelId] =
        if target == Target::Armv7em && optimize == Optimize::Speed { &PACKED_LARGER } else { &[] };
    let packed = packed.iter().chain(larger).copied().filter(|&kernel| layer.meets_conditions(kernel));
    layer.plain_kernel().into_iter().chain(packed).collect()
}

/// One node's kernels, to be tried with any scratch.
pub struct Candidates<'a> {
    layer: Layer<'a>,
    kernels: &'a [KernelId],
    live: &'a Live,
}

impl<'a> Candidates<'a> {
    /// Of a layer, with what is live while it runs.
    pub fn new(layer: Layer<'a>, kernels: &'a [KernelId], live: &'a Live) -> Self {
        Candidates { layer, kernels, live }
    }

    /// Every kernel with scratch from the least to the most, in small steps; each also with all that an arena of `limit` bytes leaves for it.
    pub fn all(&self, limit: usize) -> Vec<Candidate> {
        let mut all = Vec::new();
        for &kernel in self.kernels {
            let mut budget = 0;
            while budget < SCRATCH_BYTES_MAX {
                let candidate = self.candidate(kernel, budget);
                let left = limit.saturating_sub(candidate.tensor_bytes(self.live)) & !(PLACE_ALIGNMENT - 1);
                for candidate in [candidate, self.candidate(kernel, left)] {
                    if !all.contains(&candidate) {
                        all.push(candidate);
                    }
                }
                budget = (budget + budget / 8).max(64);
            }
        }
        all
    }

    /// The one that costs least of those with at most so much scratch; what needs more is out, unless nothing needs less.
    pub fn cheapest_with(&self, scratch_bytes: usize) -> Option<Candidate> {
        let all = self.all(0);
        let with = |candidate: &&Candidate| candidate.scratch_bytes <= scratch_bytes;
        let least = || all.iter().min_by_key(|candidate| candidate.scratch_bytes);
        all.iter().filter(with).min_by_key(|candidate| candidate.rank()).or_else(least).copied()
    }

    /// The one that costs least of those whose arena fits `limit`, or the one with the smallest arena.
    pub fn cheapest_within(&self, limit: usize) -> Option<Candidate> {
        let all = self.all(limit);
        let fits = |candidate: &&Candidate| candidate.arena_bytes(self.live) <= limit;
        let least = || all.iter().min_by_key(|candidate| (candidate.arena_bytes(self.live), candidate.rank()));
        all.iter().filter(fits).min_by_key(|candidate| candidate.rank()).or_else(least).copied()
    }

    fn candidate(&self, kernel: KernelId, budget: usize) -> Candidate {
        let (scratch_bytes, overlap) = self.layer.scratch(kernel, budget);
        let cycles = cost::cycles(kernel, &self.layer.features(kernel, scratch_bytes));
        Candidate { kernel, scratch_bytes, overlap, cycles }
    }
}

impl Candidate {
    /// What costs less comes first, then what takes less memory.
    fn rank(&self) -> (u64, usize, bool) {
        (self.cycles, self.scratch_bytes, self.overlap != Overlap::Exact)
    }

    /// The bytes of all tensors that are live at a step, as far as the output may overlap an input, and of the scratch.
    pub fn arena_bytes(&self, live: &Live) -> usize {
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
