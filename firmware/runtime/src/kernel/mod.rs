//! Between a program's records and the kernels: binding, checking, running.

mod bind;
mod join;
mod memory;

use peacrab_format::{ALIGNMENT, Program};
use peacrab_kernels::{
    Add, AveragePool2d, Conv2d, Dense, DepthwiseConv2d, InOut, LogSoftmax, Lut, MaxPool2d, Mul, Normalize, Overlap,
    PRelu, Resize, Softmax, StridedCopy,
};

use crate::Problem;
use join::Join;
use memory::Memory;

/// An operator's kernel with its parameters resolved to slices of the program.
enum Kernel<'p> {
    Conv2d(Conv2d<'p>),
    DepthwiseConv2d(DepthwiseConv2d<'p>),
    Dense(Dense<'p>),
    MaxPool2d(MaxPool2d),
    AveragePool2d(AveragePool2d<'p>),
    Add(Add),
    Lut(Lut<'p>),
    Softmax(Softmax<'p>),
    LogSoftmax(LogSoftmax<'p>),
    Mul(Mul),
    PRelu(PRelu<'p>),
    Normalize(Normalize),
    Concat(Join<'p>),
    Copy(StridedCopy),
    Resize(Resize<'p>),
}

/// Kernels that are compiled: code that only others need is left out.
const HAS_CONV2D: bool = cfg!(any(
    feature = "conv2d",
    feature = "conv2d_row_quad",
    feature = "conv2d_band",
    feature = "conv2d_winograd_2x2",
    feature = "conv2d_winograd_4x4"
));
const HAS_DEPTHWISE: bool = cfg!(any(feature = "depthwise_conv2d", feature = "depthwise_taps_3x3"));
const HAS_DENSE: bool = cfg!(any(feature = "dense", feature = "dense_row_quad", feature = "dense_chains"));
const HAS_MAX_POOL2D: bool = cfg!(feature = "max_pool2d");
const HAS_AVERAGE_POOL2D: bool = cfg!(feature = "average_pool2d");
const HAS_ADD: bool = cfg!(feature = "add");
const HAS_MUL: bool = cfg!(feature = "mul");
const HAS_LUT: bool = cfg!(feature = "lut");
const HAS_SOFTMAX: bool = cfg!(feature = "softmax");
const HAS_LOG_SOFTMAX: bool = cfg!(feature = "log_softmax");
const HAS_CONCAT: bool = cfg!(feature = "concat");
const HAS_COPY: bool = cfg!(feature = "copy");
const HAS_RESIZE: bool = cfg!(feature = "resize");
const HAS_PRELU: bool = cfg!(feature = "prelu");
const HAS_NORMALIZE: bool = cfg!(feature = "normalize");

/// Checks everything that [`run`] relies on.
pub fn check(program: &Program, index: usize) -> Result<(), Problem> {
    let operator = program.operator(index).ok_or(Problem::Record)?;
    let kernel = bind::bind(program, &operator)?;
    if !kernel.is_valid() {
        return Err(Problem::Parameters);
    }
    if operator.scratch_bytes < kernel.scratch_bytes() || !operator.scratch_offset.is_multiple_of(ALIGNMENT) {
        return Err(Problem::Scratch);
    }
    memory::check(program, &operator, kernel.overlap(operator.scratch_bytes)).ok_or(Problem::Overlap)
}

/// Whether an operator needs the code for what is left over.
pub fn is_left_over(program: &Program, index: usize) -> bool {
    let kernel = program.operator(index).and_then(|operator| bind::bind(program, &operator).ok());
    match kernel {
        Some(Kernel::Conv2d(kernel)) => kernel.is_left_over(),
        Some(Kernel::DepthwiseConv2d(kernel)) => kernel.is_left_over(),
        Some(Kernel::Dense(kernel)) => kernel.is_left_over(),
        _ => false,
    }
}

/// Runs one operator of a checked program; `None` cannot happen.
pub fn run(program: &Program, index: usize, arena: &mut [u8]) -> Option<()> {
    let operator = program.operator(index)?;
    let memory = Memory::new(program, &operator, arena)?;
    match &bind::bind(program, &operator) {
        Ok(kernel) => kernel.run(memory),
        Err(_) => None,
    }
}

impl Kernel<'_> {
    fn is_valid(&self) -> bool {
        match self {
            Kernel::Conv2d(kernel) if HAS_CONV2D => kernel.is_valid(),
            Kernel::DepthwiseConv2d(kernel) if HAS_DEPTHWISE => kernel.is_valid(),
            Kernel::Dense(kernel) if HAS_DENSE => kernel.is_valid(),
            Kernel::MaxPool2d(kernel) if HAS_MAX_POOL2D => kernel.is_valid(),
            Kernel::AveragePool2d(kernel) if HAS_AVERAGE_POOL2D => kernel.is_valid(),
            Kernel::Add(kernel) if HAS_ADD => kernel.is_valid(),
            Kernel::Lut(_) if HAS_LUT => true,
            Kernel::Softmax(kernel) if HAS_SOFTMAX => kernel.is_valid(),
            Kernel::LogSoftmax(kernel) if HAS_LOG_SOFTMAX => kernel.is_valid(),
            Kernel::Mul(kernel) if HAS_MUL => kernel.is_valid(),
            Kernel::PRelu(kernel) if HAS_PRELU => kernel.is_valid(),
            Kernel::Normalize(kernel) if HAS_NORMALIZE => kernel.is_valid(),
            Kernel::Concat(join) if HAS_CONCAT => join.is_valid(),
            Kernel::Copy(kernel) if HAS_COPY => kernel.is_valid(),
            Kernel::Resize(kernel) if HAS_RESIZE => kernel.is_valid(),
            _ => false,
        }
    }

    fn scratch_bytes(&self) -> usize {
        match self {
            Kernel::Conv2d(kernel) if HAS_CONV2D => kernel.scratch_bytes(),
            Kernel::DepthwiseConv2d(kernel) if HAS_DEPTHWISE => kernel.scratch_bytes(),
            Kernel::Dense(kernel) if HAS_DENSE => kernel.scratch_bytes(),
            _ => 0,
        }
    }

    /// Where the output may lie, seen from each input, when the kernel has `scratch_bytes` of scratch.
    fn overlap(&self, scratch_bytes: usize) -> Overlap {
        match self {
            Kernel::Conv2d(kernel) if HAS_CONV2D => kernel.overlap(scratch_bytes),
            Kernel::DepthwiseConv2d(kernel) if HAS_DEPTHWISE => kernel.overlap(scratch_bytes),
            Kernel::Dense(kernel) if HAS_DENSE => kernel.overlap(scratch_bytes),
            Kernel::Add(_) | Kernel::Mul(_) | Kernel::Lut(_) | Kernel::PRelu(_) => Overlap::Exact,
            _ => Overlap::Apart,
        }
    }

    fn run(&self, mut memory: Memory) -> Option<()> {
        match self {
            Kernel::Add(kernel) if HAS_ADD => memory.shared_pair().map(|[a, b, output]| kernel.run(a, b, output)),
            Kernel::Mul(kernel) if HAS_MUL => memory.shared_pair().map(|[a, b, output]| kernel.run(a, b, output)),
            Kernel::Lut(kernel) if HAS_LUT => memory.shared().map(|(input, output)| kernel.run(input, output)),
            Kernel::PRelu(kernel) if HAS_PRELU => memory.shared().map(|(input, output)| kernel.run(input, output)),
            Kernel::Concat(join) if HAS_CONCAT => join.parts().enumerate().try_for_each(|(index, part)| {
                let (input, output) = memory.exclusive(index)?;
                part.map(|part| part.run(input, output))
            }),
            Kernel::Conv2d(_) | Kernel::DepthwiseConv2d(_) | Kernel::Dense(_)
                if HAS_CONV2D || HAS_DEPTHWISE || HAS_DENSE =>
            {
                memory.overlapping().map(|(mut tensors, scratch)| self.run_overlapping(&mut tensors, scratch))
            }
            _ => memory.exclusive(0).map(|(input, output)| self.run_exclusive(input, output)),
        }
    }

    /// The kernels with scratch, and with an output that may overlap the input.
    fn run_overlapping(&self, tensors: &mut InOut, scratch: &mut [i8]) {
        match self {
            Kernel::Conv2d(kernel) if HAS_CONV2D => kernel.run_overlapping(tensors, scratch),
            Kernel::DepthwiseConv2d(kernel) if HAS_DEPTHWISE => kernel.run_overlapping(tensors, scratch),
            Kernel::Dense(kernel) if HAS_DENSE => kernel.run_overlapping(tensors, scratch),
            _ => {}
        }
    }

    /// The kernels with one input and memory of their own.
    fn run_exclusive(&self, input: &[i8], output: &mut [i8]) {
        match self {
            Kernel::MaxPool2d(kernel) if HAS_MAX_POOL2D => kernel.run(input, output),
            Kernel::AveragePool2d(kernel) if HAS_AVERAGE_POOL2D => kernel.run(input, output),
            Kernel::Softmax(kernel) if HAS_SOFTMAX => kernel.run(input, output),
            Kernel::LogSoftmax(kernel) if HAS_LOG_SOFTMAX => kernel.run(input, output),
            Kernel::Normalize(kernel) if HAS_NORMALIZE => kernel.run(input, output),
            Kernel::Copy(kernel) if HAS_COPY => kernel.run(input, output),
            Kernel::Resize(kernel) if HAS_RESIZE => kernel.run(input, output),
            _ => {}
        }
    }
}
