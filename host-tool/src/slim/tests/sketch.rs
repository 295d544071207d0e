//! Fixed-point graphs made by hand, with random weights.

use crate::graph::fixed::{
    FixedGraph, FixedNode, FixedOp, FixedPort, FixedRequant, FixedTensor, QuantParams, TensorId,
};
use crate::graph::float::{Port, Window};

/// A graph as it grows.
pub struct Sketch {
    pub graph: FixedGraph,
    pub rng: Rng,
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub struct Rng(pub u64);

impl Rng {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `[0, end)`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// A number in `[low, high]`.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1) as usize) as i32
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// The square filter `filter` wide, with this stride and padding on all sides.
pub fn window(filter: usize, stride: usize, pad: usize) -> Window {
    let pair = |value: usize| [value; 2];
    let (pad_before, pad_after) = (pair(pad), pair(pad));
    Window { filter: pair(filter), stride: pair(stride), dilation: [1, 1], pad_before, pad_after }
}

/// The shape that a window makes of `[N, H, W, C]`.
pub fn through(window: &Window, [n, height, width, channels]: [usize; 4]) -> [usize; 4] {
    let along = |axis: usize, extent: usize| {
        let span = (window.filter[axis] - 1) * window.dilation[axis] + 1;
        (extent + window.pad_before[axis] + window.pad_after[axis] - span) / window.stride[axis] + 1
    };
    [n, along(0, height), along(1, width), channels]
}

/// Random samples, and such with all inputs at an end of their range.
pub fn samples(graph: &FixedGraph, seed: u64) -> Vec<Vec<Vec<i8>>> {
    let mut rng = Rng(seed);
    let mut sample = |value: Option<i8>| -> Vec<Vec<i8>> {
        let inputs = graph.inputs.iter().map(|port| graph.tensors[port.tensor].elements());
        inputs.map(|count| (0..count).map(|_| value.unwrap_or(rng.bits() as i8)).collect()).collect()
    };
    [None, None, None, None, Some(i8::MIN), Some(i8::MAX)].into_iter().map(&mut sample).collect()
}

impl Sketch {
    pub fn new(seed: u64) -> Self {
        let graph = FixedGraph {
            name: "sketch".to_owned(),
            tensors: Vec::new(),
            nodes: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        Sketch { graph, rng: Rng(seed) }
    }

    pub fn shape(&self, tensor: TensorId) -> [usize; 4] {
        self.graph.tensors[tensor].shape
    }

    pub fn zero_point(&self, tensor: TensorId) -> i32 {
        self.graph.tensors[tensor].quant.zero_point
    }

    pub fn tensor(&mut self, shape: [usize; 4], zero_point: i32) -> TensorId {
        let id = self.graph.tensors.len();
        let quant = QuantParams { scale: 0.1, zero_point };
        self.graph.tensors.push(FixedTensor {
            name: format!("tensor {id}"),
            shape,
            quant,
            float: None,
            channels: None,
            view: None,
        });
        id
    }

    pub fn input(&mut self, shape: [usize; 4]) -> TensorId {
        let zero_point = self.rng.between(-60, 60);
        let tensor = self.tensor(shape, zero_point);
        self.graph.inputs.push(port(tensor, shape));
        tensor
    }

    pub fn output(&mut self, tensor: TensorId) {
        let shape = self.shape(tensor);
        self.graph.outputs.push(port(tensor, shape));
    }

    pub fn node(&mut self, op: FixedOp, inputs: &[TensorId], shape: [usize; 4], zero_point: i32) -> TensorId {
        let output = self.tensor(shape, zero_point);
        let name = format!("node {}", self.graph.nodes.len());
        self.graph.nodes.push(FixedNode { name, op, inputs: inputs.to_vec(), output });
        output
    }

    /// A convolution in `groups` with random weights to `channels` channels.
    pub fn conv2d(&mut self, input: TensorId, window: Window, groups: usize, channels: usize) -> TensorId {
        let shape = self.shape(input);
        let depth = window.filter[0] * window.filter[1] * shape[3] / groups;
        let (weights, (zero_point, is_relu)) = (self.weights(channels * depth), self.range());
        let requant = self.requant(input, &sums(weights.chunks_exact(depth)), depth, zero_point, is_relu);
        let [n, height, width, _] = through(&window, shape);
        self.node(
            FixedOp::Conv2d { window, groups, weights, requant },
            &[input],
            [n, height, width, channels],
            zero_point,
        )
    }

    /// A depthwise convolution with `multiplier` output channels for each input channel.
    pub fn depthwise(&mut self, input: TensorId, window: Window, multiplier: usize) -> TensorId {
        let [n, height, width, channels] = through(&window, self.shape(input));
        let (channels, taps) = (channels * multiplier, window.filter[0] * window.filter[1]);
        let (weights, (zero_point, is_relu)) = (self.weights(channels * taps), self.range());
        let filter = |channel| weights.iter().skip(channel).step_by(channels).map(|&weight| i32::from(weight)).sum();
        let sums: Vec<i32> = (0..channels).map(filter).collect();
        let requant = self.requant(input, &sums, taps, zero_point, is_relu);
        let op = FixedOp::DepthwiseConv2d { window, weights, requant };
        self.node(op, &[input], [n, height, width, channels], zero_point)
    }

    pub fn dense(&mut self, input: TensorId, features: usize) -> TensorId {
        let [n, height, width, depth] = self.shape(input);
        let (weights, (zero_point, is_relu)) = (self.weights(features * depth), self.range());
        let requant = self.requant(input, &sums(weights.chunks_exact(depth)), depth, zero_point, is_relu);
        self.node(FixedOp::Dense { weights, requant }, &[input], [n, height, width, features], zero_point)
    }

    /// `a + b`, of the shape of `a`.
    pub fn add(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let activation = [self.rng.between(-128, -20), self.rng.between(20, 127)];
        let multipliers = [self.rng.between(200, 500), self.rng.between(-500, -200)];
        let bias = -multipliers[0] * self.zero_point(a) - multipliers[1] * self.zero_point(b);
        self.node(FixedOp::Add { multipliers, bias, shift: 9, activation }, &[a, b], self.shape(a), 0)
    }

    /// The same elements as `[N, 1, 1, C]`.
    pub fn flatten(&mut self, input: TensorId) -> TensorId {
        let [n, height, width, channels] = self.shape(input);
        let zero_point = self.zero_point(input);
        self.node(FixedOp::Reshape, &[input], [n, 1, 1, height * width * channels], zero_point)
    }

    /// Sets all weights of an output channel of the last node to 0, and its bias to what gives about `value`.
    pub fn plant(&mut self, channel: usize, value: i32) {
        let node = self.graph.nodes.last_mut().expect("a node was added");
        let zero_point = self.graph.tensors[node.output].quant.zero_point;
        let requant = match &mut node.op {
            FixedOp::Conv2d { weights, requant, .. } | FixedOp::Dense { weights, requant } => {
                let depth = weights.len() / requant.bias.len();
                weights[channel * depth..][..depth].fill(0);
                requant
            }
            FixedOp::DepthwiseConv2d { weights, requant, .. } => {
                weights.iter_mut().skip(channel).step_by(requant.bias.len()).for_each(|weight| *weight = 0);
                requant
            }
            other => panic!("{other:?} has no weights"),
        };
        let step = f64::from(requant.multipliers[channel]) * 2f64.powi(requant.pre_shift as i32 - 32);
        requant.bias[channel] = (f64::from(value - zero_point) / step).round() as i32;
    }

    fn weights(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| self.rng.between(-127, 127) as i8).collect()
    }

    /// The zero point of a layer's output, and whether a relu is fused: zero is then near the lower end.
    fn range(&mut self) -> (i32, bool) {
        if self.rng.chance(2) { (self.rng.between(-128, -100), true) } else { (self.rng.between(-60, 60), false) }
    }

    /// Takes accumulators to about the range of an output; `sums` has the sum of each filter's weights, of which there are `depth`.
    fn requant(&mut self, input: TensorId, sums: &[i32], depth: usize, zero_point: i32, is_relu: bool) -> FixedRequant {
        let input_zero_point = self.zero_point(input);
        let scale = 2f64.powi(32) / (60.0 * (depth as f64).sqrt());
        FixedRequant {
            bias: sums.iter().map(|sum| self.rng.between(-4000, 4000) - input_zero_point * sum).collect(),
            multipliers: sums.iter().map(|_| scale as i32 + self.rng.between(0, 100_000)).collect(),
            pre_shift: 0,
            activation: if is_relu { [zero_point, 127] } else { [-128, 127] },
        }
    }
}

fn sums<'w>(filters: impl Iterator<Item = &'w [i8]>) -> Vec<i32> {
    filters.map(|filter| filter.iter().map(|&weight| i32::from(weight)).sum()).collect()
}

fn port(tensor: TensorId, shape: [usize; 4]) -> FixedPort {
    let name = format!("port of tensor {tensor}");
    let permutation = vec![0, 1, 2, 3];
    let port = Port { name, tensor, model_shape: shape.to_vec(), permutation, normalization: None };
    FixedPort { port, tensor, conversion: None }
}
