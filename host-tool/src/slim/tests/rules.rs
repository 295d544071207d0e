//! Each rule on a graph that shows it.

use super::sketch::{Sketch, through, window};
use super::{channels, slimmed};
use crate::graph::fixed::{FixedCopy, FixedGraph, FixedOp};
use crate::slim::slim;

/// Pointwise from 4 to 8 channels, of which 4 are constant, then what `rest` adds, to an output.
fn with_constants(value: impl Fn(&Sketch, usize) -> i32, rest: impl FnOnce(&mut Sketch, usize) -> usize) -> FixedGraph {
    let mut sketch = Sketch::new(7);
    let input = sketch.input([1, 5, 6, 4]);
    let first = sketch.conv2d(input, window(1, 1, 0), 1, 8);
    for channel in 4..8 {
        sketch.plant(channel, value(&sketch, first));
    }
    let output = rest(&mut sketch, first);
    sketch.output(output);
    sketch.graph
}

fn at_zero_point(sketch: &Sketch, tensor: usize) -> i32 {
    sketch.zero_point(tensor)
}

/// A value that is not the zero point, and inside any activation range.
fn off_zero_point(sketch: &Sketch, tensor: usize) -> i32 {
    if sketch.zero_point(tensor) > 100 { 127 } else { sketch.zero_point(tensor) + 20 }
}

#[test]
fn constants_go_into_the_biases_of_a_pointwise_layer() {
    for value in [at_zero_point, off_zero_point] {
        let graph = with_constants(value, |sketch, first| sketch.conv2d(first, window(1, 1, 0), 1, 4));
        assert_eq!(channels(&slimmed(&graph, 1)), [4, 4]);
    }
}

#[test]
fn a_padded_layer_takes_in_constants_that_are_the_zero_point() {
    for stride in [1, 2] {
        let graph = with_constants(at_zero_point, |sketch, first| sketch.conv2d(first, window(3, stride, 1), 1, 4));
        assert_eq!(channels(&slimmed(&graph, 2)), [4, 4], "stride {stride}");
    }
}

#[test]
fn a_padded_layer_keeps_constants_that_differ_from_its_padding() {
    for stride in [1, 2] {
        let graph = with_constants(off_zero_point, |sketch, first| sketch.conv2d(first, window(3, stride, 1), 1, 4));
        let slim_graph = slimmed(&graph, 3);
        assert_eq!(channels(&slim_graph), [8, 4], "stride {stride}");
    }
}

#[test]
fn a_layer_without_padding_takes_in_any_constant() {
    let graph = with_constants(off_zero_point, |sketch, first| sketch.conv2d(first, window(3, 1, 0), 1, 4));
    assert_eq!(channels(&slimmed(&graph, 4)), [4, 4]);
}

#[test]
fn constants_pass_depthwise_layers() {
    for (value, multiplier, stride) in [(at_zero_point as fn(&Sketch, usize) -> i32, 1, 1), (at_zero_point, 2, 2)] {
        let graph = with_constants(value, |sketch, first| {
            let depthwise = sketch.depthwise(first, window(3, stride, 1), multiplier);
            sketch.conv2d(depthwise, window(1, 1, 0), 1, 4)
        });
        assert_eq!(channels(&slimmed(&graph, 5)), [4, 4 * multiplier, 4], "multiplier {multiplier}");
    }
}

#[test]
fn a_depthwise_layer_makes_an_image_of_a_constant_that_differs_from_its_padding() {
    let graph = with_constants(off_zero_point, |sketch, first| {
        let depthwise = sketch.depthwise(first, window(3, 1, 1), 1);
        sketch.conv2d(depthwise, window(1, 1, 0), 1, 4)
    });
    assert_eq!(channels(&slimmed(&graph, 6)), [8, 8, 4]);
    assert!(slim(&graph).1.border_channels > 0);
}

#[test]
fn an_image_whose_borders_the_activation_hides_is_a_constant() {
    let graph = with_constants(off_zero_point, |sketch, first| {
        let depthwise = sketch.depthwise(first, window(3, 1, 1), 1);
        let Some(FixedOp::DepthwiseConv2d { requant, .. }) = sketch.graph.nodes.last_mut().map(|node| &mut node.op)
        else {
            panic!("a depthwise layer was added")
        };
        requant.bias[4..].fill(i32::MIN / 4);
        sketch.conv2d(depthwise, window(1, 1, 0), 1, 4)
    });
    assert_eq!(channels(&slimmed(&graph, 7)), [4, 4, 4]);
}

#[test]
fn a_filter_that_always_saturates_is_a_constant() {
    let mut sketch = Sketch::new(8);
    let input = sketch.input([1, 3, 3, 4]);
    let first = sketch.conv2d(input, window(1, 1, 0), 1, 8);
    let Some(FixedOp::Conv2d { requant, .. }) = sketch.graph.nodes.last_mut().map(|node| &mut node.op) else {
        panic!("a convolution was added")
    };
    requant.bias[..4].fill(1 << 28);
    let output = sketch.conv2d(first, window(1, 1, 0), 1, 4);
    sketch.output(output);
    assert_eq!(channels(&slimmed(&sketch.graph, 8)), [4, 4]);
}

#[test]
fn channels_that_nobody_weighs_go() {
    let mut sketch = Sketch::new(9);
    let input = sketch.input([1, 4, 4, 3]);
    let first = sketch.conv2d(input, window(3, 1, 1), 1, 12);
    let depthwise = sketch.depthwise(first, window(3, 2, 1), 1);
    let pool_shape = through(&window(2, 2, 0), sketch.shape(depthwise));
    let zero_point = sketch.zero_point(depthwise);
    let pool = sketch.node(FixedOp::MaxPool2d { window: window(2, 2, 0) }, &[depthwise], pool_shape, zero_point);
    let output = sketch.conv2d(pool, window(1, 1, 0), 1, 4);
    let Some(FixedOp::Conv2d { weights, .. }) = sketch.graph.nodes.last_mut().map(|node| &mut node.op) else {
        panic!("a convolution was added")
    };
    weights.chunks_exact_mut(12).for_each(|filter| filter[..8].fill(0));
    sketch.output(output);
    let slim_graph = slimmed(&sketch.graph, 9);
    assert_eq!(channels(&slim_graph), [4, 4, 4, 4]);
    let origins = slim_graph.tensors[slim_graph.nodes[0].output].channels.clone();
    assert_eq!(origins, Some(vec![Some(8), Some(9), Some(10), Some(11)]));
}

#[test]
fn ragged_counts_are_filled_up() {
    let mut sketch = Sketch::new(10);
    let input = sketch.input([1, 4, 4, 3]);
    let first = sketch.conv2d(input, window(1, 1, 0), 1, 12);
    let zero_point = sketch.zero_point(first);
    (0..7).for_each(|channel| sketch.plant(channel, zero_point));
    let output = sketch.conv2d(first, window(1, 1, 0), 1, 6);
    sketch.output(output);
    let slim_graph = slimmed(&sketch.graph, 10);
    assert_eq!(channels(&slim_graph), [8, 6]);
    let origins = slim_graph.tensors[slim_graph.nodes[0].output].channels.clone().expect("channels are gone");
    assert_eq!(origins.iter().filter(|origin| origin.is_none()).count(), 3);
}

#[test]
fn a_residual_sum_keeps_what_either_side_needs() {
    let mut sketch = Sketch::new(11);
    let input = sketch.input([1, 4, 4, 3]);
    let trunk = sketch.conv2d(input, window(1, 1, 0), 1, 12);
    let zero_point = sketch.zero_point(trunk);
    (0..8).for_each(|channel| sketch.plant(channel, zero_point));
    let branch = sketch.conv2d(trunk, window(3, 1, 1), 1, 12);
    let zero_point = sketch.zero_point(branch);
    (0..4).for_each(|channel| sketch.plant(channel, zero_point));
    let sum = sketch.add(branch, trunk);
    let output = sketch.conv2d(sum, window(1, 1, 0), 1, 4);
    sketch.output(output);
    assert_eq!(channels(&slimmed(&sketch.graph, 11)), [8, 8, 8, 4], "four channels are constant on both sides");
}

#[test]
fn outputs_keep_their_channels() {
    let mut sketch = Sketch::new(12);
    let input = sketch.input([1, 4, 4, 3]);
    let first = sketch.conv2d(input, window(1, 1, 0), 1, 8);
    (0..6).for_each(|channel| sketch.plant(channel, 5));
    sketch.output(first);
    assert_eq!(channels(&slimmed(&sketch.graph, 12)), [8]);
}

#[test]
fn channels_go_through_a_flattening() {
    let graph = with_constants(off_zero_point, |sketch, first| {
        let flat = sketch.flatten(first);
        sketch.dense(flat, 6)
    });
    assert_eq!(channels(&slimmed(&graph, 13)), [4, 4 * 30, 6]);
}

#[test]
fn channels_go_through_a_padding_copy() {
    let graph = with_constants(at_zero_point, |sketch, first| {
        let zero_point = sketch.zero_point(first);
        let copy = FixedCopy {
            extent: [1, 5, 6, 8],
            input_start: 0,
            input_step: [240, 48, 8, 1],
            output_start: 8 * 8,
            output_step: [448, 64, 8, 1],
            fill: Some(zero_point),
        };
        let padded = sketch.node(FixedOp::Copy(copy), &[first], [1, 7, 8, 8], zero_point);
        sketch.conv2d(padded, window(3, 1, 0), 1, 4)
    });
    assert_eq!(channels(&slimmed(&graph, 14)), [4, 4, 4]);
}

#[test]
fn an_operator_over_all_channels_keeps_them() {
    let graph = with_constants(at_zero_point, |sketch, first| {
        let exponentials = (0..256).map(|distance| (1u32 << 20) >> (distance / 8)).collect();
        let shape = sketch.shape(first);
        sketch.node(FixedOp::Softmax { exponentials }, &[first], shape, -128)
    });
    assert_eq!(channels(&slimmed(&graph, 15)), [8, 8]);
}

#[test]
fn a_sum_with_one_constant_becomes_a_table() {
    let mut sketch = Sketch::new(16);
    let input = sketch.input([1, 4, 4, 4]);
    let branch = sketch.conv2d(input, window(3, 1, 1), 1, 4);
    (0..4).for_each(|channel| sketch.plant(channel, 10));
    let sum = sketch.add(branch, input);
    sketch.output(sum);
    let slim_graph = slimmed(&sketch.graph, 16);
    assert!(
        matches!(&slim_graph.nodes[..], [node] if matches!(node.op, FixedOp::Lut { .. })),
        "{:?}",
        slim_graph.nodes
    );
}

#[test]
fn a_constant_branch_is_cut_loose() {
    let mut sketch = Sketch::new(17);
    let input = sketch.input([1, 4, 4, 4]);
    let wide = sketch.conv2d(input, window(3, 1, 1), 1, 32);
    let branch = sketch.conv2d(wide, window(3, 1, 1), 1, 4);
    (0..4).for_each(|channel| sketch.plant(channel, 100 + 5 * channel as i32));
    let sum = sketch.add(branch, input);
    sketch.output(sum);
    let slim_graph = slimmed(&sketch.graph, 17);
    let weights = slim_graph.nodes.iter().map(|node| match &node.op {
        FixedOp::Dense { weights, .. } => weights.len(),
        FixedOp::Copy(_) | FixedOp::Add { .. } => 0,
        other => panic!("{other:?} stays"),
    });
    assert_eq!(weights.sum::<usize>(), 4);
}

#[test]
fn a_constant_output_is_computed_from_nothing() {
    let mut sketch = Sketch::new(18);
    let input = sketch.input([1, 4, 4, 4]);
    let wide = sketch.conv2d(input, window(3, 1, 1), 1, 32);
    let output = sketch.conv2d(wide, window(3, 1, 1), 1, 3);
    (0..3).for_each(|channel| sketch.plant(channel, 100 + 5 * channel as i32));
    sketch.output(output);
    assert_eq!(channels(&slimmed(&sketch.graph, 18)), [1, 3]);
}

#[test]
fn nothing_is_taken_from_a_graph_without_constants() {
    let mut sketch = Sketch::new(19);
    let input = sketch.input([1, 6, 6, 3]);
    let first = sketch.conv2d(input, window(3, 2, 1), 1, 6);
    let depthwise = sketch.depthwise(first, window(3, 1, 1), 1);
    let second = sketch.conv2d(depthwise, window(1, 1, 0), 1, 6);
    let sum = sketch.add(second, first);
    sketch.output(sum);
    let (slim_graph, report) = slim(&sketch.graph);
    assert_eq!(slim_graph, sketch.graph);
    assert!(report.is_empty());
    assert_eq!(report.macs.before, report.macs.after);
}
