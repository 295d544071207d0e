//! Operators that move elements: where each element of their output comes from.

use std::collections::BTreeSet;

use super::known::Known;
use crate::graph::fixed::{FixedCopy, FixedGraph, FixedNode, FixedOp};

/// Where an element comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// An element of an operand.
    Element {
        /// Which operand.
        operand: usize,
        /// Its index, row-major.
        index: usize,
    },
    /// The same value in every inference.
    Value(i8),
    /// Memory that nothing is written to.
    Unwritten,
}

/// The source of every element of the output; `None` for operators that compute.
pub fn sources(graph: &FixedGraph, node: &FixedNode) -> Option<Vec<Source>> {
    let output = graph.tensors[node.output].shape;
    match &node.op {
        FixedOp::Reshape => {
            Some((0..output.iter().product()).map(|index| Source::Element { operand: 0, index }).collect())
        }
        FixedOp::Concat { axis } => Some(concat(graph, node, *axis)),
        FixedOp::Copy(copy) => Some(strided(copy, output.iter().product())),
        FixedOp::Resize { rows, columns } => {
            let [.., height, width, channels] = graph.tensors[node.inputs[0]].shape;
            let element = |[n, y, x, c]: [usize; 4]| {
                let row = n * height + rows[y] as usize;
                Source::Element { operand: 0, index: (row * width + columns[x] as usize) * channels + c }
            };
            Some(positions(output).map(element).collect())
        }
        _ => None,
    }
}

/// Which channels of operands feed which channels of the output: operand, its channel, the output's.
pub fn channel_pairs(graph: &FixedGraph, node: &FixedNode, sources: &[Source]) -> BTreeSet<(usize, usize, usize)> {
    let [.., channels] = graph.tensors[node.output].shape;
    let pair = |(to, source): (usize, &Source)| match *source {
        Source::Element { operand, index } => {
            let [.., input_channels] = graph.tensors[node.inputs[operand]].shape;
            Some((operand, index % input_channels, to % channels))
        }
        _ => None,
    };
    sources.iter().enumerate().filter_map(pair).collect()
}

/// What is known of each output channel; `operand` gives the channels of an operand.
pub fn outputs<'k>(
    graph: &FixedGraph,
    node: &FixedNode,
    sources: &[Source],
    operand: impl Fn(usize) -> &'k [Known],
) -> Vec<Known> {
    let [.., channels] = graph.tensors[node.output].shape;
    let range = |source: &Source| match *source {
        Source::Element { operand: which, index } => {
            let known = operand(which);
            known[index % known.len()].at(index / known.len())
        }
        Source::Value(value) => (value, value),
        Source::Unwritten => Known::ANY.range(),
    };
    let output = |channel: usize| {
        let ranges: Vec<(i8, i8)> = sources.iter().skip(channel).step_by(channels).map(range).collect();
        if ranges.iter().all(|(low, high)| low == high) {
            return Known::of_values(ranges.into_iter().map(|(value, _)| value).collect());
        }
        Known::hull(ranges.into_iter().flat_map(|(low, high)| [low, high]))
    };
    (0..channels).map(output).collect()
}

/// A copy whose channels all stay what they are, over `channels` kept of the input's and the output's `of`; `None` where it moves channels.
pub fn with_channels(copy: &FixedCopy, of: usize, channels: usize) -> Option<FixedCopy> {
    let [n, height, width, extent] = copy.extent;
    let is_whole = extent == of && (of == 1 || (copy.input_step[3] == 1 && copy.output_step[3] == 1));
    let starts_at_pixels = copy.input_start.is_multiple_of(of) && copy.output_start.is_multiple_of(of);
    if !is_whole || !starts_at_pixels {
        return None;
    }
    Some(FixedCopy {
        extent: [n, height, width, channels],
        input_start: copy.input_start / of * channels,
        input_step: scaled(copy.input_step, of, channels)?,
        output_start: copy.output_start / of * channels,
        output_step: scaled(copy.output_step, of, channels)?,
        fill: copy.fill,
    })
}

/// Steps between pixels of `of` channels as steps between pixels of `channels`.
fn scaled(steps: [i32; 4], of: usize, channels: usize) -> Option<[i32; 4]> {
    let (of, channels) = (i32::try_from(of).ok()?, i32::try_from(channels).ok()?);
    let [n, height, width, _] = steps;
    let scale = |step: i32| (step % of == 0).then_some(step / of * channels);
    Some([scale(n)?, scale(height)?, scale(width)?, 1])
}

fn concat(graph: &FixedGraph, node: &FixedNode, axis: usize) -> Vec<Source> {
    let output = graph.tensors[node.output].shape;
    let element = |mut position: [usize; 4]| {
        for (operand, &input) in node.inputs.iter().enumerate() {
            let shape = graph.tensors[input].shape;
            if position[axis] < shape[axis] {
                let index = position.iter().zip(shape).fold(0, |index, (&at, extent)| index * extent + at);
                return Source::Element { operand, index };
            }
            position[axis] -= shape[axis];
        }
        Source::Unwritten
    };
    positions(output).map(element).collect()
}

fn strided(copy: &FixedCopy, elements: usize) -> Vec<Source> {
    let background = copy.fill.map_or(Source::Unwritten, |fill| Source::Value(fill.clamp(-128, 127) as i8));
    let mut sources = vec![background; elements];
    for position in positions(copy.extent) {
        let along = |start: usize, steps: [i32; 4]| {
            let steps = position.iter().zip(steps).map(|(&at, step)| at as isize * step as isize);
            start.wrapping_add_signed(steps.sum())
        };
        let index = along(copy.input_start, copy.input_step);
        sources[along(copy.output_start, copy.output_step)] = Source::Element { operand: 0, index };
    }
    sources
}

/// All positions of a shape, row-major.
fn positions(shape: [usize; 4]) -> impl Iterator<Item = [usize; 4]> {
    let [_, height, width, channels] = shape;
    (0..shape.iter().product()).map(move |index: usize| {
        let (pixel, row) = (index / channels, index / channels / width);
        [row / height, row % height, pixel % width, index % channels]
    })
}
