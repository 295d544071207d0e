//! Fully connected.

use crate::conv2d::HAS_LEFT_OVER;
use crate::overlap::pixel_by_pixel;
use crate::shape::product;
use crate::{InOut, Overlap, Requant, WeightLayout, Window, arch, elements, packed};

/// Layouts of weights that are compiled.
const HAS_PLAIN: bool = cfg!(feature = "dense");
const HAS_PACKED: bool = cfg!(feature = "dense_row_quad");
const HAS_CHAINS: bool = cfg!(feature = "dense_chains");

/// Fully connected: every row of `[rows, I]` to a row of `[rows, O]`.
///
/// # Arithmetic
/// `acc = bias + sum(x * w)` in i32, wrapping; the host proves that real programs do not wrap. Then [`Requant`].
#[derive(Debug, Clone, Copy)]
pub struct Dense<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Input features `I`.
    pub input_features: usize,
    /// Output features `O`.
    pub output_features: usize,
    /// Plain: `[O, I]`.
    pub weights: &'a [i8],
    /// Layout of `weights`.
    pub layout: WeightLayout,
    /// Bias and requantization.
    pub requant: Requant<'a>,
}

impl Dense<'_> {
    /// Whether features and slices agree.
    pub fn is_valid(&self) -> bool {
        elements([1, 1, self.rows, self.input_features]).is_some()
            && elements([1, 1, self.rows, self.output_features]).is_some()
            && self.requant.is_valid(self.output_features)
            && self.weights_are_valid()
            && (HAS_LEFT_OVER || !self.is_left_over())
    }

    /// As [`Conv2d::is_left_over`](crate::Conv2d::is_left_over).
    pub fn is_left_over(&self) -> bool {
        self.requant.pre_shift != 0
    }

    fn weights_are_valid(&self) -> bool {
        match self.layout {
            WeightLayout::Plain if HAS_PLAIN => {
                product(&[self.output_features, self.input_features]) == Some(self.weights.len())
            }
            WeightLayout::Packed if HAS_PACKED => packed::dense_is_valid(self),
            WeightLayout::PackedChains if HAS_CHAINS => packed::chains::is_valid(self),
            _ => false,
        }
    }

    /// Scratch that [`Dense::run`] needs: the same on every core.
    pub fn scratch_bytes(&self) -> usize {
        self.useful_scratch_bytes(0)
    }

    /// Scratch of `budget` bytes that [`Dense::run`] can use to be faster; not less than [`Dense::scratch_bytes`].
    pub fn useful_scratch_bytes(&self, budget: usize) -> usize {
        match self.layout {
            WeightLayout::Packed if HAS_PACKED => packed::dense_scratch_bytes(self, budget),
            WeightLayout::PackedChains if HAS_CHAINS => packed::dense_scratch_bytes(self, budget),
            _ => 0,
        }
    }

    /// Where the output may lie when the kernel has `scratch_bytes` of scratch.
    pub fn overlap(&self, scratch_bytes: usize) -> Overlap {
        let [input, output] = [self.input_features, self.output_features].map(|features| [1, 1, self.rows, features]);
        match self.layout {
            WeightLayout::Packed if HAS_PACKED && self.is_staged(scratch_bytes) => {
                pixel_by_pixel(&Window::POINT, input, output)
            }
            WeightLayout::PackedChains if HAS_CHAINS && self.is_staged(scratch_bytes) => {
                pixel_by_pixel(&Window::POINT, input, output)
            }
            _ => Overlap::Apart,
        }
    }

    /// Whether rows with packed weights are copied to scratch before their outputs are written.
    pub(crate) fn is_staged(&self, scratch_bytes: usize) -> bool {
        self.rows != 1 || scratch_bytes >= packed::dense_row_bytes(self)
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
        self.run_overlapping(&mut InOut::Apart { input, output }, scratch);
    }

    /// Computes an output that overlaps the input as far as [`Dense::overlap`] allows.
    pub fn run_overlapping(&self, tensors: &mut InOut, scratch: &mut [i8]) {
        match self.layout {
            WeightLayout::Plain if HAS_PLAIN => {
                if let Some((input, output)) = tensors.apart() {
                    arch::dense(self, input, output, scratch);
                }
            }
            WeightLayout::Packed if HAS_PACKED => arch::packed::dense(self, tensors, scratch),
            WeightLayout::PackedChains if HAS_CHAINS => arch::packed::dense_chains(self, tensors, scratch),
            _ => {}
        }
    }
}
