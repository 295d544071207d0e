//! Leaky relu with a slope for every channel.

use core::cell::Cell;

use crate::chunks::chunks;
use crate::requant::clamp_to;
use crate::{Shape, elements};

/// `clamp(((x - input_zero_point) * m + bias) >> shift)` in i32, wrapping, with `m = positive_multiplier` where `x` is not below the
/// zero point, else the channel's own.
#[derive(Debug, Clone, Copy)]
pub struct PRelu<'a> {
    /// `[N, H, W, C]`.
    pub shape: Shape,
    /// Zero point of the input.
    pub input_zero_point: i8,
    /// `m` where `x` is not below the zero point.
    pub positive_multiplier: i32,
    /// `[C]`: `m` where it is.
    pub negative_multipliers: &'a [i32],
    /// Zero point of the output and the rounding's half, folded together.
    pub bias: i32,
    /// Right shift, in `[0, 31]`.
    pub shift: u32,
}

impl PRelu<'_> {
    /// Whether there is a multiplier for every channel.
    pub fn is_valid(&self) -> bool {
        let [_, _, _, channels] = self.shape;
        elements(self.shape).is_some() && self.negative_multipliers.len() == channels && self.shift <= 31
    }

    /// Computes `output`, which may be the memory of `input`.
    pub fn run(&self, input: &[Cell<i8>], output: &[Cell<i8>]) {
        let zero_point = i32::from(self.input_zero_point);
        let channels = self.negative_multipliers.len();
        for (output, input) in chunks(output, channels).zip(chunks(input, channels)) {
            for ((output, x), &negative_multiplier) in output.iter().zip(input).zip(self.negative_multipliers) {
                let x = i32::from(x.get()) - zero_point;
                let multiplier = if x < 0 { negative_multiplier } else { self.positive_multiplier };
                let q = x.wrapping_mul(multiplier).wrapping_add(self.bias).wrapping_shr(self.shift);
                output.set(clamp_to(q, i8::MIN, i8::MAX));
            }
        }
    }
}
