//! Kernels that work on rows.

use peacrab_kernels::{Dense, Softmax, WeightLayout};

use super::{Outcome, accepted, compare};
use crate::rng::Rng;
use crate::{Workspace, draw, reference};

pub(super) fn dense(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    run_dense(case, rng, workspace).unwrap_or(Ok(None))
}

fn run_dense(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let (mut bytes, mut words) = (&mut *workspace.bytes, &mut *workspace.words);
    let rows = rng.pick(&[1, 1, 2, 5]);
    let swept = 1 + case as usize % 33;
    let (input_features, output_features) =
        if (case / 33).is_multiple_of(2) { (swept, rng.within(1, 33)) } else { (rng.within(1, 130), swept) };
    let input = draw::data(rng, &mut bytes, rows * input_features)?;
    let weights = draw::data(rng, &mut bytes, input_features * output_features)?;
    let output = draw::take(&mut bytes, rows * output_features)?;
    let requant = draw::requant(rng, &mut words, output_features, input_features)?;
    let kernel = Dense { rows, input_features, output_features, weights, layout: WeightLayout::Plain, requant };
    let scratch = draw::take(&mut bytes, kernel.scratch_bytes())?;
    Some(accepted(kernel.is_valid()).and_then(|()| {
        kernel.run(input, output, scratch);
        compare(output, |at| reference::dense(&kernel, weights, input, at))
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
