//! Product of two tensors.

use core::cell::Cell;

use crate::Shape;
use crate::broadcast::{self, Operand};
use crate::requant::{clamp_to, requantize};

/// `requantize((a - a_zero_point) * (b - b_zero_point))`, limited to the fused activation.
#[derive(Debug, Clone, Copy)]
pub struct Mul {
    /// Shape of the first operand: every extent is the output's or 1.
    pub a_shape: Shape,
    /// Shape of the second operand: every extent is the output's or 1.
    pub b_shape: Shape,
    /// `[N, H, W, C]`.
    pub output_shape: Shape,
    /// Zero points of the operands.
    pub zero_points: [i8; 2],
    /// Product of the operands' scales over the output's, times 2^(32 - pre_shift). Not negative.
    pub multiplier: i32,
    /// Left shift of the product before the multiplication, in `[0, 31]`.
    pub pre_shift: u32,
    /// Zero point of the output.
    pub output_zero_point: i8,
    /// Lower end of the fused activation.
    pub activation_min: i8,
    /// Upper end of the fused activation, not below `activation_min`.
    pub activation_max: i8,
}

impl Mul {
    /// Whether the shapes agree and every field is in its range.
    pub fn is_valid(&self) -> bool {
        broadcast::is_valid([self.a_shape, self.b_shape], self.output_shape)
            && self.multiplier >= 0
            && self.pre_shift <= 31
            && self.activation_min <= self.activation_max
    }

    /// Computes `output`, which may be the memory of an operand of the same shape.
    pub fn run(&self, a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>]) {
        let operands = [Operand { data: a, shape: self.a_shape }, Operand { data: b, shape: self.b_shape }];
        let [a_zero_point, b_zero_point] = self.zero_points.map(i32::from);
        broadcast::for_each(operands, self.output_shape, output, |a, b| {
            let product = (i32::from(a) - a_zero_point) * (i32::from(b) - b_zero_point);
            let q = requantize(product, self.multiplier, self.pre_shift, self.output_zero_point);
            clamp_to(q, self.activation_min, self.activation_max)
        });
    }
}
