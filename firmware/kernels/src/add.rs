//! Weighted sum of two tensors: addition and subtraction.

use core::cell::Cell;

use crate::broadcast::{self, Operand};
use crate::requant::clamp_to;
use crate::{Shape, arch};

/// `clamp((a * multipliers[0] + b * multipliers[1] + bias) >> shift)`, in i32, wrapping; the host proves that real programs do not wrap.
#[derive(Debug, Clone, Copy)]
pub struct Add {
    /// Shape of the first operand: every extent is the output's or 1.
    pub a_shape: Shape,
    /// Shape of the second operand: every extent is the output's or 1.
    pub b_shape: Shape,
    /// `[N, H, W, C]`.
    pub output_shape: Shape,
    /// One for each operand.
    pub multipliers: [i32; 2],
    /// Zero points and the rounding's half, folded together.
    pub bias: i32,
    /// Right shift, in `[0, 31]`.
    pub shift: u32,
    /// Lower end of the fused activation.
    pub activation_min: i8,
    /// Upper end of the fused activation, not below `activation_min`.
    pub activation_max: i8,
}

impl Add {
    /// Whether the shapes agree and every field is in its range.
    pub fn is_valid(&self) -> bool {
        broadcast::is_valid([self.a_shape, self.b_shape], self.output_shape)
            && self.shift <= 31
            && self.activation_min <= self.activation_max
    }

    /// Computes `output`, which may be the memory of an operand of the same shape.
    pub fn run(&self, a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>]) {
        let is_full_range = (self.activation_min, self.activation_max) == (i8::MIN, i8::MAX);
        if is_full_range && self.a_shape == self.output_shape && self.b_shape == self.output_shape {
            return arch::add(self, a, b, output);
        }
        let operands = [Operand { data: a, shape: self.a_shape }, Operand { data: b, shape: self.b_shape }];
        if is_full_range {
            broadcast::for_each(operands, self.output_shape, output, |a, b| self.saturated(a, b));
        } else {
            let (low, high) = (self.activation_min, self.activation_max);
            broadcast::for_each(operands, self.output_shape, output, |a, b| clamp_to(self.sum(a, b), low, high));
        }
    }

    /// The element that `a` and `b` give where the activation is all of i8: limits that the compiler knows are a single instruction on
    /// cores that saturate.
    #[inline(always)]
    pub(crate) fn saturated(&self, a: i8, b: i8) -> i8 {
        clamp_to(self.sum(a, b), i8::MIN, i8::MAX)
    }

    #[inline(always)]
    fn sum(&self, a: i8, b: i8) -> i32 {
        let [a_multiplier, b_multiplier] = self.multipliers;
        let a = i32::from(a).wrapping_mul(a_multiplier);
        let b = i32::from(b).wrapping_mul(b_multiplier);
        a.wrapping_add(b).wrapping_add(self.bias).wrapping_shr(self.shift)
    }
}
