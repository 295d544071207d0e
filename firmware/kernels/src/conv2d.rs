//! 2-D convolution, with groups.

use crate::overlap::pixel_by_pixel;
use crate::shape::product;
use crate::{InOut, Overlap, Requant, Shape, Window, arch, packed};

/// How the weights of a kernel lie in memory. Every layout has a portable reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightLayout {
    /// As in the kernel's documentation.
    Plain,
    /// Packed for `smlad` (row pairs for convolution and dense, tap pairs for depthwise); see `docs/kernels.md`.
    Packed,
    /// For convolution only: row quads with the taps of a filter row side by side; see [`packed::band`].
    PackedBand,
    /// For dense layers with a single row only: row octets whose sums are told apart afterwards; see [`packed::chains`].
    PackedChains,
    /// For convolution only: transformed for minimal filtering; see [`packed::winograd`].
    Winograd(packed::winograd::Tile),
}

/// Output channels that the loop for plain weights on cores with DSP instructions takes at a time.
pub(crate) const DSP_CHANNELS: usize = 2;

/// Whether the code for what is left over is compiled.
pub(crate) const HAS_LEFT_OVER: bool = cfg!(any(feature = "left_over", not(peacrab_arch = "armv7em")));

/// Layouts of convolution weights that are compiled.
const HAS_PLAIN: bool = cfg!(feature = "conv2d");
const HAS_PACKED: bool = cfg!(feature = "conv2d_row_quad");
const HAS_BAND: bool = cfg!(feature = "conv2d_band");
const HAS_WINOGRAD: bool = cfg!(any(feature = "conv2d_winograd_2x2", feature = "conv2d_winograd_4x4"));

/// 2-D convolution.
///
/// # Arithmetic
/// `acc = bias + sum(x * w)` in i32, wrapping; the host proves that real programs do not wrap. Then [`Requant`].
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

impl Conv2d<'_> {
    /// Whether shapes, window, groups and slices agree.
    pub fn is_valid(&self) -> bool {
        let ([_, _, _, input_channels], [_, _, _, output_channels]) = (self.input_shape, self.output_shape);
        self.window.is_valid(self.input_shape, self.output_shape)
            && input_channels.checked_rem(self.groups) == Some(0)
            && output_channels.checked_rem(self.groups) == Some(0)
            && self.requant.is_valid(output_channels)
            && self.weights_are_valid()
            && (HAS_LEFT_OVER || !self.is_left_over())
    }

    fn weights_are_valid(&self) -> bool {
        match self.layout {
            WeightLayout::Plain if HAS_PLAIN => {
                let [filter_height, filter_width] = self.window.filter;
                let [_, _, _, output_channels] = self.output_shape;
                product(&[output_channels, filter_height, filter_width, self.group_channels()])
                    == Some(self.weights.len())
            }
            WeightLayout::Packed if HAS_PACKED => packed::conv2d_is_valid(self),
            WeightLayout::PackedBand if HAS_BAND => packed::band::is_valid(self),
            WeightLayout::Winograd(tile) if HAS_WINOGRAD => packed::winograd::is_valid(self, tile),
            _ => false,
        }
    }

    /// Whether cores with DSP instructions leave the layer to portable code, which images for them can do without where no layer needs it.
    pub fn is_left_over(&self) -> bool {
        let [.., channels] = self.output_shape;
        self.requant.pre_shift != 0
            || self.layout == WeightLayout::Plain && (self.groups != 1 || channels < DSP_CHANNELS)
    }

    /// Input channels that one output channel sees.
    pub(crate) fn group_channels(&self) -> usize {
        let [_, _, _, input_channels] = self.input_shape;
        input_channels / self.groups.max(1)
    }

    /// Scratch that [`Conv2d::run`] needs: the same on every core.
    pub fn scratch_bytes(&self) -> usize {
        self.useful_scratch_bytes(0)
    }

    /// Scratch of `budget` bytes that [`Conv2d::run`] can use to be faster; not less than [`Conv2d::scratch_bytes`].
    pub fn useful_scratch_bytes(&self, budget: usize) -> usize {
        match self.layout {
            WeightLayout::Plain if HAS_PLAIN => arch::conv2d_scratch_bytes(self),
            WeightLayout::Packed if HAS_PACKED => packed::conv2d_scratch_bytes(self, budget),
            WeightLayout::PackedBand if HAS_BAND => packed::band::scratch_bytes(self, budget),
            WeightLayout::Winograd(tile) if HAS_WINOGRAD => packed::winograd::scratch_bytes(self, tile),
            _ => 0,
        }
    }

    /// Where the output may lie when the kernel has `scratch_bytes` of scratch.
    pub fn overlap(&self, scratch_bytes: usize) -> Overlap {
        let is_staged = match self.layout {
            WeightLayout::Plain | WeightLayout::PackedChains | WeightLayout::Winograd(_) => false,
            WeightLayout::Packed => HAS_PACKED,
            WeightLayout::PackedBand => HAS_BAND && packed::band::fills_rows(self, scratch_bytes),
        };
        if is_staged { pixel_by_pixel(&self.window, self.input_shape, self.output_shape) } else { Overlap::Apart }
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
        self.run_overlapping(&mut InOut::Apart { input, output }, scratch);
    }

    /// Computes an output that overlaps the input as far as [`Conv2d::overlap`] allows.
    pub fn run_overlapping(&self, tensors: &mut InOut, scratch: &mut [i8]) {
        match self.layout {
            WeightLayout::Plain if HAS_PLAIN => {
                if let Some((input, output)) = tensors.apart() {
                    arch::conv2d(self, input, output, scratch);
                }
            }
            WeightLayout::Packed if HAS_PACKED => arch::packed::conv2d(self, tensors, scratch),
            WeightLayout::PackedBand if HAS_BAND => arch::packed::conv2d_band(self, tensors, scratch),
            WeightLayout::Winograd(tile) if HAS_WINOGRAD => {
                if let Some((input, output)) = tensors.apart() {
                    arch::packed::conv2d_winograd(self, tile, input, output, scratch);
                }
            }
            _ => {}
        }
    }
}
