//! Elementwise operators of two tensors whose shapes may differ in extents of 1.

use core::cell::Cell;

use crate::chunks::chunks;
use crate::{Shape, elements};

/// Whether both shapes broadcast to `output`: every extent is the output's or 1.
pub(crate) fn is_valid([a, b]: [Shape; 2], output: Shape) -> bool {
    let spreads = |shape: Shape| shape.iter().zip(output).all(|(&extent, output)| extent == output || extent == 1);
    elements(output).is_some() && spreads(a) && spreads(b)
}

/// `output = f(a, b)` for every element. `output` may be the memory of an operand of the same shape.
#[inline(always)]
pub(crate) fn for_each(operands: [Operand; 2], output_shape: Shape, output: &[Cell<i8>], f: impl Fn(i8, i8) -> i8) {
    let [a, b] = operands;
    if a.shape == output_shape && b.shape == output_shape {
        return for_each_pair(a.data, b.data, output, f);
    }
    let [_, height, width, channels] = output_shape;
    let mut rows = chunks(output, channels);
    for batch in 0.. {
        for row in 0..height {
            for column in 0..width {
                let position = [batch, row, column];
                let (Some(output), Some(a), Some(b)) = (rows.next(), a.row(position), b.row(position)) else {
                    return;
                };
                for_each_in_row(a, b, output, &f);
            }
        }
    }
}

/// One operand of an elementwise operator.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub data: &'a [Cell<i8>],
    pub shape: Shape,
}

impl<'a> Operand<'a> {
    /// The channels at a position of the output.
    fn row(&self, position: [usize; 3]) -> Option<&'a [Cell<i8>]> {
        let [batches, height, width, channels] = self.shape;
        let [batch, row, column] = position;
        let index = |index: usize, extent: usize| if extent == 1 { 0 } else { index };
        let rows = index(batch, batches).wrapping_mul(height).wrapping_add(index(row, height));
        let start = rows.wrapping_mul(width).wrapping_add(index(column, width)).wrapping_mul(channels);
        self.data.get(start..start.wrapping_add(channels))
    }
}

/// One row of channels; an operand with a single channel spreads over all.
#[inline(always)]
fn for_each_in_row(a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>], f: impl Fn(i8, i8) -> i8) {
    match (a, b) {
        ([a], [b]) => {
            let q = f(a.get(), b.get());
            output.iter().for_each(|output| output.set(q));
        }
        ([a], b) => {
            let a = a.get();
            output.iter().zip(b).for_each(|(output, b)| output.set(f(a, b.get())));
        }
        (a, [b]) => {
            let b = b.get();
            output.iter().zip(a).for_each(|(output, a)| output.set(f(a.get(), b)));
        }
        (a, b) => for_each_pair(a, b, output, f),
    }
}

/// Elements that are read before any of them is written: small cores then use each load's result a little later.
const BLOCK: usize = 4;

/// `output = f(a, b)` for as many elements as all have.
#[inline(always)]
pub(crate) fn for_each_pair(a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>], f: impl Fn(i8, i8) -> i8) {
    let (blocks, rest) = output.as_chunks::<BLOCK>();
    let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<BLOCK>(), b.as_chunks::<BLOCK>());
    for ((output, a), b) in blocks.iter().zip(a_blocks).zip(b_blocks) {
        let (a, b) = (a.each_ref().map(Cell::get), b.each_ref().map(Cell::get));
        for ((output, a), b) in output.iter().zip(a).zip(b) {
            output.set(f(a, b));
        }
    }
    for ((output, a), b) in rest.iter().zip(a_rest).zip(b_rest) {
        output.set(f(a.get(), b.get()));
    }
}
