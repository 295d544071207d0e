//! Fully connected.

use crate::shape::product;
use crate::{Requant, WeightLayout, arch, elements, packed};

/// Fully connected: every row of `[rows, I]` to a row of `[rows, O]`.
///
/// # Arithmetic
/// `acc = bias + sum(x * w)` in i32, wrapping; the host proves that real programs do not wrap. Then [`Requant`].
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

impl Dense<'_> {
    /// Whether features and slices agree.
    pub fn is_valid(&self) -> bool {
        elements([1, 1, self.rows, self.input_features]).is_some()
            && elements([1, 1, self.rows, self.output_features]).is_some()
            && self.requant.is_valid(self.output_features)
            && self.weights_are_valid()
    }

    fn weights_are_valid(&self) -> bool {
        match self.layout {
            WeightLayout::Plain => product(&[self.output_features, self.input_features]) == Some(self.weights.len()),
            WeightLayout::Packed => packed::dense_is_valid(self),
            WeightLayout::Winograd(_) => false,
        }
    }

    /// Scratch that [`Dense::run`] needs: the same on every core.
    pub fn scratch_bytes(&self) -> usize {
        arch::dense_scratch_bytes(self)
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
        arch::dense(self, input, output, scratch);
    }
}
