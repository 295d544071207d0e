//! Packed convolution and dense layers: patches in, rows times patches out.

use core::mem::take;

use super::expand::{Lane, Staged, expand_pairs};
use super::gather::{FilterRows, Shape, gather_pairs};
use super::inner::{Inner, first_element};
use super::multiply::{Multiply, PairChunk, SingleChunk};
use super::padded::PaddedRows;
use super::saturate::clamp;
use super::words;
use crate::chunks::chunks_mut;
use crate::packed::patch::{PatchWriter, PieceRows, Position, copy_inside};
use crate::packed::rows::{CHUNK, padded};
use crate::packed::{conv2d_depth, conv2d_rows_bytes, conv2d_staging_bytes, is_staged, patch_pairs};
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
        let staging_bytes = conv2d_staging_bytes(conv);
        let rows_bytes = conv2d_rows_bytes(conv, scratch.len());
        let patches_bytes = scratch.len().saturating_sub(staging_bytes).saturating_sub(rows_bytes);
        let Some((patches, rest)) = scratch.split_at_mut_checked(patches_bytes) else { return };
        let Some((staging, rows)) = rest.split_at_mut_checked(staging_bytes) else { return };
        let mut positions = Positions::new(conv, staging, PaddedRows::new(conv, rows));
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

/// Words of the chunks of patches.
const PAIR: usize = size_of::<PairChunk>() / 4;
const SINGLE: usize = size_of::<SingleChunk>() / 4;

/// Where patches come from.
trait Patches {
    /// Hands over the next output pixel's patch of `input`.
    fn next<const WORDS: usize, const LANE: usize>(&mut self, input: &[i8], patch: &mut Lane<WORDS, LANE>);

    /// Hands over the next two output pixels' patches, and so on, `chunk_count` chunks for each pair.
    fn next_pairs(&mut self, input: &[i8], pairs: &mut [PairChunk], chunk_count: usize);
}

/// Patches that lie in the input one after the other.
struct Rows {
    next: usize,
    length: usize,
}

impl Patches for Rows {
    #[inline(always)]
    fn next<const WORDS: usize, const LANE: usize>(&mut self, input: &[i8], patch: &mut Lane<WORDS, LANE>) {
        let end = self.next.wrapping_add(self.length);
        if let Some(row) = input.get(self.next..end) {
            patch.copy(0, PieceRows::single(row));
        }
        self.next = end;
    }

    #[inline(always)]
    fn next_pairs(&mut self, input: &[i8], pairs: &mut [PairChunk], chunk_count: usize) {
        if self.length.is_multiple_of(CHUNK) {
            let end = self.next.wrapping_add(pairs.len().wrapping_mul(2 * CHUNK));
            if let Some(rows) = input.get(self.next..end) {
                expand_pairs(rows, self.length, pairs);
            }
            self.next = end;
            return;
        }
        for chunks in chunks_mut(pairs, chunk_count) {
            self.next(input, &mut Lane::<PAIR, 0>(chunks));
            self.next(input, &mut Lane::<PAIR, 1>(chunks));
        }
    }
}

/// Patches of a convolution, in the order of its output.
struct Positions<'a> {
    conv: &'a Conv2d<'a>,
    /// For a patch as it is, where its pieces are not whole words.
    staging: &'a mut [i8],
    /// Where all patches are taken from, if there are any.
    padded: Option<PaddedRows<'a>>,
    next: Position,
    /// Where all taps lie inside the input and side by side.
    inner: Inner,
    /// Elements of one row of taps.
    tap_row: usize,
    /// Elements from one row of taps to the next.
    row_stride: usize,
    /// Elements from one patch to the next.
    pixel_stride: usize,
    shape: Shape,
}

impl<'a> Positions<'a> {
    fn new(conv: &'a Conv2d<'a>, staging: &'a mut [i8], padded: Option<PaddedRows<'a>>) -> Self {
        let [_, _, width, channels] = conv.input_shape;
        let ([filter_height, filter_width], [row_dilation, _]) = (conv.window.filter, conv.window.dilation);
        let tap_row = filter_width.wrapping_mul(channels);
        let row_stride = row_dilation.wrapping_mul(width).wrapping_mul(channels);
        Self {
            conv,
            staging: staging.get_mut(..conv2d_depth(conv)).unwrap_or_default(),
            padded,
            next: Position::default(),
            inner: Inner::new(conv.window, conv.input_shape),
            tap_row,
            row_stride,
            pixel_stride: conv.window.stride[1].wrapping_mul(channels),
            shape: Shape::new(filter_height, tap_row, row_stride),
        }
    }

    /// Pairs of pixels from the next one on whose filter rows lie side by side, if there is a loop over pairs.
    #[inline(always)]
    fn pairs_in_row(&self) -> usize {
        let Position { y, x, .. } = self.next;
        let is_loop =
            self.shape == Shape::ThreeByNine || self.shape == Shape::Other && self.tap_row.is_multiple_of(CHUNK);
        let end = if self.padded.is_some() { self.conv.output_shape[2] } else { self.inner.columns_end([y, x]) };
        if is_loop { end.saturating_sub(x) / 2 } else { 0 }
    }

    /// The filter rows of the patch at a position, if they lie side by side somewhere.
    #[inline(always)]
    fn filter_rows<'b>(&'b mut self, input: &'b [i8], position: Position) -> Option<FilterRows<'b>> {
        let Position { n, y, x } = position;
        let (count, length) = (self.conv.window.filter[0], self.tap_row);
        if let Some(padded) = &mut self.padded {
            if x == 0 {
                padded.load(self.conv, input, [n, y]);
            }
            let first = x.wrapping_mul(self.pixel_stride);
            return Some(FilterRows { elements: padded.elements, first, count, length, stride: padded.row });
        }
        let first = || first_element(self.conv.window, self.conv.input_shape, [n, y, x]);
        let rows = |first| FilterRows { elements: input, first, count, length, stride: self.row_stride };
        self.inner.contains([y, x]).then(|| rows(first()))
    }

    /// Hands over any patch.
    #[inline(never)]
    fn gather(&self, input: &[i8], position: Position, staging: &mut [i8], patch: &mut dyn PatchWriter) {
        let inside = position.taps(self.conv);
        if self.conv.input_shape[3].is_multiple_of(CHUNK) {
            fill_outside(self.conv, &inside, patch);
            copy_inside(self.conv, input, position, &inside, patch);
        } else {
            staging.fill(self.conv.input_zero_point);
            copy_inside(self.conv, input, position, &inside, &mut Staged(staging));
            patch.copy(0, PieceRows::single(staging));
        }
    }
}

/// Hands over a patch whose filter rows lie side by side.
#[inline(always)]
fn hand_over<const WORDS: usize, const LANE: usize>(
    shape: Shape,
    rows: &FilterRows,
    staging: &mut [i8],
    patch: &mut Lane<WORDS, LANE>,
) {
    match shape {
        Shape::Words => patch.gather_words(rows),
        Shape::ThreeByNine => patch.gather_three_by_nine(rows),
        Shape::Other => {
            let elements = rows.elements.get(rows.first..).unwrap_or_default();
            let &FilterRows { count, length, stride, .. } = rows;
            let rows = PieceRows { elements, count, length, stride, pitch: length };
            if length.is_multiple_of(CHUNK) { patch.copy(0, rows) } else { hand_over_bytes(rows, staging, patch) }
        }
    }
}

/// Hands over a patch whose filter rows are no whole words.
#[inline(never)]
fn hand_over_bytes(rows: PieceRows, staging: &mut [i8], patch: &mut dyn PatchWriter) {
    Staged(staging).copy(0, rows);
    patch.copy(0, PieceRows::single(staging));
}

impl Patches for Positions<'_> {
    #[inline(always)]
    fn next<const WORDS: usize, const LANE: usize>(&mut self, input: &[i8], patch: &mut Lane<WORDS, LANE>) {
        let position = self.next;
        let (shape, staging) = (self.shape, take(&mut self.staging));
        match self.filter_rows(input, position) {
            Some(rows) => hand_over(shape, &rows, staging, patch),
            None => self.gather(input, position, staging, patch),
        }
        self.staging = staging;
        self.next = position.next(self.conv.output_shape);
    }

    #[inline(always)]
    fn next_pairs(&mut self, input: &[i8], mut pairs: &mut [PairChunk], chunk_count: usize) {
        while !pairs.is_empty() {
            let run = self.pairs_in_row().min(pairs.len().checked_div(chunk_count).unwrap_or(0));
            let size = run.max(1).wrapping_mul(chunk_count);
            let Some((chunks, rest)) = take(&mut pairs).split_at_mut_checked(size) else { return };
            pairs = rest;
            let (position, pixel_stride) = (self.next, self.pixel_stride);
            let shape = self.shape;
            if run > 0
                && let Some(rows) = self.filter_rows(input, position)
            {
                match shape {
                    Shape::ThreeByNine => gather_pairs(&rows, pixel_stride, chunks),
                    _ => widen_pairs(&rows, pixel_stride, chunks, run),
                }
                self.next = position.advance(2 * run, self.conv.output_shape);
            } else {
                self.next(input, &mut Lane::<PAIR, 0>(chunks));
                self.next(input, &mut Lane::<PAIR, 1>(chunks));
            }
        }
    }
}

/// Pairs of patches of filter rows of whole words, of `count` times two pixels `pixel_stride` elements apart; `rows` are the first one's.
#[inline(never)]
fn widen_pairs(rows: &FilterRows, pixel_stride: usize, chunks: &mut [PairChunk], count: usize) {
    let &FilterRows { elements, first, length, .. } = rows;
    let pitch = length.wrapping_mul(rows.count);
    for row in 0..rows.count {
        let start = first.wrapping_add(row.wrapping_mul(rows.stride));
        let pieces = |start| PieceRows {
            elements: elements.get(start..).unwrap_or_default(),
            count,
            length,
            stride: pixel_stride.wrapping_mul(2),
            pitch,
        };
        let at = row.wrapping_mul(length);
        Lane::<PAIR, 0>(chunks).copy(at, pieces(start));
        Lane::<PAIR, 1>(chunks).copy(at, pieces(start.wrapping_add(pixel_stride)));
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

/// Every patch times the weights; `words` has room for one or more pairs of patches, and for a quad of weights in place of one. What pixels see is
/// read before any of them is written.
fn multiply_all(multiply: &Multiply, patches: &mut impl Patches, depth: usize, tensors: &mut InOut, words: &mut [u32]) {
    let channels = multiply.channels();
    let pair_elements = channels.wrapping_mul(2);
    let chunk_count = padded(depth) / CHUNK;
    let (mut done, mut left) = (0, tensors.output().len());
    while left > channels {
        let (chunks, _) = words.as_chunks_mut::<PAIR>();
        let pairs = patch_pairs(depth, size_of_val(chunks), left.checked_div(pair_elements).unwrap_or(0));
        let Some((chunks, room)) = chunks.split_at_mut_checked(pairs.wrapping_mul(chunk_count)) else { return };
        if chunks.is_empty() {
            return;
        }
        patches.next_pairs(tensors.input(), chunks, chunk_count);
        let elements = pairs.wrapping_mul(pair_elements);
        let room = if is_staged(depth, pairs) { room } else { &mut [] };
        multiply.pairs(chunks, tensors.output_part(done, elements), room);
        (done, left) = (done.wrapping_add(elements), left.wrapping_sub(elements));
    }
    if left > 0 {
        let (chunks, _) = words.as_chunks_mut::<SINGLE>();
        let chunks = chunks.get_mut(..chunk_count).unwrap_or_default();
        patches.next(tensors.input(), &mut Lane::<SINGLE, 0>(chunks));
        multiply.single(chunks, tensors.output_part(done, left));
    }
}
