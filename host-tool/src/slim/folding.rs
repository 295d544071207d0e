//! Which input channels of a layer are constants that its biases can take in.

use super::filters::{Filters, Reach};
use super::known::Known;
use crate::graph::fixed::{FixedGraph, FixedNode};

/// The constants under the taps of a layer.
pub struct Folding<'a> {
    inputs: &'a [Known],
    reaches: Vec<Reach>,
    zero_point: i8,
}

impl<'a> Folding<'a> {
    /// For a node with these filters, whose input has these channels.
    pub fn new(graph: &FixedGraph, node: &FixedNode, filters: &Filters, inputs: &'a [Known]) -> Self {
        let (input, output) = (&graph.tensors[filters.input], &graph.tensors[node.output]);
        let reaches = filters.reaches(input.shape, output.shape);
        Folding { inputs, reaches, zero_point: input.quant.zero_point as i8 }
    }

    /// What a tap reads of an input channel, where that is the same value at every position and in every inference. A tap that
    /// leaves the input at some positions reads the zero point there.
    pub fn constant(&self, tap: usize, input: usize) -> Option<i8> {
        match self.reaches[tap] {
            Reach { inside: false, .. } => Some(self.zero_point),
            Reach { outside: false, .. } => self.inputs[input].constant(),
            _ => self.inputs[input].constant().filter(|&value| value == self.zero_point),
        }
    }
}
