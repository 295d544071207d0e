//! Pad with a constant; negative amounts crop.

use crate::graph::float::{Op, TensorId};

use super::super::context::{Context, Converted, Refusal, axis_of};

/// Elements added before and after every axis; removed where negative.
struct Amounts {
    before: Vec<i64>,
    after: Vec<i64>,
}

pub(super) fn pad(cx: &mut Context) -> Converted {
    let input = cx.activation(0)?;
    let rank = cx.shape(input).len();
    let amounts = amounts(cx, rank)?;
    match cx.text("mode", "constant")?.as_str() {
        "constant" => {
            let value = value(cx)?;
            let cropped = crop(cx, input, &amounts)?;
            super::one(add_elements(cx, cropped, &amounts, value)?)
        }
        mode @ ("reflect" | "edge" | "wrap") => {
            Err(Refusal::new(format!("mode `{mode}` is not supported"), "pad with a constant"))
        }
        mode => Err(Refusal::form(format!("mode `{mode}` is not known"))),
    }
}

/// Largest amount along one axis.
const AMOUNT_MAX: i64 = 1 << 24;

fn amounts(cx: &mut Context, rank: usize) -> Result<Amounts, Refusal> {
    let pads = cx.ints_attribute_or_input("pads", 1)?.ok_or_else(|| Refusal::form("its amounts are missing"))?;
    let axes: Vec<usize> = match cx.optional_ints(3, "axes")? {
        Some(axes) => axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() || pads.iter().any(|amount| !(-AMOUNT_MAX..=AMOUNT_MAX).contains(amount)) {
        return Err(Refusal::form(format!("the amounts {pads:?} do not fit {} axes", axes.len())));
    }
    let mut amounts = Amounts { before: vec![0; rank], after: vec![0; rank] };
    let (before, after) = pads.split_at(axes.len());
    for ((&axis, &first), &last) in axes.iter().zip(before).zip(after) {
        amounts.before[axis] = first;
        amounts.after[axis] = last;
    }
    Ok(amounts)
}

fn value(cx: &mut Context) -> Result<f32, Refusal> {
    let attribute = cx.float("value", 0.0)?;
    match cx.optional_constant(2, "value")? {
        None => Ok(attribute),
        Some(array) => array.single_f32().ok_or_else(|| Refusal::form("its value is not a single number")),
    }
}

fn crop(cx: &mut Context, input: TensorId, amounts: &Amounts) -> Result<TensorId, Refusal> {
    let shape = cx.shape(input);
    let removed = |amount: i64| usize::try_from(-amount).unwrap_or(0);
    let mut start = Vec::new();
    let mut kept = Vec::new();
    for ((&extent, &before), &after) in shape.iter().zip(&amounts.before).zip(&amounts.after) {
        let (first, last) = (removed(before), removed(after));
        start.push(first);
        kept.push(extent.saturating_sub(first).saturating_sub(last));
    }
    if kept == shape {
        return Ok(input);
    }
    let step = vec![1; shape.len()];
    cx.emit(Op::Slice { start, step }, &[input], kept)
}

fn add_elements(cx: &mut Context, input: TensorId, amounts: &Amounts, value: f32) -> Result<TensorId, Refusal> {
    let added =
        |amounts: &[i64]| amounts.iter().map(|&amount| usize::try_from(amount).unwrap_or(0)).collect::<Vec<_>>();
    let (before, after) = (added(&amounts.before), added(&amounts.after));
    if before.iter().chain(&after).all(|&amount| amount == 0) {
        return Ok(input);
    }
    let shape = cx.shape(input).iter().zip(before.iter().zip(&after)).map(|(&extent, (b, a))| extent + b + a).collect();
    cx.emit(Op::Pad { before, after, value }, &[input], shape)
}
