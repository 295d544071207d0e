//! The image runs its own sample, and reports once, after the last inference.

use peacrab_frames::Failure;
use peacrab_runtime::Session;

use crate::image::Sample;
use crate::{Stop, measure, telemetry};

/// Runs the sample as many times as the image says. Each inference gets its input anew: an inference may overwrite it.
///
/// # Errors
///
/// The sample does not fit the inputs, or an inference failed.
pub fn run(session: &mut Session<'_, '_, '_>, marks: &mut [u32], sample: &Sample) -> Result<(), Stop> {
    let mut total = 0u64;
    let mut last = 0;
    for _ in 0..sample.inferences {
        fill_inputs(session, sample.bytes).ok_or(Stop::new(Failure::SampleRefused))?;
        last = measure::invoke(session, marks)?;
        total = total.wrapping_add(last);
    }
    measure::report_operators(marks);
    telemetry::inference(sample.inferences.wrapping_sub(1), last);
    telemetry::total(sample.inferences, total);
    Ok(())
}

/// Copies the tensors out of `bytes`, which must fill them exactly.
fn fill_inputs(session: &mut Session<'_, '_, '_>, mut bytes: &[u8]) -> Option<()> {
    let mut index = 0usize;
    while let Some(input) = session.input_mut(index) {
        let (tensor, rest) = bytes.split_at_checked(input.len())?;
        bytemuck::cast_slice_mut(input).copy_from_slice(tensor);
        bytes = rest;
        index += 1;
    }
    bytes.is_empty().then_some(())
}
