//! Graph rewrites: each reads one graph and returns another that computes the same.
//!
//! [`prepare`] runs them in order: [`layout`] settles where transposes are needed, [`fold`] takes constants and paddings into
//! what stands beside them, [`normalization`] moves what is done to an input into its port, [`fuse`] joins activations to their
//! producers, and at the end [`canonical`] brings the rest to the forms that the device has kernels for.

pub mod canonical;
pub mod fold;
pub mod fuse;
pub mod layout;
pub mod normalization;
mod permutation;
mod rewrite;
mod simplify;
#[cfg(test)]
mod tests;

use crate::graph::float::Graph;
use crate::graph::verify::GraphError;

/// Rounds of the passes before [`prepare`] takes what it has; two are enough for every model seen.
const ROUNDS_MAX: usize = 8;

/// Runs all passes until nothing changes.
///
/// # Errors
/// What verification finds in the graph given, or after a pass.
pub fn prepare(graph: &Graph) -> Result<Graph, GraphError> {
    let mut current = graph.clone();
    for _ in 0..ROUNDS_MAX {
        let mut next = layout::apply(&current)?;
        next = fold::apply(&next)?;
        next = normalization::apply(&next)?;
        next = fuse::apply(&next)?;
        let settled = next == current;
        current = next;
        if settled {
            break;
        }
    }
    canonical::apply(&current)
}
