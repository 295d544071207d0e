//! ReduceMean, ReduceSum and ReduceMax; on constants also ReduceMin and ReduceProd.

use crate::graph::float::{Binary, Op, Pool, PoolKind, TensorId};

use super::super::array::{Array, Data};
use super::super::context::{Context, Converted, Refusal, Value, axes_of};
use super::constants;
use super::pool::whole;

pub(super) fn reduce(cx: &mut Context) -> Converted {
    let value = cx.input(0)?;
    let shape = cx.value_shape(&value)?;
    let keeps_axes = cx.int("keepdims", 1)? != 0;
    let does_nothing = cx.int("noop_with_empty_axes", 0)? != 0;
    let named = cx.ints_attribute_or_input("axes", 1)?.filter(|axes| !axes.is_empty());
    let axes = match named {
        Some(axes) => axes_of(&axes, shape.len())?,
        None if does_nothing => return Ok(vec![value]),
        None => (0..shape.len()).collect(),
    };
    let reduced = match &value {
        Value::Constant(array) => {
            let text = || Refusal::form("it overflows, or its input is not numeric");
            let result = constants::reduce(&cx.node.operator, array, &axes).ok_or_else(text)?;
            Value::Constant(std::sync::Arc::new(result))
        }
        _ => Value::Tensor(reduce_tensor(cx, &axes)?),
    };
    let is_kept = |axis: &usize| keeps_axes || !axes.contains(axis);
    let kept = cx.value_shape(&reduced)?;
    let target = (0..kept.len()).filter(is_kept).map(|axis| kept[axis]).collect();
    Ok(vec![cx.reshape_value(&reduced, target)?])
}

/// The reduced tensor, its axes kept with extent 1.
fn reduce_tensor(cx: &mut Context, axes: &[usize]) -> Result<TensorId, Refusal> {
    let input = cx.activation(0)?;
    match cx.node.operator.as_str() {
        "ReduceMean" => mean(cx, input, axes),
        "ReduceSum" => {
            let shape = cx.shape(input);
            let count: usize = axes.iter().map(|&axis| shape[axis]).product();
            let mean = mean(cx, input, axes)?;
            cx.binary_constant(Binary::Mul, mean, &Array::scalar(Data::Float(vec![count as f32])))
        }
        "ReduceMax" => max(cx, input, axes),
        _ => Err(Refusal::new("it is supported on constants only", "use ReduceMean, ReduceSum or ReduceMax")),
    }
}

fn mean(cx: &mut Context, input: TensorId, axes: &[usize]) -> Result<TensorId, Refusal> {
    let mut shape = cx.shape(input);
    axes.iter().for_each(|&axis| shape[axis] = 1);
    cx.emit(Op::Mean { axes: axes.to_vec() }, &[input], shape)
}

/// A maximum is a pooling over height, where the reduced axes lie, and width 1.
fn max(cx: &mut Context, input: TensorId, axes: &[usize]) -> Result<TensorId, Refusal> {
    let shape = cx.shape(input);
    let rank = shape.len();
    // An untouched batch stays in front, so that reducing height and width takes the same transposes as a pooling.
    let batch = usize::from(rank > 0 && !axes.contains(&0) && shape[0] == 1);
    let others = (batch..rank).filter(|axis| !axes.contains(axis));
    let order: Vec<usize> = (0..batch).chain(axes.iter().copied()).chain(others).collect();
    let back: Vec<usize> = (0..rank).map(|axis| order.iter().position(|&from| from == axis).unwrap_or(axis)).collect();
    let moved = cx.transpose(input, &order)?;
    let mut moved_shape = cx.shape(moved);
    let reduced = moved_shape.get(batch..batch + axes.len()).unwrap_or_default();
    let filter = match *reduced {
        [height, width] => [height, width],
        _ => [reduced.iter().product(), 1],
    };
    let channels: usize = moved_shape.iter().skip(batch + axes.len()).product();
    let nhwc = cx.reshape(moved, vec![1, filter[0], filter[1], channels])?;
    let op = Op::Pool(Pool { kind: PoolKind::Max, window: whole(filter), count_include_pad: false });
    let pooled = cx.emit(op, &[nhwc], vec![1, 1, 1, channels])?;
    moved_shape.iter_mut().skip(batch).take(axes.len()).for_each(|extent| *extent = 1);
    let reshaped = cx.reshape(pooled, moved_shape)?;
    cx.transpose(reshaped, &back)
}
