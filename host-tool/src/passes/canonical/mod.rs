//! Canonical forms: what the device has kernels for.
//!
//! Means are average poolings, and no operator sees more than four axes: runs of axes that an operator does not tell apart are one
//! axis to it. Reshapes around it cost nothing.

mod mean;
mod rank;

use super::rewrite::{Rule, rewrite};
use super::simplify;
use crate::graph::float::Graph;
use crate::graph::verify::GraphError;

const RULES: [Rule; 3] = [mean::to_pool, rank::merge_axes, rank::merge_transposed_axes];

/// Brings the graph to the device's forms. What has none (a broadcast over five axes that differ) stays as it is.
///
/// # Errors
/// What verification finds.
pub fn apply(graph: &Graph) -> Result<Graph, GraphError> {
    rewrite(graph, &[&simplify::RULES[..], &RULES].concat())
}
