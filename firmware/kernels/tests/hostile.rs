//! Parameters that no host would write: `is_valid` answers without panicking, and what it accepts runs without panicking, in bounded time,
//! whatever the lengths of the slices. Overflow checks are on in this profile, so every sum and product that may wrap says so.

use std::cell::Cell;

use peacrab_kernels::packed::winograd::Tile;
use peacrab_kernels::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// Most extents are small, so that some parameters are valid.
fn extent() -> impl Strategy<Value = usize> {
    prop_oneof![
        20 => 1usize..6,
        2 => 6usize..40,
        1 => prop_oneof![Just(0), Just(usize::MAX), Just(1 << 24), Just((1 << 24) + 1), Just(1 << 31), Just(1 << 32)],
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    [extent(), extent(), extent(), extent()]
}

fn window() -> impl Strategy<Value = Window> {
    let pair = || [extent(), extent()];
    let pad = || prop_oneof![6 => 0usize..3, 1 => extent()];
    (pair(), pair(), pair(), [pad(), pad()]).prop_map(|(filter, stride, dilation, pad)| Window {
        filter,
        stride,
        dilation,
        pad,
    })
}

/// An input, a window and the output that they give; or, one time in four, another.
fn geometry() -> impl Strategy<Value = (Shape, Window, Shape)> {
    let choices = (shape(), window(), shape(), 0usize..4, 0usize..3);
    choices.prop_map(|(input, window, other, perturbed, excess)| {
        let along = |axis: usize| {
            let span = window.filter[axis].wrapping_sub(1).wrapping_mul(window.dilation[axis]).wrapping_add(1);
            let free = input[axis + 1].wrapping_add(window.pad[axis]).saturating_sub(span);
            free.checked_div(window.stride[axis]).unwrap_or(0).wrapping_add(excess)
        };
        let output = if perturbed == 0 { other } else { [input[0], along(0), along(1), other[3]] };
        (input, window, output)
    })
}

fn extreme() -> impl Strategy<Value = i32> {
    prop_oneof![3 => any::<i32>(), 1 => Just(i32::MIN), 1 => Just(i32::MAX), 1 => Just(0)]
}

fn shift() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 0u32..=31, 1 => any::<u32>()]
}

/// Elements, or `usize::MAX` where a shape has none.
fn count(shape: Shape) -> usize {
    elements(shape).unwrap_or(usize::MAX)
}

/// No larger outputs are computed here: those would be slow, not wrong.
const RUN_MAX: usize = 1 << 14;

/// Slices of the right lengths, or of others.
#[derive(Debug)]
struct Memory {
    right: bool,
    short: usize,
}

impl Memory {
    fn slice(&self, count: usize) -> Vec<i8> {
        let count = if self.right { count.min(1 << 20) } else { self.short };
        (0..count).map(|i| [-128, 127, 3, -77][i % 4]).collect()
    }
}

fn memory() -> impl Strategy<Value = Memory> {
    (any::<bool>(), 0usize..70).prop_map(|(right, short)| Memory { right, short })
}

fn cells(data: &mut [i8]) -> &[Cell<i8>] {
    Cell::from_mut(data).as_slice_of_cells()
}

#[derive(Debug)]
struct Channels {
    bias: Vec<i32>,
    multipliers: Vec<i32>,
    pre_shift: u32,
    ends: [i8; 3],
}

/// One entry for each of the channels, or not.
fn channels() -> impl Strategy<Value = Channels> {
    (vec(extreme(), 40), vec(extreme(), 40), shift(), any::<[i8; 3]>()).prop_map(
        |(bias, multipliers, pre_shift, ends)| Channels {
            bias,
            multipliers: multipliers.into_iter().map(|m| m & i32::MAX).collect(),
            pre_shift,
            ends,
        },
    )
}

impl Channels {
    fn requant(&self, channels: usize) -> Requant<'_> {
        let count = channels.min(self.bias.len());
        let [output_zero_point, activation_min, activation_max] = self.ends;
        Requant {
            bias: &self.bias[..count],
            multipliers: &self.multipliers[..count],
            pre_shift: self.pre_shift,
            output_zero_point,
            activation_min,
            activation_max,
        }
    }
}

/// Weights of the right length for `factors`, as far as that is a sensible one.
fn weights(factors: &[usize]) -> Vec<i8> {
    let length = factors.iter().try_fold(1usize, |total, &factor| total.checked_mul(factor)).unwrap_or(0);
    (0..length.min(1 << 16)).map(|i| [-128, 127, -1][i % 3]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn conv2d((input_shape, window, output_shape) in geometry(), groups in prop_oneof![3 => Just(1), 1 => extent()], layout in prop_oneof![Just(WeightLayout::Plain), Just(WeightLayout::Packed), Just(WeightLayout::PackedBand)],
              zero_point: i8, budget in prop_oneof![0usize..10_000, any::<usize>()], channels in channels(), memory in memory()) {
        let [filter_height, filter_width] = window.filter;
        let weights = weights(&[output_shape[3], filter_height, filter_width, input_shape[3] / groups.max(1)]);
        let kernel = Conv2d { input_shape, output_shape, window, groups, input_zero_point: zero_point, weights: &weights, layout,
                              requant: channels.requant(output_shape[3]) };
        let scratch_bytes = kernel.useful_scratch_bytes(budget);
        assert!(scratch_bytes >= kernel.scratch_bytes());
        if kernel.is_valid() && count(output_shape) <= RUN_MAX {
            kernel.run(&memory.slice(count(input_shape)), &mut memory.slice(count(output_shape)), &mut memory.slice(scratch_bytes));
        }
    }

    #[test]
    fn conv2d_of_three_taps_a_row((input_shape, window, output_shape) in geometry(), channels_in in 1usize..6, channels_out in extent(),
                                  stride in 1usize..3, is_banded in any::<bool>(), budget in prop_oneof![0usize..10_000, any::<usize>()],
                                  zero_point: i8, channels in channels(), memory in memory()) {
        let window = Window { filter: [window.filter[0], 3], stride: [window.stride[0], stride], dilation: [1, 1], ..window };
        let input_shape = [input_shape[0], input_shape[1], input_shape[2], if is_banded { 4 * channels_in } else { channels_in }];
        let width = input_shape[2].wrapping_add(window.pad[1]).saturating_sub(3) / stride;
        let output_shape = [output_shape[0], output_shape[1], width.max(1), channels_out];
        let padded = |extent: usize| extent.saturating_add(3) & !3;
        let depth = window.filter[0].saturating_mul(3).saturating_mul(input_shape[3]);
        let weights = weights(&[padded(channels_out), padded(depth)]);
        let layout = if is_banded { WeightLayout::PackedBand } else { WeightLayout::Packed };
        let kernel = Conv2d { input_shape, output_shape, window, groups: 1, input_zero_point: zero_point, weights: &weights, layout,
                              requant: channels.requant(output_shape[3]) };
        let scratch_bytes = kernel.useful_scratch_bytes(budget);
        assert!(scratch_bytes >= kernel.scratch_bytes());
        if kernel.is_valid() && count(output_shape) <= RUN_MAX {
            kernel.run(&memory.slice(count(input_shape)), &mut memory.slice(count(output_shape)), &mut memory.slice(scratch_bytes));
        }
    }

    #[test]
    fn conv2d_transformed((input_shape, window, output_shape) in geometry(), quads in 1usize..4, pairs in 1usize..4, is_regular in any::<bool>(),
                          tile in prop_oneof![Just(Tile::Two), Just(Tile::Four)], zero_point: i8, channels in channels(), memory in memory()) {
        let [batch, height, width, inputs] = input_shape;
        let regular = Window { filter: [3, 3], stride: [1, 1], dilation: [1, 1], ..window };
        let (window, inputs) = if is_regular { (regular, 4 * quads) } else { (window, inputs) };
        let output_shape = [output_shape[0], output_shape[1], output_shape[2], 2 * pairs];
        let weights = weights(&[2 * pairs, inputs, 2 * tile.positions()]);
        let kernel = Conv2d { input_shape: [batch, height, width, inputs], output_shape, window, groups: 1, input_zero_point: zero_point,
                              weights: &weights, layout: WeightLayout::Winograd(tile), requant: channels.requant(output_shape[3]) };
        if kernel.is_valid() && count(output_shape) <= RUN_MAX {
            let input = memory.slice(count(kernel.input_shape));
            kernel.run(&input, &mut memory.slice(count(output_shape)), &mut memory.slice(kernel.scratch_bytes()));
        }
    }

    #[test]
    fn depthwise_conv2d((input_shape, window, output_shape) in geometry(), multiplier in prop_oneof![4 => Just(1usize), 1 => extent()], is_packed in any::<bool>(),
                        zero_point: i8, channels in channels(), memory in memory()) {
        let channels_out = if multiplier < 6 { input_shape[3].wrapping_mul(multiplier) } else { output_shape[3] };
        let output_shape = [output_shape[0], output_shape[1], output_shape[2], channels_out];
        let [filter_height, filter_width] = window.filter;
        let weights = weights(&[output_shape[3], filter_height, filter_width]);
        let layout = if is_packed { WeightLayout::Packed } else { WeightLayout::Plain };
        let kernel = DepthwiseConv2d { input_shape, output_shape, window, input_zero_point: zero_point, weights: &weights, layout,
                                       requant: channels.requant(output_shape[3]) };
        let scratch_bytes = kernel.scratch_bytes();
        if kernel.is_valid() && count(output_shape) <= RUN_MAX {
            kernel.run(&memory.slice(count(input_shape)), &mut memory.slice(count(output_shape)), &mut memory.slice(scratch_bytes));
        }
    }

    #[test]
    fn dense(rows in extent(), input_features in extent(), output_features in extent(),
             layout in prop_oneof![Just(WeightLayout::Plain), Just(WeightLayout::Packed), Just(WeightLayout::PackedChains)], channels in channels(),
             memory in memory()) {
        let weights = weights(&[input_features, output_features]);
        let kernel = Dense { rows, input_features, output_features, weights: &weights, layout, requant: channels.requant(output_features) };
        let scratch_bytes = kernel.scratch_bytes();
        if kernel.is_valid() && rows * output_features <= RUN_MAX {
            kernel.run(&memory.slice(rows * input_features), &mut memory.slice(rows * output_features), &mut memory.slice(scratch_bytes));
        }
    }

    #[test]
    fn pools((input_shape, window, output_shape) in geometry(), same_channels: bool, zero_points: [i8; 2], multipliers in vec(extreme(), 1..26),
             pre_shift in shift(), memory in memory()) {
        let output_shape = if same_channels { [output_shape[0], output_shape[1], output_shape[2], input_shape[3]] } else { output_shape };
        let kernel = MaxPool2d { input_shape, output_shape, window };
        if kernel.is_valid() && count(output_shape) <= RUN_MAX {
            kernel.run(&memory.slice(count(input_shape)), &mut memory.slice(count(output_shape)));
        }
        let [input_zero_point, output_zero_point] = zero_points;
        let kernel = AveragePool2d { input_shape, output_shape, window, input_zero_point, output_zero_point, multipliers: &multipliers, pre_shift };
        if kernel.is_valid() && count(output_shape) <= RUN_MAX {
            kernel.run(&memory.slice(count(input_shape)), &mut memory.slice(count(output_shape)));
        }
    }

    #[test]
    fn binaries(shapes in [shape(), shape(), shape()], same in any::<[bool; 2]>(), multipliers in [extreme(), extreme()], bias in extreme(),
                shift in shift(), ends: [i8; 5], memory in memory()) {
        let [a_shape, b_shape, output_shape] = shapes;
        let a_shape = if same[0] { output_shape } else { a_shape };
        let b_shape = if same[1] { output_shape } else { b_shape };
        let [activation_min, activation_max, zero_a, zero_b, output_zero_point] = ends;
        let add = Add { a_shape, b_shape, output_shape, multipliers, bias, shift, activation_min, activation_max };
        let mul = Mul { a_shape, b_shape, output_shape, zero_points: [zero_a, zero_b], multiplier: multipliers[0], pre_shift: shift,
                        output_zero_point, activation_min, activation_max };
        let (mut a, mut b, mut output) = (memory.slice(1), memory.slice(1), memory.slice(1));
        if count(output_shape) <= RUN_MAX {
            (a, b, output) = (memory.slice(count(a_shape)), memory.slice(count(b_shape)), memory.slice(count(output_shape)));
        }
        let (a, b, output) = (cells(&mut a), cells(&mut b), cells(&mut output));
        if add.is_valid() && count(output_shape) <= RUN_MAX {
            add.run(a, b, output);
            add.run(a, a, a);
        }
        if mul.is_valid() && count(output_shape) <= RUN_MAX {
            mul.run(a, b, output);
            mul.run(a, a, a);
        }
    }

    #[test]
    fn rows(rows in extent(), features in extent(), exponentials in vec(any::<u32>(), 256), small in 0u32..32, logarithms in vec(0u32..300, 257),
            sorted: bool, one_bits in shift(), multipliers in [extreme(), extreme()], bias in extreme(), shift in shift(), zero_point: i8,
            memory in memory()) {
        let exponentials: Vec<u32> = exponentials.iter().map(|&entry| entry >> small).collect();
        let exponentials: &[u32; 256] = exponentials.as_slice().try_into().unwrap();
        let mut logarithms = logarithms;
        if sorted { logarithms.sort() }
        let logarithms: &[u32; 257] = logarithms.as_slice().try_into().unwrap();
        let softmax = Softmax { rows, features, exponentials };
        let log_softmax = LogSoftmax { rows, features, exponentials, one_bits, logarithms, multipliers, bias, shift };
        if softmax.is_valid() && rows * features <= RUN_MAX {
            softmax.run(&memory.slice(rows * features), &mut memory.slice(rows * features));
        }
        if log_softmax.is_valid() && rows * features <= RUN_MAX {
            log_softmax.run(&memory.slice(rows * features), &mut memory.slice(rows * features));
        }
        for norm in [Norm::L1, Norm::L2, Norm::Max] {
            let kernel = Normalize { rows, features, input_zero_point: zero_point, norm };
            if kernel.is_valid() && rows * features <= RUN_MAX {
                kernel.run(&memory.slice(rows * features), &mut memory.slice(rows * features));
            }
        }
    }

    #[test]
    fn movement(input_shape in shape(), output_shape in shape(), axis in 0usize..5, start in extent(), lengths in [extent(), extent()],
                starts in [extent(), extent()], steps: [[i8; 4]; 2], wide in any::<bool>(), fill in any::<Option<i8>>(),
                rows in vec(0u32..6, 5), columns in vec(0u32..6, 5), memory in memory()) {
        let (from, to) = (memory.slice(1 << 10), &mut memory.slice(1 << 10));
        let mut joined = input_shape;
        if let Some(extent) = joined.get_mut(axis) {
            *extent = extent.wrapping_add(start).wrapping_add(lengths[0]);
        }
        let concat = Concat { input_shape, output_shape: if wide { joined } else { output_shape }, axis, start };
        if concat.is_valid() && count(concat.output_shape) <= RUN_MAX {
            concat.run(&from, to);
        }
        let steps = steps.map(|steps| steps.map(|step| if wide { i32::from(step) << 24 } else { i32::from(step) / 32 }));
        let copy = StridedCopy { input_len: lengths[0].wrapping_mul(8), output_len: lengths[1].wrapping_mul(8), extent: input_shape, input_start: starts[0], input_step: steps[0],
                                 output_start: starts[1], output_step: steps[1], fill };
        if copy.is_valid() && count(input_shape) <= RUN_MAX {
            copy.run(&from, to);
        }
        let (height, width) = (output_shape[1].min(5), output_shape[2].min(5));
        let resize = Resize { input_shape, output_shape: [input_shape[0], height, width, input_shape[3]], rows: &rows[..height], columns: &columns[..width] };
        if resize.is_valid() && count(input_shape) <= RUN_MAX {
            resize.run(&from, to);
        }
    }

    #[test]
    fn prelu(shape in shape(), input_zero_point: i8, positive_multiplier in extreme(), negative_multipliers in vec(extreme(), 40), bias in extreme(),
             shift in shift(), memory in memory()) {
        let negative_multipliers = &negative_multipliers[..shape[3].min(40)];
        let kernel = PRelu { shape, input_zero_point, positive_multiplier, negative_multipliers, bias, shift };
        if kernel.is_valid() && count(shape) <= RUN_MAX {
            let mut data = memory.slice(count(shape));
            let data = cells(&mut data);
            kernel.run(data, data);
        }
    }
}
