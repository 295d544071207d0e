//! Layers with packed weights, whose input and output may overlap.
//!
//! Each is a function of its own: inlined together, they would all take the stack of the one that needs most.

use super::{band, chains, columns, depthwise, rows, winograd};
use crate::conv2d::HAS_LEFT_OVER;
use crate::packed::winograd::{Tile, reader as portable_winograd};
use crate::packed::{chains as portable_chains, depthwise as portable_depthwise, reader};
use crate::{Conv2d, Dense, DepthwiseConv2d, InOut};

/// [`Conv2d`].
#[inline(never)]
pub fn conv2d(conv: &Conv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    match conv.requant.pre_shift {
        0 => rows::conv2d(conv, tensors, scratch),
        _ if HAS_LEFT_OVER => reader::conv2d(conv, tensors, scratch),
        _ => {}
    }
}

/// [`Conv2d`] on the weights of [`crate::packed::band`].
#[inline(never)]
pub fn conv2d_band(conv: &Conv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    match conv.requant.pre_shift {
        0 => band::conv2d(conv, tensors, scratch),
        _ if HAS_LEFT_OVER => reader::conv2d_band(conv, tensors, scratch),
        _ => {}
    }
}

/// [`Conv2d`] on the weights of [`crate::packed::winograd`].
#[inline(never)]
pub fn conv2d_winograd(conv: &Conv2d, tile: Tile, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    match conv.requant.pre_shift {
        0 => winograd::conv2d(conv, tile, input, output, scratch),
        _ if HAS_LEFT_OVER => portable_winograd::conv2d(conv, tile, input, output, scratch),
        _ => {}
    }
}

/// [`DepthwiseConv2d`].
#[inline(never)]
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    let [.., channels] = conv.output_shape;
    match conv.requant.pre_shift {
        0 if channels >= columns::CHANNELS => depthwise::depthwise_conv2d(conv, tensors, scratch),
        _ if HAS_LEFT_OVER => portable_depthwise::depthwise_conv2d(conv, tensors, scratch),
        _ => {}
    }
}

/// [`Dense`].
#[inline(never)]
pub fn dense(dense: &Dense, tensors: &mut InOut, scratch: &mut [i8]) {
    match dense.requant.pre_shift {
        0 => rows::dense(dense, tensors, scratch),
        _ if HAS_LEFT_OVER => reader::dense(dense, tensors, scratch),
        _ => {}
    }
}

/// [`Dense`] on the weights of [`crate::packed::chains`].
#[inline(never)]
pub fn dense_chains(dense: &Dense, tensors: &mut InOut, scratch: &mut [i8]) {
    match dense.requant.pre_shift {
        0 => chains::dense(dense, tensors, scratch),
        _ if HAS_LEFT_OVER => portable_chains::dense(dense, tensors, scratch),
        _ => {}
    }
}
