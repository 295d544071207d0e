//! The records of a program, as they lie in its bytes.
//!
//! All fields are little endian. Offsets are in bytes from the start of the program unless a field says otherwise. Pairs are
//! `[height, width]`.

use bytemuck::{Pod, Zeroable};

macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty,)* }
    };
}

record! {
    /// The start of every program.
    Header {
        /// [`crate::MAGIC`].
        magic: [u8; 4],
        /// [`crate::VERSION`].
        version: u16,
        /// Size of this record, for readers that come after us.
        header_bytes: u16,
        /// [`crate::Target`] the weights are packed for.
        target: u32,
        /// Size of the device part: everything but the metadata. A multiple of [`crate::ALIGNMENT`].
        device_bytes: u32,
        /// [`crate::checksum_of_program`].
        checksum: u32,
        /// Size of the arena that an inference needs.
        arena_bytes: u32,
        /// Number of [`TensorRecord`]s.
        tensor_count: u32,
        /// Where they start.
        tensors: u32,
        /// Number of [`OperatorRecord`]s.
        operator_count: u32,
        /// Where they start.
        operators: u32,
        /// Number of [`PortRecord`]s of inputs.
        input_count: u32,
        /// Where they start.
        inputs: u32,
        /// Number of [`PortRecord`]s of outputs.
        output_count: u32,
        /// Where they start.
        outputs: u32,
        /// Size of the metadata behind the device part; 0 where it was left out.
        metadata_bytes: u32,
        /// [`crate::checksum`] of the metadata.
        metadata_checksum: u32,
    }
}

record! {
    /// An activation tensor: i8, `[N, H, W, C]` (tensors of lower rank have leading extents of 1).
    TensorRecord {
        /// `[N, H, W, C]`; none is 0.
        shape: [u32; 4],
        /// Offset in the arena, in bytes.
        offset: u32,
        /// Integer that stands for real 0, in `[-128, 127]`.
        zero_point: i32,
    }
}

record! {
    /// One operator, in execution order.
    OperatorRecord {
        /// [`crate::KernelId`].
        kernel: u16,
        /// Number of input tensors.
        input_count: u16,
        /// Offset of a list of u32 tensor indices: the inputs, then the output.
        operands: u32,
        /// Offset of the kernel's own record.
        parameters: u32,
        /// Size of the kernel's own record.
        parameter_bytes: u32,
        /// Offset of the scratch bytes in the arena.
        scratch_offset: u32,
        /// Size of the scratch bytes.
        scratch_bytes: u32,
    }
}

record! {
    /// One input or output of the program.
    PortRecord {
        /// Index of the tensor.
        tensor: u32,
        /// [`RawElement`] of samples that the device quantizes by itself; 0 where there is none.
        raw_element: u32,
        /// Number of conversions at `conversions`: 1, or one for every element along the last axis; 0 where there is none.
        conversion_count: u32,
        /// Offset of the [`Conversion`]s.
        conversions: u32,
        /// Right shift of the conversions, in `[0, 31]`.
        shift: u32,
    }
}

record! {
    /// An input's raw sample to its quantized value, `q = clamp((raw * multiplier + bias) >> shift)`; an output's quantized value to its
    /// real value in Q16.16, `(q * multiplier + bias) >> shift`.
    Conversion {
        /// Slope.
        multiplier: i32,
        /// Zero points and the rounding's half, folded together.
        bias: i32,
    }
}

record! {
    /// A window that slides over height and width.
    WindowRecord {
        /// Filter size.
        filter: [u32; 2],
        /// Step between output positions.
        stride: [u32; 2],
        /// Step between filter taps.
        dilation: [u32; 2],
        /// Rows above and columns to the left that are padding. What is needed below and to the right follows from the shapes.
        pad: [u32; 2],
    }
}

record! {
    /// From accumulator to output: `clamp(zero_point + round(acc * multiplier / 2^32))`, see `docs/numerics.md`.
    RequantRecord {
        /// Offset of one i32 for every output channel; the input's zero point is folded in.
        bias: u32,
        /// Offset of one i32 for every output channel.
        multipliers: u32,
        /// Left shift of the accumulator before the multiplication.
        pre_shift: u32,
        /// Lower end of the fused activation, in `[-128, 127]`.
        activation_min: i32,
        /// Upper end of the fused activation, in `[-128, 127]`.
        activation_max: i32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Conv2d`], [`crate::KernelId::DepthwiseConv2d`] and their packed forms.
    Conv2dRecord {
        /// The window.
        window: WindowRecord,
        /// Number of groups; 1 for depthwise kernels, whose grouping is implied.
        groups: u32,
        /// Offset of the weights.
        weights: u32,
        /// Size of the weights in bytes.
        weights_bytes: u32,
        /// From accumulator to output.
        requant: RequantRecord,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Dense`] and its packed forms.
    DenseRecord {
        /// Offset of the weights.
        weights: u32,
        /// Size of the weights in bytes.
        weights_bytes: u32,
        /// From accumulator to output.
        requant: RequantRecord,
    }
}

record! {
    /// Parameters of [`crate::KernelId::MaxPool2d`].
    MaxPool2dRecord {
        /// The window.
        window: WindowRecord,
    }
}

record! {
    /// Parameters of [`crate::KernelId::AveragePool2d`]: the sum of `q - input zero point` over the window is requantized.
    AveragePool2dRecord {
        /// The window.
        window: WindowRecord,
        /// Offset of the i32 multipliers.
        multipliers: u32,
        /// 1: one multiplier for every window. Otherwise the filter's size, and a window with `n` elements inside the input takes
        /// multiplier `n - 1`.
        multiplier_count: u32,
        /// Left shift of the sum before the multiplication.
        pre_shift: u32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Add`]: `clamp((a * multipliers[0] + b * multipliers[1] + bias) >> shift)`.
    AddRecord {
        /// One for each operand.
        multipliers: [i32; 2],
        /// Zero points and the rounding's half, folded together.
        bias: i32,
        /// Right shift, in `[0, 31]`.
        shift: u32,
        /// Lower end of the fused activation.
        activation_min: i32,
        /// Upper end of the fused activation.
        activation_max: i32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Mul`]: the product of both operands less their zero points is requantized.
    MulRecord {
        /// The multiplier.
        multiplier: i32,
        /// Left shift of the product before the multiplication.
        pre_shift: u32,
        /// Lower end of the fused activation.
        activation_min: i32,
        /// Upper end of the fused activation.
        activation_max: i32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Lut`].
    LutRecord {
        /// Offset of 256 i8: the value for input -128 first.
        table: u32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Softmax`]. The output is `real = (q + 128) / 256`.
    SoftmaxRecord {
        /// Offset of 256 u32: entry `d` is `exp(-d * input_scale)` in the fixed point that the host chose.
        exponentials: u32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::LogSoftmax`]: `clamp((bias - d * multipliers[0] - log2 * multipliers[1]) >> shift)` with `d` the
    /// distance from the maximum and `log2` the base-2 logarithm of the sum of exponentials in Q10.
    LogSoftmaxRecord {
        /// Offset of 256 u32: entry `d` is `2^one_bits * exp(-d * input_scale)`.
        exponentials: u32,
        /// Position of the binary point of `exponentials`, in `[8, 31]`.
        one_bits: u32,
        /// Offset of 257 u32: entry `i` is `2^10 * log2(1 + i / 256)`.
        logarithms: u32,
        /// For the distance, and for the logarithm.
        multipliers: [i32; 2],
        /// Zero point and the rounding's half, folded together.
        bias: i32,
        /// Right shift, in `[0, 31]`.
        shift: u32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Concat`].
    ConcatRecord {
        /// The axis, 0 to 3.
        axis: u32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Copy`]: over all positions of `extent`,
    /// `output[output_start + sum(i * output_step)] = input[input_start + sum(i * input_step)]`. Steps are in elements.
    CopyRecord {
        /// Elements to copy along each axis.
        extent: [u32; 4],
        /// First input element.
        input_start: u32,
        /// Distance between input elements along each axis.
        input_step: [i32; 4],
        /// First output element.
        output_start: u32,
        /// Distance between output elements along each axis.
        output_step: [i32; 4],
        /// Whether the output is filled first (padding).
        is_filled: u32,
        /// What it is filled with, in `[-128, 127]`.
        fill: i32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Resize`].
    ResizeRecord {
        /// Offset of one u32 for every output row, then one for every output column: the input row or column to take.
        indices: u32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::PRelu`]: `clamp(((x - zero point) * m + bias) >> shift)`.
    PReluRecord {
        /// `m` where `x` is not negative.
        positive_multiplier: i32,
        /// Offset of the i32 `m` where `x` is negative, one for every channel.
        negative_multipliers: u32,
        /// Zero point of the output and the rounding's half, folded together.
        bias: i32,
        /// Right shift, in `[0, 31]`.
        shift: u32,
    }
}

record! {
    /// Parameters of [`crate::KernelId::Normalize`]. The output is `real = q / 127`.
    NormalizeRecord {
        /// 1, 2, or 3 for the maximum.
        norm: u32,
    }
}

/// Element type of samples that the device quantizes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawElement {
    /// Bytes, such as pixels.
    U8 = 1,
    /// Signed bytes.
    I8 = 2,
    /// Signed 16-bit samples, such as audio.
    I16 = 3,
}
