//! Elementwise kernels, in place and not.

use core::cell::Cell;

use peacrab_kernels::{Add, Lut, Mul, PRelu, Shape};

use super::{Outcome, accepted, compare};
use crate::rng::Rng;
use crate::{Workspace, draw, reference};

/// An output shape and two operands that broadcast to it, the first of which has the output's shape.
fn shapes(case: u32, rng: &mut Rng) -> [Shape; 3] {
    let output = [rng.within(1, 2), rng.within(1, 6), rng.within(1, 6), 1 + case as usize % 33];
    let is_same = rng.one_in(2);
    let other = output.map(|extent| if is_same || rng.one_in(2) { extent } else { 1 });
    if rng.one_in(2) { [output, other, output] } else { [other, output, output] }
}

fn cells(data: &mut [i8]) -> &[Cell<i8>] {
    Cell::from_mut(data).as_slice_of_cells()
}

/// Runs a kernel of two operands into its own output, which must be what is expected, then in place of an operand of the output's shape,
/// which must give the same.
fn run_binary(
    [a_shape, b_shape, output_shape]: [Shape; 3],
    rng: &mut Rng,
    workspace: &mut Workspace,
    run: impl Fn(&[Cell<i8>], &[Cell<i8>], &[Cell<i8>]),
    expected: impl Fn(&[i8], &[i8], usize) -> i8,
) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let a = draw::data(rng, &mut bytes, a_shape.iter().product())?;
    let b = draw::data(rng, &mut bytes, b_shape.iter().product())?;
    let output = draw::take(&mut bytes, output_shape.iter().product())?;
    run(cells(a), cells(b), cells(output));
    let outcome = compare(output, |at| expected(a, b, at));
    let (a_cells, b_cells) = (cells(a), cells(b));
    let in_place = if a_shape == output_shape { a_cells } else { b_cells };
    run(a_cells, b_cells, in_place);
    let in_place = if a_shape == output_shape { &*a } else { &*b };
    Some(outcome.and_then(|_| compare(in_place, |at| output[at])))
}

pub(super) fn add(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let [a_shape, b_shape, output_shape] = shapes(case, rng);
    let shift = rng.within(0, 31) as u32;
    let scale = (1i64 << shift).min(1 << 22) as i32;
    let multipliers = if rng.one_in(8) { [i32::MIN, i32::MAX] } else { [rng.i32() % scale, rng.i32() % scale] };
    let bias = if rng.one_in(8) { i32::MAX } else { rng.i32() >> rng.within(0, 31) };
    let [activation_min, activation_max] = draw::activation(rng);
    let kernel = Add { a_shape, b_shape, output_shape, multipliers, bias, shift, activation_min, activation_max };
    accepted(kernel.is_valid())?;
    let run = |a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>]| kernel.run(a, b, output);
    run_binary([a_shape, b_shape, output_shape], rng, workspace, run, |a, b, at| reference::add(&kernel, a, b, at))
        .unwrap_or(Ok(None))
}

pub(super) fn lut(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_lut(case, rng, workspace).unwrap_or(Ok(None))
}

fn run_lut(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let table = core::array::from_fn(|_| rng.i8());
    let kernel = Lut { table: &table };
    let input = draw::data(rng, &mut bytes, 1 + 37 * case as usize)?;
    let output = draw::take(&mut bytes, input.len())?;
    kernel.run(cells(input), cells(output));
    let outcome = compare(output, |at| reference::lut(&kernel, input[at]));
    let in_place = cells(input);
    kernel.run(in_place, in_place);
    Some(outcome.and_then(|_| compare(input, |at| output[at])))
}

pub(super) fn mul(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let [a_shape, b_shape, output_shape] = shapes(case, rng);
    let pre_shift = rng.pick(&[0, 0, 0, 1, 15, 31]);
    let multiplier = if rng.one_in(8) { i32::MAX } else { rng.within(0, (1 << 27) >> pre_shift) as i32 };
    let [activation_min, activation_max] = draw::activation(rng);
    let kernel = Mul {
        a_shape,
        b_shape,
        output_shape,
        zero_points: [draw::zero_point(rng), draw::zero_point(rng)],
        multiplier,
        pre_shift,
        output_zero_point: draw::zero_point(rng),
        activation_min,
        activation_max,
    };
    accepted(kernel.is_valid())?;
    let run = |a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>]| kernel.run(a, b, output);
    run_binary([a_shape, b_shape, output_shape], rng, workspace, run, |a, b, at| reference::mul(&kernel, a, b, at))
        .unwrap_or(Ok(None))
}

pub(super) fn prelu(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_prelu(case, rng, workspace).unwrap_or(Ok(None))
}

fn run_prelu(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let shape = [1, rng.within(1, 4), rng.within(1, 4), 1 + case as usize % 33];
    let shift = rng.within(0, 31) as u32;
    let scale = if rng.one_in(8) { i32::MAX } else { (1i64 << shift).min(1 << 22) as i32 };
    let negative_multipliers = draw::take(&mut words, shape[3])?;
    negative_multipliers.fill_with(|| rng.i32() % scale);
    let kernel = PRelu {
        shape,
        input_zero_point: draw::zero_point(rng),
        positive_multiplier: rng.i32() % scale,
        negative_multipliers,
        bias: rng.i32() >> rng.within(0, 31),
        shift,
    };
    let input = draw::data(rng, &mut bytes, shape.iter().product())?;
    let output = draw::take(&mut bytes, input.len())?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(cells(input), cells(output));
        let outcome = compare(output, |at| reference::prelu(&kernel, input, at));
        let in_place = cells(input);
        kernel.run(in_place, in_place);
        outcome.and_then(|_| compare(input, |at| output[at]))
    }))
}
