//! Which kernel computes each operator, and its weights in that kernel's layout.

use peacrab_format::{KernelId, Target};
use peacrab_kernels::packed::winograd::{self, Tile};
use peacrab_kernels::packed::{band, chains, rows, taps};
use peacrab_kernels::{Conv2d, Dense, DepthwiseConv2d, Overlap, Requant, Shape, WeightLayout};

use super::{Optimize, Step, winograd_cost};
use crate::graph::fixed::{FixedGraph, FixedNode, FixedOp, FixedRequant};
use crate::graph::float::Window;

/// One step for every node that does something at run time.
pub fn choose(graph: &FixedGraph, target: Target, optimize: Optimize) -> Vec<Step> {
    let nodes = graph.nodes.iter().enumerate();
    nodes
        .filter_map(|(index, node)| {
            let layer = Layer { graph, node };
            let packed = (target == Target::Armv7em).then(|| layer.packed(optimize)).flatten();
            let (kernel, weights) = packed.or_else(|| plain(&node.op))?;
            let (scratch_bytes, overlap) = layer.scratch(kernel, &weights, 0);
            Some(Step { node: index, kernel, weights, scratch_offset: 0, scratch_bytes, overlap })
        })
        .collect()
}

/// The scratch of `budget` bytes that a step can make use of, at least what it needs, and where its output may lie then.
pub fn scratch(graph: &FixedGraph, step: &Step, budget: usize) -> (usize, Overlap) {
    Layer { graph, node: &graph.nodes[step.node] }.scratch(step.kernel, &step.weights, budget)
}

/// The kernel that every core has, and the weights as they are; `None` for a reshape.
fn plain(op: &FixedOp) -> Option<(KernelId, Vec<i8>)> {
    let kernel = match op {
        FixedOp::Conv2d { weights, .. } => return Some((KernelId::Conv2d, weights.clone())),
        FixedOp::DepthwiseConv2d { weights, .. } => return Some((KernelId::DepthwiseConv2d, weights.clone())),
        FixedOp::Dense { weights, .. } => return Some((KernelId::Dense, weights.clone())),
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
    };
    Some((kernel, Vec::new()))
}

/// A node with the shapes around it.
struct Layer<'a> {
    graph: &'a FixedGraph,
    node: &'a FixedNode,
}

impl Layer<'_> {
    /// The kernel for cores with DSP instructions and its packed weights, where the layer meets the layout's conditions.
    fn packed(&self, optimize: Optimize) -> Option<(KernelId, Vec<i8>)> {
        match &self.node.op {
            FixedOp::Conv2d { window, weights, groups: 1, requant } => {
                if let Some(winograd) = self.fastest_tile(optimize).and_then(|tile| self.winograd(tile)) {
                    return Some(winograd);
                }
                let conv = self.conv2d(window, 1, weights, requant, WeightLayout::PackedBand);
                let row_quads = || Some((KernelId::Conv2dRowQuad, self.row_quads(weights)?));
                // Bands are faster only with much scratch.
                let is_band = optimize != Optimize::Ram && band::supports(&conv) && fills_pairs(&conv);
                if is_band { self.band(weights) } else { row_quads() }
            }
            FixedOp::Dense { weights, requant } => {
                let dense = self.dense(weights, requant, WeightLayout::PackedChains);
                let row_quads = || Some((KernelId::DenseRowQuad, self.row_quads(weights)?));
                if chains::supports(&dense) { self.chains(weights).or_else(row_quads) } else { row_quads() }
            }
            FixedOp::DepthwiseConv2d { window, weights, requant } => {
                let conv = self.depthwise(window, weights, requant, WeightLayout::Packed);
                taps::supports(&conv).then(|| {
                    let [.., channels] = conv.output_shape;
                    let mut packed = vec![0; taps::bytes(channels)];
                    taps::pack(weights, channels, &mut packed);
                    (KernelId::DepthwiseTaps3x3, packed)
                })
            }
            _ => None,
        }
    }

    /// The tile that makes a 3x3 convolution faster than its direct computation, where flash may be paid for it.
    fn fastest_tile(&self, optimize: Optimize) -> Option<Tile> {
        if optimize != Optimize::Speed {
            return None;
        }
        let (input, output) = (self.input_shape(), self.output_shape());
        let tiles = [Tile::Four, Tile::Two].into_iter().filter(|&tile| self.is_exact(tile));
        let costs = tiles.map(|tile| (winograd_cost::cycles(input, output, tile), tile));
        let (cycles, tile) = costs.min_by_key(|&(cycles, _)| cycles)?;
        (cycles < winograd_cost::direct_cycles(input, output)).then_some(tile)
    }

    /// Whether the layer meets the conditions of a tile.
    fn is_exact(&self, tile: Tile) -> bool {
        let FixedOp::Conv2d { window, weights, groups, requant } = &self.node.op else { return false };
        let conv = self.conv2d(window, *groups, weights, requant, WeightLayout::Winograd(tile));
        let [.., outputs] = conv.output_shape;
        winograd::supports(&conv) && winograd::fits(weights, weights.len() / outputs, tile)
    }

    /// The kernel that computes tiles of a 3x3 convolution and its transformed weights, where the layer meets the layout's conditions.
    fn winograd(&self, tile: Tile) -> Option<(KernelId, Vec<i8>)> {
        let FixedOp::Conv2d { weights, .. } = &self.node.op else { return None };
        let ([.., inputs], [.., outputs]) = (self.input_shape(), self.output_shape());
        let kernel = match tile {
            Tile::Two => KernelId::Conv2dWinograd2x2,
            Tile::Four => KernelId::Conv2dWinograd4x4,
        };
        self.is_exact(tile).then(|| {
            let mut packed = vec![0; winograd::bytes(outputs, inputs, tile)];
            winograd::pack(weights, inputs, tile, &mut packed);
            (kernel, packed)
        })
    }

    fn row_quads(&self, weights: &[i8]) -> Option<Vec<i8>> {
        let [.., channels] = self.output_shape();
        let depth = weights.len() / channels;
        rows::fits(weights, depth).then(|| {
            let mut packed = vec![0; rows::bytes(channels, depth)];
            rows::pack(weights, depth, &mut packed);
            packed
        })
    }

    /// The kernel for eight rows at a time of a dense layer with a single one of input.
    fn chains(&self, weights: &[i8]) -> Option<(KernelId, Vec<i8>)> {
        let [.., channels] = self.output_shape();
        let depth = weights.len() / channels;
        chains::fits(weights, depth).then(|| {
            let mut packed = vec![0; rows::bytes(channels, depth)];
            chains::pack(weights, depth, &mut packed);
            (KernelId::DenseChains, packed)
        })
    }

    /// The kernel that keeps input rows widened in scratch.
    fn band(&self, weights: &[i8]) -> Option<(KernelId, Vec<i8>)> {
        let ([.., input_channels], [.., channels]) = (self.input_shape(), self.output_shape());
        let depth = weights.len() / channels;
        rows::fits(weights, depth).then(|| {
            let mut packed = vec![0; rows::bytes(channels, depth)];
            band::pack(weights, depth, input_channels, &mut packed);
            (KernelId::Conv2dBand, packed)
        })
    }

    /// What the kernel itself says that it can use of `budget`, and how far its output may overlap the input then.
    fn scratch(&self, kernel: KernelId, weights: &[i8], budget: usize) -> (usize, Overlap) {
        let layout = match kernel {
            KernelId::Conv2dRowQuad | KernelId::DepthwiseTaps3x3 | KernelId::DenseRowQuad => WeightLayout::Packed,
            KernelId::Conv2dBand => WeightLayout::PackedBand,
            KernelId::DenseChains => WeightLayout::PackedChains,
            KernelId::Conv2dWinograd2x2 => WeightLayout::Winograd(Tile::Two),
            KernelId::Conv2dWinograd4x4 => WeightLayout::Winograd(Tile::Four),
            _ => WeightLayout::Plain,
        };
        match &self.node.op {
            FixedOp::Conv2d { window, groups, requant, .. } => {
                let conv = self.conv2d(window, *groups, weights, requant, layout);
                let scratch_bytes = conv.useful_scratch_bytes(budget);
                (scratch_bytes, conv.overlap(scratch_bytes))
            }
            FixedOp::DepthwiseConv2d { window, requant, .. } => {
                let conv = self.depthwise(window, weights, requant, layout);
                let scratch_bytes = conv.useful_scratch_bytes(budget);
                (scratch_bytes, conv.overlap(scratch_bytes))
            }
            FixedOp::Dense { requant, .. } => {
                let dense = self.dense(weights, requant, layout);
                let scratch_bytes = dense.useful_scratch_bytes(budget);
                (scratch_bytes, dense.overlap(scratch_bytes))
            }
            FixedOp::Add { .. } | FixedOp::Mul { .. } | FixedOp::Lut { .. } | FixedOp::PRelu { .. } => {
                (0, Overlap::Exact)
            }
            _ => (0, Overlap::Apart),
        }
    }

    fn conv2d<'a>(
        &self,
        window: &Window,
        groups: usize,
        weights: &'a [i8],
        requant: &'a FixedRequant,
        layout: WeightLayout,
    ) -> Conv2d<'a> {
        Conv2d {
            input_shape: self.input_shape(),
            output_shape: self.output_shape(),
            window: kernel_window(window),
            groups,
            input_zero_point: self.input_zero_point(),
            weights,
            layout,
            requant: self.requant(requant),
        }
    }

    fn depthwise<'a>(
        &self,
        window: &Window,
        weights: &'a [i8],
        requant: &'a FixedRequant,
        layout: WeightLayout,
    ) -> DepthwiseConv2d<'a> {
        DepthwiseConv2d {
            input_shape: self.input_shape(),
            output_shape: self.output_shape(),
            window: kernel_window(window),
            input_zero_point: self.input_zero_point(),
            weights,
            layout,
            requant: self.requant(requant),
        }
    }

    fn dense<'a>(&self, weights: &'a [i8], requant: &'a FixedRequant, layout: WeightLayout) -> Dense<'a> {
        let ([n, h, w, input_features], [.., output_features]) = (self.input_shape(), self.output_shape());
        Dense { rows: n * h * w, input_features, output_features, weights, layout, requant: self.requant(requant) }
    }

    fn requant<'a>(&self, requant: &'a FixedRequant) -> Requant<'a> {
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

    fn input_zero_point(&self) -> i8 {
        self.graph.tensors[self.node.inputs[0]].quant.zero_point as i8
    }
}

/// Whether most of a band's pairs of pixels are whole: it computes a row's last pixel as a pair, while patches pair pixels across rows.
fn fills_pairs(conv: &Conv2d) -> bool {
    const WIDTH_MIN: usize = 7;
    let [_, _, width, _] = conv.output_shape;
    width.is_multiple_of(2) || width >= WIDTH_MIN
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
