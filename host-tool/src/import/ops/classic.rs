//! The classic machine learning operators of `ai.onnx.ml`, as scikit-learn's converter writes them.

use crate::graph::float::{Binary, Clamp, Dense, Norm, Op, TensorId, Unary};

use super::super::array::{Array, Data};
use super::super::context::{Context, Converted, Refusal, Value};

/// The label, then the scores.
pub(super) fn linear_classifier(cx: &mut Context) -> Converted {
    // How several classes were trained does not change the scores.
    cx.ignore(&["multi_class"]);
    let labels = [cx.array_attribute("classlabels_ints"), cx.array_attribute("classlabels_strings")];
    let classes = labels.iter().flatten().map(|labels| labels.data.len()).max().unwrap_or(0);
    let mut linear = Linear::read(cx)?;
    let rows = linear.bias.len();
    let is_binary = rows == 1 && classes == 2;
    if rows != classes && classes != 0 && !is_binary {
        return Err(Refusal::form(format!("{rows} rows of coefficients do not fit {classes} classes")));
    }
    let transform = cx.text("post_transform", "NONE")?;
    if is_binary {
        linear.complement(transform == "LOGISTIC");
    }
    let scores = linear.emit(cx)?;
    let scores = match transform.as_str() {
        // With one row only the logistic function is applied, as ONNX Runtime does.
        "NONE" => scores,
        "SOFTMAX" if is_binary => scores,
        "LOGISTIC" => cx.unary(Unary::Sigmoid, scores)?,
        "SOFTMAX" => {
            let shape = cx.shape(scores);
            cx.emit(Op::Softmax { axis: shape.len() - 1 }, &[scores], shape)?
        }
        other => return Err(Refusal::form(format!("post_transform `{other}` is not supported"))),
    };
    Ok(vec![Value::Label, Value::Tensor(scores)])
}

pub(super) fn linear_regressor(cx: &mut Context) -> Converted {
    let targets = cx.int("targets", 1)?;
    let transform = cx.text("post_transform", "NONE")?;
    if transform != "NONE" {
        return Err(Refusal::form(format!("post_transform `{transform}` is not supported")));
    }
    let linear = Linear::read(cx)?;
    if usize::try_from(targets) != Ok(linear.bias.len()) {
        return Err(Refusal::form(format!("{} rows of coefficients do not fit {targets} targets", linear.bias.len())));
    }
    super::one(linear.emit(cx)?)
}

/// Coefficients `[O, I]` and intercepts `[O]` of a linear model on `[N, I]`.
struct Linear {
    input: TensorId,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    fn read(cx: &mut Context) -> Result<Linear, Refusal> {
        let input = cx.activation(0)?;
        let shape = cx.shape(input);
        let features = shape.last().copied().filter(|_| shape.len() <= 2);
        let features =
            features.ok_or_else(|| Refusal::form(format!("an input of shape {shape:?} is not supported")))?;
        let weights = cx.floats("coefficients")?.ok_or_else(|| Refusal::form("its coefficients are missing"))?;
        let rows = weights.len() / features;
        let bias = cx.floats("intercepts")?.unwrap_or_else(|| vec![0.0; rows]);
        if rows == 0 || weights.len() != rows * features || bias.len() != rows {
            return Err(Refusal::form(format!(
                "{} coefficients and {} intercepts do not fit {features} features",
                weights.len(),
                bias.len()
            )));
        }
        Ok(Linear { input, weights, bias })
    }

    /// Adds the score of the other class in front: `-s`, which the logistic function turns into `1 - p`, or else `1 - s`.
    fn complement(&mut self, is_logistic: bool) {
        let one = if is_logistic { 0.0 } else { 1.0 };
        let negated: Vec<f32> = self.weights.iter().map(|weight| -weight).collect();
        self.weights.splice(0..0, negated);
        let bias: Vec<f32> = self.bias.iter().map(|bias| one - bias).collect();
        self.bias.splice(0..0, bias);
    }

    fn emit(self, cx: &mut Context) -> Result<TensorId, Refusal> {
        let mut shape = cx.shape(self.input);
        let output_features = self.bias.len();
        if let Some(last) = shape.last_mut() {
            *last = output_features;
        }
        // The operator always makes a row per sample.
        let input = if shape.len() == 1 {
            shape.insert(0, 1);
            let features = self.weights.len() / output_features;
            cx.reshape(self.input, vec![1, features])?
        } else {
            self.input
        };
        let op = Op::Dense(Dense { weights: self.weights, bias: self.bias, output_features, clamp: Clamp::NONE });
        cx.emit(op, &[input], shape)
    }
}

pub(super) fn normalizer(cx: &mut Context) -> Converted {
    let norm = match cx.text("norm", "MAX")?.as_str() {
        "L1" => Norm::L1,
        "L2" => Norm::L2,
        "MAX" => Norm::Max,
        other => return Err(Refusal::form(format!("norm `{other}` is not known"))),
    };
    let input = cx.activation(0)?;
    let shape = cx.shape(input);
    super::one(cx.emit(Op::Normalize(norm), &[input], shape)?)
}

/// `(x - offset) * scale` along the last axis.
pub(super) fn scaler(cx: &mut Context) -> Converted {
    let offset = cx.floats("offset")?.unwrap_or_else(|| vec![0.0]);
    let scale = cx.floats("scale")?.unwrap_or_else(|| vec![1.0]);
    let input = cx.activation(0)?;
    let features = cx.shape(input).last().copied().unwrap_or(1);
    if [&offset, &scale].iter().any(|values| values.len() != features && values.len() != 1) {
        return Err(Refusal::form(format!("its offset and scale do not fit {features} features")));
    }
    let row = |values: Vec<f32>| Array { shape: vec![values.len()], data: Data::Float(values) };
    let centred = cx.binary_constant(Binary::Sub, input, &row(offset))?;
    super::one(cx.binary_constant(Binary::Mul, centred, &row(scale))?)
}

/// Only renames scores for the host; the driver notes that it is left out.
pub(super) fn zip_map(cx: &mut Context) -> Converted {
    cx.ignore(&["classlabels_int64s", "classlabels_strings"]);
    Ok(vec![cx.input(0)?])
}

/// The index of the largest score is a label: the device returns the scores.
pub(super) fn arg_max(cx: &mut Context) -> Converted {
    cx.ignore(&["axis", "keepdims", "select_last_index"]);
    cx.activation(0)?;
    Ok(vec![Value::Label])
}
