//! Depthwise 2-D convolution.

use crate::conv2d::HAS_LEFT_OVER;
use crate::packed::columns::CHANNELS;
use crate::shape::product;
use crate::{InOut, Overlap, Requant, Shape, WeightLayout, Window, arch, packed};

/// Layouts of weights that are compiled.
const HAS_PLAIN: bool = cfg!(feature = "depthwise_conv2d");
const HAS_PACKED: bool = cfg!(feature = "depthwise_taps_3x3");

/// Depthwise 2-D convolution: output channel `o` sees input channel `o / (O / C)` only.
///
/// # Arithmetic
/// `acc = bias + sum(x * w)` in i32, wrapping; the host proves that real programs do not wrap. Then [`Requant`].
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

impl DepthwiseConv2d<'_> {
    /// Whether shapes, window and slices agree.
    pub fn is_valid(&self) -> bool {
        let ([_, _, _, input_channels], [_, _, _, output_channels]) = (self.input_shape, self.output_shape);
        self.window.is_valid(self.input_shape, self.output_shape)
            && output_channels.checked_rem(input_channels) == Some(0)
            && self.requant.is_valid(output_channels)
            && self.weights_are_valid()
            && (HAS_LEFT_OVER || !self.is_left_over())
    }

    fn weights_are_valid(&self) -> bool {
        match self.layout {
            WeightLayout::Plain if HAS_PLAIN => {
                let [filter_height, filter_width] = self.window.filter;
                let [_, _, _, output_channels] = self.output_shape;
                product(&[filter_height, filter_width, output_channels]) == Some(self.weights.len())
            }
            WeightLayout::Packed if HAS_PACKED => packed::depthwise_conv2d_is_valid(self),
            _ => false,
        }
    }

    /// As [`Conv2d::is_left_over`](crate::Conv2d::is_left_over).
    pub fn is_left_over(&self) -> bool {
        let ([.., inputs], [.., channels]) = (self.input_shape, self.output_shape);
        self.requant.pre_shift != 0 || channels < CHANNELS || channels != inputs
    }

    /// Output channels of one input channel.
    pub(crate) fn multiplier(&self) -> usize {
        let ([_, _, _, input_channels], [_, _, _, output_channels]) = (self.input_shape, self.output_shape);
        output_channels / input_channels.max(1)
    }

    /// Scratch that [`DepthwiseConv2d::run`] needs: the same on every core.
    pub fn scratch_bytes(&self) -> usize {
        self.useful_scratch_bytes(0)
    }

    /// Scratch of `budget` bytes that [`DepthwiseConv2d::run`] can use to be faster; not less than [`DepthwiseConv2d::scratch_bytes`].
    pub fn useful_scratch_bytes(&self, budget: usize) -> usize {
        match self.layout {
            WeightLayout::Packed if HAS_PACKED => packed::depthwise_conv2d_scratch_bytes(self, budget),
            _ => 0,
        }
    }

    /// Where the output may lie when the kernel has `scratch_bytes` of scratch.
    pub fn overlap(&self, scratch_bytes: usize) -> Overlap {
        match self.layout {
            WeightLayout::Packed if HAS_PACKED => packed::columns::Columns::new(self, scratch_bytes).overlap(self),
            _ => Overlap::Apart,
        }
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
        self.run_overlapping(&mut InOut::Apart { input, output }, scratch);
    }

    /// Computes an output that overlaps the input as far as [`DepthwiseConv2d::overlap`] allows.
    pub fn run_overlapping(&self, tensors: &mut InOut, scratch: &mut [i8]) {
        match self.layout {
            WeightLayout::Plain if HAS_PLAIN => {
                if let Some((input, output)) = tensors.apart() {
                    arch::depthwise_conv2d(self, input, output, scratch);
                }
            }
            WeightLayout::Packed if HAS_PACKED => arch::packed::depthwise_conv2d(self, tensors, scratch),
            _ => {}
        }
    }
}
