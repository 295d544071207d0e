//! Affines join each other, and the convolutions and dense layers beside them.

use super::binary::scaled_clamp;
use crate::graph::float::{Affine, Clamp, Conv2d, Dense, Op};
use crate::passes::fuse::then;
use crate::passes::rewrite::{Editor, NodeId};

/// Two affines in a row are one, where the first has no clamp or the second is one positive scale for all.
pub(super) fn merge_affines(editor: &mut Editor, id: NodeId) -> bool {
    let Some(first) = editor.private_producer(id) else { return false };
    let (Op::Affine { affine: a, clamp: inner }, Op::Affine { affine: b, clamp: outer }) =
        (editor.op(first), editor.op(id))
    else {
        return false;
    };
    let Some(inner) = carried_clamp(inner, b) else { return false };
    let op = Op::Affine { affine: merged(a, b), clamp: then(&inner, outer) };
    let inputs = editor.node(first).inputs.clone();
    editor.replace(id, op, inputs);
    true
}

/// `b(a(x))` as one affine.
pub(in crate::passes) fn merged(a: &Affine, b: &Affine) -> Affine {
    let count = a.scale.len().max(b.scale.len());
    let at = |values: &[f32], index: usize| values[if values.len() == 1 { 0 } else { index }];
    let scale = (0..count).map(|i| at(&a.scale, i) * at(&b.scale, i)).collect();
    let bias = (0..count).map(|i| at(&a.bias, i) * at(&b.scale, i) + at(&b.bias, i)).collect();
    Affine { scale, bias }
}

/// The clamp after the affine that does what `clamp` did before it; `None` where one clamp for all channels cannot.
fn carried_clamp(clamp: &Clamp, affine: &Affine) -> Option<Clamp> {
    match (affine.scale.as_slice(), affine.bias.as_slice()) {
        _ if clamp.is_none() => Some(Clamp::NONE),
        ([scale], [bias]) if *scale != 0.0 => Some(scaled_clamp(clamp, *scale, *bias)),
        _ => None,
    }
}

/// An affine after a convolution or dense layer scales its weights and moves its bias.
pub(super) fn into_producer(editor: &mut Editor, id: NodeId) -> bool {
    let Op::Affine { affine, clamp: outer } = editor.op(id) else { return false };
    let Some(producer) = editor.private_producer(id) else { return false };
    let op = match editor.op(producer) {
        Op::Conv2d(conv) => carried_clamp(&conv.clamp, affine).map(|inner| {
            let mut conv = conv.clone();
            scale_outputs(&mut conv.weights, &mut conv.bias, affine);
            Op::Conv2d(Conv2d { clamp: then(&inner, outer), ..conv })
        }),
        Op::Dense(dense) => carried_clamp(&dense.clamp, affine).map(|inner| {
            let mut dense = dense.clone();
            scale_outputs(&mut dense.weights, &mut dense.bias, affine);
            Op::Dense(Dense { clamp: then(&inner, outer), ..dense })
        }),
        _ => None,
    };
    let Some(op) = op else { return false };
    let (inputs, output) = (editor.node(producer).inputs.clone(), editor.node(id).output);
    editor.replace(producer, op, inputs);
    editor.remove(id);
    editor.set_output(producer, output);
    true
}

/// Weights `[O, ..]` and bias `[O]`, each output channel through the affine.
fn scale_outputs(weights: &mut [f32], bias: &mut [f32], affine: &Affine) {
    let row = weights.len() / bias.len();
    let parameters = affine.scale.iter().zip(&affine.bias).cycle();
    for ((weights, bias), (scale, offset)) in weights.chunks_mut(row).zip(bias).zip(parameters) {
        weights.iter_mut().for_each(|weight| *weight *= scale);
        *bias = *bias * scale + offset;
    }
}

/// An affine before a convolution or dense layer scales its weights' columns and adds to its bias. Only where it is exact: not
/// before padding, unless the affine keeps 0. A graph input's affine stays: it belongs into the port's normalization.
pub(super) fn into_consumer(editor: &mut Editor, id: NodeId) -> bool {
    let Some(producer) = editor.private_producer(id) else { return false };
    let Op::Affine { affine, clamp } = editor.op(producer) else { return false };
    let source = editor.node(producer).inputs[0];
    if !clamp.is_none() || editor.input_port(source).is_some() {
        return false;
    }
    let keeps_zero = affine.bias.iter().all(|&bias| bias == 0.0);
    let op = match editor.op(id) {
        Op::Dense(dense) => {
            let mut dense = dense.clone();
            let inputs = dense.weights.len() / dense.output_features;
            scale_inputs(&mut dense.weights, &mut dense.bias, affine, [inputs, 1]);
            Op::Dense(dense)
        }
        Op::Conv2d(conv) if keeps_zero || (conv.window.pad_before, conv.window.pad_after) == ([0, 0], [0, 0]) => {
            let mut conv = conv.clone();
            let taps = conv.window.filter[0] * conv.window.filter[1];
            let inputs = conv.weights.len() / conv.output_channels / taps;
            scale_inputs(&mut conv.weights, &mut conv.bias, affine, [inputs, conv.groups]);
            Op::Conv2d(conv)
        }
        _ => return false,
    };
    editor.replace(id, op, vec![source]);
    true
}

/// Weights `[O, .., I]` of a layer whose input channels, `I` in each of the groups, went through the affine.
fn scale_inputs(weights: &mut [f32], bias: &mut [f32], affine: &Affine, [inputs, groups]: [usize; 2]) {
    let row = weights.len() / bias.len();
    let outputs_per_group = bias.len() / groups;
    for (output, (weights, bias)) in weights.chunks_mut(row).zip(bias).enumerate() {
        let first = output / outputs_per_group * inputs;
        let mut added = 0f64;
        for (position, weight) in weights.iter_mut().enumerate() {
            let channel = if affine.scale.len() == 1 { 0 } else { first + position % inputs };
            added += f64::from(*weight) * f64::from(affine.bias[channel]);
            *weight *= affine.scale[channel];
        }
        *bias = (f64::from(*bias) + added) as f32;
    }
}
