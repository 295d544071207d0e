//! Cores with the DSP extension: Cortex-M4, M7, and v8-M main cores such as M33.

mod add;
mod band;
mod chained_octets;
mod chained_quads;
mod chains;
mod columns;
mod depthwise;
mod expand;
mod gather;
mod grids;
mod multiply;
pub mod packed;
mod padded;
mod pairs;
mod plain;
mod plain_conv2d;
mod plain_depthwise;
mod quads;
mod rows;
mod slot;
mod stage;
mod winograd;

pub use add::add;
pub use plain::dot_pair;

use super::{inner, pointwise, portable, saturate};
use crate::conv2d::HAS_LEFT_OVER;
use crate::{Conv2d, Dense, DepthwiseConv2d};

/// [`Conv2d`].
#[inline(never)]
pub fn conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    if !conv.is_left_over() {
        plain_conv2d::conv2d(conv, input, output);
    } else if HAS_LEFT_OVER {
        portable::conv2d(conv, input, output, scratch);
    }
}

/// [`DepthwiseConv2d`].
#[inline(never)]
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    if !conv.is_left_over() {
        plain_depthwise::depthwise_conv2d(conv, input, output);
    } else if HAS_LEFT_OVER {
        portable::depthwise_conv2d(conv, input, output, scratch);
    }
}

/// [`Dense`].
#[inline(never)]
pub fn dense(dense: &Dense, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    if dense.requant.pre_shift == 0 && dense.rows > 1 && dense.output_features >= plain_conv2d::CHANNELS {
        plain_conv2d::dense(dense, input, output);
    } else {
        portable::dense(dense, input, output, scratch);
    }
}

/// The aligned words of scratch memory.
fn words(scratch: &mut [i8]) -> &mut [u32] {
    // SAFETY: every bit pattern is a valid u32.
    let (_, words, _) = unsafe { scratch.align_to_mut::<u32>() };
    words
}
