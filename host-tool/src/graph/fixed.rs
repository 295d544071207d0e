//! The fixed-point graph: what the device computes, in integers, with weights in their plain layouts.
//!
//! Every activation tensor is i8 and `[N, H, W, C]`; tensors of lower rank have leading extents of 1. The planner chooses kernels and
//! places for it, and emit writes it down; neither changes a number in it.

use serde::Serialize;

use super::float::{Norm, Port, Window};

/// Index of a tensor in [`FixedGraph::tensors`].
pub type TensorId = usize;

/// A model in fixed point, nodes in execution order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixedGraph {
    /// The model's name.
    pub name: String,
    /// All activation tensors.
    pub tensors: Vec<FixedTensor>,
    /// The operators.
    pub nodes: Vec<FixedNode>,
    /// What the caller supplies.
    pub inputs: Vec<FixedPort>,
    /// What the caller gets back.
    pub outputs: Vec<FixedPort>,
}

/// An activation tensor: `real = scale * (q - zero_point)`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixedTensor {
    /// The model's own name of the value.
    pub name: String,
    /// `[N, H, W, C]`.
    pub shape: [usize; 4],
    /// Its quantization.
    pub quant: QuantParams,
    /// The tensor of the float graph that it stands for; `None` for one that the quantizer made up.
    pub float: Option<super::float::TensorId>,
    /// The channel of the float tensor that each channel stands for, where slimming took some away (`docs/slimming.md`); `None` for one
    /// that only fills up and means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Option<usize>>>,
    /// The tensor in whose memory it lies, where that is not its own.
    pub view: Option<View>,
}

/// A place in another tensor's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct View {
    /// The other tensor, which is not a view.
    pub tensor: TensorId,
    /// First element.
    pub offset: usize,
}

/// Per-tensor quantization of i8 values: `real = scale * (q - zero_point)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct QuantParams {
    /// Real value of one step; positive and finite.
    pub scale: f64,
    /// Integer that stands for real 0, in `[-128, 127]`.
    pub zero_point: i32,
}

/// An input or output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixedPort {
    /// What the model's file says of it.
    pub port: Port,
    /// The tensor.
    pub tensor: TensorId,
    /// An input's raw samples to its integers, or an output's integers to Q16.16, on the device; `None` where there is no such way.
    pub conversion: Option<PortConversion>,
}

/// `(x * factor + bias) >> shift`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PortConversion {
    /// Inputs: element type of the raw samples.
    pub raw: Option<RawElement>,
    /// Factor and bias: one pair, or one for every element along the last axis.
    pub factors: Vec<(i32, i32)>,
    /// Right shift.
    pub shift: u32,
}

/// Element type of raw samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RawElement {
    /// Bytes, such as pixels.
    U8,
    /// Signed bytes.
    I8,
    /// Signed 16-bit samples, such as audio.
    I16,
}

/// One operator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixedNode {
    /// The model's own node name.
    pub name: String,
    /// What it computes.
    pub op: FixedOp,
    /// Input tensors.
    pub inputs: Vec<TensorId>,
    /// Output tensor.
    pub output: TensorId,
}

/// From accumulator to output, one entry for every output channel; see `peacrab_kernels::Requant`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixedRequant {
    /// Start of the accumulator, the input's zero point folded in.
    #[serde(skip)]
    pub bias: Vec<i32>,
    /// Ratio of scales times 2^(32 - pre_shift).
    #[serde(skip)]
    pub multipliers: Vec<i32>,
    /// Left shift of the accumulator.
    pub pre_shift: u32,
    /// Fused activation, as output integers.
    pub activation: [i32; 2],
}

/// What an operator computes. The equations are in `docs/numerics.md`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum FixedOp {
    /// 2-D convolution with weights `[O, FH, FW, C / groups]`.
    Conv2d {
        /// The window.
        window: Window,
        /// Groups.
        groups: usize,
        /// The weights.
        #[serde(skip)]
        weights: Vec<i8>,
        /// Bias and requantization.
        requant: FixedRequant,
    },
    /// Depthwise convolution with weights `[FH, FW, O]`.
    DepthwiseConv2d {
        /// The window.
        window: Window,
        /// The weights.
        #[serde(skip)]
        weights: Vec<i8>,
        /// Bias and requantization.
        requant: FixedRequant,
    },
    /// Fully connected along the last axis, weights `[O, I]`.
    Dense {
        /// The weights.
        #[serde(skip)]
        weights: Vec<i8>,
        /// Bias and requantization.
        requant: FixedRequant,
    },
    /// Maximum over windows; input and output have the same quantization.
    MaxPool2d {
        /// The window.
        window: Window,
    },
    /// Mean over windows.
    AveragePool2d {
        /// The window.
        window: Window,
        /// One for every window, or one for every number of elements inside the input.
        multipliers: Vec<i32>,
        /// Left shift of the sum.
        pre_shift: u32,
    },
    /// `clamp((a * multipliers[0] + b * multipliers[1] + bias) >> shift)`.
    Add {
        /// One for each operand.
        multipliers: [i32; 2],
        /// Zero points and the rounding's half.
        bias: i32,
        /// Right shift.
        shift: u32,
        /// Fused activation, as output integers.
        activation: [i32; 2],
    },
    /// Product, requantized.
    Mul {
        /// Ratio of scales times 2^(32 - pre_shift).
        multiplier: i32,
        /// Left shift of the product.
        pre_shift: u32,
        /// Fused activation, as output integers.
        activation: [i32; 2],
    },
    /// A function of one element: entry 0 is the value at -128.
    Lut {
        /// 256 entries.
        #[serde(skip)]
        table: Vec<i8>,
    },
    /// Softmax along the last axis.
    Softmax {
        /// 256 entries.
        #[serde(skip)]
        exponentials: Vec<u32>,
    },
    /// Logarithm of softmax along the last axis.
    LogSoftmax {
        /// 256 entries.
        #[serde(skip)]
        exponentials: Vec<u32>,
        /// Position of their binary point.
        one_bits: u32,
        /// 257 entries.
        #[serde(skip)]
        logarithms: Vec<u32>,
        /// For the distance from the maximum, and for the logarithm.
        multipliers: [i32; 2],
        /// Zero point and the rounding's half.
        bias: i32,
        /// Right shift.
        shift: u32,
    },
    /// Tensors joined along an axis; all have the same quantization.
    Concat {
        /// Axis of `[N, H, W, C]`.
        axis: usize,
    },
    /// Strided copy: slice, transpose, pad.
    Copy(FixedCopy),
    /// Nearest-neighbour resize.
    Resize {
        /// Input row of every output row.
        rows: Vec<u32>,
        /// Input column of every output column.
        columns: Vec<u32>,
    },
    /// Leaky relu with a slope for every channel: `clamp(((x - zero point) * m + bias) >> shift)`.
    PRelu {
        /// `m` where `x` is not negative.
        positive_multiplier: i32,
        /// `m` where it is, one for every channel.
        negative_multipliers: Vec<i32>,
        /// Zero point of the output and the rounding's half.
        bias: i32,
        /// Right shift.
        shift: u32,
    },
    /// Division of each vector by its norm.
    Normalize {
        /// Which norm.
        norm: Norm,
    },
    /// The same bytes under another shape: costs nothing at run time.
    Reshape,
}

/// Parameters of [`FixedOp::Copy`]; see `peacrab_format::CopyRecord`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixedCopy {
    /// Elements to copy along each axis.
    pub extent: [usize; 4],
    /// First input element.
    pub input_start: usize,
    /// Distance between input elements along each axis.
    pub input_step: [i32; 4],
    /// First output element.
    pub output_start: usize,
    /// Distance between output elements along each axis.
    pub output_step: [i32; 4],
    /// What the output is filled with first.
    pub fill: Option<i32>,
}

impl FixedGraph {
    /// Multiply-accumulates of a node: output elements times the weights that each of them sees.
    pub fn macs(&self, node: &FixedNode) -> u64 {
        let output = &self.tensors[node.output];
        let [.., channels] = output.shape;
        match &node.op {
            FixedOp::Conv2d { weights, .. }
            | FixedOp::DepthwiseConv2d { weights, .. }
            | FixedOp::Dense { weights, .. } => (output.elements() / channels * weights.len()) as u64,
            _ => 0,
        }
    }
}

impl FixedTensor {
    /// Number of elements, and of bytes.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

impl QuantParams {
    /// The smallest range of i8 steps that holds `[min, max]` and real 0.
    pub fn from_range(min: f64, max: f64) -> Self {
        let (min, max) = (min.min(0.0), max.max(0.0));
        let scale = (max - min) / 255.0;
        if scale < f64::from(f32::MIN_POSITIVE) {
            return QuantParams { scale: 1.0, zero_point: 0 };
        }
        let zero_point = (-128.0 - min / scale).round().clamp(-128.0, 127.0) as i32;
        QuantParams { scale, zero_point }
    }

    /// The nearest integer, half up, saturated to i8.
    pub fn quantize(&self, real: f64) -> i8 {
        ((real / self.scale + 0.5).floor() + f64::from(self.zero_point)).clamp(-128.0, 127.0) as i8
    }

    /// The real value of an integer.
    pub fn dequantize(&self, q: i8) -> f64 {
        self.scale * f64::from(i32::from(q) - self.zero_point)
    }
}

/// Extents as `[N, H, W, C]` with leading ones; `None` above rank 4.
pub fn shape4(shape: &[usize]) -> Option<[usize; 4]> {
    let mut out = [1; 4];
    let first = 4usize.checked_sub(shape.len())?;
    out[first..].copy_from_slice(shape);
    Some(out)
}
