//! Strided copy: slice, transpose, pad, broadcast.

use crate::elements;
use crate::shape::copy;

/// Over all positions `i` of `extent`: `output[output_start + sum(i * output_step)] = input[input_start + sum(i * input_step)]`.
#[derive(Debug, Clone, Copy)]
pub struct StridedCopy {
    /// Elements of the input.
    pub input_len: usize,
    /// Elements of the output.
    pub output_len: usize,
    /// Elements to copy along each axis.
    pub extent: [usize; 4],
    /// First input element.
    pub input_start: usize,
    /// Distance between input elements along each axis.
    pub input_step: [i32; 4],
    /// First output element.
    pub output_start: usize,
    /// Distance between output elements along each axis.
    pub output_step: [i32; 4],
    /// What the output is filled with first.
    pub fill: Option<i8>,
}

/// Where one side of the copy is.
#[derive(Clone, Copy)]
struct Walk {
    at: usize,
    step: [i32; 4],
}

impl Walk {
    /// The same, `steps` steps on along `axis`.
    fn along(self, axis: usize, steps: usize) -> Self {
        Self { at: self.at.wrapping_add(self.step(axis).wrapping_mul(steps)), ..self }
    }

    /// The step along `axis`, modulo the width of an index.
    fn step(self, axis: usize) -> usize {
        self.step.get(axis).map_or(0, |&step| step as isize as usize)
    }

    /// Whether all of `extent` lies in `[0, len)`.
    fn is_inside(self, extent: [usize; 4], len: usize) -> bool {
        let (mut low, mut high) = (self.at as i128, self.at as i128);
        for (extent, step) in extent.into_iter().zip(self.step) {
            let reach = (extent as i128 - 1) * i128::from(step);
            low += reach.min(0);
            high += reach.max(0);
        }
        0 <= low && high < len as i128
    }
}

impl StridedCopy {
    /// Whether every element lies inside, and there are no more of them than output elements.
    pub fn is_valid(&self) -> bool {
        elements([1, 1, 1, self.input_len]).is_some()
            && elements([1, 1, 1, self.output_len]).is_some()
            && elements(self.extent).is_some_and(|count| count <= self.output_len)
            && self.input().is_inside(self.extent, self.input_len)
            && self.output().is_inside(self.extent, self.output_len)
    }

    fn input(&self) -> Walk {
        Walk { at: self.input_start, step: self.input_step }
    }

    fn output(&self) -> Walk {
        Walk { at: self.output_start, step: self.output_step }
    }

    /// Fills and copies.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        if let Some(fill) = self.fill {
            output.fill(fill);
        }
        let [batches, rows, columns, _] = self.extent;
        for batch in 0..batches {
            let [from, to] = [self.input(), self.output()].map(|walk| walk.along(0, batch));
            for row in 0..rows {
                let [from, to] = [from, to].map(|walk| walk.along(1, row));
                for column in 0..columns {
                    let [from, to] = [from, to].map(|walk| walk.along(2, column));
                    self.copy_channels(from, to, input, output);
                }
            }
        }
    }

    fn copy_channels(&self, from: Walk, to: Walk, input: &[i8], output: &mut [i8]) {
        let [_, _, _, channels] = self.extent;
        if from.step(3) == 1 && to.step(3) == 1 {
            let from = input.get(from.at..from.at.wrapping_add(channels));
            let to = output.get_mut(to.at..to.at.wrapping_add(channels));
            if let (Some(from), Some(to)) = (from, to) {
                copy(from, to);
            }
            return;
        }
        let (mut from_at, mut to_at) = (from.at, to.at);
        for _ in 0..channels {
            if let (Some(&x), Some(output)) = (input.get(from_at), output.get_mut(to_at)) {
                *output = x;
            }
            from_at = from_at.wrapping_add(from.step(3));
            to_at = to_at.wrapping_add(to.step(3));
        }
    }
}
