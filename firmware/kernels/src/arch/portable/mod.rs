//! Plain Rust, for any core and for the host: inner loops that LLVM vectorizes where there are vectors and that stay in registers
//! where there are few.

mod conv2d;
mod dense;
mod depthwise;
mod dot;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(peacrab_arch = "armv6m")]
mod thumb1;

#[cfg(peacrab_arch = "armv7em")]
pub(super) use conv2d::Positions;

use crate::{Conv2d, Dense, DepthwiseConv2d, WeightLayout, packed};

pub(crate) fn conv2d(kernel: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    match kernel.layout {
        WeightLayout::Plain => conv2d::run(kernel, input, output),
        WeightLayout::Packed => packed::conv2d(kernel, input, output, scratch),
        WeightLayout::Winograd(tile) => packed::winograd::conv2d(kernel, tile, input, output, scratch),
    }
}

pub(crate) fn depthwise_conv2d(kernel: &DepthwiseConv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    match kernel.layout {
        WeightLayout::Plain => depthwise::run(kernel, input, output),
        WeightLayout::Packed => packed::depthwise_conv2d(kernel, input, output, scratch),
        WeightLayout::Winograd(_) => {}
    }
}

pub(crate) fn dense(kernel: &Dense, input: &[i8], output: &mut [i8], _scratch: &mut [i8]) {
    match kernel.layout {
        WeightLayout::Plain => dense::rows(kernel.input_features, kernel.weights, &kernel.requant, input, output),
        WeightLayout::Packed => packed::dense(kernel, input, output),
        WeightLayout::Winograd(_) => {}
    }
}

pub(crate) fn conv2d_scratch_bytes(kernel: &Conv2d) -> usize {
    match kernel.layout {
        WeightLayout::Plain => patches_bytes(kernel),
        WeightLayout::Packed => packed::conv2d_scratch_bytes(kernel),
        WeightLayout::Winograd(tile) => packed::winograd::scratch_bytes(kernel, tile),
    }
}

/// Patches that a backend may gather at once, where it wants to.
const PATCHES: usize = 4;

/// Multiply-accumulates of one output beyond which filter rows are long enough to be read where they lie.
const PATCH_DEPTH_MAX: usize = 1024;

/// Bytes for [`PATCHES`] windows of a plain convolution, each in consecutive bytes and filled up to whole words; 0 where windows are read
/// where they lie: pointwise, grouped and very deep ones.
fn patches_bytes(kernel: &Conv2d) -> usize {
    let depth = packed::conv2d_depth(kernel);
    let is_pointwise = kernel.window.is_pointwise(kernel.input_shape, kernel.output_shape);
    if is_pointwise || kernel.groups != 1 || depth > PATCH_DEPTH_MAX {
        return 0;
    }
    PATCHES * packed::rows::padded(depth)
}

pub(crate) fn depthwise_conv2d_scratch_bytes(kernel: &DepthwiseConv2d) -> usize {
    match kernel.layout {
        WeightLayout::Plain | WeightLayout::Winograd(_) => 0,
        WeightLayout::Packed => packed::depthwise_conv2d_scratch_bytes(kernel),
    }
}

pub(crate) fn dense_scratch_bytes(kernel: &Dense) -> usize {
    match kernel.layout {
        WeightLayout::Plain | WeightLayout::Winograd(_) => 0,
        WeightLayout::Packed => packed::dense_scratch_bytes(kernel),
    }
}
