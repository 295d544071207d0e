//! Weights packed for cores with DSP instructions.
//!
//! Convolution and dense weights lie as [`rows`], those of convolutions with three taps a row as [`band`] too, those of 3x3 convolutions also transformed as [`winograd`], 3x3 depthwise weights as [`taps`]. Each module has the packing function, the
//! conditions under which the layout gives the plain layout's results, and a portable reader that computes the very same bits on
//! any core. Layouts and schedules are described in `docs/kernels.md`.

pub mod band;
pub mod chains;
pub mod columns;
pub(crate) mod depthwise;
pub(crate) mod patch;
pub(crate) mod reader;
pub mod rows;
pub mod taps;
pub mod winograd;

use crate::{Conv2d, Dense, DepthwiseConv2d};

/// Bytes of scratch that a packed convolution can use of `budget` on every core, and at least what it needs: patches as i16 and, where they are
/// many, a quad of weights; one patch as i8 where channels do not fill words; and padded rows.
pub fn conv2d_scratch_bytes(conv: &Conv2d, budget: usize) -> usize {
    let depth = conv2d_depth(conv);
    let others = conv2d_staging_bytes(conv).saturating_add(conv2d_rows_bytes(conv, budget));
    let left = budget.saturating_sub(others);
    let pairs = staged_pairs(depth, left, useful_pairs(depth, pixels(conv) / 2));
    let patches = if is_staged(depth, pairs) {
        pairs.saturating_mul(pair_bytes(depth)).saturating_add(staged_quad_bytes(depth))
    } else {
        patches_bytes(rows::padded(depth), pixels(conv), left)
    };
    patches.saturating_add(others)
}

/// Pairs of patches, of `pairs` in all, that weights in scratch should serve at a time: as many each time.
fn useful_pairs(depth: usize, pairs: usize) -> usize {
    let most = if pair_bytes(depth) <= CACHE_BYTES { STAGED_PAIRS } else { usize::MAX };
    pairs.div_ceil(pairs.div_ceil(most).max(1))
}

/// Output pixels of all images.
fn pixels(conv: &Conv2d) -> usize {
    let [batch, height, width, _] = conv.output_shape;
    batch.saturating_mul(height).saturating_mul(width)
}

/// Bytes of one patch as i8, where channels do not fill words.
pub fn conv2d_staging_bytes(conv: &Conv2d) -> usize {
    let is_staged = !conv.input_shape[3].is_multiple_of(rows::CHUNK);
    if is_staged { rows::padded(conv2d_depth(conv)) } else { 0 }
}

/// Bytes of scratch for padded rows: none where patches alone take it all.
pub fn conv2d_rows_bytes(conv: &Conv2d, scratch_bytes: usize) -> usize {
    let patches = patches_bytes(rows::padded(conv2d_depth(conv)), pixels(conv), 0);
    let rows = padded_rows_bytes(conv);
    let needed = patches.saturating_add(conv2d_staging_bytes(conv)).saturating_add(rows);
    if scratch_bytes >= needed { rows } else { 0 }
}

/// Bytes of padded rows beyond which patches at the border are put together one by one.
const PADDED_ROWS_BYTES: usize = 1024;

/// Bytes of the input rows that a row of output sees, padding included, as i8; 0 where there is no padding, where taps do not lie side by side, or
/// where they are too many.
pub(crate) fn padded_rows_bytes(conv: &Conv2d) -> usize {
    let ([_, height, width, _], [_, output_height, output_width, _]) = (conv.input_shape, conv.output_shape);
    let window = &conv.window;
    let reach = |axis: usize, output: usize| {
        let span = window.filter[axis].saturating_sub(1).saturating_mul(window.dilation[axis]).saturating_add(1);
        output.saturating_sub(1).saturating_mul(window.stride[axis]).saturating_add(span)
    };
    let is_padded = window.pad != [0, 0] || reach(0, output_height) > height || reach(1, output_width) > width;
    let bytes = padded_row_bytes(conv).saturating_mul(window.filter[0]);
    if is_padded && window.dilation[1] == 1 && bytes <= PADDED_ROWS_BYTES { rows::padded(bytes) } else { 0 }
}

/// Bytes of one of the rows of [`padded_rows_bytes`].
pub(crate) fn padded_row_bytes(conv: &Conv2d) -> usize {
    let last = conv.output_shape[2].saturating_sub(1).saturating_mul(conv.window.stride[1]);
    last.saturating_add(conv.window.filter[1]).saturating_mul(conv.input_shape[3])
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

/// Pairs of patches beyond which staged weights serve no more at a time, unless each of them takes more than a small cache: staging takes a few per
/// cent of the time by then.
const STAGED_PAIRS: usize = 32;

/// Bytes of a quad that a small cache holds.
const CACHE_BYTES: usize = 256;

/// Bytes of a pair of patches as i16, which are those of a quad of weights too.
fn pair_bytes(depth: usize) -> usize {
    rows::padded(depth).saturating_mul(rows::QUAD)
}

/// Pairs of patches that are multiplied at a time, of `pairs` in all, in `bytes` of scratch.
pub fn patch_pairs(depth: usize, bytes: usize, pairs: usize) -> usize {
    let staged = staged_pairs(depth, bytes, pairs);
    if is_staged(depth, staged) { staged } else { (bytes / pair_bytes(depth).max(1)).min(pairs) }
}

/// Pairs of patches, of `pairs` in all, that `bytes` of scratch hold beside a staged quad.
fn staged_pairs(depth: usize, bytes: usize, pairs: usize) -> usize {
    (bytes.saturating_sub(staged_quad_bytes(depth)) / pair_bytes(depth).max(1)).min(pairs)
}

/// Whether weights go through scratch for so many pairs of patches: fewer do not pay the copy.
pub fn is_staged(depth: usize, pairs: usize) -> bool {
    let is_cached = pair_bytes(depth) <= CACHE_BYTES;
    pairs >= if is_cached { 8 } else { 6 }
}

/// Whether a quad may be staged as chains: the sums of the squares of deeper ones might not fit 32 bits.
pub fn has_chains(depth: usize) -> bool {
    rows::padded(depth) < 1 << 16
}

/// Whether every sum of a quad is in `[-2^23, 2^23)`, whatever weights and inputs are, so that chains tell them apart: see `docs/kernels.md`.
#[cfg(peacrab_arch = "armv7em")]
pub(crate) fn are_sums_narrow(depth: usize) -> bool {
    rows::padded(depth) < 512
}

/// Bytes of a quad in scratch: three words for two where it is staged as chains.
pub(crate) fn staged_quad_bytes(depth: usize) -> usize {
    let quad = pair_bytes(depth);
    if has_chains(depth) { quad.saturating_add(quad / 2) } else { quad }
}

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
pub fn conv2d_depth(conv: &Conv2d) -> usize {
    let [filter_height, filter_width] = conv.window.filter;
    filter_height.saturating_mul(filter_width).saturating_mul(conv.input_shape[3])
}
