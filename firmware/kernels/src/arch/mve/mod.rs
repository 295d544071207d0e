//! Cores with MVE (Helium): Cortex-M55 and its like. Plain weights, 16 bytes at a time.
//!
//! A dot product of bytes is `vmladava.s8`: 16 multiply-accumulates into a core register. Depthwise layers keep 16 channels in vectors of i32. Sums become
//! outputs four at a time: `vrmulh.s32` is the product with the multiplier, rounded as [`crate::Requant`] asks for.

mod bytes;
mod depthwise;
mod patches;
mod rows;

use super::{inner, portable};
use crate::chunks::chunks_mut;
use crate::packed::conv2d_depth;
use crate::packed::patch::Position;
use crate::{Conv2d, Dense, DepthwiseConv2d};
use patches::Patches;
use rows::Rows;

/// [`Conv2d`].
pub fn conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    if conv.groups != 1 || run_conv2d(conv, input, output, scratch).is_none() {
        portable::conv2d(conv, input, output, scratch);
    }
}

/// `None` where it takes the portable code.
fn run_conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) -> Option<()> {
    let rows = Rows::new(conv.weights, conv2d_depth(conv), &conv.requant)?;
    if conv.window.is_pointwise(conv.input_shape, conv.output_shape) {
        return rows.multiply_all(input, output);
    }
    let mut patches = Patches::new(conv, input, scratch)?;
    let mut position = Position::default();
    for pixel in chunks_mut(output, conv.output_shape[3]) {
        rows.multiply(patches.get(position), pixel)?;
        position = position.next(conv.output_shape);
    }
    Some(())
}

/// [`DepthwiseConv2d`].
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    if depthwise::run(conv, input, output).is_none() {
        portable::depthwise_conv2d(conv, input, output, scratch);
    }
}

/// [`Dense`].
pub fn dense(dense: &Dense, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let rows = Rows::new(dense.weights, dense.input_features, &dense.requant);
    if rows.and_then(|rows| rows.multiply_all(input, output)).is_none() {
        portable::dense(dense, input, output, scratch);
    }
}
