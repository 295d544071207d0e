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

    /// A filter with the constants under its taps in the bias. Accumulators are sums modulo 2^32, so that the bias may wrap as they may.
    pub fn folded(filters: &Filters, folding: &Folding, filter: usize) -> Self {
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

    /// The weights of the input channels that stay; a filter of a group keeps all of its own.
    pub fn with_inputs(self, filters: &Filters, keep: &[bool]) -> Self {
        if filters.groups > 1 {
            return self;
        }
        let stays = self.weights.iter().zip(keep.iter().cycle()).filter(|(_, stays)| **stays);
        Filter { weights: stays.map(|(&weight, _)| weight).collect(), bias: self.bias }
    }
}

/// The accumulator nearest to 0 that a channel requantizes to `value`; `None` where none does.
pub fn accumulator_of(value: i8, requant: &FixedRequant, channel: usize, output_zero_point: i8) -> Option<i32> {
    let [low, high] = requant.activation;
    let error = |accumulator: i32| {
        let q = requantize(accumulator, requant.multipliers[channel], requant.pre_shift, output_zero_point);
        q.max(low).min(high) - i32::from(value)
    };
    if error(0) == 0 {
        return Some(0);
    }
    // Outputs do not decrease with the accumulator, so that those of the value lie on one side of 0.
    let sign = if error(0) < 0 { 1 } else { -1 };
    let (mut below, mut found) = (0, i32::MAX);
    while found - below > 1 {
        let middle = below + (found - below) / 2;
        if sign * error(sign * middle) >= 0 { found = middle } else { below = middle }
    }
    (error(sign * found) == 0).then_some(sign * found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_accumulator_gives_the_value_and_nothing_nearer_does() {
        for (multiplier, pre_shift) in [(1 << 20, 0), (i32::MAX, 0), (1 << 30, 2), (1 << 9, 0), (0, 0)] {
            let activation = [-100, 120];
            let requant = FixedRequant { bias: vec![0], multipliers: vec![multiplier], pre_shift, activation };
            let output = |accumulator| requantize(accumulator, multiplier, pre_shift, -7).clamp(-100, 120);
            for value in i8::MIN..=i8::MAX {
                let reachable = (output(i32::MIN)..=output(i32::MAX)).contains(&i32::from(value));
                let Some(found) = accumulator_of(value, &requant, 0, -7) else {
                    assert!(!reachable, "{value} with {multiplier}");
                    continue;
                };
                assert_eq!(output(found), i32::from(value), "{value} with {multiplier}");
                assert!(found == 0 || output(found - found.signum()) != i32::from(value), "{value} with {multiplier}");
            }
        }
    }
}
