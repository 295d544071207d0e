//! Maximum and mean over windows.

use peacrab_kernels::{AveragePool2d, MaxPool2d};

use super::{Outcome, accepted, compare};
use crate::rng::Rng;
use crate::{Workspace, draw, reference};

pub(super) fn max_pool2d(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let channels = 1 + case as usize % 33;
    let (input_shape, window, output_shape) = draw::window(rng, channels, channels, 4);
    let kernel = MaxPool2d { input_shape, output_shape, window };
    accepted(kernel.is_valid())?;
    run_max_pool2d(&kernel, rng, workspace).unwrap_or(Ok(None))
}

fn run_max_pool2d(kernel: &MaxPool2d, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let input = draw::data(rng, &mut bytes, kernel.input_shape.iter().product())?;
    let output = draw::take(&mut bytes, kernel.output_shape.iter().product())?;
    kernel.run(input, output);
    Some(compare(output, |at| reference::max_pool2d(kernel, input, at)))
}

pub(super) fn average_pool2d(case: u32, rng: &mut Rng, workspace: &mut Workspace) -> Outcome {
    let channels = 1 + case as usize % 33;
    let (input_shape, window, output_shape) = draw::window(rng, channels, channels, 4);
    let mut multipliers = [0; 16];
    let pre_shift = rng.pick(&[0, 1, 7, 31]);
    for (count, multiplier) in (1..).zip(&mut multipliers) {
        *multiplier = if rng.one_in(20) {
            i32::MAX
        } else {
            (u64::from(u32::MAX) / count).unbounded_shr(pre_shift.max(1)) as i32
        };
    }
    let taps = window.filter.iter().product::<usize>();
    let count = if rng.one_in(2) { 1 } else { taps };
    let (input_zero_point, output_zero_point) = (draw::zero_point(rng), draw::zero_point(rng));
    let multipliers = &multipliers[..count];
    let kernel = AveragePool2d {
        input_shape,
        output_shape,
        window,
        input_zero_point,
        output_zero_point,
        multipliers,
        pre_shift,
    };
    accepted(kernel.is_valid())?;
    run_average_pool2d(&kernel, rng, workspace).unwrap_or(Ok(None))
}

fn run_average_pool2d(kernel: &AveragePool2d, rng: &mut Rng, workspace: &mut Workspace) -> Option<Outcome> {
    let mut bytes = &mut *workspace.bytes;
    let input = draw::data(rng, &mut bytes, kernel.input_shape.iter().product())?;
    let output = draw::take(&mut bytes, kernel.output_shape.iter().product())?;
    kernel.run(input, output);
    Some(compare(output, |at| reference::average_pool2d(kernel, input, at)))
}
