//! The portable reader of packed rows: the arithmetic of the DSP kernels, step for step, on any core.

use super::band;
use super::patch::{PatchWriter, Position, Staging, copy_inside};
use super::rows::{self, CHUNK, CHUNK_BYTES, QUAD};
use crate::chunks::chunks;
use crate::shape::copy;
use crate::{Conv2d, Dense, InOut, Requant};

/// [`Conv2d`] on packed weights. A patch is staged before its pixel is written, which may lie where the input does.
pub(crate) fn conv2d(conv: &Conv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    let depth = super::conv2d_depth(conv);
    let patch = scratch.get_mut(..depth).unwrap_or_default();
    each_pixel(conv, tensors, patch, |patch, pixel| multiply(patch, conv.weights, &conv.requant, pixel));
}

/// Calls `multiply` with the patch and the output of one pixel after the other.
fn each_pixel(conv: &Conv2d, tensors: &mut InOut, patch: &mut [i8], mut multiply: impl FnMut(&[i8], &mut [i8])) {
    let channels = conv.output_shape[3];
    let (mut position, mut pixel, end) = (Position::default(), 0usize, tensors.output().len());
    while pixel < end && channels > 0 {
        gather(conv, tensors.input(), position, patch);
        multiply(patch, tensors.output_part(pixel, channels));
        position = position.next(conv.output_shape);
        pixel = pixel.wrapping_add(channels);
    }
}

/// [`Conv2d`] on the weights of [`band`].
pub(crate) fn conv2d_band(conv: &Conv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    let depth = super::conv2d_depth(conv);
    let Some((patch, ordered)) = scratch.split_at_mut_checked(depth) else { return };
    let ordered = ordered.get_mut(..depth).unwrap_or_default();
    each_pixel(conv, tensors, patch, |patch, pixel| {
        band::reorder(patch, conv.input_shape[3], ordered);
        multiply(ordered, conv.weights, &conv.requant, pixel);
    });
}

/// The patch at `position`.
fn gather(conv: &Conv2d, input: &[i8], position: Position, patch: &mut [i8]) {
    let (inside, depth) = (position.taps(conv), patch.len());
    let mut staging = Staging(patch);
    if inside.taps() < conv.window.taps() {
        staging.fill(0, depth, conv.input_zero_point);
    }
    copy_inside(conv, input, position, &inside, &mut staging);
}

/// [`Dense`] on packed weights.
pub(crate) fn dense(dense: &Dense, tensors: &mut InOut, scratch: &mut [i8]) {
    let (features, outputs) = (dense.input_features, dense.output_features);
    if !dense.is_staged(scratch.len()) {
        if let Some((input, output)) = tensors.apart() {
            multiply(input, dense.weights, &dense.requant, output);
        }
        return;
    }
    let patch = scratch.get_mut(..features).unwrap_or_default();
    let (mut from, mut to) = (0usize, 0usize);
    for _ in 0..dense.rows {
        copy(tensors.input().get(from..).unwrap_or_default(), patch);
        multiply(patch, dense.weights, &dense.requant, tensors.output_part(to, outputs));
        (from, to) = (from.wrapping_add(features), to.wrapping_add(outputs));
    }
}

/// All rows times one patch.
#[inline(never)]
fn multiply(patch: &[i8], weights: &[i8], requant: &Requant, output: &mut [i8]) {
    let quads = chunks(weights, rows::padded(patch.len()).wrapping_mul(QUAD)).zip(output.chunks_mut(QUAD));
    for (index, (quad, output)) in quads.enumerate() {
        let sums = quad_sums(patch, quad);
        for (row, (output, sum)) in output.iter_mut().zip(sums).enumerate() {
            *output = requant.apply(index * QUAD + row, sum);
        }
    }
}

/// The four rows' sums, without bias.
fn quad_sums(patch: &[i8], quad: &[i8]) -> [i32; QUAD] {
    let (mut total, mut low) = ([0i32; QUAD], [0i32; QUAD]);
    let (inputs, rest) = patch.as_chunks::<CHUNK>();
    let mut last = [0; CHUNK];
    for (last, &input) in last.iter_mut().zip(rest) {
        *last = input;
    }
    let (weights, _) = quad.as_chunks::<CHUNK_BYTES>();
    for (inputs, weights) in inputs.iter().chain([&last]).zip(weights) {
        accumulate(inputs, &rows::halves(weights), &mut total, &mut low);
    }
    let [total_0, total_1] = [total[0].wrapping_add(total[2]), total[1].wrapping_add(total[3])];
    let [low_0, low_1] = [low[0].wrapping_add(low[2]), low[1].wrapping_add(low[3])];
    [low_0, total_0.wrapping_sub(low_0) >> 8, low_1, total_1.wrapping_sub(low_1) >> 8]
}

/// Adds one chunk's products, word by word; written so that it becomes `pmaddwd` and its like on the host.
#[inline(always)]
fn accumulate(inputs: &[i8; CHUNK], halves: &[i16; 8], total: &mut [i32; 4], low: &mut [i32; 4]) {
    let [x0, x1, x2, x3] = inputs.map(i32::from);
    let inputs = [x0, x2, x0, x2, x1, x3, x1, x3];
    for word in 0..4 {
        let [first, second] = [2 * word, 2 * word + 1];
        let sum = i32::from(halves[first]) * inputs[first] + i32::from(halves[second]) * inputs[second];
        total[word] = total[word].wrapping_add(sum);
        let low_half = |half: i16| i32::from(half as i8);
        let sum = low_half(halves[first]) * inputs[first] + low_half(halves[second]) * inputs[second];
        low[word] = low[word].wrapping_add(sum);
    }
}
