//! What is known at import: constants, shapes, and arithmetic on them.

use std::sync::Arc;

use super::super::array::{Array, COMPUTED_ELEMENTS_MAX, Data, broadcast_shapes, computed_count, element_count};
use super::super::context::{Context, Converted, Refusal, Value, axis_of};

pub(super) fn known(array: Array) -> Converted {
    Ok(vec![Value::Constant(Arc::new(array))])
}

fn too_large() -> Refusal {
    Refusal::form("it describes a constant that is too large")
}

/// Constant, in all its attribute forms.
pub(super) fn constant(cx: &mut Context) -> Converted {
    let names = ["value", "value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings"];
    let value = names.iter().find_map(|name| cx.array_attribute(name));
    value.map(|array| vec![Value::Constant(array)]).ok_or_else(|| Refusal::form("it has no value that can be read"))
}

pub(super) fn constant_of_shape(cx: &mut Context) -> Converted {
    let extents = cx.constant(0, "shape")?.to_i64().unwrap_or_default();
    let shape: Option<Vec<usize>> = extents.iter().map(|&extent| usize::try_from(extent).ok()).collect();
    let count = shape.as_deref().and_then(computed_count);
    let (Some(shape), Some(_)) = (shape, count) else { return Err(too_large()) };
    let value = cx.array_attribute("value").unwrap_or_else(|| Arc::new(Array::scalar(Data::Float(vec![0.0]))));
    let single = Array { shape: Vec::new(), data: value.data.clone() };
    known(single.broadcast_to(&shape).ok_or_else(|| Refusal::form("its value has more than one element"))?)
}

/// Range of integers or floats.
pub(super) fn range(cx: &mut Context) -> Converted {
    let [start, limit, delta] = [cx.constant(0, "start")?, cx.constant(1, "limit")?, cx.constant(2, "delta")?];
    let single =
        |array: &Array| array.single_f32().map(f64::from).ok_or_else(|| Refusal::form("a bound is not a number"));
    let (first, last, step) = (single(&start)?, single(&limit)?, single(&delta)?);
    let count = ((last - first) / step).ceil().max(0.0);
    // Also refuses a step of 0, where the count is not finite.
    if !count.is_finite() || count > COMPUTED_ELEMENTS_MAX as f64 {
        return Err(too_large());
    }
    let values = (0..count as usize).map(|index| first + index as f64 * step);
    known(if start.is_float() {
        Array::floats(values.map(|value| value as f32).collect())
    } else {
        Array::ints(values.map(|value| value as i64).collect())
    })
}

/// Shape, with the range of axes that opset 15 added.
pub(super) fn shape(cx: &mut Context) -> Converted {
    let shape = cx.value_shape(&cx.input(0)?)?;
    let rank = shape.len() as i64;
    let clamp = |bound: i64| if bound < 0 { bound.saturating_add(rank) } else { bound }.clamp(0, rank) as usize;
    let (start, end) = (clamp(cx.int("start", 0)?), clamp(cx.int("end", rank)?));
    let extents = shape.get(start..end).unwrap_or_default();
    known(Array::ints(extents.iter().map(|&extent| extent as i64).collect()))
}

pub(super) fn size(cx: &mut Context) -> Converted {
    let shape = cx.value_shape(&cx.input(0)?)?;
    let count = element_count(&shape).ok_or_else(too_large)?;
    known(Array::scalar(Data::Int(vec![count as i64])))
}

/// A function of one element, on a constant.
pub(super) fn unary(cx: &mut Context) -> Converted {
    let input = constant_operand(cx, 0)?;
    let operator = cx.node.operator.as_str();
    let data =
        match &input.data {
            Data::Int(values) => {
                Data::Int(values.iter().map(|&x| unary_int(operator, x)).collect::<Option<_>>().ok_or_else(|| {
                    Refusal::form(format!("{operator} of an integer constant is not computed at import"))
                })?)
            }
            Data::Float(values) => Data::Float(values.iter().map(|&x| unary_float(operator, x)).collect()),
            Data::Text(_) => return Err(Refusal::form("its input is not numeric")),
        };
    known(Array { shape: input.shape.clone(), data })
}

fn unary_int(operator: &str, x: i64) -> Option<i64> {
    match operator {
        "Neg" => Some(x.wrapping_neg()),
        "Abs" => Some(x.wrapping_abs()),
        "Not" => Some(i64::from(x == 0)),
        "Floor" | "Ceil" | "Round" => Some(x),
        _ => None,
    }
}

fn unary_float(operator: &str, x: f32) -> f32 {
    match operator {
        "Neg" => -x,
        "Abs" => x.abs(),
        "Floor" => x.floor(),
        "Ceil" => x.ceil(),
        "Round" => x.round_ties_even(),
        "Sqrt" => x.sqrt(),
        "Exp" => x.exp(),
        "Log" => x.ln(),
        "Reciprocal" => 1.0 / x,
        _ => f32::from(x == 0.0),
    }
}

/// Arithmetic and comparisons of two constants.
pub(super) fn binary(cx: &mut Context) -> Converted {
    // `fmod` only changes the sign of a remainder of negative numbers; the operator's result follows C then.
    let follows_c = cx.int("fmod", 0)? != 0;
    let mut result = constant_operand(cx, 0)?;
    for index in 1..cx.inputs.len().max(2) {
        let other = constant_operand(cx, index)?;
        let operator = Operator { name: &cx.node.operator, follows_c };
        result = Arc::new(combine(operator, &result, &other)?);
    }
    Ok(vec![Value::Constant(result)])
}

/// An input that must be known, because the operator exists only at import.
fn constant_operand(cx: &Context, index: usize) -> Result<Arc<Array>, Refusal> {
    match cx.input(index)? {
        Value::Constant(array) => Ok(array),
        _ => Err(Refusal::new(
            "it is supported on constants only, and this one is computed at run time",
            "replace it by an operator of docs/operators.md, or compute it on the host",
        )),
    }
}

#[derive(Clone, Copy)]
struct Operator<'a> {
    name: &'a str,
    follows_c: bool,
}

fn combine(operator: Operator, a: &Array, b: &Array) -> Result<Array, Refusal> {
    let mismatch = || Refusal::form(format!("shapes {:?} and {:?} do not broadcast", a.shape, b.shape));
    let shape = broadcast_shapes(&a.shape, &b.shape).ok_or_else(mismatch)?;
    element_count(&shape).filter(|&count| count <= COMPUTED_ELEMENTS_MAX.max(a.data.len())).ok_or_else(too_large)?;
    let (a, b) = (a.broadcast_to(&shape).ok_or_else(mismatch)?, b.broadcast_to(&shape).ok_or_else(mismatch)?);
    let undefined = || Refusal::form("it divides by zero, overflows, or is not defined on these constants");
    let data = match (&a.data, &b.data) {
        (Data::Int(a), Data::Int(b)) => {
            let values = a.iter().zip(b).map(|(&a, &b)| binary_int(operator, a, b)).collect::<Option<_>>();
            Data::Int(values.ok_or_else(undefined)?)
        }
        _ => {
            let (a, b) = (a.to_f32().ok_or_else(undefined)?, b.to_f32().ok_or_else(undefined)?);
            floats(operator, &a, &b).ok_or_else(undefined)?
        }
    };
    Ok(Array { shape, data })
}

fn binary_int(operator: Operator, a: i64, b: i64) -> Option<i64> {
    match operator.name {
        "Add" => a.checked_add(b),
        "Sub" => a.checked_sub(b),
        "Mul" => a.checked_mul(b),
        // Division of integers truncates.
        "Div" => a.checked_div(b),
        "Mod" if operator.follows_c => a.checked_rem(b),
        "Mod" => a.checked_rem(b).map(|r| if r != 0 && (r < 0) != (b < 0) { r + b } else { r }),
        "Pow" => u32::try_from(b).ok().and_then(|exponent| a.checked_pow(exponent)),
        "Max" => Some(a.max(b)),
        "Min" => Some(a.min(b)),
        name => compare(name, a, b).map(i64::from),
    }
}

fn floats(operator: Operator, a: &[f32], b: &[f32]) -> Option<Data> {
    let function: fn(f32, f32) -> f32 = match operator.name {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" => |a, b| a / b,
        "Mod" => |a, b| a % b,
        "Pow" => f32::powf,
        "Max" => f32::max,
        "Min" => f32::min,
        name => {
            let values = a.iter().zip(b).map(|(&a, &b)| compare(name, a, b).map(i64::from));
            return values.collect::<Option<_>>().map(Data::Int);
        }
    };
    Some(Data::Float(a.iter().zip(b).map(|(&a, &b)| function(a, b)).collect()))
}

fn compare<T: PartialOrd + Default>(operator: &str, a: T, b: T) -> Option<bool> {
    let is_true = |x: &T| *x != T::default();
    match operator {
        "Equal" => Some(a == b),
        "Greater" => Some(a > b),
        "GreaterOrEqual" => Some(a >= b),
        "Less" => Some(a < b),
        "LessOrEqual" => Some(a <= b),
        "And" => Some(is_true(&a) && is_true(&b)),
        "Or" => Some(is_true(&a) || is_true(&b)),
        _ => None,
    }
}

/// Where, on constants.
pub(super) fn select_where(cx: &mut Context) -> Converted {
    let [condition, a, b] = [constant_operand(cx, 0)?, constant_operand(cx, 1)?, constant_operand(cx, 2)?];
    let mismatch = || Refusal::form("its shapes do not broadcast");
    let shape = broadcast_shapes(&a.shape, &b.shape).and_then(|shape| broadcast_shapes(&shape, &condition.shape));
    let shape = shape.ok_or_else(mismatch)?;
    computed_count(&shape).ok_or_else(too_large)?;
    let spread = |array: &Array| array.broadcast_to(&shape).ok_or_else(mismatch);
    let (condition, a, b) = (spread(&condition)?, spread(&a)?, spread(&b)?);
    let chosen = condition.to_i64().ok_or_else(mismatch)?;
    let data = match (&a.data, &b.data) {
        (Data::Int(a), Data::Int(b)) => Data::Int(pick(&chosen, a, b)),
        (Data::Float(a), Data::Float(b)) => Data::Float(pick(&chosen, a, b)),
        _ => return Err(Refusal::form("its operands have different types")),
    };
    known(Array { shape, data })
}

fn pick<T: Copy>(chosen: &[i64], a: &[T], b: &[T]) -> Vec<T> {
    chosen.iter().zip(a.iter().zip(b)).map(|(&first, (&a, &b))| if first != 0 { a } else { b }).collect()
}

/// One axis of a constant reduced to extent 1 at a time, in f64 or i64.
pub(super) fn reduce(operator: &str, array: &Array, axes: &[usize]) -> Option<Array> {
    let mut result = array.clone();
    for &axis in axes {
        let extent = result.shape[axis];
        let inner: usize = result.shape[axis + 1..].iter().product();
        let outer: usize = result.shape[..axis].iter().product();
        let lane = |start: usize| (0..extent).map(move |k| start + k * inner);
        let starts = (0..outer).flat_map(|o| (0..inner).map(move |i| o * extent * inner + i));
        let data = match &result.data {
            Data::Int(values) => Data::Int(
                starts.map(|start| reduce_ints(operator, lane(start).map(|i| values[i]))).collect::<Option<_>>()?,
            ),
            Data::Float(values) => {
                let floats =
                    starts.map(|start| reduce_floats(operator, lane(start).map(|i| f64::from(values[i])), extent));
                Data::Float(floats.collect())
            }
            Data::Text(_) => return None,
        };
        result.shape[axis] = 1;
        result.data = data;
    }
    Some(result)
}

fn reduce_ints(operator: &str, mut values: impl Iterator<Item = i64>) -> Option<i64> {
    match operator {
        "ReduceSum" => values.try_fold(0_i64, i64::checked_add),
        "ReduceProd" => values.try_fold(1_i64, i64::checked_mul),
        "ReduceMax" => values.max(),
        "ReduceMin" => values.min(),
        _ => None,
    }
}

fn reduce_floats(operator: &str, values: impl Iterator<Item = f64>, count: usize) -> f32 {
    let value = match operator {
        "ReduceSum" => values.sum(),
        "ReduceProd" => values.product(),
        "ReduceMax" => values.fold(f64::NEG_INFINITY, f64::max),
        "ReduceMin" => values.fold(f64::INFINITY, f64::min),
        _ => values.sum::<f64>() / count as f64,
    };
    value as f32
}

/// An axis attribute.
pub(super) fn axis(cx: &mut Context, default: i64, rank: usize) -> Result<usize, Refusal> {
    axis_of(cx.int("axis", default)?, rank)
}
