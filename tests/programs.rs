//! Tiny models built by hand, one for every kernel there is, and programs made of them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use peacrab::convert::{ConvertError, Converted, Options, convert};
use peacrab::evaluate::data::array::{Array, Integers, Numbers};
use peacrab::evaluate::data::{Dtype, InputSpec, InputTransform, Samples, read_inputs};
use peacrab::graph::float::{
    Affine, Binary, Clamp, Conv2d, Dense, Graph, Node, Norm, Op, Pool, PoolKind, Port, Tensor, TensorId, Unary, Window,
};
use peacrab::import;
use peacrab::passes::prepare;
use peacrab::plan::Optimize;
use peacrab::quantize::Observer;
use peacrab_format::Target;

use crate::random;

/// Random graphs among the small programs.
const RANDOM_GRAPHS: u64 = 6;

/// Calibration samples of each model.
const SAMPLES: usize = 8;

/// A float graph as it grows; every tensor is `[N, H, W, C]`.
pub(crate) struct Sketch {
    graph: Graph,
    state: u32,
}

impl Sketch {
    /// A graph with one input, tensor 0.
    pub(crate) fn new(name: &str, input: [usize; 4]) -> Self {
        let graph = Graph { name: name.to_owned(), ..Graph::default() };
        let mut sketch = Sketch { graph, state: 1 };
        sketch.input(input);
        sketch
    }

    fn input(&mut self, shape: [usize; 4]) -> TensorId {
        let tensor = self.tensor(shape);
        let port = port(format!("input {tensor}"), tensor, shape);
        self.graph.inputs.push(port);
        tensor
    }

    fn tensor(&mut self, shape: [usize; 4]) -> TensorId {
        let name = format!("tensor {}", self.graph.tensors.len());
        self.graph.tensors.push(Tensor { name, shape: shape.to_vec(), constant: None });
        self.graph.tensors.len() - 1
    }

    pub(crate) fn node(&mut self, op: Op, inputs: &[TensorId], shape: [usize; 4]) -> TensorId {
        let output = self.tensor(shape);
        let name = format!("node {}", self.graph.nodes.len());
        self.graph.nodes.push(Node { name, op, inputs: inputs.to_vec(), output });
        output
    }

    fn conv2d(&mut self, window: Window, groups: usize, shapes: [[usize; 4]; 2]) -> TensorId {
        self.conv2d_of(0, window, groups, shapes)
    }

    /// A convolution of any tensor.
    pub(crate) fn conv2d_of(
        &mut self,
        input: TensorId,
        window: Window,
        groups: usize,
        shapes: [[usize; 4]; 2],
    ) -> TensorId {
        let [[.., input_channels], [.., output_channels]] = shapes;
        let taps = window.filter[0] * window.filter[1];
        let weights = self.numbers(output_channels * taps * input_channels / groups);
        let bias = self.numbers(output_channels);
        let conv = Conv2d { weights, bias, output_channels, groups, window, clamp: Clamp::RELU };
        self.node(Op::Conv2d(conv), &[input], shapes[1])
    }

    /// Numbers in `[-1, 1)`, by the generator of Numerical Recipes (3rd edition, 7.1.4).
    pub(crate) fn numbers(&mut self, count: usize) -> Vec<f32> {
        let mut number = || {
            self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| number()).collect()
    }

    /// The graph with one output.
    pub(crate) fn finish(mut self, output: TensorId) -> Graph {
        let shape = self.graph.tensors[output].shape.clone();
        let shape = [shape[0], shape[1], shape[2], shape[3]];
        self.graph.outputs.push(port("output".to_owned(), output, shape));
        self.graph
    }
}

fn port(name: String, tensor: TensorId, shape: [usize; 4]) -> Port {
    Port { name, tensor, model_shape: shape.to_vec(), permutation: vec![0, 1, 2, 3], normalization: None }
}

pub(crate) fn window(filter: [usize; 2], stride: [usize; 2], pad: usize) -> Window {
    Window { filter, stride, dilation: [1, 1], pad_before: [pad; 2], pad_after: [pad; 2] }
}

/// A model of one operator for every kernel, packed ones included where a core has them.
pub fn graphs() -> Vec<Graph> {
    let mut graphs = vec![grouped(), copies(), two_inputs()];
    graphs.extend(convolutions());
    graphs.extend(pools());
    graphs.extend(same_shape());
    graphs.extend(joins());
    graphs
}

/// A single convolution, `[N, H, W, C]` to `[N, OH, OW, O]`.
pub fn convolution(name: &str, window: Window, groups: usize, shapes: [[usize; 4]; 2]) -> Graph {
    let mut sketch = Sketch::new(name, shapes[0]);
    let output = sketch.conv2d(window, groups, shapes);
    sketch.finish(output)
}

/// A single dense layer, `[1, H, W, C]` to `[1, H, W, O]`.
pub fn dense(name: &str, [input, output]: [[usize; 4]; 2]) -> Graph {
    let mut sketch = Sketch::new(name, input);
    let weights = sketch.numbers(input[3] * output[3]);
    let bias = sketch.numbers(output[3]);
    let dense = Dense { weights, bias, output_features: output[3], clamp: Clamp::NONE };
    let output = sketch.node(Op::Dense(dense), &[0], output);
    sketch.finish(output)
}

/// Windows with and without padding, stride and dilation: each has conditions of its own.
fn convolutions() -> Vec<Graph> {
    let plain = convolution;
    let dilated = Window { dilation: [2, 1], ..window([2, 3], [1, 2], 1) };
    vec![
        plain("pointwise", window([1, 1], [1, 1], 0), 1, [[1, 4, 3, 5], [1, 4, 3, 6]]),
        plain("conv 3x3", window([3, 3], [1, 1], 1), 1, [[1, 5, 4, 3], [1, 5, 4, 5]]),
        plain("conv 3x3 stride 2", window([3, 3], [2, 2], 1), 1, [[1, 5, 6, 4], [1, 3, 3, 4]]),
        plain("conv 3x3 of whole words", window([3, 3], [1, 1], 1), 1, [[1, 5, 4, 4], [1, 5, 4, 5]]),
        plain("conv 3x3 of whole words, stride 2", window([3, 3], [2, 2], 1), 1, [[1, 5, 8, 4], [1, 3, 4, 6]]),
        plain("conv 3x3 in tiles of 2x2", window([3, 3], [1, 1], 1), 1, [[1, 2, 8, 16], [1, 2, 8, 16]]),
        plain("conv 3x3 in tiles of 4x4", window([3, 3], [1, 1], 1), 1, [[1, 8, 16, 16], [1, 8, 16, 16]]),
        plain("conv dilated", dilated, 1, [[1, 4, 5, 2], [1, 4, 3, 3]]),
        plain("depthwise 3x3", window([3, 3], [1, 1], 1), 5, [[1, 4, 5, 5], [1, 4, 5, 5]]),
        plain("depthwise 3x3 stride 2", window([3, 3], [2, 2], 1), 4, [[1, 5, 5, 4], [1, 3, 3, 4]]),
        plain("depthwise 5x3 multiplier 2", window([5, 3], [1, 1], 1), 3, [[1, 5, 4, 3], [1, 3, 4, 6]]),
    ]
}

fn grouped() -> Graph {
    let mut sketch = Sketch::new("conv groups 2", [1, 3, 3, 4]);
    let output = sketch.conv2d(window([2, 2], [1, 1], 0), 2, [[1, 3, 3, 4], [1, 2, 2, 6]]);
    sketch.finish(output)
}

fn pools() -> Vec<Graph> {
    let kinds = [
        ("max pool", PoolKind::Max, true),
        ("average pool", PoolKind::Average, false),
        ("mean", PoolKind::Average, true),
    ];
    let graph = |(name, kind, count_include_pad): (&str, PoolKind, bool)| {
        let mut sketch = Sketch::new(name, [1, 5, 4, 3]);
        let pool = Pool { kind, window: window([3, 2], [2, 2], 1), count_include_pad };
        let output = sketch.node(Op::Pool(pool), &[0], [1, 3, 3, 3]);
        sketch.finish(output)
    };
    kinds.map(graph).into()
}

/// Operators whose output has the shape of their input, and the dense layer.
fn same_shape() -> Vec<Graph> {
    let graph = |name: &str, op: Op| {
        let mut sketch = Sketch::new(name, [1, 2, 3, 4]);
        let output = sketch.node(op, &[0], [1, 2, 3, 4]);
        sketch.finish(output)
    };
    let mut numbers = Sketch::new("", [1; 4]);
    let dense = |numbers: &mut Sketch| Dense {
        weights: numbers.numbers(16),
        bias: numbers.numbers(4),
        output_features: 4,
        clamp: Clamp::NONE,
    };
    let row = Dense { weights: numbers.numbers(80), bias: numbers.numbers(8), output_features: 8, clamp: Clamp::NONE };
    let mut single = Sketch::new("dense of a single row", [1, 1, 1, 10]);
    let output = single.node(Op::Dense(row), &[0], [1, 1, 1, 8]);
    let affine = Affine { scale: numbers.numbers(4), bias: numbers.numbers(4) };
    vec![
        graph("dense", Op::Dense(dense(&mut numbers))),
        graph("affine", Op::Affine { affine, clamp: Clamp::RELU }),
        graph("lut", Op::Unary(Unary::Tanh)),
        graph("prelu", Op::PRelu { slope: numbers.numbers(4) }),
        graph("softmax", Op::Softmax { axis: 3 }),
        graph("log softmax", Op::LogSoftmax { axis: 3 }),
        graph("normalize L1", Op::Normalize(Norm::L1)),
        graph("normalize L2", Op::Normalize(Norm::L2)),
        graph("normalize max", Op::Normalize(Norm::Max)),
        single.finish(output),
    ]
}

/// Two operands of one input each, with broadcasting.
fn two_inputs() -> Graph {
    let mut sketch = Sketch::new("add and mul", [1, 3, 2, 4]);
    let row = sketch.input([1, 1, 1, 4]);
    let sum = sketch.node(Op::Binary { kind: Binary::Add, clamp: Clamp::RELU }, &[0, row], [1, 3, 2, 4]);
    let difference = sketch.node(Op::Binary { kind: Binary::Sub, clamp: Clamp::NONE }, &[sum, 0], [1, 3, 2, 4]);
    let product = sketch.node(Op::Binary { kind: Binary::Mul, clamp: Clamp::NONE }, &[difference, row], [1, 3, 2, 4]);
    sketch.finish(product)
}

/// Slice, transpose, pad and resize.
fn copies() -> Graph {
    let mut sketch = Sketch::new("copies", [1, 4, 3, 2]);
    let slice = Op::Slice { start: vec![0, 3, 0, 1], step: vec![1, -1, 2, -1] };
    let slice = sketch.node(slice, &[0], [1, 2, 2, 2]);
    let transpose = sketch.node(Op::Transpose { permutation: vec![0, 3, 1, 2] }, &[slice], [1, 2, 2, 2]);
    let pad = Op::Pad { before: vec![0, 1, 0, 0], after: vec![0, 0, 2, 0], value: 0.0 };
    let pad = sketch.node(pad, &[transpose], [1, 3, 4, 2]);
    let indices = vec![vec![0], vec![0, 0, 1, 2, 2], vec![0, 2, 3], vec![0, 1]];
    let resize = sketch.node(Op::Resize { indices }, &[pad], [1, 5, 3, 2]);
    sketch.finish(resize)
}

fn joins() -> Vec<Graph> {
    let graph = |axis: usize, shape: [usize; 4]| {
        let mut sketch = Sketch::new(&format!("concat {axis}"), [1, 2, 3, 4]);
        let relu = sketch.node(Op::Unary(Unary::Clamp(Clamp::RELU)), &[0], [1, 2, 3, 4]);
        let output = sketch.node(Op::Concat { axis }, &[relu, 0, relu], shape);
        sketch.finish(output)
    };
    vec![graph(1, [1, 6, 3, 4]), graph(2, [1, 2, 9, 4]), graph(3, [1, 2, 3, 12])]
}

/// Samples of an input as a sensor gives them: bytes, 16-bit integers or real values.
pub fn samples(shape: &[usize], dtype: Dtype) -> Result<Samples> {
    let per_sample: usize = shape.iter().product();
    let values: Vec<f32> = Sketch::new("", [1; 4]).numbers(SAMPLES * per_sample);
    let numbers = match dtype {
        Dtype::U8 => {
            Numbers::Integers(Integers::U8(values.iter().map(|value| (value * 127.0 + 128.0) as u8).collect()))
        }
        Dtype::I8 => Numbers::Integers(Integers::I8(values.iter().map(|value| (value * 127.0) as i8).collect())),
        Dtype::I16 => Numbers::Integers(Integers::I16(values.iter().map(|value| (value * 32767.0) as i16).collect())),
        _ => Numbers::F32(values),
    };
    let shape = [&[SAMPLES], shape.get(1..).unwrap_or_default()].concat();
    let origin = "made up".to_owned();
    Ok(Samples::from_array(Array { origin, shape, dtype, numbers }, &transform(dtype))?)
}

/// Integers that cover about `[-1, 1]`.
pub fn transform(dtype: Dtype) -> InputTransform {
    let (scale, zero_point) = match dtype {
        Dtype::U8 => (1.0 / 128.0, 128.0),
        Dtype::I8 => (1.0 / 128.0, 0.0),
        Dtype::I16 => (1.0 / 32768.0, 0.0),
        _ => (1.0, 0.0),
    };
    InputTransform { scale: vec![scale], zero_point: vec![zero_point] }
}

/// Converts a graph with samples of one element type.
///
/// # Errors
/// The graph does not convert, which would be a bug.
pub fn converted(graph: &Graph, target: Target, optimize: Optimize, dtype: Dtype) -> Result<Converted> {
    converted_within(graph, target, optimize, dtype, None).with_context(|| graph.name.clone())
}

/// The same, in an arena of at most `ram_limit` bytes.
///
/// # Errors
/// The limit is too low; anything else would be a bug.
pub fn converted_within(
    graph: &Graph,
    target: Target,
    optimize: Optimize,
    dtype: Dtype,
    ram_limit: Option<usize>,
) -> Result<Converted, ConvertError> {
    let samples = graph.inputs.iter().map(|port| samples(&port.model_shape, dtype)).collect::<Result<Vec<_>>>();
    let samples = samples.expect("made-up samples");
    let transform = transform(dtype);
    let options =
        Options { observer: Observer::MinMax, target, board: None, optimize, ram_limit, transform, slim: true };
    convert(graph, &samples, &options, &|| ())
}

/// Each core with what is optimized for it: memory is laid out in another way where tensors may overlap.
const TARGETS: [(Target, Optimize); 3] =
    [(Target::Portable, Optimize::Speed), (Target::Armv7em, Optimize::Speed), (Target::Armv7em, Optimize::Ram)];

/// The device parts of small programs, by name: every model of [`graphs`] and some of [`random::graph`] for every core. Every kernel is among them.
///
/// # Errors
/// A graph does not convert, which would be a bug.
pub fn device_parts() -> Result<Vec<(String, Vec<u8>)>> {
    let mut parts = Vec::new();
    let graphs = graphs().into_iter().chain((0..RANDOM_GRAPHS).map(random::graph));
    for (index, graph) in graphs.enumerate() {
        for (target, optimize) in TARGETS {
            let dtype = [Dtype::F32, Dtype::U8, Dtype::I8, Dtype::I16][index % 4];
            let bytes = converted(&graph, target, optimize, dtype)?.bytes;
            let device = peacrab::target::image::device_part(&bytes)?.to_vec();
            parts.push((format!("{} for {}, {optimize:?}", graph.name, target.name()), device));
        }
    }
    Ok(parts)
}

/// The device parts of the smaller models of the repository, for every core.
///
/// # Errors
/// A model does not convert, or its files are not there.
pub fn example_models() -> Result<Vec<(String, Vec<u8>)>> {
    let mut parts = Vec::new();
    for model in ["iris", "breast_cancer", "digits"] {
        for &target in Target::ALL {
            let bytes = example_model(model, target)?.bytes;
            parts.push((
                format!("{model} for {}", target.name()),
                peacrab::target::image::device_part(&bytes)?.to_vec(),
            ));
        }
    }
    Ok(parts)
}

/// A model of the repository, converted as its `model.toml` says.
///
/// # Errors
/// It does not convert, or its files are not there.
pub fn example_model(model: &str, target: Target) -> Result<Converted> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models").join(model);
    let graph = prepare(&import::load(folder.join("model.onnx"))?)?;
    let specs: Vec<InputSpec> = graph
        .inputs
        .iter()
        .map(|port| InputSpec { name: port.name.clone(), shape: port.model_shape.clone() })
        .collect();
    let transform = model_transform(&fs::read_to_string(folder.join("model.toml"))?)?;
    let samples = read_inputs(&folder.join("calib.npy"), &specs, &transform)?.samples;
    let options = Options {
        observer: Observer::default(),
        target,
        board: None,
        optimize: Optimize::default(),
        ram_limit: None,
        transform,
        slim: true,
    };
    convert(&graph, &samples, &options, &|| ()).with_context(|| model.to_owned())
}

fn model_transform(toml: &str) -> Result<InputTransform> {
    let value = |key: &str| {
        let line = toml.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once('=')).map(|(_, value)| value.trim().trim_matches(['[', ']']))
    };
    Ok(InputTransform::parse(value("input_scale"), value("input_zero_point"))?)
}
