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
#[cfg(test)]
mod tests;
mod weighted;

use crate::graph::fixed::FixedGraph;
pub use report::{Change, SlimLayer, SlimReport};
use rewrite::Findings;

/// Kernels take channels by fours: a tensor that loses channels keeps a multiple of this many, where it has them.
const MULTIPLE: usize = 4;

/// Slims a graph; its outputs stay the same, bit by bit, for every input.
pub fn slim(graph: &FixedGraph) -> (FixedGraph, SlimReport) {
    let (mut slim, mut findings) = round(graph);
    // A channel that only fills up is a constant for the next round, which may find a whole tensor constant. Each of them is cut
    // loose once, so that there are no more rounds than operators.
    for _ in 0..graph.nodes.len() {
        let (next, next_findings) = round(&slim);
        if next == slim {
            break;
        }
        (slim, findings) = (next, next_findings);
    }
    let report = report::report(graph, &slim, &findings);
    (slim, report)
}

/// Everything that follows from the facts of this graph.
fn round(graph: &FixedGraph) -> (FixedGraph, Findings) {
    let folded = constants::fold(graph, &facts::gather(graph));
    let facts = facts::gather(&folded);
    let need = need::need(&folded, &facts);
    let keep = keep::keep(&folded, &need, MULTIPLE);
    let findings = Findings { facts, need, keep };
    (rewrite::rewrite(&folded, &findings), findings)
}
