//! Operators that only move elements.

use super::super::QuantizeError;
use super::{Lowering, unsupported};
use crate::graph::fixed::{FixedCopy, FixedNode, FixedOp};
use crate::graph::float::Node;

impl Lowering<'_> {
    pub(super) fn concat(&mut self, node: &Node, axis: usize) -> Result<(), QuantizeError> {
        let axis = axis + 4 - self.shape(node.output).len().min(4);
        self.push(node, FixedOp::Concat { axis })
    }

    pub(super) fn slice(&mut self, node: &Node, start: &[usize], step: &[isize]) -> Result<(), QuantizeError> {
        let input = strides(self.shape4(node.inputs[0]));
        let first = 4 - start.len().min(4);
        let mut input_step = [0; 4];
        let mut input_start = 0;
        for (axis, (&start, &step)) in start.iter().zip(step).enumerate() {
            input_start += start * input[first + axis] as usize;
            input_step[first + axis] = input[first + axis] * step as i32;
        }
        self.copy_to_whole_output(node, input_start, input_step)
    }

    pub(super) fn transpose(&mut self, node: &Node, permutation: &[usize]) -> Result<(), QuantizeError> {
        let input = strides(self.shape4(node.inputs[0]));
        let first = 4 - permutation.len().min(4);
        let mut input_step = [0; 4];
        for (axis, &source) in permutation.iter().enumerate() {
            input_step[first + axis] = input[first + source];
        }
        self.copy_to_whole_output(node, 0, input_step)
    }

    fn copy_to_whole_output(
        &mut self,
        node: &Node,
        input_start: usize,
        input_step: [i32; 4],
    ) -> Result<(), QuantizeError> {
        let extent = self.shape4(node.output);
        let copy =
            FixedCopy { extent, input_start, input_step, output_start: 0, output_step: strides(extent), fill: None };
        self.push(node, FixedOp::Copy(copy))
    }

    pub(super) fn pad(&mut self, node: &Node, before: &[usize], value: f32) -> Result<(), QuantizeError> {
        let extent = self.shape4(node.inputs[0]);
        let output_step = strides(self.shape4(node.output));
        let first = 4 - before.len().min(4);
        let output_start =
            before.iter().zip(&output_step[first..]).map(|(&before, &step)| before * step as usize).sum();
        let fill = Some(i32::from(self.params[node.output].quantize(f64::from(value))));
        let copy = FixedCopy { extent, input_start: 0, input_step: strides(extent), output_start, output_step, fill };
        self.push(node, FixedOp::Copy(copy))
    }

    /// The kernel resizes the two middle axes of four; other pairs of neighbouring axes are seen as such through reshapes.
    pub(super) fn resize(&mut self, node: &Node, indices: &[Vec<usize>]) -> Result<(), QuantizeError> {
        let shape = self.shape4(node.inputs[0]);
        let first = 4 - indices.len().min(4);
        let of_axis =
            |axis: usize| axis.checked_sub(first).and_then(|axis| indices.get(axis)).map_or(&[0][..], Vec::as_slice);
        let is_kept = |axis: usize| of_axis(axis).iter().copied().eq(0..shape[axis]);
        let pair =
            [1, 2, 0].into_iter().find(|&rows| (0..4).all(|axis| axis == rows || axis == rows + 1 || is_kept(axis)));
        let Some(rows) = pair else {
            return Err(unsupported(node, "Resize", "it resizes more than two neighbouring axes"));
        };
        let as_u32 = |axis: usize| of_axis(axis).iter().map(|&index| index as u32).collect();
        let op = FixedOp::Resize { rows: as_u32(rows), columns: as_u32(rows + 1) };
        if rows == 1 {
            return self.push(node, op);
        }
        let input = self.tensor(node.inputs[0], &node.name)?;
        let output = self.tensor(node.output, &node.name)?;
        let quant = self.params[node.output];
        let seen_input = self.made_up(&node.name, around(shape, rows), quant);
        let seen_output = self.made_up(&node.name, around(self.shape4(node.output), rows), quant);
        for (op, from, to) in [
            (FixedOp::Reshape, input, seen_input),
            (op, seen_input, seen_output),
            (FixedOp::Reshape, seen_output, output),
        ] {
            self.nodes.push(FixedNode { name: node.name.clone(), op, inputs: vec![from], output: to });
        }
        Ok(())
    }
}

/// The shape with axes `rows` and `rows + 1` in the middle.
fn around(shape: [usize; 4], rows: usize) -> [usize; 4] {
    let (leading, rest) = shape.split_at(rows);
    [leading.iter().product(), rest[0], rest[1], rest[2..].iter().product()]
}

/// A copy of a whole tensor into a larger one, `[top, left]` inside it, the rest filled.
pub(super) fn padding(input: [usize; 4], output: [usize; 4], [top, left]: [usize; 2], fill: i32) -> FixedCopy {
    let output_step = strides(output);
    let output_start = top * output_step[1] as usize + left * output_step[2] as usize;
    FixedCopy { extent: input, input_start: 0, input_step: strides(input), output_start, output_step, fill: Some(fill) }
}

/// Distance between neighbours along each axis of a dense tensor.
fn strides(shape: [usize; 4]) -> [i32; 4] {
    let [_, h, w, c] = shape;
    [(h * w * c) as i32, (w * c) as i32, c as i32, 1]
}
