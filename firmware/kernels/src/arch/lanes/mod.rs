//! Cores without SIMD: Cortex-M0, M0+ and M3. Their 32-bit multiplier takes one weight and the inputs of two output pixels at once.
//!
//! A word holds what two pixels see under the same tap, in two 16-bit lanes: `word = a + b * 2^16`, both signed. With weights in
//! [-127, 127] the sum `t` of two products of a weight and a word keeps its lanes apart: each lane is in `[-32512, 32512]`. With
//! everything modulo 2^32,
//!
//! ```text
//! mixed = sum(t)                        second = sum((t + 2^15) >> 16)
//! first pixel: mixed - second * 2^16    second pixel: second
//! ```
//!
//! The addition of 2^15 is the carry that shifting `t` right leaves behind, so that a pair of taps costs two multiplications,
//! three additions and a shift for four multiply-accumulates. The words are made once and serve all output channels.

mod columns;
mod conv2d;
mod depthwise;
mod lines;
mod rows;
mod tile;
mod words;

pub use columns::{Gather, Windows};
pub use rows::Rows;
pub use words::Pieces;

#[cfg(peacrab_arch = "armv6m")]
use super::armv6m as backend;
#[cfg(peacrab_arch = "armv7m")]
use super::armv7m as backend;
use super::{pointwise, portable};
use crate::{Conv2d, Dense, DepthwiseConv2d, WeightLayout};

/// [`Conv2d`].
pub fn conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    if conv.layout != WeightLayout::Plain || conv2d::run(conv, input, output, scratch).is_none() {
        portable::conv2d(conv, input, output, scratch);
    }
}

/// [`DepthwiseConv2d`].
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    if depthwise::run(conv, input, output).is_none() {
        portable::depthwise_conv2d(conv, input, output, scratch);
    }
}

/// [`Dense`].
pub fn dense(dense: &Dense, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let is_wide = dense.layout == WeightLayout::Plain && dense.rows > 1;
    if !is_wide || conv2d::run(&pointwise::convolution(dense), input, output, &mut []).is_none() {
        portable::dense(dense, input, output, scratch);
    }
}

/// Whether no weight is -128, which two lanes could not bear twice.
fn lanes_stay_apart(weights: &[i8]) -> bool {
    const ONES: u32 = 0x0101_0101;
    const SIGNS: u32 = 0x8080_8080;
    // SAFETY: every bit pattern is a valid u32.
    let (head, words, tail) = unsafe { weights.align_to::<u32>() };
    let has_minimum = |&word: &u32| {
        let zero_where_minimum = word ^ SIGNS;
        zero_where_minimum.wrapping_sub(ONES) & !zero_where_minimum & SIGNS != 0
    };
    !(head.iter().chain(tail).any(|&weight| weight == i8::MIN) || words.iter().any(has_minimum))
}
