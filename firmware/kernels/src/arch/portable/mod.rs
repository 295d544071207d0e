//! Plain Rust, for any core and for the host: inner loops that LLVM vectorizes where there are vectors and that stay in registers
//! where there are few.

mod conv2d;
mod dense;
mod depthwise;
mod dot;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(peacrab_arch = "armv7em")]
pub(super) use conv2d::Positions;

use core::cell::Cell;

use crate::{Add, Conv2d, Dense, DepthwiseConv2d, broadcast, packed};

/// [`Add`] of operands that have the output's shape, its activation all of i8.
pub(crate) fn add(kernel: &Add, a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>]) {
    broadcast::for_each_pair(a, b, output, |a, b| kernel.saturated(a, b));
}

pub(crate) fn conv2d(kernel: &Conv2d, input: &[i8], output: &mut [i8], _scratch: &mut [i8]) {
    conv2d::run(kernel, input, output);
}

pub(crate) fn depthwise_conv2d(kernel: &DepthwiseConv2d, input: &[i8], output: &mut [i8], _scratch: &mut [i8]) {
    depthwise::run(kernel, input, output);
}

pub(crate) fn dense(kernel: &Dense, input: &[i8], output: &mut [i8], _scratch: &mut [i8]) {
    dense::rows(kernel.input_features, kernel.weights, &kernel.requant, input, output);
}

/// Patches that a backend may gather at once, where it wants to.
const PATCHES: usize = 4;

/// Multiply-accumulates of one output beyond which filter rows are long enough to be read where they lie.
const PATCH_DEPTH_MAX: usize = 1024;

/// Bytes for [`PATCHES`] windows of a plain convolution, each in consecutive bytes and filled up to whole words; 0 where windows are read
/// where they lie: pointwise, grouped and very deep ones.
pub(crate) fn conv2d_scratch_bytes(kernel: &Conv2d) -> usize {
    let depth = packed::conv2d_depth(kernel);
    let is_pointwise = kernel.window.is_pointwise(kernel.input_shape, kernel.output_shape);
    if is_pointwise || kernel.groups != 1 || depth > PATCH_DEPTH_MAX {
        return 0;
    }
    PATCHES * packed::rows::padded(depth)
}
