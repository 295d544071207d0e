//! 2-D convolution, with groups and depthwise.

use crate::{Requant, Shape, Window};

/// How the weights of a kernel lie in memory. Every layout has a portable reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightLayout {
    /// As in the kernel's documentation.
    Plain,
    /// Packed for `smlad` (row pairs for convolution and dense, tap pairs for depthwise); see `docs/kernels.md`.
    Packed,
}

/// 2-D convolution.
#[derive(Debug, Clone, Copy)]
pub struct Conv2d<'a> {
    /// `[N, H, W, C]`.
    pub input_shape: Shape,
    /// `[N, OH, OW, O]`.
    pub output_shape: Shape,
    /// The window; what lies outside the input reads as `input_zero_point`.
    pub window: Window,
    /// Number of groups; divides `C` and `O`. 1 where the weights are packed.
    pub groups: usize,
    /// Zero point of the input.
    pub input_zero_point: i8,
    /// Plain: `[O, FH, FW, C / groups]`.
    pub weights: &'a [i8],
    /// Layout of `weights`.
    pub layout: WeightLayout,
    /// Bias and requantization.
    pub requant: Requant<'a>,
}

/// Depthwise 2-D convolution: output channel `o` sees input channel `o / (O / C)` only.
#[derive(Debug, Clone, Copy)]
pub struct DepthwiseConv2d<'a> {
    /// `[N, H, W, C]`.
    pub input_shape: Shape,
    /// `[N, OH, OW, O]`, `O` a multiple of `C`; equal to it where the weights are packed.
    pub output_shape: Shape,
    /// The window; what lies outside the input reads as `input_zero_point`.
    pub window: Window,
    /// Zero point of the input.
    pub input_zero_point: i8,
    /// Plain: `[FH, FW, O]`.
    pub weights: &'a [i8],
    /// Layout of `weights`.
    pub layout: WeightLayout,
    /// Bias and requantization.
    pub requant: Requant<'a>,
}
