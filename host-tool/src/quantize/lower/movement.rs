//! Operators that only move elements.

use super::super::QuantizeError;
use super::{Lowering, unsupported};
use crate::graph::fixed::{FixedCopy, FixedOp};
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

    pub(super) fn resize(&mut self, node: &Node, indices: &[Vec<usize>]) -> Result<(), QuantizeError> {
        let shape = self.shape4(node.inputs[0]);
        let first = 4 - indices.len().min(4);
        let of_axis = |axis: usize| -> Vec<usize> {
            axis.checked_sub(first).and_then(|axis| indices.get(axis).cloned()).unwrap_or_else(|| vec![0])
        };
        for axis in [0, 3] {
            if of_axis(axis).iter().enumerate().any(|(to, &from)| to != from) || of_axis(axis).len() != shape[axis] {
                return Err(unsupported(node, "Resize", "it resizes the batch or the channels"));
            }
        }
        let as_u32 = |indices: Vec<usize>| indices.into_iter().map(|index| index as u32).collect();
        self.push(node, FixedOp::Resize { rows: as_u32(of_axis(1)), columns: as_u32(of_axis(2)) })
    }
}

/// Distance between neighbours along each axis of a dense tensor.
fn strides(shape: [usize; 4]) -> [i32; 4] {
    let [_, h, w, c] = shape;
    [(h * w * c) as i32, (w * c) as i32, c as i32, 1]
}
