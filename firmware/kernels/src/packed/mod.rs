//! Weights packed for cores with DSP instructions.
//!
//! Convolution and dense weights lie as [`rows`], 3x3 depthwise weights as [`taps`], 3x3 convolution weights also as [`winograd`]. Each module has the packing function, the
//! conditions under which the layout gives the plain layout's results, and a portable reader that computes the very same bits on
//! any core. Layouts and schedules are described in `docs/kernels.md`.

pub(crate) mod patch;
mod reader;
pub mod rows;
pub mod taps;
pub mod winograd;

pub(crate) use reader::{conv2d, dense, depthwise_conv2d};

use crate::{Conv2d, Dense, DepthwiseConv2d};

/// Bytes of scratch that a packed convolution needs, on every core: patches as i16, and one as i8 where channels do not fill words.
pub fn conv2d_scratch_bytes(conv: &Conv2d) -> usize {
    let [batch, height, width, _] = conv.output_shape;
    let depth = rows::padded(conv2d_depth(conv));
    let is_staged = !conv.input_shape[3].is_multiple_of(rows::CHUNK);
    let staging = if is_staged { depth } else { 0 };
    patches_bytes(depth, batch.saturating_mul(height).saturating_mul(width)).saturating_add(staging)
}

/// Bytes of scratch that a packed dense layer needs, on every core: its input as i16, two or more rows at a time where there are two.
pub fn dense_scratch_bytes(dense: &Dense) -> usize {
    patches_bytes(rows::padded(dense.input_features), dense.rows)
}

/// Bytes of patches beyond which no more are kept at a time.
const PATCHES_BYTES: usize = 2048;

/// Bytes of the i16 patches that are kept at a time: one, or pairs, so that each weight that is read serves as many outputs.
fn patches_bytes(depth: usize, count: usize) -> usize {
    let pair = depth.saturating_mul(4);
    let pairs = (PATCHES_BYTES / pair.max(1)).clamp(1, count.div_ceil(2).max(1));
    if count < 2 { pair / 2 } else { pair.saturating_mul(pairs) }
}

/// Bytes of scratch that a packed depthwise convolution needs, on every core: one band of four channels, or the weights unpacked.
pub fn depthwise_conv2d_scratch_bytes(conv: &DepthwiseConv2d) -> usize {
    let column_bytes = taps::CHANNELS * taps::column_rows(conv);
    depthwise_columns(conv).saturating_mul(column_bytes).max(taps::bytes(conv.output_shape[3]))
}

/// Whether the weights' length is right for a packed convolution.
pub fn conv2d_is_valid(conv: &Conv2d) -> bool {
    conv.groups == 1 && conv.weights.len() == rows::bytes(conv.output_shape[3], conv2d_depth(conv))
}

/// Whether the weights' length is right for a packed dense layer.
pub fn dense_is_valid(dense: &Dense) -> bool {
    dense.weights.len() == rows::bytes(dense.output_features, dense.input_features)
}

/// Whether a depthwise convolution can be packed and the weights' length is right.
pub fn depthwise_conv2d_is_valid(conv: &DepthwiseConv2d) -> bool {
    taps::supports(conv) && conv.weights.len() == taps::bytes(conv.output_shape[3])
}

/// Input columns, padding included, that a row of output sees.
pub(crate) fn depthwise_columns(conv: &DepthwiseConv2d) -> usize {
    let last = conv.output_shape[2].saturating_sub(1).saturating_mul(conv.window.stride[1]);
    last.saturating_add(conv.window.filter[1])
}

/// Multiply-accumulates of one output element.
pub(crate) fn conv2d_depth(conv: &Conv2d) -> usize {
    let [filter_height, filter_width] = conv.window.filter;
    filter_height.saturating_mul(filter_width).saturating_mul(conv.input_shape[3])
}
