//! Random graphs with filters that are constant, or that nobody weighs.

use proptest::prelude::*;

use super::sketch::{Sketch, through, window};
use super::slimmed;
use crate::graph::fixed::{FixedCopy, FixedGraph, FixedOp, TensorId};
use crate::graph::float::Window;

/// Operators of a random graph.
const OPERATORS: usize = 9;

fn graph(seed: u64) -> FixedGraph {
    let mut sketch = Sketch::new(seed);
    let shape = [1, 3 + sketch.rng.below(4), 3 + sketch.rng.below(4), 1 + sketch.rng.below(6)];
    let mut trunk = sketch.input(shape);
    for _ in 0..1 + sketch.rng.below(OPERATORS) {
        trunk = operator(&mut sketch, trunk);
        if sketch.rng.chance(12) {
            sketch.output(trunk);
        }
    }
    if sketch.graph.nodes.is_empty() || sketch.rng.chance(3) {
        let flat = sketch.flatten(trunk);
        trunk = sketch.dense(flat, 5);
        plant(&mut sketch, trunk);
    }
    if sketch.graph.outputs.iter().all(|port| port.tensor != trunk) {
        sketch.output(trunk);
    }
    sketch.graph
}

/// Adds a random operator, or a few.
fn operator(sketch: &mut Sketch, trunk: TensorId) -> TensorId {
    let shape @ [_, height, width, channels] = sketch.shape(trunk);
    let zero_point = sketch.zero_point(trunk);
    match sketch.rng.below(14) {
        0..3 => {
            let output = 1 + sketch.rng.below(20);
            let conv = sketch.conv2d(trunk, window(1, 1, 0), 1, output);
            plant(sketch, conv)
        }
        3 => {
            let (window, output) = (padded(sketch), 1 + sketch.rng.below(12));
            let conv = sketch.conv2d(trunk, window, 1, output);
            plant(sketch, conv)
        }
        4..6 if channels > 1 => {
            let (window, multiplier) = (padded(sketch), if channels > 8 { 1 } else { 1 + sketch.rng.below(2) });
            let depthwise = sketch.depthwise(trunk, window, multiplier);
            plant(sketch, depthwise)
        }
        6 if channels.is_multiple_of(2) => {
            let conv = sketch.conv2d(trunk, window(3, 1, 1), 2, 6);
            plant(sketch, conv)
        }
        7 | 8 => {
            let branch = sketch.conv2d(trunk, window(3, 1, 1), 1, channels);
            let branch = plant(sketch, branch);
            if sketch.rng.chance(3) {
                let activation = [-128, 127];
                let op = FixedOp::Mul { multiplier: 1 << 25, pre_shift: 0, activation };
                return sketch.node(op, &[branch, trunk], shape, 3);
            }
            sketch.add(branch, trunk)
        }
        9 => {
            let window = window(2, 1, 1);
            let op = if sketch.rng.chance(2) {
                FixedOp::MaxPool2d { window }
            } else {
                let multipliers = (1..=4).map(|count| i32::MAX / count).collect();
                FixedOp::AveragePool2d { window, multipliers, pre_shift: 1 }
            };
            sketch.node(op, &[trunk], through(&window, shape), zero_point)
        }
        10 => {
            let table = (0..256).map(|x: i32| (x / 3 - 40) as i8).collect();
            let table = sketch.node(FixedOp::Lut { table }, &[trunk], shape, 2);
            let negative_multipliers = (0..channels).map(|channel| 20 * channel as i32 - 60).collect();
            let op = FixedOp::PRelu { positive_multiplier: 200, negative_multipliers, bias: 300, shift: 8 };
            sketch.node(op, &[table], shape, 1)
        }
        11 => {
            let other = sketch.conv2d(trunk, window(1, 1, 0), 1, 3);
            let other = plant(sketch, other);
            sketch.node(FixedOp::Concat { axis: 3 }, &[other, trunk], [1, height, width, 3 + channels], zero_point)
        }
        12 if height * width < 64 => padded_and_resized(sketch, trunk),
        13 => reversed(sketch, trunk),
        _ => trunk,
    }
}

/// A window three wide, which leaves the input on some sides, and maybe with gaps.
fn padded(sketch: &mut Sketch) -> Window {
    let stride = 1 + sketch.rng.below(2);
    let sides = [[0, 2], [1, 1], [2, 1]];
    let ([top, bottom], [left, right]) = (sides[sketch.rng.below(3)], sides[sketch.rng.below(3)]);
    let symmetric = window(3, stride, 1);
    if sketch.rng.chance(4) {
        return Window { dilation: [2, 1], pad_before: [2, 1], pad_after: [2, 1], ..symmetric };
    }
    Window { pad_before: [top, left], pad_after: [bottom, right], ..symmetric }
}

/// A copy that moves channels: they come out in the opposite order, and maybe without the last one.
fn reversed(sketch: &mut Sketch, trunk: TensorId) -> TensorId {
    let [_, height, width, channels] = sketch.shape(trunk);
    let zero_point = sketch.zero_point(trunk);
    let taken = channels - usize::from(channels > 1 && sketch.rng.chance(2));
    let steps = |channels: usize, step: i32| [0, (width * channels) as i32, channels as i32, step];
    let copy = FixedCopy {
        extent: [1, height, width, taken],
        input_start: channels - 1,
        input_step: steps(channels, -1),
        output_start: 0,
        output_step: steps(taken, 1),
        fill: None,
    };
    sketch.node(FixedOp::Copy(copy), &[trunk], [1, height, width, taken], zero_point)
}

fn padded_and_resized(sketch: &mut Sketch, trunk: TensorId) -> TensorId {
    let [_, height, width, channels] = sketch.shape(trunk);
    let zero_point = sketch.zero_point(trunk);
    let steps = |width: usize| [0, (width * channels) as i32, channels as i32, 1];
    let copy = FixedCopy {
        extent: [1, height, width, channels],
        input_start: 0,
        input_step: steps(width),
        output_start: (width + 2) * channels,
        output_step: steps(width + 2),
        fill: Some(sketch.rng.between(-128, 127)),
    };
    let padded = sketch.node(FixedOp::Copy(copy), &[trunk], [1, height + 1, width + 2, channels], zero_point);
    let rows: Vec<u32> = vec![0, height as u32, 1, 1];
    let columns: Vec<u32> = vec![width as u32 + 1, 0, 1];
    let shape = [1, rows.len(), columns.len(), channels];
    sketch.node(FixedOp::Resize { rows, columns }, &[padded], shape, zero_point)
}

/// Makes about half of the channels of the last node constant; some at the zero point, which padding does not change.
fn plant(sketch: &mut Sketch, tensor: TensorId) -> TensorId {
    let zero_point = sketch.zero_point(tensor);
    for channel in 0..sketch.shape(tensor)[3] {
        match sketch.rng.below(6) {
            0 | 1 => sketch.plant(channel, zero_point),
            2 => {
                let value = sketch.rng.between(-140, 140);
                sketch.plant(channel, value);
            }
            _ => {}
        }
    }
    tensor
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn no_output_bit_changes(seed: u64) {
        slimmed(&graph(seed), seed);
    }
}
