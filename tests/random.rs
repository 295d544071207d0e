//! Models drawn at random: chains of layers with branches that join again.

use peacrab::graph::float::{Binary, Clamp, Dense, Graph, Op, Pool, PoolKind, TensorId};
use peacrab_hostile::Rng;

use crate::programs::{Sketch, window};

/// A model of three to nine layers; the same seed gives the same model.
pub fn graph(seed: u64) -> Graph {
    let mut rng = Rng::new(seed);
    let input = [1, 3 + rng.below(12), 3 + rng.below(10), 1 + rng.below(9)];
    let mut draw = Draw { sketch: Sketch::new(&format!("random {seed}"), input), rng, made: vec![(0, input)] };
    let layers = 3 + draw.rng.below(7);
    for _ in 0..layers {
        let (tensor, shape) = draw.layer();
        draw.made.push((tensor, shape));
    }
    let (last, shape) = draw.last();
    let output = if draw.rng.below(2) == 0 { draw.dense(last, shape).0 } else { last };
    draw.sketch.finish(output)
}

struct Draw {
    sketch: Sketch,
    rng: Rng,
    /// All tensors so far, with their shapes.
    made: Vec<(TensorId, [usize; 4])>,
}

type Made = (TensorId, [usize; 4]);

impl Draw {
    fn last(&self) -> Made {
        self.made[self.made.len() - 1]
    }

    fn layer(&mut self) -> Made {
        let (input, shape) = self.last();
        let channels = 1 + self.rng.below(20);
        match self.rng.below(9) {
            0..=2 => self.conv2d(input, shape, [1, 1], channels, 1),
            3 | 4 => self.conv2d(input, shape, [3, 3], channels, 1),
            5 | 6 => self.conv2d(input, shape, [3, 3], shape[3], shape[3]),
            7 => self.join(input, shape),
            _ => self.pool(input, shape),
        }
    }

    fn conv2d(
        &mut self,
        input: TensorId,
        shape: [usize; 4],
        filter: [usize; 2],
        channels: usize,
        groups: usize,
    ) -> Made {
        let stride = if self.rng.below(4) == 0 { 2 } else { 1 };
        let window = window(filter, [stride; 2], filter[0] / 2);
        let along = |extent: usize| (extent - 1) / stride + 1;
        let output = [1, along(shape[1]), along(shape[2]), channels];
        (self.sketch.conv2d_of(input, window, groups, [shape, output]), output)
    }

    /// The sum with an earlier tensor of the same shape, or with itself.
    fn join(&mut self, input: TensorId, shape: [usize; 4]) -> Made {
        let other = self.made.iter().find(|(_, other)| *other == shape).map_or(input, |&(tensor, _)| tensor);
        let sum = Op::Binary { kind: Binary::Add, clamp: Clamp::RELU };
        (self.sketch.node(sum, &[input, other], shape), shape)
    }

    fn pool(&mut self, input: TensorId, shape: [usize; 4]) -> Made {
        let kind = if self.rng.below(2) == 0 { PoolKind::Max } else { PoolKind::Average };
        let window = window([2, 2], [1, 1], 0);
        let output = [1, (shape[1] - 1).max(1), (shape[2] - 1).max(1), shape[3]];
        if shape[1] < 2 || shape[2] < 2 {
            return self.join(input, shape);
        }
        (self.sketch.node(Op::Pool(Pool { kind, window, count_include_pad: false }), &[input], output), output)
    }

    /// Over the channels of every pixel.
    fn dense(&mut self, input: TensorId, shape: [usize; 4]) -> Made {
        let output_features = 1 + self.rng.below(20);
        let weights = self.sketch.numbers(output_features * shape[3]);
        let bias = self.sketch.numbers(output_features);
        let output = [shape[0], shape[1], shape[2], output_features];
        let dense = Op::Dense(Dense { weights, bias, output_features, clamp: Clamp::NONE });
        (self.sketch.node(dense, &[input], output), output)
    }
}
