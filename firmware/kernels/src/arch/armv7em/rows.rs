//! Packed convolution and dense layers: patches in, rows times patches out.

use super::expand::{Lane, Staged};
use super::inner::{Inner, first_element};
use super::multiply::{Multiply, PairChunk, SingleChunk};
use super::saturate::clamp;
use super::words;
use crate::chunks::chunks_mut;
use crate::packed::conv2d_depth;
use crate::packed::patch::{PatchWriter, PieceRows, Position, copy_inside};
use crate::packed::rows::{CHUNK, padded};
use crate::shape::Patch;
use crate::{Conv2d, Dense, InOut};

/// Packed [`Conv2d`] without pre-shift.
pub fn conv2d(conv: &Conv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    let depth = conv2d_depth(conv);
    let Some(multiply) = Multiply::new(conv.weights, depth, &conv.requant) else { return };
    if conv.window.is_pointwise(conv.input_shape, conv.output_shape) {
        let mut rows = Rows { next: 0, length: depth };
        multiply_all(&multiply, &mut rows, depth, tensors, words(scratch));
    } else {
        let staging_bytes = if conv.input_shape[3].is_multiple_of(CHUNK) { 0 } else { padded(depth) };
        let patches_bytes = scratch.len().saturating_sub(staging_bytes);
        let Some((patches, staging)) = scratch.split_at_mut_checked(patches_bytes) else { return };
        let mut positions = Positions::new(conv, staging);
        multiply_all(&multiply, &mut positions, depth, tensors, words(patches));
    }
    clamp(&conv.requant, tensors.output());
}

/// Packed [`Dense`] without pre-shift.
pub fn dense(dense: &Dense, tensors: &mut InOut, scratch: &mut [i8]) {
    let depth = dense.input_features;
    let Some(multiply) = Multiply::new(dense.weights, depth, &dense.requant) else { return };
    if !dense.is_staged(scratch.len()) {
        if let Some((input, output)) = tensors.apart() {
            multiply.bytes(input, output);
        }
        return clamp(&dense.requant, tensors.output());
    }
    let mut rows = Rows { next: 0, length: depth };
    multiply_all(&multiply, &mut rows, depth, tensors, words(scratch));
    clamp(&dense.requant, tensors.output());
}

/// Where patches come from.
trait Patches {
    /// Hands over the next output pixel's patch of `input`.
    fn next(&mut self, input: &[i8], patch: &mut impl PatchWriter);
}

/// Patches that lie in the input one after the other.
struct Rows {
    next: usize,
    length: usize,
}

impl Patches for Rows {
    #[inline(always)]
    fn next(&mut self, input: &[i8], patch: &mut impl PatchWriter) {
        let end = self.next.wrapping_add(self.length);
        if let Some(row) = input.get(self.next..end) {
            patch.copy(0, PieceRows::single(row));
        }
        self.next = end;
    }
}

/// Patches of a convolution, in the order of its output.
struct Positions<'a> {
    conv: &'a Conv2d<'a>,
    /// For a patch as it is, where its pieces are not whole words.
    staging: &'a mut [i8],
    next: Position,
    /// Where all taps lie inside the input and side by side.
    inner: Inner,
    /// Elements of one row of taps.
    tap_row: usize,
    /// Elements from one row of taps to the next.
    row_stride: usize,
}

impl<'a> Positions<'a> {
    fn new(conv: &'a Conv2d<'a>, staging: &'a mut [i8]) -> Self {
        let [_, _, width, channels] = conv.input_shape;
        let ([_, filter_width], [row_dilation, _]) = (conv.window.filter, conv.window.dilation);
        Self {
            conv,
            staging: staging.get_mut(..conv2d_depth(conv)).unwrap_or_default(),
            next: Position::default(),
            inner: Inner::new(conv),
            tap_row: filter_width.wrapping_mul(channels),
            row_stride: row_dilation.wrapping_mul(width).wrapping_mul(channels),
        }
    }

    /// Hands over the patch at a position that is inner.
    #[inline(always)]
    fn copy_inner(&mut self, input: &[i8], position: Position, patch: &mut impl PatchWriter) {
        let start = first_element(self.conv, [position.n, position.y, position.x]);
        let elements = input.get(start..).unwrap_or_default();
        let count = self.conv.window.filter[0];
        let (length, stride) = (self.tap_row, self.row_stride);
        let rows = PieceRows { elements, count, length, stride, pitch: length };
        if self.tap_row.is_multiple_of(CHUNK) {
            patch.copy(0, rows);
        } else {
            Staged(self.staging).copy(0, rows);
            patch.copy(0, PieceRows::single(self.staging));
        }
    }

    /// Hands over any patch.
    #[inline(never)]
    fn gather(&mut self, input: &[i8], position: Position, patch: &mut dyn PatchWriter) {
        let inside = position.taps(self.conv);
        if self.conv.input_shape[3].is_multiple_of(CHUNK) {
            fill_outside(self.conv, &inside, patch);
            copy_inside(self.conv, input, position, &inside, patch);
        } else {
            self.staging.fill(self.conv.input_zero_point);
            copy_inside(self.conv, input, position, &inside, &mut Staged(self.staging));
            patch.copy(0, PieceRows::single(self.staging));
        }
    }
}

impl Patches for Positions<'_> {
    fn next(&mut self, input: &[i8], patch: &mut impl PatchWriter) {
        let position = self.next;
        if self.inner.contains([position.y, position.x]) {
            self.copy_inner(input, position, patch);
        } else {
            self.gather(input, position, patch);
        }
        self.next = position.next(self.conv.output_shape);
    }
}

/// Fills the place of all taps but those `inside` with the zero point.
fn fill_outside(conv: &Conv2d, inside: &Patch, writer: &mut dyn PatchWriter) {
    let ([.., channels], [filter_height, filter_width]) = (conv.input_shape, conv.window.filter);
    let tap_row = filter_width.wrapping_mul(channels);
    let left = inside.columns.first.wrapping_mul(channels);
    let end = inside.columns.end.wrapping_mul(channels);
    for row in 0..filter_height {
        let at = row.wrapping_mul(tap_row);
        if !inside.rows.contains(row) {
            writer.fill(at, tap_row, conv.input_zero_point);
            continue;
        }
        if left > 0 {
            writer.fill(at, left, conv.input_zero_point);
        }
        if end < tap_row {
            writer.fill(at.wrapping_add(end), tap_row.wrapping_sub(end), conv.input_zero_point);
        }
    }
}

/// Every patch times the weights; `words` has room for one or more pairs of patches. What pixels see is read before any of them is written.
fn multiply_all(multiply: &Multiply, patches: &mut impl Patches, depth: usize, tensors: &mut InOut, words: &mut [u32]) {
    const PAIR: usize = size_of::<PairChunk>() / 4;
    const SINGLE: usize = size_of::<SingleChunk>() / 4;
    let channels = multiply.channels();
    let chunk_count = padded(depth) / CHUNK;
    let (mut done, mut left) = (0, tensors.output().len());
    while left > channels {
        let pair_elements = channels.wrapping_mul(2).max(1);
        let room = words.len() / chunk_count.wrapping_mul(PAIR).max(1);
        let pairs = room.min(left / pair_elements);
        if pairs == 0 {
            return;
        }
        let (chunks, _) = words.as_chunks_mut::<PAIR>();
        let chunks = chunks.get_mut(..pairs.wrapping_mul(chunk_count)).unwrap_or_default();
        let input = tensors.input();
        for chunks in chunks_mut(chunks, chunk_count) {
            patches.next(input, &mut Lane::<PAIR, 0>(chunks));
            patches.next(input, &mut Lane::<PAIR, 1>(chunks));
        }
        let elements = pairs.wrapping_mul(pair_elements);
        multiply.pairs(chunks, tensors.output_part(done, elements));
        (done, left) = (done.wrapping_add(elements), left.wrapping_sub(elements));
    }
    if left > 0 {
        let (chunks, _) = words.as_chunks_mut::<SINGLE>();
        let chunks = chunks.get_mut(..chunk_count).unwrap_or_default();
        patches.next(tensors.input(), &mut Lane::<SINGLE, 0>(chunks));
        multiply.single(chunks, tensors.output_part(done, left));
    }
}
