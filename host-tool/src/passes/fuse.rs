//! Fuse: activations join the operator that computes their input, and spelled-out activations get their name.

use super::rewrite::{Editor, NodeId, Rule, rewrite};
use super::simplify;
use crate::graph::float::{Affine, Binary, Clamp, Graph, Norm, Op, TensorId, Unary};
use crate::graph::verify::GraphError;

const RULES: [Rule; 5] = [named_activation, clamp_into_producer, merge_clamps, hard_swish, normalized_softmax];

/// Fuses what can be fused exactly.
///
/// # Errors
/// What verification finds.
pub fn apply(graph: &Graph) -> Result<Graph, GraphError> {
    rewrite(graph, &[&simplify::RULES[..], &RULES].concat())
}

/// First one clamp, then another, as one.
pub(super) fn then(first: &Clamp, second: &Clamp) -> Clamp {
    Clamp { min: second.apply(first.min), max: second.apply(first.max) }
}

/// A leaky relu without slope is a relu; a parametric relu with one slope is a leaky relu.
fn named_activation(editor: &mut Editor, id: NodeId) -> bool {
    let op = match editor.op(id) {
        Op::Unary(Unary::LeakyRelu { slope: 0.0 }) => Op::Unary(Unary::Clamp(Clamp::RELU)),
        Op::PRelu { slope } => match slope.as_slice() {
            [first, rest @ ..] if rest.iter().all(|slope| slope == first) => {
                Op::Unary(Unary::LeakyRelu { slope: *first })
            }
            _ => return false,
        },
        _ => return false,
    };
    let inputs = editor.node(id).inputs.clone();
    editor.replace(id, op, inputs);
    true
}

/// A clamp becomes the fused activation of the operator before it.
fn clamp_into_producer(editor: &mut Editor, id: NodeId) -> bool {
    let Op::Unary(Unary::Clamp(outer)) = *editor.op(id) else { return false };
    let Some(producer) = editor.private_producer(id) else { return false };
    if !matches!(editor.op(producer), Op::Conv2d(_) | Op::Dense(_) | Op::Affine { .. } | Op::Binary { .. }) {
        return false;
    }
    let output = editor.node(id).output;
    let (Op::Conv2d(crate::graph::float::Conv2d { clamp, .. })
    | Op::Dense(crate::graph::float::Dense { clamp, .. })
    | Op::Affine { clamp, .. }
    | Op::Binary { clamp, .. }) = editor.op_mut(producer)
    else {
        return false;
    };
    *clamp = then(clamp, &outer);
    editor.remove(id);
    editor.set_output(producer, output);
    true
}

/// Two clamps in a row are one.
fn merge_clamps(editor: &mut Editor, id: NodeId) -> bool {
    let Some(producer) = editor.private_producer(id) else { return false };
    let (Op::Unary(Unary::Clamp(first)), Op::Unary(Unary::Clamp(second))) = (editor.op(producer), editor.op(id)) else {
        return false;
    };
    let op = Op::Unary(Unary::Clamp(then(first, second)));
    let inputs = editor.node(producer).inputs.clone();
    editor.replace(id, op, inputs);
    true
}

/// A softmax along the last axis has a sum of 1 already: scikit-learn's exporter divides by it all the same.
fn normalized_softmax(editor: &mut Editor, id: NodeId) -> bool {
    let Some(producer) = editor.input_producer(id, 0) else { return false };
    let (input, output) = (editor.node(id).inputs[0], editor.node(id).output);
    match (editor.op(producer), editor.op(id)) {
        (Op::Softmax { axis }, Op::Normalize(Norm::L1)) if axis + 1 == editor.shape(input).len() => {
            editor.redirect(output, input);
            true
        }
        _ => false,
    }
}

/// `x` times a hard sigmoid of `x`, however spelled, is a hard swish, times a factor where one is left.
fn hard_swish(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let Op::Binary { kind: Binary::Mul, clamp } = node.op else { return false };
    let [a, b] = [node.inputs[0], node.inputs[1]];
    let shape = editor.shape(node.output).to_vec();
    let found =
        [(a, b), (b, a)].into_iter().find_map(|(x, gate)| Ramp::of(editor, x, gate)?.swish_factor().map(|k| (x, k)));
    let Some((x, factor)) = found.filter(|&(x, _)| editor.shape(x) == shape) else { return false };
    let op = Op::Unary(Unary::HardSwish);
    if factor == 1.0 && clamp.is_none() {
        editor.replace(id, op, vec![x]);
        return true;
    }
    let swish = editor.add_node(id, "swish", op, vec![x], shape);
    let affine = Affine { scale: vec![factor], bias: vec![0.0] };
    editor.replace(id, Op::Affine { affine, clamp }, vec![swish]);
    true
}

/// `clamp(scale * x + bias)`: what a chain of affines and clamps of one tensor computes.
struct Ramp {
    scale: f64,
    bias: f64,
    min: f64,
    max: f64,
}

impl Ramp {
    /// Most operators between a tensor and the gate made of it.
    const DEPTH_MAX: usize = 8;

    /// What `gate` is of `x`.
    fn of(editor: &Editor, x: TensorId, gate: TensorId) -> Option<Self> {
        let mut steps = Vec::new();
        let mut tensor = gate;
        while tensor != x {
            let producer = editor.producer(tensor)?;
            if steps.len() == Self::DEPTH_MAX {
                return None;
            }
            steps.push(editor.op(producer));
            tensor = *editor.node(producer).inputs.first()?;
        }
        let identity = Self { scale: 1.0, bias: 0.0, min: f64::NEG_INFINITY, max: f64::INFINITY };
        steps.into_iter().rev().try_fold(identity, Self::then)
    }

    fn then(self, op: &Op) -> Option<Self> {
        match op {
            Op::Unary(Unary::Clamp(clamp)) => Some(self.clamped(f64::from(clamp.min), f64::from(clamp.max))),
            Op::Unary(Unary::HardSigmoid { alpha, beta }) => {
                Some(self.scaled(f64::from(*alpha), f64::from(*beta))?.clamped(0.0, 1.0))
            }
            Op::Affine { affine, clamp } => match (affine.scale.as_slice(), affine.bias.as_slice()) {
                ([scale], [bias]) => {
                    let scaled = self.scaled(f64::from(*scale), f64::from(*bias))?;
                    Some(scaled.clamped(f64::from(clamp.min), f64::from(clamp.max)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn scaled(self, scale: f64, bias: f64) -> Option<Self> {
        (scale > 0.0).then_some(Self {
            scale: self.scale * scale,
            bias: self.bias * scale + bias,
            min: self.min * scale + bias,
            max: self.max * scale + bias,
        })
    }

    fn clamped(self, min: f64, max: f64) -> Self {
        Self { min: self.min.max(min).min(max), max: self.max.min(max).max(min), ..self }
    }

    /// The factor between `x` times this ramp and the hard swish of `x`; `None` where the ramp has another form.
    fn swish_factor(&self) -> Option<f32> {
        let factor = self.max;
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * factor;
        let fits =
            factor.is_finite() && self.min == 0.0 && near(self.scale, factor / 6.0) && near(self.bias, factor / 2.0);
        if !fits || factor <= 0.0 {
            return None;
        }
        Some(if near(factor, 1.0) || (factor - 1.0).abs() <= 1e-6 { 1.0 } else { factor as f32 })
    }
}
