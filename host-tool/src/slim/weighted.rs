//! What is known of the outputs of operators with weights.

use peacrab_kernels::{Conv2d, Requant, WeightLayout, requantize};

use super::filters::{Filters, Reach};
use super::known::Known;
use crate::graph::fixed::{FixedGraph, FixedNode};
use crate::plan::kernel_window;

/// What is known of each output channel of a node with filters; `inputs` are the channels of its input.
pub fn outputs(graph: &FixedGraph, node: &FixedNode, filters: &Filters, inputs: &[Known]) -> Vec<Known> {
    let (input, output) = (&graph.tensors[filters.input], &graph.tensors[node.output]);
    let layer = Layer {
        filters,
        reaches: filters.reaches(input.shape, output.shape),
        input_shape: input.shape,
        output_shape: output.shape,
        input_zero_point: input.quant.zero_point as i8,
        output_zero_point: output.quant.zero_point as i8,
    };
    (0..filters.count()).map(|filter| layer.output(filter, inputs)).collect()
}

struct Layer<'a> {
    filters: &'a Filters<'a>,
    reaches: Vec<Reach>,
    input_shape: [usize; 4],
    output_shape: [usize; 4],
    input_zero_point: i8,
    output_zero_point: i8,
}

impl Layer<'_> {
    fn output(&self, filter: usize, inputs: &[Known]) -> Known {
        let weights = self.filters.weights(filter);
        let inputs = &inputs[self.filters.first_input(filter)..][..self.filters.depth];
        let [low, high] = self.activation();
        let range = self.accumulator(filter, &weights, inputs).map_or(Known::Between(low, high), |ends| {
            let [low, high] = ends.map(|end| self.requantized(filter, end));
            Known::Between(low, high)
        });
        match range.constant() {
            Some(_) => range,
            None => self.image(filter, &weights, inputs).map_or(range, Known::of_values),
        }
    }

    /// The smallest and the largest accumulator that inputs in their ranges can give; `None` where it could leave i32 and wrap.
    fn accumulator(&self, filter: usize, weights: &[i8], inputs: &[Known]) -> Option<[i32; 2]> {
        let bias = i64::from(self.filters.requant.bias[filter]);
        let (mut low, mut high) = (bias, bias);
        for (weights, &reach) in weights.chunks_exact(self.filters.depth).zip(&self.reaches) {
            for (&weight, input) in weights.iter().zip(inputs).filter(|(weight, _)| **weight != 0) {
                let products = self.operands(reach, input).map(|x| i64::from(weight) * i64::from(x));
                low += products[0].min(products[1]);
                high += products[0].max(products[1]);
            }
        }
        Some([i32::try_from(low).ok()?, i32::try_from(high).ok()?])
    }

    /// The smallest and the largest value under a tap.
    fn operands(&self, reach: Reach, input: &Known) -> [i8; 2] {
        let (low, high) = input.range();
        match reach {
            Reach { inside: false, .. } => [self.input_zero_point; 2],
            Reach { outside: false, .. } => [low, high],
            _ => [low.min(self.input_zero_point), high.max(self.input_zero_point)],
        }
    }

    fn requantized(&self, filter: usize, accumulator: i32) -> i8 {
        let requant = self.filters.requant;
        let q = requantize(accumulator, requant.multipliers[filter], requant.pre_shift, self.output_zero_point);
        let [low, high] = self.activation();
        q.max(i32::from(low)).min(i32::from(high)) as i8
    }

    fn activation(&self) -> [i8; 2] {
        self.filters.requant.activation.map(|bound| bound.clamp(-128, 127) as i8)
    }

    /// The output itself, by the kernel, where every input that has a weight is known.
    fn image(&self, filter: usize, weights: &[i8], inputs: &[Known]) -> Option<Vec<i8>> {
        let depth = self.filters.depth;
        let [n, height, width, _] = self.input_shape;
        let pixels = n * height * width;
        let mut input = vec![0; pixels * depth];
        for (channel, known) in inputs.iter().enumerate() {
            if weights.iter().skip(channel).step_by(depth).all(|&weight| weight == 0) {
                continue;
            }
            let values = known.values(pixels)?;
            input.iter_mut().skip(channel).step_by(depth).zip(values).for_each(|(input, value)| *input = value);
        }
        let [n, output_height, output_width, _] = self.output_shape;
        let requant = self.filters.requant;
        let [activation_min, activation_max] = self.activation();
        let conv = Conv2d {
            input_shape: [n, height, width, depth],
            output_shape: [n, output_height, output_width, 1],
            window: kernel_window(&self.filters.window),
            groups: 1,
            input_zero_point: self.input_zero_point,
            weights,
            layout: WeightLayout::Plain,
            requant: Requant {
                bias: &requant.bias[filter..=filter],
                multipliers: &requant.multipliers[filter..=filter],
                pre_shift: requant.pre_shift,
                output_zero_point: self.output_zero_point,
                activation_min,
                activation_max,
            },
        };
        let mut output = vec![0; n * output_height * output_width];
        conv.run(&input, &mut output, &mut vec![0; conv.scratch_bytes()]);
        Some(output)
    }
}
