//! Exact slimming: channels that are constant, or that nothing depends on, are taken out of a fixed-point graph. No bit of an output
//! changes. `docs/slimming.md` has the rules and the proof.
//!
//! ```text
//! facts:     what is known of every channel         (forward: constants, constant images, ranges)
//! constants: constant tensors                       (cut loose from what they were computed of)
//! need:      which channels the outputs depend on   (backward)
//! keep:      which stay                             (operators tie channels to one another; multiples for the kernels)
//! rewrite:   the slim graph                         (constants into biases)
//! ```

mod channelwise;
mod constants;
mod facts;
mod filter;
mod filters;
mod folding;
mod keep;
mod known;
mod movement;
mod need;
mod report;
mod rewrite;
mod weighted;

use crate::graph::fixed::FixedGraph;
pub use report::{Change, SlimLayer, SlimReport};
use rewrite::Findings;

/// Kernels take channels by fours: a tensor that loses channels keeps a multiple of this many, where it has them.
const MULTIPLE: usize = 4;

/// Slims a graph; its outputs stay the same, bit by bit, for every input.
pub fn slim(graph: &FixedGraph) -> (FixedGraph, SlimReport) {
    let folded = constants::fold(graph, &facts::gather(graph));
    let facts = facts::gather(&folded);
    let need = need::need(&folded, &facts);
    let keep = keep::keep(&folded, &need, MULTIPLE);
    let findings = Findings { facts, need, keep };
    let slim = rewrite::rewrite(&folded, &findings);
    let report = report::report(graph, &slim, &findings);
    (slim, report)
}
