//! Kernels that work on rows.

use peacrab_kernels::{Dense, LogSoftmax, Norm, Normalize, Softmax, WeightLayout, packed};

use super::{Outcome, accepted, compare};
use crate::draw::{Places, WeightRange};
use crate::rng::Rng;
use crate::{Workspace, draw, reference};

pub(super) fn dense(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_dense(case, WeightLayout::Plain, Places::Apart, WeightRange::Full, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn dense_symmetric(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_dense(case, WeightLayout::Plain, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn dense_packed(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_dense(case, WeightLayout::Packed, Places::Apart, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

pub(super) fn dense_overlapping(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_dense(case, WeightLayout::Packed, Places::Overlapping, WeightRange::Symmetric, rng, workspace)
        .unwrap_or(Ok(None))
}

/// Eight rows at a time.
pub(super) fn dense_chains(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let places = rng.pick(&[Places::Apart, Places::Overlapping]);
    run_dense(case, WeightLayout::PackedChains, places, WeightRange::Symmetric, rng, workspace).unwrap_or(Ok(None))
}

fn run_dense(
    case: u32,
    layout: WeightLayout,
    places: Places,
    range: WeightRange,
    rng: &mut Rng,
    workspace: &mut Workspace,
) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let rows = if layout == WeightLayout::PackedChains { 1 } else { rng.pick(&[1, 1, 2, 5]) };
    let swept = 1 + case as usize % 33;
    let [input_features, output_features] = match layout {
        // Sums nearly as large as they may be.
        WeightLayout::PackedChains if rng.one_in(4) => [rng.within(430, 470), packed::chains::OCTET],
        WeightLayout::PackedChains => [3 * swept, packed::chains::OCTET * rng.within(1, 4)],
        _ if (case / 33).is_multiple_of(2) => [swept, rng.within(1, 33)],
        // Packed weights lie in memory twice.
        WeightLayout::Packed => [rng.within(1, 100), swept],
        _ => [rng.within(1, 130), swept],
    };
    let input = draw::data(rng, &mut bytes, rows * input_features)?;
    let plain = draw::weights(rng, &mut bytes, output_features, input_features, range)?;
    let weights = draw::packed_rows(&mut bytes, plain, output_features, input_features, layout)?;
    let requant = draw::requant(rng, &mut words, output_features, input_features)?;
    let kernel = Dense { rows, input_features, output_features, weights, layout, requant };
    let count = rows * output_features;
    let scratch_bytes = kernel.useful_scratch_bytes(draw::budget(rng));
    let mut tensors = draw::tensors(rng, &mut bytes, (places, kernel.overlap(scratch_bytes)), input, count)?;
    let scratch = draw::scratch(&mut bytes, scratch_bytes)?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run_overlapping(&mut tensors, scratch);
        compare(tensors.output(), |at| reference::dense(&kernel, plain, input, at))
    }))
}

pub(super) fn softmax(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_softmax(case, rng, workspace).unwrap_or(Ok(None))
}

fn run_softmax(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let (rows, features) = (rng.within(1, 3), 1 + case as usize);
    let input = draw::data(rng, &mut bytes, rows * features)?;
    let output = draw::take(&mut bytes, rows * features)?;
    let exponentials = exponentials(rng);
    let kernel = Softmax { rows, features, exponentials: &exponentials };
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output);
        compare(output, |at| reference::softmax(&kernel, input, at))
    }))
}

/// Falling powers of a random base, from a random start of at most 2^23.
fn exponentials(rng: &mut Rng) -> [u32; 256] {
    let base = rng.within(1, 255) as u64;
    let mut next = 1u64 << rng.within(0, 23);
    core::array::from_fn(|_| {
        let entry = next as u32;
        next = next * base / 256;
        entry
    })
}

pub(super) fn log_softmax(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_log_softmax(case, rng, workspace).unwrap_or(Ok(None))
}

fn run_log_softmax(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let (rows, features) = (rng.within(1, 3), 1 + case as usize);
    let input = draw::data(rng, &mut bytes, rows * features)?;
    let output = draw::take(&mut bytes, rows * features)?;
    let is_saturating = rng.one_in(8);
    let exponentials = if is_saturating { [3 << 30; 256] } else { exponentials(rng) };
    let logarithms = logarithms(rng);
    let shift = rng.within(0, 31) as u32;
    let scale = (1i64 << shift).min(1 << 21) as i32;
    let kernel = LogSoftmax {
        rows,
        features,
        exponentials: &exponentials,
        one_bits: rng.within(8, 31) as u32,
        logarithms: &logarithms,
        multipliers: [rng.i32() % scale, rng.i32() % scale],
        bias: rng.i32() >> rng.within(0, 31),
        shift,
    };
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output);
        compare(output, |at| reference::log_softmax(&kernel, input, at))
    }))
}

/// An ascending table: not always that of the logarithm, to see every step up to the largest allowed.
fn logarithms(rng: &mut Rng) -> [u32; 257] {
    let step_max = rng.pick(&[4, 8, 255]);
    let mut next = 0;
    core::array::from_fn(|_| {
        let entry = next;
        next += rng.within(0, step_max) as u32;
        entry
    })
}

pub(super) fn normalize(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_normalize(case, rng, workspace).unwrap_or(Ok(None))
}

fn run_normalize(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let (rows, features) = (rng.within(1, 5), 1 + case as usize % 17);
    let input = draw::data(rng, &mut bytes, rows * features)?;
    let output = draw::take(&mut bytes, rows * features)?;
    let norm = rng.pick(&[Norm::L1, Norm::L2, Norm::Max]);
    let kernel = Normalize { rows, features, input_zero_point: draw::zero_point(rng), norm };
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output);
        compare(output, |at| reference::normalize(&kernel, input, at))
    }))
}
