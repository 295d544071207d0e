//! The cases: for each kernel, how to draw one from random numbers and compare it with the reference.

mod convolution;
mod elementwise;
mod movement;
mod pool;
mod rows;

use crate::rng::Rng;
use crate::{Mismatch, Workspace};

/// One kernel's cases.
pub(crate) struct Kernel {
    pub name: &'static str,
    pub cases: u32,
    pub run: fn(u32, &mut Rng, &mut Workspace) -> Outcome,
}

/// Elements compared; `None` where the case does not fit.
pub(crate) type Outcome = Result<Option<usize>, Mismatch>;

/// New kernels come last: the numbers of the cases of others stay.
pub(crate) const KERNELS: &[Kernel] = &[
    Kernel { name: "conv2d", cases: 300, run: convolution::conv2d },
    Kernel { name: "depthwise_conv2d", cases: 200, run: convolution::depthwise_conv2d },
    Kernel { name: "dense", cases: 120, run: rows::dense },
    Kernel { name: "max_pool2d", cases: 60, run: pool::max_pool2d },
    Kernel { name: "average_pool2d", cases: 60, run: pool::average_pool2d },
    Kernel { name: "add", cases: 60, run: elementwise::add },
    Kernel { name: "lut", cases: 10, run: elementwise::lut },
    Kernel { name: "softmax", cases: 40, run: rows::softmax },
    Kernel { name: "mul", cases: 60, run: elementwise::mul },
    Kernel { name: "prelu", cases: 40, run: elementwise::prelu },
    Kernel { name: "log_softmax", cases: 40, run: rows::log_softmax },
    Kernel { name: "normalize", cases: 60, run: rows::normalize },
    Kernel { name: "concat", cases: 40, run: movement::concat },
    Kernel { name: "strided_copy", cases: 60, run: movement::strided_copy },
    Kernel { name: "resize", cases: 40, run: movement::resize },
    Kernel { name: "conv2d packed", cases: 300, run: convolution::conv2d_packed },
    Kernel { name: "dense packed", cases: 120, run: rows::dense_packed },
    Kernel { name: "depthwise_conv2d packed", cases: 300, run: convolution::depthwise_conv2d_packed },
    Kernel { name: "conv2d band", cases: 200, run: convolution::conv2d_band },
    Kernel { name: "conv2d packed, few channels", cases: 200, run: convolution::conv2d_packed_few_channels },
    Kernel { name: "conv2d symmetric", cases: 300, run: convolution::conv2d_symmetric },
    Kernel { name: "dense symmetric", cases: 120, run: rows::dense_symmetric },
    Kernel { name: "depthwise_conv2d 3x3", cases: 300, run: convolution::depthwise_conv2d_3x3 },
    Kernel { name: "conv2d packed, overlapping", cases: 300, run: convolution::conv2d_overlapping },
    Kernel { name: "dense packed, overlapping", cases: 120, run: rows::dense_overlapping },
    Kernel { name: "conv2d band, overlapping", cases: 200, run: convolution::conv2d_band_overlapping },
    Kernel { name: "depthwise_conv2d packed, overlapping", cases: 300, run: convolution::depthwise_conv2d_overlapping },
    Kernel { name: "conv2d winograd 2x2", cases: 120, run: convolution::conv2d_winograd_2x2 },
    Kernel { name: "conv2d winograd 4x4", cases: 120, run: convolution::conv2d_winograd_4x4 },
    Kernel { name: "dense chains", cases: 120, run: rows::dense_chains },
    Kernel { name: "conv2d packed, many pixels", cases: 200, run: convolution::conv2d_packed_many_pixels },
    Kernel { name: "conv2d packed, any bytes", cases: 60, run: convolution::conv2d_packed_any_bytes },
    Kernel { name: "conv2d band, deep", cases: 20, run: convolution::conv2d_band_deep },
];

/// Compares every element of `output`.
fn compare(output: &[i8], expected: impl Fn(usize) -> i8) -> Outcome {
    for (index, &got) in output.iter().enumerate() {
        let expected = expected(index);
        if got != expected {
            return Err(Mismatch::Element { index, expected, got });
        }
    }
    Ok(Some(output.len()))
}

/// A kernel must accept what it is given here.
fn accepted(is_valid: bool) -> Result<(), Mismatch> {
    if is_valid { Ok(()) } else { Err(Mismatch::Refused) }
}
