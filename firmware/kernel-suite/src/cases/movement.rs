//! Kernels that only move elements.

use peacrab_kernels::{Concat, Resize, StridedCopy};

use super::{Outcome, accepted, compare};
use crate::rng::Rng;
use crate::{Workspace, draw, reference};

/// Small enough for three tensors around it to fit the workspace.
fn extents(rng: &mut Rng) -> [usize; 4] {
    [rng.within(1, 2), rng.within(1, 4), rng.within(1, 4), rng.within(1, 18)]
}

pub(super) fn concat(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_concat(case, rng, workspace).unwrap_or(Ok(None))
}

fn run_concat(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let input_shape = extents(rng);
    let axis = case as usize % 4;
    let start = rng.within(0, 4);
    let mut output_shape = input_shape;
    output_shape[axis] += start + rng.within(0, 4);
    let input = draw::data(rng, &mut bytes, input_shape.iter().product())?;
    let before = draw::data(rng, &mut bytes, output_shape.iter().product())?;
    let output = draw::take(&mut bytes, before.len())?;
    output.copy_from_slice(before);
    let kernel = Concat { input_shape, output_shape, axis, start };
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output);
        compare(output, |at| reference::concat(&kernel, input, at).unwrap_or(before[at]))
    }))
}

pub(super) fn strided_copy(_: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_strided_copy(rng, workspace).unwrap_or(Ok(None))
}

/// A copy between two shapes that hold `extent` at some place, the input's axes in any order, backwards or not.
fn run_strided_copy(rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let extent = extents(rng);
    let (input_len, input_start, input_step) = side(rng, extent);
    let (output_len, output_start, output_step) = side(rng, extent);
    let input = draw::data(rng, &mut bytes, input_len)?;
    let before = draw::data(rng, &mut bytes, output_len)?;
    let output = draw::take(&mut bytes, output_len)?;
    output.copy_from_slice(before);
    let fill = if rng.one_in(2) { Some(rng.i8()) } else { None };
    let kernel =
        StridedCopy { input_len, output_len, extent, input_start, input_step, output_start, output_step, fill };
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output);
        compare(output, |at| reference::strided_copy(&kernel, input, at).unwrap_or(before[at]))
    }))
}

/// Number of elements, first element and steps of a tensor that holds `extent`, with its axes in a random order of memory.
fn side(rng: &mut Rng, extent: [usize; 4]) -> (usize, usize, [i32; 4]) {
    let mut order = [3, 2, 1, 0];
    if rng.one_in(2) {
        order.swap(rng.within(0, 3), rng.within(0, 3));
    }
    let (mut len, mut start, mut step) = (1, 0, [0; 4]);
    for axis in order {
        let (before, after) = (rng.within(0, 1), rng.within(0, 1));
        let is_reversed = rng.one_in(5);
        let first = if is_reversed { before + extent[axis] - 1 } else { before };
        step[axis] = if is_reversed { -(len as i32) } else { len as i32 };
        start += first * len;
        len *= before + extent[axis] + after;
    }
    (len, start, step)
}

pub(super) fn resize(_: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_resize(rng, workspace).unwrap_or(Ok(None))
}

fn run_resize(rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let input_shape = extents(rng);
    let [batch, height, width, channels] = input_shape;
    let (mut rows, mut columns) = ([0; 9], [0; 9]);
    rows.fill_with(|| rng.within(0, height - 1) as u32);
    columns.fill_with(|| rng.within(0, width - 1) as u32);
    let (output_height, output_width) = (rng.within(1, 9), rng.within(1, 9));
    let output_shape = [batch, output_height, output_width, channels];
    let input = draw::data(rng, &mut bytes, input_shape.iter().product())?;
    let output = draw::take(&mut bytes, output_shape.iter().product())?;
    let kernel = Resize { input_shape, output_shape, rows: &rows[..output_height], columns: &columns[..output_width] };
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output);
        compare(output, |at| reference::resize(&kernel, input, at))
    }))
}
