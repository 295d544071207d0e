//! Gemm and MatMul with a constant.

use crate::graph::float::{Binary, Clamp, Dense, Op, TensorId};

use super::super::array::Array;
use super::super::context::{Context, Converted, Refusal, Value};

/// Fully connected weights `[O, I]`, and where they stood.
fn dense(cx: &mut Context, input: TensorId, weights: &Array, bias: Option<Vec<f32>>) -> Result<TensorId, Refusal> {
    let shape = cx.shape(input);
    let (Some(&features), &[outputs, inputs]) = (shape.last(), weights.shape.as_slice()) else {
        return Err(Refusal::form(format!("a matrix of shape {:?} does not fit {shape:?}", weights.shape)));
    };
    if features != inputs {
        return Err(Refusal::form(format!("{inputs} rows of weights do not fit an input of shape {shape:?}")));
    }
    let mut output_shape = shape;
    if let Some(last) = output_shape.last_mut() {
        *last = outputs;
    }
    let values = weights.to_f32().ok_or_else(|| Refusal::form("its weights are not numeric"))?;
    let bias = bias.unwrap_or_else(|| vec![0.0; outputs]);
    let op = Op::Dense(Dense { weights: values, bias, output_features: outputs, clamp: Clamp::NONE });
    cx.emit(op, &[input], output_shape)
}

/// Swaps the last two axes of a tensor.
fn swapped(cx: &mut Context, input: TensorId) -> Result<TensorId, Refusal> {
    let rank = cx.shape(input).len();
    let mut permutation: Vec<usize> = (0..rank).collect();
    if rank >= 2 {
        permutation.swap(rank - 2, rank - 1);
    }
    cx.transpose(input, &permutation)
}

fn matrix_transposed(matrix: &Array) -> Result<Array, Refusal> {
    let shape = &matrix.shape;
    matrix.transposed(&[1, 0]).ok_or_else(|| Refusal::form(format!("a constant of shape {shape:?} is not a matrix")))
}

pub(super) fn mat_mul(cx: &mut Context) -> Converted {
    match (cx.input(0)?, cx.input(1)?) {
        (Value::Constant(weights), Value::Tensor(input)) => left_constant(cx, &weights, input),
        (Value::Tensor(input), Value::Constant(weights)) => right_constant(cx, input, &weights),
        _ => Err(two_computed(cx)),
    }
}

/// Why there is no product of two tensors; what is wrong with a single one comes first.
fn two_computed(cx: &Context) -> Refusal {
    let fault = [0, 1].into_iter().find_map(|index| match cx.input(index) {
        Ok(Value::Constant(_) | Value::Tensor(_)) => None,
        _ => cx.activation(index).err(),
    });
    fault.unwrap_or_else(|| {
        Refusal::new(
            "exactly one of its matrices must be a constant",
            "attention is not supported, and constants are folded before conversion, for instance with onnxsim",
        )
    })
}

/// A constant with leading axes of extent 1 as a matrix, and how many such axes it had.
fn as_matrix(weights: &Array) -> Result<(Array, usize), Refusal> {
    let leading = weights.shape.len().saturating_sub(2);
    let (ones, matrix) = weights.shape.split_at(leading);
    if ones.iter().any(|&extent| extent != 1) {
        return Err(Refusal::form(format!("a stack of matrices of shape {:?} is not supported", weights.shape)));
    }
    Ok((Array { shape: matrix.to_vec(), data: weights.data.clone() }, leading))
}

/// `[.., K] x [K, N]`, or `[.., K] x [K]`.
fn right_constant(cx: &mut Context, input: TensorId, weights: &Array) -> Converted {
    let (matrix, leading) = as_matrix(weights)?;
    let is_vector = matrix.shape.len() == 1;
    let rows = if is_vector {
        Array { shape: vec![1, matrix.shape[0]], data: matrix.data }
    } else {
        matrix_transposed(&matrix)?
    };
    let output = dense(cx, input, &rows, None)?;
    let mut shape = cx.shape(output);
    if is_vector {
        shape.pop();
    } else {
        pad_rank(&mut shape, leading + 2);
    }
    super::one(cx.reshape(output, shape)?)
}

/// `[M, K] x [.., K, N]`, or with a vector on either side.
fn left_constant(cx: &mut Context, weights: &Array, input: TensorId) -> Converted {
    let (matrix, leading) = as_matrix(weights)?;
    let is_row = matrix.shape.len() == 1;
    let rows = if is_row { Array { shape: vec![1, matrix.shape[0]], data: matrix.data } } else { matrix };
    let input_is_vector = cx.shape(input).len() == 1;
    let columns = swapped(cx, input)?;
    let product = dense(cx, columns, &rows, None)?;
    let output = if input_is_vector { product } else { swapped(cx, product)? };
    let mut shape = cx.shape(output);
    if is_row {
        let removed = if input_is_vector { shape.len() - 1 } else { shape.len() - 2 };
        shape.remove(removed);
    } else {
        pad_rank(&mut shape, if input_is_vector { leading + 1 } else { leading + 2 });
    }
    super::one(cx.reshape(output, shape)?)
}

/// Leading axes of extent 1 up to a rank.
fn pad_rank(shape: &mut Vec<usize>, rank: usize) {
    while shape.len() < rank {
        shape.insert(0, 1);
    }
}

/// `alpha * A' * B' + beta * C`.
pub(super) fn gemm(cx: &mut Context) -> Converted {
    let alpha = cx.float("alpha", 1.0)?;
    let beta = cx.float("beta", 1.0)?;
    let [transposes_a, transposes_b] = [cx.int("transA", 0)? != 0, cx.int("transB", 0)? != 0];
    cx.ignore(&["broadcast"]);
    match (cx.input(0)?, cx.input(1)?) {
        (Value::Tensor(a), Value::Constant(b)) => {
            let a = if transposes_a { swapped(cx, a)? } else { a };
            let rows = if transposes_b { (*b).clone() } else { matrix_transposed(&b)? };
            let rows = scaled(&rows, alpha)?;
            let (bias, addend) = gemm_bias(cx, beta, &rows)?;
            let product = dense(cx, a, &rows, bias)?;
            add_rest(cx, product, addend, beta)
        }
        (Value::Constant(a), Value::Tensor(b)) => {
            let rows = scaled(&if transposes_a { matrix_transposed(&a)? } else { (*a).clone() }, alpha)?;
            let columns = if transposes_b { b } else { swapped(cx, b)? };
            let product = dense(cx, columns, &rows, None)?;
            let product = swapped(cx, product)?;
            let addend = cx.inputs.get(2).cloned().flatten();
            add_rest(cx, product, addend, beta)
        }
        _ => Err(two_computed(cx)),
    }
}

fn scaled(array: &Array, factor: f32) -> Result<Array, Refusal> {
    let values = array.to_f32().ok_or_else(|| Refusal::form("its weights are not numeric"))?;
    let data = super::super::array::Data::Float(values.iter().map(|&x| x * factor).collect());
    Ok(Array { shape: array.shape.clone(), data })
}

/// The bias per output feature, or else what has to be added afterwards.
fn gemm_bias(cx: &mut Context, beta: f32, rows: &Array) -> Result<(Option<Vec<f32>>, Option<Value>), Refusal> {
    let outputs = rows.shape.first().copied().unwrap_or(0);
    let Some(Value::Constant(c)) = cx.inputs.get(2).cloned().flatten() else {
        return Ok((None, cx.inputs.get(2).cloned().flatten()));
    };
    let is_row = c.shape.len() < 2 || (c.shape.len() == 2 && c.shape[0] == 1);
    let flat = scaled(&c, beta)?;
    let last = c.shape.last().copied().unwrap_or(1);
    let row = Array { shape: vec![last], data: flat.data };
    match row.broadcast_to(&[outputs]).filter(|_| is_row).and_then(|bias| bias.to_f32()) {
        Some(bias) => Ok((Some(bias), None)),
        None => Ok((None, Some(Value::Constant(c)))),
    }
}

fn add_rest(cx: &mut Context, product: TensorId, addend: Option<Value>, beta: f32) -> Converted {
    let sum = match addend {
        None => product,
        Some(Value::Constant(c)) => {
            let c = scaled(&c, beta)?;
            cx.binary_constant(Binary::Add, product, &c)?
        }
        Some(_) => {
            let c = cx.activation(2)?;
            let factor = Array::floats(vec![beta]);
            let c = if beta == 1.0 { c } else { cx.binary_constant(Binary::Mul, c, &factor)? };
            cx.binary(Binary::Add, product, c)?
        }
    };
    super::one(sum)
}
