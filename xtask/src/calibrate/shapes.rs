//! Which layers are measured: random ones to learn from, and those of the four benchmarks to see how well it went.

use peacrab::graph::float::{Graph, Window};
use peacrab_tests::programs::{convolution, dense};

/// What a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Every output channel sees every input channel.
    Convolution,
    /// Every channel for itself.
    Depthwise,
    /// Every output sees every input.
    Dense,
}

/// A layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// What it computes.
    pub kind: Kind,
    /// Filter size.
    pub filter: [usize; 2],
    /// The same both ways.
    pub stride: usize,
    /// `[1, H, W, C]`.
    pub input: [usize; 4],
    /// Output channels.
    pub outputs: usize,
}

impl Shape {
    /// Padded as TensorFlow's `same` does at stride 1: outputs are as many as strides fit the input.
    pub fn output(&self) -> [usize; 4] {
        let [n, height, width, _] = self.input;
        [n, height.div_ceil(self.stride), width.div_ceil(self.stride), self.outputs]
    }

    /// Multiply-accumulates.
    pub fn macs(&self) -> usize {
        self.output().iter().product::<usize>() * self.depth()
    }

    /// Multiply-accumulates of one output.
    pub fn depth(&self) -> usize {
        let inputs = if self.kind == Kind::Depthwise { 1 } else { self.input[3] };
        self.filter[0] * self.filter[1] * inputs
    }

    /// For people.
    pub fn name(&self) -> String {
        let ([_, height, width, inputs], [rows, columns]) = (self.input, self.filter);
        let stride = if self.stride == 1 { String::new() } else { format!(" stride {}", self.stride) };
        match self.kind {
            Kind::Convolution => format!("{rows}x{columns}{stride} {inputs} -> {} {height}x{width}", self.outputs),
            Kind::Depthwise => format!("depthwise {rows}x{columns}{stride} {height}x{width}x{inputs}"),
            Kind::Dense => format!("dense {inputs} -> {}", self.outputs),
        }
    }

    /// As a model.
    pub fn graph(&self) -> Graph {
        let (name, output) = (self.name(), self.output());
        if self.kind == Kind::Dense {
            return dense(&name, [self.input, output]);
        }
        let padding = |axis: usize| {
            let reach = (output[1 + axis] - 1) * self.stride + self.filter[axis];
            let padding = reach.saturating_sub(self.input[1 + axis]);
            [padding / 2, padding - padding / 2]
        };
        let ([top, bottom], [left, right]) = (padding(0), padding(1));
        let (pad_before, pad_after) = ([top, left], [bottom, right]);
        let window = Window { filter: self.filter, stride: [self.stride; 2], dilation: [1, 1], pad_before, pad_after };
        let groups = if self.kind == Kind::Depthwise { self.outputs } else { 1 };
        convolution(&name, window, groups, [self.input, output])
    }
}

/// Numbers by the generator of Numerical Recipes (3rd edition, 7.1.4).
struct Draw(u32);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end
    }

    fn image(&mut self, channels: usize) -> [usize; 4] {
        [1, 3 + self.below(32), 3 + self.below(32), channels]
    }

    fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

/// Shapes of each kind; the four benchmarks' are not among them but by chance.
pub fn random() -> Vec<Shape> {
    type Random = fn(&mut Draw) -> Shape;
    const COUNTS: [(Random, usize); 4] =
        [(random_convolution, 64), (random_band, 36), (random_depthwise, 28), (random_dense, 28)];
    let mut draw = Draw(1);
    let mut shapes: Vec<Shape> = Vec::new();
    for (random, count) in COUNTS {
        let end = shapes.len() + count;
        while shapes.len() < end {
            let shape = random(&mut draw);
            if is_affordable(&shape) && !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
    }
    shapes
}

fn random_convolution(draw: &mut Draw) -> Shape {
    let filter = draw.pick(&[[1, 1], [1, 1], [3, 3], [3, 3], [3, 3], [5, 5], [10, 4], [1, 3]]);
    let inputs = draw.pick(&[1, 3, 4, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128]);
    let outputs = draw.pick(&[4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]);
    let stride = draw.pick(&[1, 1, 1, 2]);
    Shape { kind: Kind::Convolution, filter, stride, input: draw.image(inputs), outputs }
}

/// Convolutions for which there are most kernels.
fn random_band(draw: &mut Draw) -> Shape {
    let (inputs, outputs) = (4 * (1 + draw.below(24)), 4 * (1 + draw.below(24)));
    let stride = draw.pick(&[1, 1, 2]);
    Shape { kind: Kind::Convolution, filter: [3, 3], stride, input: draw.image(inputs), outputs }
}

fn random_depthwise(draw: &mut Draw) -> Shape {
    let filter = draw.pick(&[[3, 3], [3, 3], [3, 3], [5, 5]]);
    let channels = draw.pick(&[4, 6, 8, 9, 16, 24, 32, 64, 96]);
    let stride = draw.pick(&[1, 1, 2]);
    Shape { kind: Kind::Depthwise, filter, stride, input: draw.image(channels), outputs: channels }
}

fn random_dense(draw: &mut Draw) -> Shape {
    // Inputs in whole words can be read where they lie; there is a kernel for multiples of 8 outputs.
    let inputs = draw.pick(&[1, 4]) * (1 + draw.below(175));
    let outputs = draw.pick(&[1, 8]) * (2 + draw.below(24));
    Shape { kind: Kind::Dense, filter: [1, 1], stride: 1, input: [1, 1, 1, inputs], outputs }
}

/// Not too small to tell, not too large to wait for.
fn is_affordable(shape: &Shape) -> bool {
    let tensors = shape.input.iter().product::<usize>() + shape.output().iter().product::<usize>();
    let reaches = shape.input[1] >= shape.filter[0] && shape.input[2] >= shape.filter[1];
    let macs = match shape.kind {
        Kind::Convolution => 30_000..2_000_000,
        Kind::Depthwise => 10_000..600_000,
        Kind::Dense => 500..150_000,
    };
    reaches && tensors < 100_000 && shape.outputs * shape.depth() < 60_000 && macs.contains(&shape.macs())
}

/// The layers of the four MLPerf Tiny benchmarks, but for those of vww that are like others.
pub fn benchmarks() -> Vec<Shape> {
    let convolution = |filter, stride, [height, width, inputs]: [usize; 3], outputs| Shape {
        kind: Kind::Convolution,
        filter,
        stride,
        input: [1, height, width, inputs],
        outputs,
    };
    let depthwise = |stride, [height, width, channels]: [usize; 3]| Shape {
        kind: Kind::Depthwise,
        filter: [3, 3],
        stride,
        input: [1, height, width, channels],
        outputs: channels,
    };
    let dense =
        |inputs, outputs| Shape { kind: Kind::Dense, filter: [1, 1], stride: 1, input: [1, 1, 1, inputs], outputs };
    vec![
        // kws
        convolution([10, 4], 2, [49, 10, 1], 64),
        depthwise(1, [25, 5, 64]),
        convolution([1, 1], 1, [25, 5, 64], 64),
        dense(64, 12),
        // ic
        convolution([3, 3], 1, [32, 32, 3], 16),
        convolution([3, 3], 1, [32, 32, 16], 16),
        convolution([1, 1], 2, [32, 32, 16], 32),
        convolution([3, 3], 2, [32, 32, 16], 32),
        convolution([3, 3], 1, [16, 16, 32], 32),
        convolution([3, 3], 2, [16, 16, 32], 64),
        convolution([3, 3], 1, [8, 8, 64], 64),
        // vww
        convolution([3, 3], 2, [96, 96, 3], 8),
        depthwise(1, [48, 48, 8]),
        convolution([1, 1], 1, [48, 48, 8], 16),
        depthwise(2, [48, 48, 16]),
        convolution([1, 1], 1, [24, 24, 16], 32),
        depthwise(1, [24, 24, 32]),
        convolution([1, 1], 1, [12, 12, 64], 64),
        convolution([1, 1], 1, [6, 6, 128], 128),
        depthwise(1, [6, 6, 128]),
        convolution([1, 1], 1, [3, 3, 256], 256),
        depthwise(1, [3, 3, 256]),
        // ad
        dense(640, 128),
        dense(128, 128),
        dense(8, 128),
        dense(128, 640),
    ]
}
