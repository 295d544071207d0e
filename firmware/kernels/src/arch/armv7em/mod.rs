//! Cores with the DSP extension: Cortex-M4, M7, and v8-M main cores such as M33.

mod columns;
mod depthwise;
mod expand;
mod grids;
mod inner;
mod multiply;
mod pairs;
mod plain;
mod plain_conv2d;
mod plain_depthwise;
mod quads;
mod rows;
mod saturate;
mod slot;
mod winograd;

pub use plain::dot_pair;

use super::portable;
use crate::{Conv2d, Dense, DepthwiseConv2d, WeightLayout};

/// [`Conv2d`].
pub fn conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    match (conv.layout, conv.requant.pre_shift) {
        (WeightLayout::Packed, 0) => rows::conv2d(conv, input, output, scratch),
        (WeightLayout::Winograd(tile), 0) => winograd::conv2d(conv, tile, input, output, scratch),
        (WeightLayout::Plain, 0) if conv.groups == 1 && conv.output_shape[3] >= plain_conv2d::CHANNELS => {
            plain_conv2d::conv2d(conv, input, output);
        }
        _ => portable::conv2d(conv, input, output, scratch),
    }
}

/// [`DepthwiseConv2d`].
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let [.., channels] = conv.output_shape;
    if conv.requant.pre_shift != 0 || channels < columns::CHANNELS || channels != conv.input_shape[3] {
        return portable::depthwise_conv2d(conv, input, output, scratch);
    }
    match conv.layout {
        WeightLayout::Packed => depthwise::depthwise_conv2d(conv, input, output, scratch),
        WeightLayout::Plain => plain_depthwise::depthwise_conv2d(conv, input, output),
        WeightLayout::Winograd(_) => {}
    }
}

/// [`Dense`].
pub fn dense(dense: &Dense, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    match (dense.layout, dense.requant.pre_shift) {
        (WeightLayout::Packed, 0) => rows::dense(dense, input, output, scratch),
        (WeightLayout::Plain, 0) if dense.rows > 1 && dense.output_features >= plain_conv2d::CHANNELS => {
            plain_conv2d::dense(dense, input, output);
        }
        _ => portable::dense(dense, input, output, scratch),
    }
}

/// The aligned words of scratch memory.
fn words(scratch: &mut [i8]) -> &mut [u32] {
    // SAFETY: every bit pattern is a valid u32.
    let (_, words, _) = unsafe { scratch.align_to_mut::<u32>() };
    words
}
