//! A node as its kernels see it.

use peacrab_format::KernelId;
use peacrab_kernels::packed::winograd::{self, Tile};
use peacrab_kernels::packed::{band, chains, rows, taps};
use peacrab_kernels::{Conv2d, Dense, DepthwiseConv2d, Overlap, Requant, Shape, WeightLayout};

use super::cost::{self, Features};
use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, FixedRequant};
use crate::graph::float::Window;

/// A node with the shapes around it.
#[derive(Clone, Copy)]
pub struct Layer<'a> {
    graph: &'a FixedGraph,
    node: &'a FixedNode,
}

/// The parameters of a heavy kernel, without its weights.
enum Heavy<'a> {
    Conv2d(Conv2d<'a>),
    Depthwise(DepthwiseConv2d<'a>),
    Dense(Dense<'a>),
}

impl<'a> Layer<'a> {
    /// The node of an index.
    pub fn new(graph: &'a FixedGraph, node: usize) -> Self {
        Layer { graph, node: &graph.nodes[node] }
    }

    /// The kernel that every core has; `None` for a reshape.
    pub fn plain_kernel(&self) -> Option<KernelId> {
        Some(match self.node.op {
            FixedOp::Conv2d { .. } => KernelId::Conv2d,
            FixedOp::DepthwiseConv2d { .. } => KernelId::DepthwiseConv2d,
            FixedOp::Dense { .. } => KernelId::Dense,
            FixedOp::MaxPool2d { .. } => KernelId::MaxPool2d,
            FixedOp::AveragePool2d { .. } => KernelId::AveragePool2d,
            FixedOp::Add { .. } => KernelId::Add,
            FixedOp::Mul { .. } => KernelId::Mul,
            FixedOp::Lut { .. } => KernelId::Lut,
            FixedOp::Softmax { .. } => KernelId::Softmax,
            FixedOp::LogSoftmax { .. } => KernelId::LogSoftmax,
            FixedOp::Concat { .. } => KernelId::Concat,
            FixedOp::Copy(_) => KernelId::Copy,
            FixedOp::Resize { .. } => KernelId::Resize,
            FixedOp::PRelu { .. } => KernelId::PRelu,
            FixedOp::Normalize { .. } => KernelId::Normalize,
            FixedOp::Reshape => return None,
        })
    }

    /// Whether a kernel for cores with DSP instructions gives the plain one's results.
    pub fn meets_conditions(&self, kernel: KernelId) -> bool {
        let Some(heavy) = self.heavy(kernel) else { return false };
        let weights = self.weights();
        match (kernel, &heavy) {
            (KernelId::Conv2dRowQuad, Heavy::Conv2d(conv)) => conv.groups == 1 && self.fits_rows(),
            (KernelId::Conv2dBand, Heavy::Conv2d(conv)) => band::supports(conv) && self.fits_rows(),
            (KernelId::Conv2dWinograd2x2 | KernelId::Conv2dWinograd4x4, Heavy::Conv2d(conv)) => {
                let depth = weights.len() / self.output_channels();
                winograd::supports(conv) && winograd::fits(weights, depth, tile(kernel))
            }
            (KernelId::DepthwiseTaps3x3, Heavy::Depthwise(conv)) => taps::supports(conv),
            (KernelId::DenseRowQuad, Heavy::Dense(_)) => self.fits_rows(),
            (KernelId::DenseChains, Heavy::Dense(dense)) => {
                chains::supports(dense) && chains::fits(weights, weights.len() / self.output_channels())
            }
            _ => false,
        }
    }

    fn fits_rows(&self) -> bool {
        let weights = self.weights();
        rows::fits(weights, weights.len() / self.output_channels())
    }

    /// The weights in a kernel's layout; empty for operators without.
    pub fn pack(&self, kernel: KernelId) -> Vec<i8> {
        let (weights, outputs) = (self.weights(), self.output_channels());
        let (depth, inputs) = (weights.len() / outputs.max(1), self.input_shape()[3]);
        let packed = |bytes: usize, pack: &dyn Fn(&mut [i8])| {
            let mut packed = vec![0; bytes];
            pack(&mut packed);
            packed
        };
        match kernel {
            KernelId::Conv2dRowQuad | KernelId::DenseRowQuad => {
                packed(rows::bytes(outputs, depth), &|packed| rows::pack(weights, depth, packed))
            }
            KernelId::DenseChains => {
                packed(rows::bytes(outputs, depth), &|packed| chains::pack(weights, depth, packed))
            }
            KernelId::Conv2dBand => {
                packed(rows::bytes(outputs, depth), &|packed| band::pack(weights, depth, inputs, packed))
            }
            KernelId::Conv2dWinograd2x2 | KernelId::Conv2dWinograd4x4 => {
                let tile = tile(kernel);
                packed(winograd::bytes(outputs, inputs, tile), &|packed| winograd::pack(weights, inputs, tile, packed))
            }
            KernelId::DepthwiseTaps3x3 => packed(taps::bytes(outputs), &|packed| taps::pack(weights, outputs, packed)),
            _ => weights.to_vec(),
        }
    }

    /// What the kernel itself says that it can use of `budget` bytes of scratch, at least what it needs, and where its output may lie then.
    pub fn scratch(&self, kernel: KernelId, budget: usize) -> (usize, Overlap) {
        match self.heavy(kernel) {
            Some(Heavy::Conv2d(conv)) => {
                let scratch_bytes = conv.useful_scratch_bytes(budget);
                (scratch_bytes, conv.overlap(scratch_bytes))
            }
            Some(Heavy::Depthwise(conv)) => {
                let scratch_bytes = conv.useful_scratch_bytes(budget);
                (scratch_bytes, conv.overlap(scratch_bytes))
            }
            Some(Heavy::Dense(dense)) => {
                let scratch_bytes = dense.useful_scratch_bytes(budget);
                (scratch_bytes, dense.overlap(scratch_bytes))
            }
            None if matches!(kernel, KernelId::Add | KernelId::Mul | KernelId::Lut | KernelId::PRelu) => {
                (0, Overlap::Exact)
            }
            None => (0, Overlap::Apart),
        }
    }

    /// What a kernel does for the layer, in parts that have a cost each; empty where there is no choice of kernels.
    pub fn features(&self, kernel: KernelId, scratch_bytes: usize) -> Features {
        match self.heavy(kernel) {
            Some(Heavy::Conv2d(conv)) => cost::features::conv2d(&conv, scratch_bytes),
            Some(Heavy::Depthwise(conv)) => cost::features::depthwise(&conv, scratch_bytes),
            Some(Heavy::Dense(dense)) => cost::features::dense(&dense, scratch_bytes),
            None => Features::new(),
        }
    }

    fn heavy(&self, kernel: KernelId) -> Option<Heavy<'a>> {
        let (input_shape, output_shape) = (self.input_shape(), self.output_shape());
        let input_zero_point = self.graph.tensors[self.node.inputs[0]].quant.zero_point as i8;
        let layout = layout(kernel);
        match &self.node.op {
            FixedOp::Conv2d { window, groups, requant, .. } => Some(Heavy::Conv2d(Conv2d {
                input_shape,
                output_shape,
                window: kernel_window(window),
                groups: *groups,
                input_zero_point,
                weights: &[],
                layout,
                requant: self.requant(requant),
            })),
            FixedOp::DepthwiseConv2d { window, requant, .. } => Some(Heavy::Depthwise(DepthwiseConv2d {
                input_shape,
                output_shape,
                window: kernel_window(window),
                input_zero_point,
                weights: &[],
                layout,
                requant: self.requant(requant),
            })),
            FixedOp::Dense { requant, .. } => {
                let ([n, h, w, input_features], [.., output_features]) = (input_shape, output_shape);
                let requant = self.requant(requant);
                let rows = n * h * w;
                Some(Heavy::Dense(Dense { rows, input_features, output_features, weights: &[], layout, requant }))
            }
            _ => None,
        }
    }

    fn weights(&self) -> &'a [i8] {
        match &self.node.op {
            FixedOp::Conv2d { weights, .. }
            | FixedOp::DepthwiseConv2d { weights, .. }
            | FixedOp::Dense { weights, .. } => weights,
            _ => &[],
        }
    }

    fn requant(&self, requant: &'a FixedRequant) -> Requant<'a> {
        let [activation_min, activation_max] = requant.activation.map(|bound| bound.clamp(-128, 127) as i8);
        Requant {
            bias: &requant.bias,
            multipliers: &requant.multipliers,
            pre_shift: requant.pre_shift,
            output_zero_point: self.graph.tensors[self.node.output].quant.zero_point as i8,
            activation_min,
            activation_max,
        }
    }

    fn input_shape(&self) -> Shape {
        self.graph.tensors[self.node.inputs[0]].shape
    }

    fn output_shape(&self) -> Shape {
        self.graph.tensors[self.node.output].shape
    }

    fn output_channels(&self) -> usize {
        self.output_shape()[3]
    }
}

fn layout(kernel: KernelId) -> WeightLayout {
    match kernel {
        KernelId::Conv2dRowQuad | KernelId::DepthwiseTaps3x3 | KernelId::DenseRowQuad => WeightLayout::Packed,
        KernelId::Conv2dBand => WeightLayout::PackedBand,
        KernelId::DenseChains => WeightLayout::PackedChains,
        KernelId::Conv2dWinograd2x2 | KernelId::Conv2dWinograd4x4 => WeightLayout::Winograd(tile(kernel)),
        _ => WeightLayout::Plain,
    }
}

fn tile(kernel: KernelId) -> Tile {
    if kernel == KernelId::Conv2dWinograd4x4 { Tile::Four } else { Tile::Two }
}

/// A window as the kernels take it.
pub fn kernel_window(window: &Window) -> peacrab_kernels::Window {
    peacrab_kernels::Window {
        filter: window.filter,
        stride: window.stride,
        dilation: window.dilation,
        pad: window.pad_before,
    }
}
