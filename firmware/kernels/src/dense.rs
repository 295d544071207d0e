//! Fully connected.

use crate::{Requant, WeightLayout};

/// Fully connected: every row of `[rows, I]` to a row of `[rows, O]`.
#[derive(Debug, Clone, Copy)]
pub struct Dense<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Input features `I`.
    pub input_features: usize,
    /// Output features `O`.
    pub output_features: usize,
    /// Plain: `[O, I]`.
    pub weights: &'a [i8],
    /// Layout of `weights`.
    pub layout: WeightLayout,
    /// Bias and requantization.
    pub requant: Requant<'a>,
}
