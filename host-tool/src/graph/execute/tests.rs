//! Every operator against a computation by hand or by definition.

use super::*;
use crate::graph::float::*;
use crate::graph::shape::output_shape;

/// A graph of one node over inputs of the given shapes.
fn single(op: Op, inputs: &[&[usize]], declared: &[usize]) -> Graph {
    let tensor = |shape: &[usize]| Tensor { name: "t".into(), shape: shape.to_vec(), constant: None };
    let port = |tensor: TensorId, shape: &[usize]| Port {
        name: "p".into(),
        tensor,
        model_shape: shape.to_vec(),
        permutation: (0..shape.len()).collect(),
        normalization: None,
    };
    let output = output_shape(&op, inputs, declared).unwrap();
    let tensors = inputs.iter().copied().chain([output.as_slice()]).map(tensor).collect();
    let node = Node { name: "n".into(), op, inputs: (0..inputs.len()).collect(), output: inputs.len() };
    Graph {
        name: "single".into(),
        tensors,
        nodes: vec![node],
        inputs: inputs.iter().enumerate().map(|(index, shape)| port(index, shape)).collect(),
        outputs: vec![port(inputs.len(), &output)],
        notes: Vec::new(),
    }
}

fn computed(op: Op, inputs: &[(&[usize], &[f32])], declared: &[usize]) -> Vec<f32> {
    let shapes: Vec<&[usize]> = inputs.iter().map(|(shape, _)| *shape).collect();
    let values: Vec<Vec<f32>> = inputs.iter().map(|(_, values)| values.to_vec()).collect();
    run(&single(op, &shapes, declared), &values).unwrap().remove(0)
}

fn ramp(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37 + 11) % 23) as f32 / 8.0 - 1.25).collect()
}

/// A convolution by its definition, one product at a time.
fn naive_convolution(conv: &Conv2d, shape: &[usize], x: &[f32]) -> Vec<f32> {
    let output = output_shape(&Op::Conv2d(conv.clone()), &[shape], &[]).unwrap();
    let (inputs, outputs) = (shape[3] / conv.groups, conv.output_channels / conv.groups);
    let w = conv.window;
    let mut result = Vec::new();
    for (oy, ox, o) in (0..output[1])
        .flat_map(|y| (0..output[2]).map(move |x| (y, x)))
        .flat_map(|(y, x)| (0..output[3]).map(move |o| (y, x, o)))
    {
        let mut sum = f64::from(conv.bias[o]);
        for (fy, fx, i) in (0..w.filter[0])
            .flat_map(|y| (0..w.filter[1]).map(move |x| (y, x)))
            .flat_map(|(y, x)| (0..inputs).map(move |i| (y, x, i)))
        {
            let y = (oy * w.stride[0] + fy * w.dilation[0]) as isize - w.pad_before[0] as isize;
            let x_at = (ox * w.stride[1] + fx * w.dilation[1]) as isize - w.pad_before[1] as isize;
            if y >= 0 && x_at >= 0 && (y as usize) < shape[1] && (x_at as usize) < shape[2] {
                let channel = o / outputs * inputs + i;
                let input = x[(y as usize * shape[2] + x_at as usize) * shape[3] + channel];
                let weight = conv.weights[((o * w.filter[0] + fy) * w.filter[1] + fx) * inputs + i];
                sum += f64::from(input) * f64::from(weight);
            }
        }
        result.push(conv.clamp.apply(sum as f32));
    }
    result
}

#[test]
fn convolutions_follow_their_definition() {
    let cases = [(5, 7, 1), (8, 8, 8), (6, 9, 3), (4, 8, 4), (1, 3, 1), (9, 1, 1)];
    for (channels, outputs, groups) in cases {
        for (filter, stride, dilation, pads) in [([1, 1], 1, 1, [0, 0]), ([3, 2], 2, 1, [1, 0]), ([2, 3], 1, 2, [0, 2])]
        {
            let window = Window {
                filter,
                stride: [stride; 2],
                dilation: [dilation; 2],
                pad_before: pads,
                pad_after: [pads[1], pads[0]],
            };
            let conv = Conv2d {
                weights: ramp(outputs * filter[0] * filter[1] * channels / groups),
                bias: ramp(outputs),
                output_channels: outputs,
                groups,
                window,
                clamp: Clamp { min: -1.0, max: 6.0 },
            };
            let shape = [1, 6, 7, channels];
            let x = ramp(elements(&shape));
            let expected = naive_convolution(&conv, &shape, &x);
            let found = computed(Op::Conv2d(conv), &[(&shape, &x)], &[]);
            assert!(
                expected.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-4),
                "{channels} {outputs} {groups} {window:?}"
            );
        }
    }
}

#[test]
fn a_dense_layer_is_a_matrix_product() {
    let dense =
        Dense { weights: vec![1., 2., 3., 4., 5., 6.], bias: vec![0.5, -100.], output_features: 2, clamp: Clamp::RELU };
    let found = computed(Op::Dense(dense), &[(&[2, 3], &[1., 0., -1., 1., 1., 1.])], &[]);
    assert_eq!(found, [0., 0., 6.5, 0.]);
}

#[test]
fn arithmetic_broadcasts() {
    let op = |kind| Op::Binary { kind, clamp: Clamp::NONE };
    let a: (&[usize], &[f32]) = (&[2, 2], &[1., 2., 3., 4.]);
    assert_eq!(computed(op(Binary::Add), &[a, (&[2], &[10., 20.])], &[]), [11., 22., 13., 24.]);
    assert_eq!(computed(op(Binary::Sub), &[(&[2, 1], &[10., 20.]), a], &[]), [9., 8., 17., 16.]);
    assert_eq!(computed(op(Binary::Mul), &[a, (&[], &[2.])], &[]), [2., 4., 6., 8.]);
}

#[test]
fn affines_and_activations() {
    let affine = Affine { scale: vec![2., -1.], bias: vec![1., 0.] };
    let clamp = Clamp { min: -3.0, max: 4.0 };
    assert_eq!(computed(Op::Affine { affine, clamp }, &[(&[2, 2], &[1., 2., 3., 4.])], &[]), [3., -2., 4., -3.]);
    let slope = vec![0.5, 0.25];
    assert_eq!(computed(Op::PRelu { slope }, &[(&[2, 2], &[-4., -4., 4., 4.])], &[]), [-2., -1., 4., 4.]);
    let hard_swish = computed(Op::Unary(Unary::HardSwish), &[(&[3], &[-4., 1.5, 4.])], &[]);
    assert_eq!(hard_swish, [0., 1.125, 4.]);
}

#[test]
fn pooling_knows_its_padding() {
    let window = Window { filter: [2, 2], stride: [2, 2], dilation: [1, 1], pad_before: [1, 1], pad_after: [0, 0] };
    let x: (&[usize], &[f32]) = (&[1, 3, 3, 1], &[-8., 2., 3., 4., 5., 6., 7., 8., 9.]);
    let pool = |kind, count_include_pad| Op::Pool(Pool { kind, window, count_include_pad });
    assert_eq!(computed(pool(PoolKind::Max, false), &[x], &[]), [-8., 3., 7., 9.]);
    assert_eq!(computed(pool(PoolKind::Average, false), &[x], &[]), [-8., 2.5, 5.5, 7.]);
    assert_eq!(computed(pool(PoolKind::Average, true), &[x], &[]), [-2., 1.25, 2.75, 7.]);
}

#[test]
fn reductions() {
    let x: (&[usize], &[f32]) = (&[2, 3], &[1., 2., 3., 4., 5., 9.]);
    assert_eq!(computed(Op::Mean { axes: vec![0] }, &[x], &[]), [2.5, 3.5, 6.]);
    assert_eq!(computed(Op::Mean { axes: vec![1] }, &[x], &[]), [2., 6.]);
    let softmax = computed(Op::Softmax { axis: 0 }, &[(&[2, 1], &[0., 3f32.ln()])], &[]);
    assert!((softmax[0] - 0.25).abs() < 1e-6 && (softmax[1] - 0.75).abs() < 1e-6);
    let logarithm = computed(Op::LogSoftmax { axis: 1 }, &[(&[1, 2], &[0., 3f32.ln()])], &[]);
    assert!((logarithm[0] - 0.25f32.ln()).abs() < 1e-6);
    let vectors: (&[usize], &[f32]) = (&[2, 2], &[3., -4., 0., 0.]);
    assert_eq!(computed(Op::Normalize(Norm::L2), &[vectors], &[]), [0.6, -0.8, 0., 0.]);
    assert_eq!(computed(Op::Normalize(Norm::Max), &[vectors], &[]), [0.75, -1., 0., 0.]);
    assert_eq!(computed(Op::Normalize(Norm::L1), &[vectors], &[]), [3. / 7., -4. / 7., 0., 0.]);
}

#[test]
fn movement() {
    let x: (&[usize], &[f32]) = (&[2, 3], &[1., 2., 3., 4., 5., 6.]);
    assert_eq!(computed(Op::Transpose { permutation: vec![1, 0] }, &[x], &[]), [1., 4., 2., 5., 3., 6.]);
    assert_eq!(computed(Op::Reshape, &[x], &[3, 2]), x.1);
    let pad = Op::Pad { before: vec![0, 1], after: vec![1, 0], value: -1. };
    assert_eq!(computed(pad, &[x], &[]), [-1., 1., 2., 3., -1., 4., 5., 6., -1., -1., -1., -1.]);
    assert_eq!(computed(Op::Concat { axis: 1 }, &[x, (&[2, 1], &[7., 8.])], &[]), [1., 2., 3., 7., 4., 5., 6., 8.]);
    let slice = Op::Slice { start: vec![1, 2], step: vec![-1, -2] };
    assert_eq!(computed(slice, &[x], &[2, 2]), [6., 4., 3., 1.]);
    let resize = Op::Resize { indices: vec![vec![1, 1], vec![0, 2]] };
    assert_eq!(computed(resize, &[x], &[]), [4., 6., 4., 6.]);
}

#[test]
fn ports_permute_and_normalize() {
    let mut graph = single(Op::Unary(Unary::Clamp(Clamp::NONE)), &[&[1, 1, 2, 3]], &[]);
    graph.inputs[0].model_shape = vec![1, 3, 1, 2];
    graph.inputs[0].permutation = vec![0, 2, 3, 1];
    graph.inputs[0].normalization = Some(Affine { scale: vec![1., 10., 100.], bias: vec![0.5; 3] });
    let sample = vec![1., 2., 3., 4., 5., 6.];
    let expected = [1.5, 30.5, 500.5, 2.5, 40.5, 600.5];
    assert_eq!(run(&graph, std::slice::from_ref(&sample)).unwrap(), [expected]);
    graph.outputs[0].model_shape = vec![1, 3, 1, 2];
    graph.outputs[0].permutation = vec![0, 2, 3, 1];
    assert_eq!(run(&graph, &[sample]).unwrap(), [[1.5, 2.5, 30.5, 40.5, 500.5, 600.5]]);
}

#[test]
fn wrong_samples_are_refused() {
    let graph = single(Op::Unary(Unary::Tanh), &[&[1, 4]], &[]);
    assert!(matches!(run(&graph, &[]), Err(GraphError::InputCount { expected: 1, found: 0 })));
    assert!(matches!(run(&graph, &[vec![0.; 3]]), Err(GraphError::InputLength { expected: 4, found: 3, .. })));
}

#[test]
fn wrong_graphs_are_refused() {
    let sound = single(Op::Unary(Unary::Tanh), &[&[1, 4]], &[]);
    let mut graph = sound.clone();
    graph.nodes[0].inputs[0] = 9;
    assert!(matches!(verify(&graph), Err(GraphError::UnknownTensor { tensor: 9, .. })));
    let mut graph = sound.clone();
    graph.nodes[0].output = 0;
    assert!(matches!(verify(&graph), Err(GraphError::TwoProducers { .. })));
    let mut graph = sound.clone();
    graph.inputs.clear();
    assert!(matches!(verify(&graph), Err(GraphError::Order { .. })));
    let mut graph = sound.clone();
    graph.tensors[1].shape = vec![4, 1];
    assert!(matches!(verify(&graph), Err(GraphError::OutputShape { .. })));
    let mut graph = sound.clone();
    graph.nodes[0].op = Op::Transpose { permutation: vec![0, 0] };
    assert!(matches!(verify(&graph), Err(GraphError::Operator { .. })));
    let mut graph = sound;
    graph.outputs[0].permutation = vec![1, 0];
    assert!(matches!(verify(&graph), Err(GraphError::Port { .. })));
}
