//! Fully connected, and the pointwise convolution, which is the same.

use super::dot::{dot_pair, for_each_pair};
use crate::Requant;

/// Every row of `features` inputs to a row of outputs, one for every channel of `requant`.
pub(super) fn rows(features: usize, weights: &[i8], requant: &Requant, input: &[i8], output: &mut [i8]) {
    let channels = requant.bias.len().max(1);
    for (x, outputs) in input.chunks_exact(features.max(1)).zip(output.chunks_exact_mut(channels)) {
        for_each_pair(weights, features, outputs, |channel, [a, b], outputs| {
            let sums = dot_pair(x, a, b);
            for (offset, (output, sum)) in outputs.iter_mut().zip(sums).enumerate() {
                *output = requant.apply(channel.wrapping_add(offset), sum);
            }
        });
    }
}
