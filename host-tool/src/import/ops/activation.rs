//! Activation functions.

use crate::graph::float::{Binary, Clamp, Op, TensorId, Unary};

use super::super::context::{Context, Converted, Refusal};

fn apply(cx: &mut Context, function: Unary) -> Converted {
    let input = cx.activation(0)?;
    super::one(cx.unary(function, input)?)
}

pub(super) fn relu(cx: &mut Context) -> Converted {
    apply(cx, Unary::Clamp(Clamp::RELU))
}

/// Sigmoid, Tanh and HardSwish, which have no attributes.
pub(super) fn plain(cx: &mut Context) -> Converted {
    let function = match cx.node.operator.as_str() {
        "Sigmoid" => Unary::Sigmoid,
        "Tanh" => Unary::Tanh,
        _ => Unary::HardSwish,
    };
    apply(cx, function)
}

pub(super) fn leaky_relu(cx: &mut Context) -> Converted {
    let slope = cx.float("alpha", 0.01)?;
    apply(cx, Unary::LeakyRelu { slope })
}

pub(super) fn hard_sigmoid(cx: &mut Context) -> Converted {
    let alpha = cx.float("alpha", 0.2)?;
    let beta = cx.float("beta", 0.5)?;
    apply(cx, Unary::HardSigmoid { alpha, beta })
}

/// Bounds are attributes before opset 11 and inputs since; each may be missing.
pub(super) fn clip(cx: &mut Context) -> Converted {
    let [min, max] = if cx.opset < 11 {
        [cx.float("min", f32::NEG_INFINITY)?, cx.float("max", f32::INFINITY)?]
    } else {
        [bound(cx, 1, f32::NEG_INFINITY)?, bound(cx, 2, f32::INFINITY)?]
    };
    if min.is_nan() || max.is_nan() {
        return Err(Refusal::form("a bound is not a number"));
    }
    apply(cx, Unary::Clamp(Clamp { min, max }))
}

fn bound(cx: &Context, index: usize, default: f32) -> Result<f32, Refusal> {
    match cx.optional_constant(index, "bound")? {
        None => Ok(default),
        Some(array) => array.single_f32().ok_or_else(|| Refusal::form("a bound is not a single number")),
    }
}

/// One slope for all, one per channel, or one per element.
pub(super) fn prelu(cx: &mut Context) -> Converted {
    let input = cx.activation(0)?;
    let slope = cx.constant(1, "slope")?;
    let values = cx.constant_floats(1, "slope")?;
    if let &[slope] = values.as_slice() {
        return apply(cx, Unary::LeakyRelu { slope });
    }
    let rank = cx.shape(input).len();
    let mut spread = (0..slope.shape.len()).filter(|&axis| slope.shape[axis] != 1);
    match (spread.next(), spread.next()) {
        (Some(axis), None) if slope.shape.len() <= rank => {
            let axis = axis + rank - slope.shape.len();
            super::one(channel_slopes(cx, input, axis, values)?)
        }
        _ => {
            let positive = cx.unary(Unary::Clamp(Clamp::RELU), input)?;
            let negative = cx.unary(Unary::Clamp(Clamp { min: f32::NEG_INFINITY, max: 0.0 }), input)?;
            let sloped = cx.binary_constant(Binary::Mul, negative, &slope)?;
            super::one(cx.binary(Binary::Add, positive, sloped)?)
        }
    }
}

/// Slopes along one axis, which is moved last for the operator.
fn channel_slopes(cx: &mut Context, input: TensorId, axis: usize, slope: Vec<f32>) -> Result<TensorId, Refusal> {
    let shape = cx.shape(input);
    if shape.get(axis) != Some(&slope.len()) {
        return Err(Refusal::form(format!("{} slopes do not fit shape {shape:?}", slope.len())));
    }
    let rank = shape.len();
    let to_last: Vec<usize> = (0..rank).filter(|&other| other != axis).chain([axis]).collect();
    let back: Vec<usize> =
        (0..rank).map(|other| to_last.iter().position(|&source| source == other).unwrap_or(other)).collect();
    let moved = cx.transpose(input, &to_last)?;
    let moved_shape = cx.shape(moved);
    let output = cx.emit(Op::PRelu { slope }, &[moved], moved_shape)?;
    cx.transpose(output, &back)
}
