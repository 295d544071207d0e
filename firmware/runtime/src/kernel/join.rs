//! A concatenation: its kernel runs once for every input.

use peacrab_format::{Operator, Program};
use peacrab_kernels::Concat;

/// The inputs of a concatenation along `axis`.
pub struct Join<'p> {
    /// The program.
    pub program: Program<'p>,
    /// The operator.
    pub operator: Operator<'p>,
    /// The axis.
    pub axis: usize,
}

impl Join<'_> {
    /// Whether every input has its place and together they fill the output.
    pub fn is_valid(&self) -> bool {
        let mut end = 0;
        let is_placed = self.parts().all(|part| {
            let Some(part) = part else { return false };
            end = part.start.wrapping_add(part.input_shape.get(self.axis).copied().unwrap_or(0));
            part.is_valid()
        });
        let output = self.program.tensor(self.operator.output);
        is_placed && output.is_some_and(|output| output.shape.get(self.axis) == Some(&end))
    }

    /// The kernel of each input, in order.
    pub fn parts(&self) -> impl Iterator<Item = Option<Concat>> {
        let mut start = 0usize;
        self.operator.inputs.iter().map(move |&input| {
            let input_shape = self.program.tensor(input)?.shape;
            let output_shape = self.program.tensor(self.operator.output)?.shape;
            let part = Concat { input_shape, output_shape, axis: self.axis, start };
            start = start.checked_add(*input_shape.get(self.axis)?)?;
            Some(part)
        })
    }
}
