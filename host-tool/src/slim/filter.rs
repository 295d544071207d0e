//! One filter of the slim graph.

use peacrab_kernels::requantize;

use super::filters::Filters;
use super::folding::Folding;
use crate::graph::fixed::FixedRequant;

/// A filter's weights `[FH, FW, depth]` and bias.
pub struct Filter {
    /// The weights.
    pub weights: Vec<i8>,
    /// The bias.
    pub bias: i32,
}

impl Filter {
    /// A filter whose accumulator is `bias`, whatever it sees.
    pub fn constant(filters: &Filters, bias: i32) -> Self {
        Filter { weights: vec![0; filters.weight_count() / filters.count()], bias }
    }

    /// The weights of the input channels that stay; a filter of a group keeps all of its own.
    pub fn with_inputs(self, filters: &Filters, keep: &[bool]) -> Self {
        if filters.groups > 1 {
            return self;
        }
        let stays = self.weights.iter().zip(keep.iter().cycle()).filter(|(_, stays)| **stays);
        Filter { weights: stays.map(|(&weight, _)| weight).collect(), bias: self.bias }
    }
}

/// A filter with the constants under its taps in the bias. Accumulators are sums modulo 2^32, so that the bias may wrap as they may.
pub fn folded(filters: &Filters, folding: &Folding, filter: usize) -> Filter {
    let first = filters.first_input(filter);
    let mut folded = Filter { weights: filters.weights(filter), bias: filters.requant.bias[filter] };
    for (index, weight) in folded.weights.iter_mut().enumerate() {
        if let Some(value) = folding.constant(index / filters.depth, first + index % filters.depth) {
            folded.bias = folded.bias.wrapping_add(i32::from(*weight) * i32::from(value));
            *weight = 0;
        }
    }
    folded
}

/// The accumulator nearest to 0 that a channel requantizes to `value`; `None` where none does.
pub fn accumulator_of(value: i8, requant: &FixedRequant, channel: usize, output_zero_point: i8) -> Option<i32> {
    let [low, high] = requant.activation;
    let output = |accumulator: i64| {
        let accumulator = accumulator as i32;
        let q = requantize(accumulator, requant.multipliers[channel], requant.pre_shift, output_zero_point);
        q.max(low).min(high)
    };
    let value = i32::from(value);
    // Requantization is monotone, so that all accumulators of the value lie on one side of 0.
    let sign = if output(0) <= value { 1 } else { -1 };
    let reaches = |distance: i64| sign * (output(i64::from(sign) * distance) - value) >= 0;
    let (mut short, mut far) = (-1, i64::from(i32::MAX));
    while far - short > 1 {
        let middle = short + (far - short) / 2;
        if reaches(middle) { far = middle } else { short = middle }
    }
    (output(i64::from(sign) * far) == value).then_some((i64::from(sign) * far) as i32)
}
