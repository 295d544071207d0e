//! Add, Sub, Mul, Div and what is written with them.

use crate::graph::float::{Binary, Clamp, Node, Op, TensorId, Unary};

use super::super::array::{Array, Data};
use super::super::builder::Builder;
use super::super::context::{Context, Converted, Refusal, Value};
use super::constants;

fn both_constant(cx: &Context) -> bool {
    cx.inputs.iter().all(|input| matches!(input, Some(Value::Constant(_))))
}

/// Add, Sub and Mul.
pub(super) fn binary(cx: &mut Context) -> Converted {
    if both_constant(cx) {
        return constants::binary(cx);
    }
    let kind = match cx.node.operator.as_str() {
        "Add" => Binary::Add,
        "Sub" => Binary::Sub,
        _ => Binary::Mul,
    };
    let (a, b) = (cx.tensor(0)?, cx.tensor(1)?);
    if let Some((function, x)) = written_function(cx.builder, kind, a, b) {
        return super::one(cx.unary(function, x)?);
    }
    super::one(cx.binary(kind, a, b)?)
}

/// Division by a constant, as multiplication by its reciprocal.
pub(super) fn div(cx: &mut Context) -> Converted {
    if both_constant(cx) {
        return constants::binary(cx);
    }
    let a = cx.tensor(0)?;
    let Value::Constant(divisor) = cx.input(1)? else {
        return Err(Refusal::new(
            "it divides by a value that is computed at run time",
            "divide by a constant, or normalize on the host",
        ));
    };
    let values = cx.constant_floats(1, "divisor")?;
    if values.contains(&0.0) {
        return Err(Refusal::form("it divides by zero"));
    }
    let reciprocals = values.iter().map(|x| 1.0 / x).collect();
    let reciprocal = cx.constant_tensor(&Array { shape: divisor.shape.clone(), data: Data::Float(reciprocals) })?;
    if let Some((function, x)) = written_function(cx.builder, Binary::Mul, a, reciprocal) {
        return super::one(cx.unary(function, x)?);
    }
    super::one(cx.binary(Binary::Mul, a, reciprocal)?)
}

/// Sum of any number of tensors.
pub(super) fn sum(cx: &mut Context) -> Converted {
    let mut sum = cx.tensor(0)?;
    for index in 1..cx.inputs.len() {
        let term = cx.tensor(index)?;
        sum = cx.binary(Binary::Add, sum, term)?;
    }
    super::one(sum)
}

pub(super) fn neg(cx: &mut Context) -> Converted {
    if both_constant(cx) {
        return constants::unary(cx);
    }
    let input = cx.activation(0)?;
    super::one(cx.binary_constant(Binary::Mul, input, &Array::scalar(Data::Float(vec![-1.0])))?)
}

/// Max or Min with constants of one element, which are clamps.
pub(super) fn extremum(cx: &mut Context) -> Converted {
    if both_constant(cx) {
        return constants::binary(cx);
    }
    let is_max = cx.node.operator == "Max";
    let mut clamp = Clamp::NONE;
    let mut input = None;
    for index in 0..cx.inputs.len() {
        match (cx.input(index)?, input) {
            (Value::Constant(array), _) => {
                let bound = array.single_f32().filter(|bound| !bound.is_nan());
                let bound = bound.ok_or_else(|| Refusal::form("a bound is not a single number"))?;
                if is_max {
                    clamp.min = clamp.min.max(bound);
                } else {
                    clamp.max = clamp.max.min(bound);
                }
            }
            (_, None) => input = Some(cx.activation(index)?),
            (_, Some(_)) => return Err(Refusal::form("it compares two tensors that are computed at run time")),
        }
    }
    let input = input.ok_or_else(|| Refusal::form("it has no inputs"))?;
    super::one(cx.unary(Unary::Clamp(clamp), input)?)
}

/// `scale * (x - mean) / sqrt(variance + epsilon) + bias` along axis 1, as one multiplication and one addition.
pub(super) fn batch_normalization(cx: &mut Context) -> Converted {
    cx.ignore(&["momentum", "spatial"]);
    if cx.int("training_mode", 0)? != 0 {
        return Err(Refusal::new("it is in training mode", "export the model in evaluation mode"));
    }
    let epsilon = f64::from(cx.float("epsilon", 1e-5)?);
    let input = cx.activation(0)?;
    let shape = cx.shape(input);
    let names = ["scale", "bias", "mean", "variance"];
    let mut parameters = Vec::new();
    for (index, name) in names.iter().enumerate() {
        parameters.push(cx.constant_floats(index + 1, name)?);
    }
    // A tensor of rank 1 is one channel after another.
    let axis = usize::from(shape.len() > 1);
    let channels = shape.get(axis).copied().unwrap_or(1);
    let [scale, bias, mean, variance] = parameters.as_slice() else {
        return Err(Refusal::form("parameters are missing"));
    };
    if parameters.iter().any(|values| values.len() != channels) {
        return Err(Refusal::form(format!("its parameters do not fit {channels} channels")));
    }
    let factors: Vec<f64> =
        scale.iter().zip(variance).map(|(&s, &v)| f64::from(s) / (f64::from(v) + epsilon).sqrt()).collect();
    let offsets = bias.iter().zip(mean).zip(&factors).map(|((&b, &m), f)| (f64::from(b) - f64::from(m) * f) as f32);
    let offsets: Vec<f32> = offsets.collect();
    if factors.iter().any(|factor| !factor.is_finite()) || offsets.iter().any(|offset| !offset.is_finite()) {
        return Err(Refusal::form("its variance is not positive, or a parameter is not finite"));
    }
    let mut along = vec![1; shape.len()];
    if let Some(extent) = along.get_mut(axis) {
        *extent = channels;
    }
    let factors = Data::Float(factors.iter().map(|&factor| factor as f32).collect());
    let scaled = cx.binary_constant(Binary::Mul, input, &Array { shape: along.clone(), data: factors })?;
    super::one(cx.binary_constant(Binary::Add, scaled, &Array { shape: along, data: Data::Float(offsets) })?)
}

/// Recognizes hard swish and hard sigmoid where exporters for old operator sets spell them out: the function of `x` that
/// `a` and `b` multiplied are.
fn written_function(builder: &Builder, kind: Binary, a: TensorId, b: TensorId) -> Option<(Unary, TensorId)> {
    if kind != Binary::Mul {
        return None;
    }
    let sixth = |tensor: TensorId| is_constant(builder, tensor, 1.0 / 6.0);
    for (x, other) in [(a, b), (b, a)] {
        if sixth(other) {
            if let Some(source) = shifted_relu6(builder, x) {
                return Some((Unary::HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, source));
            }
            if let Some(source) = gated_by_relu6(builder, x) {
                return Some((Unary::HardSwish, source));
            }
        }
        if hard_sigmoid_of(builder, other) == Some(x) {
            return Some((Unary::HardSwish, x));
        }
    }
    None
}

fn near(value: f32, expected: f32) -> bool {
    (value - expected).abs() <= 1e-6 * expected.abs()
}

fn is_constant(builder: &Builder, tensor: TensorId, expected: f32) -> bool {
    matches!(builder.constant_values(tensor), Some(&[value]) if near(value, expected))
}

/// The `x` of `clamp(x + 3, 0, 6)`.
fn shifted_relu6(builder: &Builder, tensor: TensorId) -> Option<TensorId> {
    let Node { op: Op::Unary(Unary::Clamp(clamp)), inputs, .. } = builder.producer(tensor)? else { return None };
    let sum = builder.producer(*inputs.first()?)?;
    let Op::Binary { kind: Binary::Add, .. } = sum.op else { return None };
    let &[a, b] = sum.inputs.as_slice() else { return None };
    let is_relu6 = clamp.min == 0.0 && clamp.max == 6.0;
    let source = if is_constant(builder, b, 3.0) { Some(a) } else { is_constant(builder, a, 3.0).then_some(b) };
    source.filter(|_| is_relu6)
}

/// The `x` of `x * clamp(x + 3, 0, 6)`.
fn gated_by_relu6(builder: &Builder, tensor: TensorId) -> Option<TensorId> {
    let product = builder.producer(tensor)?;
    let Op::Binary { kind: Binary::Mul, .. } = product.op else { return None };
    let &[a, b] = product.inputs.as_slice() else { return None };
    [(a, b), (b, a)].into_iter().find(|&(x, gate)| shifted_relu6(builder, gate) == Some(x)).map(|(x, _)| x)
}

/// The `x` of `clamp(x / 6 + 0.5, 0, 1)`.
fn hard_sigmoid_of(builder: &Builder, tensor: TensorId) -> Option<TensorId> {
    let Node { op: Op::Unary(Unary::HardSigmoid { alpha, beta }), inputs, .. } = builder.producer(tensor)? else {
        return None;
    };
    inputs.first().copied().filter(|_| near(*alpha, 1.0 / 6.0) && near(*beta, 0.5))
}
