//! Fully connected, and the pointwise convolution, which is the same.

use super::dot::{dot_pair, for_each_pair};
use crate::Requant;
use crate::chunks::{chunks, chunks_mut};

/// Every row of `features` inputs to a row of outputs, one for every channel of `requant`.
pub(super) fn rows(features: usize, weights: &[i8], requant: &Requant, input: &[i8], output: &mut [i8]) {
    let channels = requant.bias.len();
    for (x, outputs) in chunks(input, features).zip(chunks_mut(output, channels)) {
        for_each_pair(weights, features, outputs, |channel, [a, b], outputs| {
            let sums = dot_pair(x, a, b);
            for (offset, (output, sum)) in outputs.iter_mut().zip(sums).enumerate() {
                *output = requant.apply(channel.wrapping_add(offset), sum);
            }
        });
    }
}
