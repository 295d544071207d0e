//! Weights packed for cores with DSP instructions.
//!
//! Convolution and dense weights lie as [`rows`], 3x3 depthwise weights as [`taps`]. Each module has the packing function, the
//! conditions under which the layout gives the plain layout's results, and a portable reader that computes the very same bits on
//! any core. Layouts and schedules are described in `docs/kernels.md`.

pub(crate) mod columns;
pub(crate) mod depthwise;
pub(crate) mod patch;
pub(crate) mod reader;
pub mod rows;
pub mod taps;

use crate::{Conv2d, Dense, DepthwiseConv2d};

/// Bytes of scratch that a packed convolution can use of `budget` on every core, and at least what it needs: patches as i16, and one as i8 where
/// channels do not fill words.
pub fn conv2d_scratch_bytes(conv: &Conv2d, budget: usize) -> usize {
    let [batch, height, width, _] = conv.output_shape;
    let depth = rows::padded(conv2d_depth(conv));
    let is_staged = !conv.input_shape[3].is_multiple_of(rows::CHUNK);
    let staging = if is_staged { depth } else { 0 };
    let count = batch.saturating_mul(height).saturating_mul(width);
    patches_bytes(depth, count, budget.saturating_sub(staging)).saturating_add(staging)
}

/// Bytes of scratch that a packed dense layer can use of `budget` on every core, and at least what it needs: its input as i16, two or more rows at
/// a time where there are two; nothing for a single row of whole words, which can be read where it lies.
pub fn dense_scratch_bytes(dense: &Dense, budget: usize) -> usize {
    let is_readable = dense.rows == 1 && dense.input_features.is_multiple_of(rows::CHUNK);
    if is_readable && budget < dense_row_bytes(dense) {
        return 0;
    }
    patches_bytes(rows::padded(dense.input_features), dense.rows, budget)
}

/// Bytes of one row of a packed dense layer as i16.
pub(crate) fn dense_row_bytes(dense: &Dense) -> usize {
    rows::padded(dense.input_features).saturating_mul(2)
}

/// Bytes of patches beyond which no more are kept at a time.
const PATCHES_BYTES: usize = 2048;

/// Bytes of the i16 patches that are kept at a time: one, or pairs, so that each weight that is read serves as many outputs.
fn patches_bytes(depth: usize, count: usize, budget: usize) -> usize {
    let pair = depth.saturating_mul(4);
    let pairs = (budget.min(PATCHES_BYTES) / pair.max(1)).clamp(1, count.div_ceil(2).max(1));
    if count < 2 { pair / 2 } else { pair.saturating_mul(pairs) }
}

/// Bytes of scratch that a packed depthwise convolution can use of `budget` on every core, and at least what it needs: four channels of the image,
/// or of a band of it.
pub fn depthwise_conv2d_scratch_bytes(conv: &DepthwiseConv2d, budget: usize) -> usize {
    columns::Columns::new(conv, budget).bytes()
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

/// Multiply-accumulates of one output element.
pub(crate) fn conv2d_depth(conv: &Conv2d) -> usize {
    let [filter_height, filter_width] = conv.window.filter;
    filter_height.saturating_mul(filter_width).saturating_mul(conv.input_shape[3])
}
