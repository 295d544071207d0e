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
            Kernel::Conv2d(kernel) => kernel.is_valid(),
            Kernel::DepthwiseConv2d(kernel) => kernel.is_valid(),
            Kernel::Dense(kernel) => kernel.is_valid(),
            Kernel::MaxPool2d(kernel) => kernel.is_valid(),
            Kernel::AveragePool2d(kernel) => kernel.is_valid(),
            Kernel::Add(kernel) => kernel.is_valid(),
            Kernel::Lut(_) => true,
            Kernel::Softmax(kernel) => kernel.is_valid(),
            Kernel::LogSoftmax(kernel) => kernel.is_valid(),
            Kernel::Mul(kernel) => kernel.is_valid(),
            Kernel::PRelu(kernel) => kernel.is_valid(),
            Kernel::Normalize(kernel) => kernel.is_valid(),
            Kernel::Concat(join) => join.is_valid(),
            Kernel::Copy(kernel) => kernel.is_valid(),
            Kernel::Resize(kernel) => kernel.is_valid(),
        }
    }

    fn scratch_bytes(&self) -> usize {
        match self {
            Kernel::Conv2d(kernel) => kernel.scratch_bytes(),
            Kernel::DepthwiseConv2d(kernel) => kernel.scratch_bytes(),
            Kernel::Dense(kernel) => kernel.scratch_bytes(),
            _ => 0,
        }
    }

    /// Where the output may lie, seen from each input, when the kernel has `scratch_bytes` of scratch.
    fn overlap(&self, scratch_bytes: usize) -> Overlap {
        match self {
            Kernel::Conv2d(kernel) => kernel.overlap(scratch_bytes),
            Kernel::DepthwiseConv2d(kernel) => kernel.overlap(scratch_bytes),
            Kernel::Dense(kernel) => kernel.overlap(scratch_bytes),
            Kernel::Add(_) | Kernel::Mul(_) | Kernel::Lut(_) | Kernel::PRelu(_) => Overlap::Exact,
            _ => Overlap::Apart,
        }
    }

    fn run(&self, mut memory: Memory) -> Option<()> {
        match self {
            Kernel::Add(kernel) => memory.shared_pair().map(|[a, b, output]| kernel.run(a, b, output)),
            Kernel::Mul(kernel) => memory.shared_pair().map(|[a, b, output]| kernel.run(a, b, output)),
            Kernel::Lut(kernel) => memory.shared().map(|(input, output)| kernel.run(input, output)),
            Kernel::PRelu(kernel) => memory.shared().map(|(input, output)| kernel.run(input, output)),
            Kernel::Concat(join) => join.parts().enumerate().try_for_each(|(index, part)| {
                let (input, output) = memory.exclusive(index)?;
                part.map(|part| part.run(input, output))
            }),
            Kernel::Conv2d(_) | Kernel::DepthwiseConv2d(_) | Kernel::Dense(_) => {
                memory.overlapping().map(|(mut tensors, scratch)| self.run_overlapping(&mut tensors, scratch))
            }
            _ => memory.exclusive(0).map(|(input, output)| self.run_exclusive(input, output)),
        }
    }

    /// The kernels with scratch, and with an output that may overlap the input.
    fn run_overlapping(&self, tensors: &mut InOut, scratch: &mut [i8]) {
        match self {
            Kernel::Conv2d(kernel) => kernel.run_overlapping(tensors, scratch),
            Kernel::DepthwiseConv2d(kernel) => kernel.run_overlapping(tensors, scratch),
            Kernel::Dense(kernel) => kernel.run_overlapping(tensors, scratch),
            _ => {}
        }
    }

    /// The kernels with one input and memory of their own.
    fn run_exclusive(&self, input: &[i8], output: &mut [i8]) {
        match self {
            Kernel::MaxPool2d(kernel) => kernel.run(input, output),
            Kernel::AveragePool2d(kernel) => kernel.run(input, output),
            Kernel::Softmax(kernel) => kernel.run(input, output),
            Kernel::LogSoftmax(kernel) => kernel.run(input, output),
            Kernel::Normalize(kernel) => kernel.run(input, output),
            Kernel::Copy(kernel) => kernel.run(input, output),
            Kernel::Resize(kernel) => kernel.run(input, output),
            _ => {}
        }
    }
}
