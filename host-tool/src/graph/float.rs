//! The float graph: one trained model, every tensor f32, every operator in our own terms.
//!
//! # Layout
//!
//! Spatial operators ([`Op::Conv2d`], [`Op::Pool`]) are NHWC and rank 4; 1-D models use height 1. All other operators are
//! rank-generic and speak of axes of the stored shape. The importer keeps the model's own layout and puts [`Op::Transpose`]
//! nodes around the spatial operators; the layout pass then moves and cancels them, so that after it a transpose is left only
//! where data really has to move.
//!
//! # Constants
//!
//! A constant is a tensor with [`Tensor::constant`] set and no producer. Weights of convolutions and dense layers are not
//! tensors: they live in their operator, already in our layout.

use serde::{Deserialize, Serialize};

/// Index of a tensor in [`Graph::tensors`].
pub type TensorId = usize;

/// Extent of each axis; a scalar is the empty shape. The batch axis, where the model has one, is axis 0 and has extent 1.
pub type Shape = Vec<usize>;

/// A model as a list of nodes in execution order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Graph {
    /// The model's name, for reports.
    pub name: String,
    /// All tensors; nodes and ports name them by index.
    pub tensors: Vec<Tensor>,
    /// Nodes in an order in which every input is computed before it is used.
    pub nodes: Vec<Node>,
    /// What the caller supplies.
    pub inputs: Vec<Port>,
    /// What the caller gets back.
    pub outputs: Vec<Port>,
    /// Things the user should know about the import (a dropped ZipMap, an output left out), one sentence each.
    pub notes: Vec<String>,
}

/// One tensor of the graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tensor {
    /// The model's own name of the value, for reports.
    pub name: String,
    /// Extent of each axis.
    pub shape: Shape,
    /// The values of a constant, row-major in `shape`; `None` for an activation tensor.
    #[serde(skip)]
    pub constant: Option<Vec<f32>>,
}

/// An input or output of the model, and how the tensor in the graph relates to what the model's own file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Port {
    /// The model's own name.
    pub name: String,
    /// The graph's tensor.
    pub tensor: TensorId,
    /// Shape in the model's own layout (for instance NCHW), batch included.
    pub model_shape: Shape,
    /// Axis `k` of the graph's tensor is axis `permutation[k]` of the model's; the identity where the layouts agree.
    pub permutation: Vec<usize>,
    /// Inputs only: the graph's tensor is `scale * x + bias` of the model's input `x`. Applied by whoever quantizes the
    /// sample, so that the input's normalization costs nothing at run time.
    pub normalization: Option<Affine>,
}

/// `y = scale * x + bias` along the last axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// One value for every tensor element along the last axis, or exactly one for all.
    pub scale: Vec<f32>,
    /// Same length as `scale`.
    pub bias: Vec<f32>,
}

/// One operator of the graph. Every operator has exactly one output: a split is several slices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// The model's own node name (made up from operator and output where the file has none), for reports.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Input tensors, in the operator's order.
    pub inputs: Vec<TensorId>,
    /// The output tensor.
    pub output: TensorId,
}

/// What a node computes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Op {
    /// 2-D convolution: `[N, H, W, C]` to `[N, OH, OW, O]`.
    Conv2d(Conv2d),
    /// Fully connected: `[.., I]` to `[.., O]`.
    Dense(Dense),
    /// `scale * x + bias` along the last axis, then the clamp.
    Affine {
        /// Per last axis, or one for all.
        affine: Affine,
        /// Fused activation.
        clamp: Clamp,
    },
    /// Two tensors, or a tensor and a constant, element by element with NumPy broadcasting, then the clamp.
    Binary {
        /// Which arithmetic.
        kind: Binary,
        /// Fused activation.
        clamp: Clamp,
    },
    /// A function of one element.
    Unary(Unary),
    /// `x` where positive, `slope * x` elsewhere.
    PRelu {
        /// Per last axis, or one for all.
        slope: Vec<f32>,
    },
    /// Pooling over windows of `[N, H, W, C]`; a global pooling has a window as large as its input.
    Pool(Pool),
    /// Mean over the axes, which stay with extent 1.
    Mean {
        /// Axes to reduce, ascending.
        axes: Vec<usize>,
    },
    /// `exp(x) / sum(exp(x))` along the axis.
    Softmax {
        /// Axis of the stored shape.
        axis: usize,
    },
    /// `x - ln(sum(exp(x)))` along the axis.
    LogSoftmax {
        /// Axis of the stored shape.
        axis: usize,
    },
    /// Divides each vector along the last axis by its norm (0 stays 0).
    Normalize(Norm),
    /// Adds elements around the tensor.
    Pad {
        /// Elements added before, per axis.
        before: Vec<usize>,
        /// Elements added after, per axis.
        after: Vec<usize>,
        /// Their value.
        value: f32,
    },
    /// Joins tensors along an axis.
    Concat {
        /// Axis of the stored shape.
        axis: usize,
    },
    /// Takes elements `start + i * step` of every axis; how many is told by the output's shape.
    Slice {
        /// First element, per axis.
        start: Vec<usize>,
        /// Distance between elements, per axis; may be negative.
        step: Vec<isize>,
    },
    /// The same elements in the same order under another shape.
    Reshape,
    /// Axis `k` of the output is axis `permutation[k]` of the input.
    Transpose {
        /// A permutation of the axes.
        permutation: Vec<usize>,
    },
    /// Nearest-neighbour resize: output element `i` along axis `k` is input element `indices[k][i]`.
    Resize {
        /// Source index of every output position, per axis.
        indices: Vec<Vec<usize>>,
    },
}

/// Parameters of [`Op::Conv2d`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conv2d {
    /// `[O, FH, FW, C / groups]`.
    #[serde(skip)]
    pub weights: Vec<f32>,
    /// `[O]`.
    #[serde(skip)]
    pub bias: Vec<f32>,
    /// Output channels `O`.
    pub output_channels: usize,
    /// Groups; equal to `C` for a depthwise convolution.
    pub groups: usize,
    /// Filter size, stride, dilation and padding.
    pub window: Window,
    /// Fused activation.
    pub clamp: Clamp,
}

/// Parameters of [`Op::Dense`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dense {
    /// `[O, I]`.
    #[serde(skip)]
    pub weights: Vec<f32>,
    /// `[O]`.
    #[serde(skip)]
    pub bias: Vec<f32>,
    /// Output features `O`.
    pub output_features: usize,
    /// Fused activation.
    pub clamp: Clamp,
}

/// Parameters of [`Op::Pool`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pool {
    /// Maximum or average.
    pub kind: PoolKind,
    /// Filter size, stride, dilation and padding.
    pub window: Window,
    /// Average only: padding counts as zeros in the divisor.
    pub count_include_pad: bool,
}

/// Which pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum PoolKind {
    /// Largest element of the window; padding never wins.
    Max,
    /// Mean of the window.
    Average,
}

/// A window that slides over height and width. All pairs are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Filter height and width.
    pub filter: [usize; 2],
    /// Step between output positions.
    pub stride: [usize; 2],
    /// Step between filter taps.
    pub dilation: [usize; 2],
    /// Rows and columns added before (top, left).
    pub pad_before: [usize; 2],
    /// Rows and columns added after (bottom, right).
    pub pad_after: [usize; 2],
}

/// Fused activation: the result is clamped to `[min, max]`; infinite where there is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Clamp {
    /// Lower bound.
    pub min: f32,
    /// Upper bound.
    pub max: f32,
}

impl Clamp {
    /// No activation.
    pub const NONE: Clamp = Clamp { min: f32::NEG_INFINITY, max: f32::INFINITY };
    /// `max(x, 0)`.
    pub const RELU: Clamp = Clamp { min: 0.0, max: f32::INFINITY };

    /// Whether it leaves every value as it is.
    pub fn is_none(&self) -> bool {
        *self == Clamp::NONE
    }

    /// Clamps one value.
    pub fn apply(&self, x: f32) -> f32 {
        x.max(self.min).min(self.max)
    }
}

/// Arithmetic of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Binary {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a * b`.
    Mul,
}

/// A function of one element.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Unary {
    /// Clamps to a range: relu, relu6, clip.
    Clamp(Clamp),
    /// `x` where positive, `slope * x` elsewhere.
    LeakyRelu {
        /// Slope of the negative side.
        slope: f32,
    },
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `x * clamp(x / 6 + 0.5, 0, 1)`.
    HardSwish,
    /// `clamp(alpha * x + beta, 0, 1)`.
    HardSigmoid {
        /// Slope.
        alpha: f32,
        /// Offset.
        beta: f32,
    },
}

impl Unary {
    /// The function's value at `x`.
    pub fn apply(&self, x: f32) -> f32 {
        match *self {
            Unary::Clamp(clamp) => clamp.apply(x),
            Unary::LeakyRelu { slope } => {
                if x < 0.0 {
                    slope * x
                } else {
                    x
                }
            }
            Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Unary::Tanh => x.tanh(),
            Unary::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Unary::HardSigmoid { alpha, beta } => (alpha * x + beta).clamp(0.0, 1.0),
        }
    }
}

/// The norm that [`Op::Normalize`] divides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Norm {
    /// Sum of absolute values.
    L1,
    /// Square root of the sum of squares.
    L2,
    /// Largest absolute value.
    Max,
}
