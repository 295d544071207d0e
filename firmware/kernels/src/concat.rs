//! Tensors joined along an axis.

use crate::chunks::{chunks, chunks_mut};
use crate::shape::{copy, product};
use crate::{Shape, elements};

/// One input of a concatenation, into its place in the output. Run once for every input.
#[derive(Debug, Clone, Copy)]
pub struct Concat {
    /// `[N, H, W, C]`: the output's but for `axis`.
    pub input_shape: Shape,
    /// `[N, H, W, C]`.
    pub output_shape: Shape,
    /// The axis, 0 to 3.
    pub axis: usize,
    /// Where the input starts along the axis of the output: the sum of the extents of those before it.
    pub start: usize,
}

impl Concat {
    /// Whether the input has its place in the output.
    pub fn is_valid(&self) -> bool {
        let extents = || self.input_shape.iter().zip(self.output_shape).enumerate();
        elements(self.input_shape).is_some()
            && elements(self.output_shape).is_some()
            && self.axis < self.output_shape.len()
            && extents().all(|(axis, (&input, output))| match axis == self.axis {
                true => self.start.checked_add(input).is_some_and(|end| end <= output),
                false => input == output,
            })
    }

    /// Copies `input` to its place in `output`.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        let (Some(input_block), Some(output_block)) = (self.block(self.input_shape), self.block(self.output_shape))
        else {
            return;
        };
        let Some(inner) = self.output_shape.get(self.axis.wrapping_add(1)..).and_then(product) else { return };
        let start = self.start.wrapping_mul(inner);
        for (input, output) in chunks(input, input_block).zip(chunks_mut(output, output_block)) {
            let Some(output) = output.get_mut(start..start.wrapping_add(input_block)) else { return };
            copy(input, output);
        }
    }

    /// Elements from one index in front of the axis to the next; not 0.
    fn block(&self, shape: Shape) -> Option<usize> {
        shape.get(self.axis..).and_then(product).filter(|&block| block != 0)
    }
}
