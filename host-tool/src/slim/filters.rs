//! One view of the operators with weights: convolutions, depthwise convolutions and dense layers.

use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, FixedRequant, TensorId};
use crate::graph::float::Window;

/// The window of a dense layer: every row of the input is a pixel.
const SINGLE_TAP: Window =
    Window { filter: [1, 1], stride: [1, 1], dilation: [1, 1], pad_before: [0, 0], pad_after: [0, 0] };

/// The filters of a node, one for each output channel.
pub struct Filters<'a> {
    /// The input tensor.
    pub input: TensorId,
    /// The window; a single tap for a dense layer.
    pub window: Window,
    /// Groups; as many as input channels for a depthwise convolution.
    pub groups: usize,
    /// Input channels of each group.
    pub depth: usize,
    /// Bias and requantization.
    pub requant: &'a FixedRequant,
    weights: &'a [i8],
    order: Order,
}

/// How weights lie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    /// `[O, FH, FW, depth]`.
    FilterByFilter,
    /// `[FH, FW, O]`, with a depth of 1.
    TapByTap,
}

/// Where a tap falls over all positions of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// At some position inside the input.
    pub inside: bool,
    /// At some position outside, where it reads the zero point.
    pub outside: bool,
}

impl<'a> Filters<'a> {
    /// The filters of a node; `None` where it has no weights.
    pub fn of(graph: &FixedGraph, node: &'a FixedNode) -> Option<Self> {
        let input = *node.inputs.first()?;
        let [.., channels] = graph.tensors[input].shape;
        let (window, groups, weights, requant, order) = match &node.op {
            FixedOp::Conv2d { window, groups, weights, requant } => {
                (*window, *groups, weights, requant, Order::FilterByFilter)
            }
            FixedOp::DepthwiseConv2d { window, weights, requant } => {
                (*window, channels, weights, requant, Order::TapByTap)
            }
            FixedOp::Dense { weights, requant } => (SINGLE_TAP, 1, weights, requant, Order::FilterByFilter),
            _ => return None,
        };
        Some(Filters { input, window, groups, depth: channels / groups, requant, weights, order })
    }

    /// Number of filters, and of output channels.
    pub fn count(&self) -> usize {
        self.requant.bias.len()
    }

    /// Number of weights of all filters.
    pub fn weight_count(&self) -> usize {
        self.weights.len()
    }

    /// The weights `[FH, FW, depth]` of one filter.
    pub fn weights(&self, filter: usize) -> Vec<i8> {
        match self.order {
            Order::FilterByFilter => {
                let length = self.weights.len() / self.count();
                self.weights[filter * length..][..length].to_vec()
            }
            Order::TapByTap => self.weights.iter().skip(filter).step_by(self.count()).copied().collect(),
        }
    }

    /// The first of the input channels that a filter sees.
    pub fn first_input(&self, filter: usize) -> usize {
        filter / (self.count() / self.groups) * self.depth
    }

    /// Where each tap of the window falls, `[FH, FW]`.
    pub fn reaches(&self, input: [usize; 4], output: [usize; 4]) -> Vec<Reach> {
        let along = |axis: usize| {
            let (Window { filter, .. }, extents) = (self.window, (input[axis + 1], output[axis + 1]));
            (0..filter[axis]).map(|tap| self.reach_along(axis, tap, extents)).collect::<Vec<Reach>>()
        };
        let (rows, columns) = (along(0), along(1));
        let both = |row: Reach, column: Reach| Reach {
            inside: row.inside && column.inside,
            outside: row.outside || column.outside,
        };
        rows.iter().flat_map(|&row| columns.iter().map(move |&column| both(row, column))).collect()
    }

    fn reach_along(&self, axis: usize, tap: usize, (input, output): (usize, usize)) -> Reach {
        let Window { stride, dilation, pad_before, .. } = self.window;
        let is_inside = |position: usize| {
            let padded = position * stride[axis] + tap * dilation[axis];
            (pad_before[axis]..pad_before[axis] + input).contains(&padded)
        };
        Reach { inside: (0..output).any(is_inside), outside: !(0..output).all(is_inside) }
    }
}
