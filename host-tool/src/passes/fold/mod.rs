//! Fold: constants, scales and paddings become part of the operators beside them.

mod affine;

mod binary;
mod padding;
mod reshape;

use super::rewrite::{Rule, rewrite};
use super::simplify;
use crate::graph::float::Graph;
use crate::graph::verify::GraphError;

pub(super) use affine::merged;

const RULES: [Rule; 8] = [
    binary::constant_to_affine,
    affine::merge_affines,
    affine::into_producer,
    affine::into_consumer,
    padding::into_convolution,
    padding::into_pool,
    reshape::hoist_elementwise,
    reshape::hoist_binary,
];

/// Folds what can be folded exactly.
///
/// # Errors
/// What verification finds.
pub fn apply(graph: &Graph) -> Result<Graph, GraphError> {
    rewrite(graph, &[&simplify::RULES[..], &RULES].concat())
}
