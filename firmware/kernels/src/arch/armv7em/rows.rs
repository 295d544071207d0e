//! Packed convolution and dense layers: patches in, rows times patches out.

use core::slice::ChunksExact;

use super::expand::Lane;
use super::multiply::{Multiply, PairChunk, SingleChunk};
use super::saturate::clamp;
use super::words;
use crate::packed::rows::{CHUNK, padded};
use crate::packed::{PatchWriter, Staging, conv2d_depth, gather};
use crate::{Conv2d, Dense};

/// Packed [`Conv2d`] without pre-shift.
pub fn conv2d(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let depth = conv2d_depth(conv);
    let Some(multiply) = Multiply::new(conv.weights, depth, &conv.requant) else { return };
    if conv.window.is_pointwise() {
        let mut rows = Rows(input.chunks_exact(depth.max(1)));
        multiply_all(&multiply, &mut rows, depth, output, words(scratch));
    } else {
        let patches_bytes = padded(depth).wrapping_mul(4).min(scratch.len());
        let Some((patches, staging)) = scratch.split_at_mut_checked(patches_bytes) else { return };
        let mut positions = Positions { conv, input, staging, next: [0; 3] };
        multiply_all(&multiply, &mut positions, depth, output, words(patches));
    }
    clamp(&conv.requant, output);
}

/// Packed [`Dense`] without pre-shift.
pub fn dense(dense: &Dense, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let depth = dense.input_features;
    let Some(multiply) = Multiply::new(dense.weights, depth, &dense.requant) else { return };
    let mut rows = Rows(input.chunks_exact(depth.max(1)));
    multiply_all(&multiply, &mut rows, depth, output, words(scratch));
    clamp(&dense.requant, output);
}

/// Where patches come from.
trait Patches {
    /// Hands over the next output pixel's patch.
    fn next(&mut self, patch: &mut impl PatchWriter);
}

/// Patches that lie in the input one after the other.
struct Rows<'a>(ChunksExact<'a, i8>);

impl Patches for Rows<'_> {
    #[inline(always)]
    fn next(&mut self, patch: &mut impl PatchWriter) {
        patch.copy(0, self.0.next().unwrap_or_default());
    }
}

/// Patches of a convolution, in the order of its output.
struct Positions<'a> {
    conv: &'a Conv2d<'a>,
    input: &'a [i8],
    staging: &'a mut [i8],
    next: [usize; 3],
}

impl Patches for Positions<'_> {
    fn next(&mut self, patch: &mut impl PatchWriter) {
        if self.conv.input_shape[3].is_multiple_of(CHUNK) {
            gather(self.conv, self.input, self.next, patch);
        } else {
            let depth = conv2d_depth(self.conv);
            let staging = self.staging.get_mut(..depth).unwrap_or_default();
            gather(self.conv, self.input, self.next, &mut Staging(staging));
            patch.copy(0, staging);
        }
        self.advance();
    }
}

impl Positions<'_> {
    fn advance(&mut self) {
        let [_, height, width, _] = self.conv.output_shape;
        let [n, y, x] = self.next;
        self.next = if x + 1 < width {
            [n, y, x + 1]
        } else if y + 1 < height {
            [n, y + 1, 0]
        } else {
            [n + 1, 0, 0]
        };
    }
}

/// Every patch times the weights, two at a time; `words` has a word for every element of the padded depth.
fn multiply_all(multiply: &Multiply, patches: &mut impl Patches, depth: usize, output: &mut [i8], words: &mut [u32]) {
    const PAIR: usize = size_of::<PairChunk>() / 4;
    const SINGLE: usize = size_of::<SingleChunk>() / 4;
    let channels = multiply.channels().max(1);
    let chunk_count = padded(depth) / CHUNK;
    let mut pairs = output.chunks_exact_mut(channels.wrapping_mul(2).max(1));
    for output in pairs.by_ref() {
        let (chunks, _) = words.as_chunks_mut::<PAIR>();
        let chunks = chunks.get_mut(..chunk_count).unwrap_or_default();
        patches.next(&mut Lane::<PAIR, 0>(chunks));
        patches.next(&mut Lane::<PAIR, 1>(chunks));
        multiply.pair(chunks, output);
    }
    let output = pairs.into_remainder();
    if !output.is_empty() {
        let (chunks, _) = words.as_chunks_mut::<SINGLE>();
        let chunks = chunks.get_mut(..chunk_count).unwrap_or_default();
        patches.next(&mut Lane::<SINGLE, 0>(chunks));
        multiply.single(chunks, output);
    }
}
