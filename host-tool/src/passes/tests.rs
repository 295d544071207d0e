//! Whole models through the passes: they must compute what they did, and lose their transposes.

use proptest::prelude::*;

use super::layout::moved_elements;
use super::prepare;
use crate::graph::execute::run;
use crate::graph::float::*;
use crate::graph::shape::{elements, output_shape};

/// Builds graphs the way the importer does: the model's own NCHW layout, transposes around spatial operators.
struct Builder {
    graph: Graph,
    /// State of the generator of weights.
    random: u64,
}

const TO_NHWC: [usize; 4] = [0, 2, 3, 1];
const TO_NCHW: [usize; 4] = [0, 3, 1, 2];

impl Builder {
    fn new(seed: u64) -> Self {
        Self { graph: Graph { name: "test".into(), ..Graph::default() }, random: seed }
    }

    fn value(&mut self) -> f32 {
        self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.random >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.value()).collect()
    }

    fn tensor(&mut self, shape: &[usize], constant: Option<Vec<f32>>) -> TensorId {
        let name = format!("t{}", self.graph.tensors.len());
        self.graph.tensors.push(Tensor { name, shape: shape.to_vec(), constant });
        self.graph.tensors.len() - 1
    }

    fn constant(&mut self, shape: &[usize]) -> TensorId {
        let values = self.values(elements(shape));
        self.tensor(shape, Some(values))
    }

    fn port(&self, tensor: TensorId) -> Port {
        let model_shape = self.shape(tensor);
        let permutation = (0..model_shape.len()).collect();
        Port { name: format!("port{tensor}"), tensor, model_shape, permutation, normalization: None }
    }

    fn input(&mut self, shape: &[usize]) -> TensorId {
        let tensor = self.tensor(shape, None);
        let port = self.port(tensor);
        self.graph.inputs.push(port);
        tensor
    }

    fn output(&mut self, tensor: TensorId) {
        let port = self.port(tensor);
        self.graph.outputs.push(port);
    }

    fn shape(&self, tensor: TensorId) -> Shape {
        self.graph.tensors[tensor].shape.clone()
    }

    fn node_as(&mut self, op: Op, inputs: &[TensorId], declared: &[usize]) -> TensorId {
        let shapes: Vec<Shape> = inputs.iter().map(|&input| self.shape(input)).collect();
        let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
        let shape = output_shape(&op, &shapes, declared).unwrap();
        let output = self.tensor(&shape, None);
        let name = format!("n{}", self.graph.nodes.len());
        self.graph.nodes.push(Node { name, op, inputs: inputs.to_vec(), output });
        output
    }

    fn node(&mut self, op: Op, inputs: &[TensorId]) -> TensorId {
        self.node_as(op, inputs, &[])
    }

    fn reshape(&mut self, x: TensorId, shape: &[usize]) -> TensorId {
        self.node_as(Op::Reshape, &[x], shape)
    }

    fn transpose(&mut self, x: TensorId, permutation: &[usize]) -> TensorId {
        self.node(Op::Transpose { permutation: permutation.to_vec() }, &[x])
    }

    fn spatial(&mut self, x: TensorId, op: Op) -> TensorId {
        let x = self.transpose(x, &TO_NHWC);
        let x = self.node(op, &[x]);
        self.transpose(x, &TO_NCHW)
    }

    fn conv(&mut self, x: TensorId, outputs: usize, filter: usize, stride: usize, groups: usize) -> TensorId {
        let inputs = self.shape(x)[1] / groups;
        let conv = Conv2d {
            weights: self.values(outputs * filter * filter * inputs),
            bias: self.values(outputs),
            output_channels: outputs,
            groups,
            window: window(filter, stride, filter / 2),
            clamp: Clamp::NONE,
        };
        self.spatial(x, Op::Conv2d(conv))
    }

    fn relu(&mut self, x: TensorId) -> TensorId {
        self.node(Op::Unary(Unary::Clamp(Clamp::RELU)), &[x])
    }

    fn binary(&mut self, kind: Binary, a: TensorId, b: TensorId) -> TensorId {
        self.node(Op::Binary { kind, clamp: Clamp::NONE }, &[a, b])
    }

    /// Batch normalization spelled out, with per-channel constants of rank 3.
    fn batch_norm(&mut self, x: TensorId) -> TensorId {
        let channels = self.shape(x)[1];
        let scale = self.constant(&[channels, 1, 1]);
        let bias = self.constant(&[1, channels, 1, 1]);
        let x = self.binary(Binary::Mul, x, scale);
        self.binary(Binary::Add, bias, x)
    }

    fn dense(&mut self, x: TensorId, outputs: usize) -> TensorId {
        let inputs = *self.shape(x).last().unwrap();
        let dense = Dense {
            weights: self.values(outputs * inputs),
            bias: self.values(outputs),
            output_features: outputs,
            clamp: Clamp::NONE,
        };
        self.node(Op::Dense(dense), &[x])
    }

    fn flatten(&mut self, x: TensorId) -> TensorId {
        let count = elements(&self.shape(x));
        self.reshape(x, &[1, count])
    }

    fn squeeze_excite(&mut self, x: TensorId) -> TensorId {
        let channels = self.shape(x)[1];
        let s = self.node(Op::Mean { axes: vec![2, 3] }, &[x]);
        let s = self.conv(s, 2, 1, 1, 1);
        let s = self.relu(s);
        let s = self.conv(s, channels, 1, 1, 1);
        let s = self.node(Op::Unary(Unary::Sigmoid), &[s]);
        self.binary(Binary::Mul, x, s)
    }

    fn residual(&mut self, x: TensorId) -> TensorId {
        let channels = self.shape(x)[1];
        let y = self.conv(x, channels, 3, 1, 1);
        let y = self.batch_norm(y);
        let y = self.binary(Binary::Add, y, x);
        self.relu(y)
    }

    fn dense_block(&mut self, x: TensorId) -> TensorId {
        let y = self.conv(x, 3, 3, 1, 1);
        let y = self.relu(y);
        self.node(Op::Concat { axis: 1 }, &[x, y])
    }

    fn separable(&mut self, x: TensorId) -> TensorId {
        let channels = self.shape(x)[1];
        let x = self.conv(x, channels, 3, 1, channels);
        let x = self.batch_norm(x);
        let x = self.node(Op::Unary(Unary::Clamp(Clamp { min: 0.0, max: 6.0 })), &[x]);
        self.conv(x, channels + 1, 1, 1, 1)
    }

    fn pool(&mut self, x: TensorId, kind: PoolKind) -> TensorId {
        let shape = self.shape(x);
        let filter = if shape[2].min(shape[3]) > 1 { 2 } else { 1 };
        self.spatial(x, Op::Pool(Pool { kind, window: window(filter, filter, 0), count_include_pad: false }))
    }

    fn pad_conv(&mut self, x: TensorId) -> TensorId {
        let x = self.node(Op::Pad { before: vec![0, 0, 1, 0], after: vec![0, 0, 1, 2], value: 0.0 }, &[x]);
        self.conv(x, 4, 3, 2, 1)
    }

    fn hard_swish(&mut self, x: TensorId) -> TensorId {
        let three = self.tensor(&[], Some(vec![3.0]));
        let sixth = self.tensor(&[1], Some(vec![1.0 / 6.0]));
        let gate = self.binary(Binary::Add, x, three);
        let gate = self.node(Op::Unary(Unary::Clamp(Clamp { min: 0.0, max: 6.0 })), &[gate]);
        let y = self.binary(Binary::Mul, x, gate);
        self.binary(Binary::Mul, y, sixth)
    }

    fn halves(&mut self, x: TensorId) -> TensorId {
        let mut shape = self.shape(x);
        let channels = shape[1];
        if channels < 2 {
            return x;
        }
        shape[1] = channels / 2;
        let slice = |first| Op::Slice { start: vec![0, first, 0, 0], step: vec![1; 4] };
        let a = self.node_as(slice(0), &[x], &shape);
        let b = self.node_as(slice(channels - channels / 2), &[x], &shape);
        let a = self.conv(a, channels / 2, 1, 1, 1);
        self.binary(Binary::Sub, a, b)
    }

    fn upsample(&mut self, x: TensorId) -> TensorId {
        let shape = self.shape(x);
        if shape[2] * shape[3] > 64 {
            return x;
        }
        let twice = |extent: usize| (0..2 * extent).map(|i| i / 2).collect();
        let indices = vec![vec![0], (0..shape[1]).collect(), twice(shape[2]), twice(shape[3])];
        self.node(Op::Resize { indices }, &[x])
    }

    fn prelu(&mut self, x: TensorId) -> TensorId {
        let slope = self.values(self.shape(x)[1]);
        self.spatial(x, Op::PRelu { slope })
    }

    fn shuffle(&mut self, x: TensorId) -> TensorId {
        let shape = self.shape(x);
        let groups = if shape[1].is_multiple_of(2) { 2 } else { 1 };
        let x = self.reshape(x, &[1, groups, shape[1] / groups, shape[2], shape[3]]);
        let x = self.transpose(x, &[0, 2, 1, 3, 4]);
        self.reshape(x, &shape)
    }

    fn finish(self) -> Graph {
        self.graph
    }
}

fn window(filter: usize, stride: usize, pad: usize) -> Window {
    Window { filter: [filter; 2], stride: [stride; 2], dilation: [1; 2], pad_before: [pad; 2], pad_after: [pad; 2] }
}

fn transposes(graph: &Graph) -> usize {
    graph.nodes.iter().filter(|node| matches!(node.op, Op::Transpose { .. })).count()
}

/// Both graphs on the same samples: largest difference over the largest magnitude of the output.
fn relative_difference(a: &Graph, b: &Graph) -> f32 {
    let mut samples = Builder::new(7);
    let inputs: Vec<Vec<f32>> = a.inputs.iter().map(|port| samples.values(elements(&port.model_shape))).collect();
    let (a, b) = (run(a, &inputs).unwrap(), run(b, &inputs).unwrap());
    assert_eq!(a.len(), b.len());
    let worst = |(a, b): (&Vec<f32>, &Vec<f32>)| {
        assert_eq!(a.len(), b.len());
        let size = a.iter().fold(1e-3f32, |max, x| max.max(x.abs()));
        a.iter().zip(b).fold(0f32, |max, (a, b)| max.max((a - b).abs())) / size
    };
    a.iter().zip(&b).map(worst).fold(0.0, f32::max)
}

fn checked(graph: &Graph) -> Graph {
    let prepared = prepare(graph).unwrap();
    let difference = relative_difference(graph, &prepared);
    assert!(difference <= 1e-4, "differs by {difference}:\n{}", crate::graph::print::text(&prepared));
    assert!(prepared.tensors.iter().all(|tensor| tensor.shape.len() <= 4), "{}", crate::graph::print::text(&prepared));
    prepared
}

fn assert_without_transposes(graph: &Graph) {
    assert_eq!(transposes(graph), 0, "{}", crate::graph::print::text(graph));
}

/// One block of a random network, chosen by number.
fn block(b: &mut Builder, x: TensorId, choice: u8) -> TensorId {
    match choice {
        0 => b.residual(x),
        1 => b.dense_block(x),
        2 => b.separable(x),
        3 => b.squeeze_excite(x),
        4 => b.pool(x, PoolKind::Max),
        5 => b.pool(x, PoolKind::Average),
        6 => b.pad_conv(x),
        7 => b.hard_swish(x),
        8 => b.halves(x),
        9 => b.upsample(x),
        10 => b.prelu(x),
        11 => b.conv(x, 4, 3, 2, 1),
        _ => b.shuffle(x),
    }
}

/// What follows the blocks, chosen by number.
fn head(b: &mut Builder, x: TensorId, choice: u8) -> TensorId {
    match choice {
        0 => {
            let x = b.flatten(x);
            let x = b.relu(x);
            let x = b.dense(x, 5);
            b.node(Op::Softmax { axis: 1 }, &[x])
        }
        1 => {
            let x = b.node(Op::Mean { axes: vec![2, 3] }, &[x]);
            let x = b.flatten(x);
            let x = b.dense(x, 3);
            b.node(Op::LogSoftmax { axis: 1 }, &[x])
        }
        2 => {
            let x = b.flatten(x);
            let count = b.shape(x)[1];
            let (scale, bias) = (b.constant(&[count]), b.constant(&[1, count]));
            let x = b.binary(Binary::Mul, x, scale);
            let x = b.binary(Binary::Add, x, bias);
            let x = b.relu(x);
            b.dense(x, 4)
        }
        3 => b.node(Op::Softmax { axis: 1 }, &[x]),
        _ => x,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_stay_equal(
        seed in any::<u64>(),
        extents in (1usize..5, 1usize..9, 1usize..9),
        blocks in prop::collection::vec(0u8..13, 1..7),
        last in 0u8..5,
        tap in 0u8..4,
    ) {
        let mut b = Builder::new(seed);
        let mut x = b.input(&[1, extents.0, extents.1, extents.2]);
        if tap == 1 {
            x = b.batch_norm(x);
        }
        let mut middle = x;
        for (index, &choice) in blocks.iter().enumerate() {
            x = block(&mut b, x, choice);
            if index == blocks.len() / 2 {
                middle = x;
            }
        }
        let y = head(&mut b, x, last);
        b.output(y);
        if tap >= 2 {
            let other = head(&mut b, middle, tap - 1);
            b.output(other);
        }
        let graph = b.finish();
        let prepared = checked(&graph);
        if !blocks.contains(&12) {
            assert_without_transposes(&prepared);
        } else if last != 3 {
            // A softmax over channels may ask for a transpose that the model did not have.
            prop_assert!(moved_elements(&prepared) <= moved_elements(&graph));
        }
    }
}

#[test]
fn a_normalized_input_costs_nothing() {
    let mut b = Builder::new(1);
    let x = b.input(&[1, 3, 8, 8]);
    let (mean, deviation) = (b.constant(&[1, 3, 1, 1]), b.constant(&[3, 1, 1]));
    let x = b.binary(Binary::Sub, x, mean);
    let x = b.binary(Binary::Mul, x, deviation);
    let x = b.conv(x, 4, 3, 1, 1);
    let x = b.relu(x);
    b.output(x);
    let prepared = checked(&b.finish());
    assert_eq!(prepared.nodes.len(), 1, "{}", crate::graph::print::text(&prepared));
    assert_eq!(prepared.inputs[0].permutation, TO_NHWC);
    assert!(prepared.inputs[0].normalization.as_ref().is_some_and(|affine| affine.scale.len() == 3));
}

#[test]
fn a_channel_shuffle_keeps_one_transpose() {
    let mut b = Builder::new(2);
    let x = b.input(&[1, 3, 6, 6]);
    let x = b.conv(x, 8, 3, 1, 1);
    let x = b.shuffle(x);
    let x = b.conv(x, 4, 1, 1, 1);
    b.output(x);
    let prepared = checked(&b.finish());
    assert_eq!(transposes(&prepared), 1, "{}", crate::graph::print::text(&prepared));
}

#[test]
fn a_residual_network_of_convolutions_keeps_convolutions_and_additions() {
    let mut b = Builder::new(3);
    let x = b.input(&[1, 3, 8, 8]);
    let x = b.conv(x, 4, 3, 1, 1);
    let x = b.batch_norm(x);
    let x = b.relu(x);
    let x = b.residual(x);
    let x = b.residual(x);
    let y = head(&mut b, x, 0);
    b.output(y);
    let prepared = checked(&b.finish());
    let names: Vec<&str> = prepared.nodes.iter().map(|node| crate::graph::verify::operator_name(&node.op)).collect();
    assert_eq!(names, ["Conv2d", "Conv2d", "Add", "Conv2d", "Add", "Reshape", "Dense", "Softmax"]);
}

/// The importer's form of a 1-D convolution over `[N, C, L]`.
fn conv_1d(b: &mut Builder, x: TensorId, outputs: usize) -> TensorId {
    let shape = b.shape(x);
    let x = b.reshape(x, &[1, shape[1], 1, shape[2]]);
    let inputs = shape[1];
    let window = Window { filter: [1, 3], stride: [1, 1], dilation: [1, 1], pad_before: [0, 1], pad_after: [0, 1] };
    let (weights, bias) = (b.values(outputs * 3 * inputs), b.values(outputs));
    let conv = Conv2d { weights, bias, output_channels: outputs, groups: 1, window, clamp: Clamp::NONE };
    let x = b.spatial(x, Op::Conv2d(conv));
    b.reshape(x, &[1, outputs, shape[2]])
}

#[test]
fn a_one_dimensional_network_has_its_activations_fused() {
    let mut b = Builder::new(4);
    let x = b.input(&[1, 6, 20]);
    let x = conv_1d(&mut b, x, 8);
    let x = b.relu(x);
    let y = conv_1d(&mut b, x, 8);
    let y = b.binary(Binary::Add, x, y);
    let y = b.relu(y);
    let y = conv_1d(&mut b, y, 4);
    let y = b.relu(y);
    let y = b.node(Op::Mean { axes: vec![2] }, &[y]);
    let y = b.flatten(y);
    let y = b.dense(y, 4);
    b.output(y);
    let prepared = checked(&b.finish());
    assert_without_transposes(&prepared);
    let computing = prepared.nodes.iter().filter(|node| !matches!(node.op, Op::Reshape)).count();
    assert_eq!(computing, 6, "{}", crate::graph::print::text(&prepared));
}

#[test]
fn a_model_that_transposes_keeps_its_transpose() {
    let mut b = Builder::new(5);
    let x = b.input(&[1, 5, 7]);
    let x = b.dense(x, 6);
    let x = b.transpose(x, &[0, 2, 1]);
    let x = b.dense(x, 3);
    b.output(x);
    let prepared = checked(&b.finish());
    assert_eq!(transposes(&prepared), 1);
}

#[test]
fn a_spelled_out_hard_swish_is_one_node() {
    let mut b = Builder::new(6);
    let x = b.input(&[1, 2, 4, 4]);
    let x = b.conv(x, 3, 1, 1, 1);
    let x = b.hard_swish(x);
    b.output(x);
    let prepared = checked(&b.finish());
    assert_eq!(prepared.nodes.len(), 2, "{}", crate::graph::print::text(&prepared));
    assert_eq!(prepared.nodes[1].op, Op::Unary(Unary::HardSwish));
}

#[test]
fn a_constant_that_varies_over_all_axes_becomes_an_affine() {
    let mut b = Builder::new(8);
    let x = b.input(&[1, 2, 3, 4]);
    let x = b.relu(x);
    let mask = b.constant(&[2, 1, 4]);
    let x = b.binary(Binary::Mul, x, mask);
    b.output(x);
    let prepared = checked(&b.finish());
    assert!(prepared.tensors.iter().all(|tensor| tensor.constant.is_none()));
}

#[test]
fn means_over_scattered_axes_are_poolings() {
    let mut b = Builder::new(9);
    let x = b.input(&[1, 3, 4, 5]);
    let x = b.relu(x);
    let x = b.node(Op::Mean { axes: vec![1, 3] }, &[x]);
    b.output(x);
    let prepared = checked(&b.finish());
    assert!(prepared.nodes.iter().all(|node| !matches!(node.op, Op::Mean { .. })));
}
