//! From i8 inputs to words of two lanes.

use super::backend::pack_pieces;
use crate::Conv2d;
use crate::chunks::chunks_mut;
use crate::packed::patch::{PatchWriter, PieceRows, Position, copy_inside};
use crate::shape::{Patch, Taps};

/// Makes the words of two pixels of `conv`, or of the first alone: a word for every tap and input channel.
pub fn load(conv: &Conv2d, input: &[i8], [first, second]: [Position; 2], is_pair: bool, words: &mut [i32]) {
    let inside = first.taps(conv);
    if !is_pair {
        // Nobody looks at the second lane.
        return load_common(conv, input, first, &inside, 0, words);
    }
    let next = second.taps(conv);
    let distance = conv.window.stride[1].wrapping_mul(conv.input_shape[3]);
    let is_row = [first.n, first.y] == [second.n, second.y];
    let ([a, b], [c, d]) = ([inside.columns.first, inside.columns.end], [next.columns.first, next.columns.end]);
    if is_row && [a, b] == [c, d] {
        return load_common(conv, input, first, &inside, distance, words);
    }
    let (start, end) = if is_row { (a.max(c), b.min(d)) } else { (0, 0) };
    let common = between(conv, &inside, start, end);
    load_common(conv, input, first, &common, distance, words);
    copy_around(conv, input, first, [&inside, &common], &mut First(words));
    copy_around(conv, input, second, [&next, &common], &mut Second(words));
}

/// The words of two pixels that lie side by side, or of the first alone.
pub fn load_pixels(pixels: &[i8], is_pair: bool, words: &mut [i32]) {
    let channels = words.len();
    let distance = if is_pair { channels } else { 0 };
    let row = PieceRows { elements: pixels, count: 1, length: channels, stride: 0, pitch: channels };
    Both { words, distance }.copy(0, row);
}

/// Both lanes of what the taps `common` see, and the zero point in the words of all others.
fn load_common(conv: &Conv2d, input: &[i8], first: Position, common: &Patch, distance: usize, words: &mut [i32]) {
    if common.taps() != conv.window.taps() {
        let zero_point = i32::from(conv.input_zero_point);
        let (channels, columns) = (conv.input_shape[3], common.columns);
        let filter_row = conv.window.filter[1].wrapping_mul(channels);
        for (row, words) in chunks_mut(words, filter_row).enumerate() {
            let (left, right) = if common.rows.contains(row) { (columns.first, columns.end) } else { (0, 0) };
            words.get_mut(..left.wrapping_mul(channels)).unwrap_or_default().fill(word(zero_point, zero_point));
            words.get_mut(right.wrapping_mul(channels)..).unwrap_or_default().fill(word(zero_point, zero_point));
        }
    }
    copy_inside(conv, input, first, common, &mut Both { words, distance });
}

/// Hands over what the taps `inside` see at `position`, without those in the `common` columns.
fn copy_around(
    conv: &Conv2d,
    input: &[i8],
    position: Position,
    [inside, common]: [&Patch; 2],
    writer: &mut dyn PatchWriter,
) {
    let (all, common) = (inside.columns, common.columns);
    for (first, end) in [(all.first, common.first), (common.end.max(all.first), all.end)] {
        if first < end {
            copy_inside(conv, input, position, &between(conv, inside, first, end), writer);
        }
    }
}

/// The part of `inside` from column `first` to before `end`; none where `end` is not behind `first`.
fn between(conv: &Conv2d, inside: &Patch, first: usize, end: usize) -> Patch {
    let columns = inside.columns;
    let skipped = first.wrapping_sub(columns.first).wrapping_mul(conv.window.dilation[1]);
    let columns = Taps { first, end: end.max(first), start: columns.start.wrapping_add(skipped) };
    Patch { rows: inside.rows, columns }
}

/// A word of what both pixels see.
#[inline(always)]
pub fn word(first: i32, second: i32) -> i32 {
    first.wrapping_add(second << 16)
}

/// `lanes` with another first lane.
#[inline(always)]
pub fn with_first(lanes: i32, first: i32) -> i32 {
    lanes.wrapping_sub(i32::from(lanes as i16)).wrapping_add(first)
}

/// `lanes` with another second lane.
#[inline(always)]
pub fn with_second(lanes: i32, second: i32) -> i32 {
    word(i32::from(lanes as i16), second)
}

/// Both lanes at once: the second pixel sees what lies `distance` elements behind what the first sees.
struct Both<'a> {
    words: &'a mut [i32],
    distance: usize,
}

impl PatchWriter for Both<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        let _ = self.pack(at, rows);
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let value = i32::from(value);
        let words = self.words.get_mut(at..).unwrap_or_default();
        words.iter_mut().take(count).for_each(|lanes| *lanes = word(value, value));
    }
}

impl Both<'_> {
    /// `None` where the rows or their places are not inside the slices.
    fn pack(&mut self, at: usize, rows: PieceRows) -> Option<()> {
        let reach = |stride: usize| rows.count.checked_sub(1)?.checked_mul(stride)?.checked_add(rows.length);
        let words = self.words.get_mut(at..)?.get_mut(..reach(rows.pitch)?)?;
        let pieces = Pieces {
            input: rows.elements.get(..reach(rows.stride)?.checked_add(self.distance)?)?.as_ptr(),
            distance: self.distance,
            words: words.as_mut_ptr(),
            length: rows.length,
            count: rows.count,
            input_gap: rows.stride.wrapping_sub(rows.length),
            words_gap: rows.pitch.checked_sub(rows.length)?.wrapping_mul(size_of::<i32>()),
        };
        if rows.length > 0 {
            // SAFETY: both slices were taken up to the end of the last row.
            unsafe { pack_pieces(&pieces) };
        }
        Some(())
    }
}

/// Rows of elements on their way to both lanes. The layout is known to the assembly.
#[repr(C)]
pub struct Pieces {
    /// What the first pixel sees.
    input: *const i8,
    /// Elements from there to what the second pixel sees.
    distance: usize,
    /// A word for every element.
    words: *mut i32,
    /// Elements of a row; not 0.
    length: usize,
    /// Rows; not 0.
    count: usize,
    /// Elements from behind a row to the next one.
    input_gap: usize,
    /// Bytes from behind a row's words to the next one's.
    words_gap: usize,
}

/// The first lane alone.
struct First<'a>(&'a mut [i32]);

impl PatchWriter for First<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        for_each_element(self.0, at, rows, |lanes, element| *lanes = with_first(*lanes, element));
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let words = self.0.get_mut(at..).unwrap_or_default();
        words.iter_mut().take(count).for_each(|lanes| *lanes = with_first(*lanes, i32::from(value)));
    }
}

/// The second lane alone.
struct Second<'a>(&'a mut [i32]);

impl PatchWriter for Second<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        for_each_element(self.0, at, rows, |lanes, element| *lanes = with_second(*lanes, element));
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let words = self.0.get_mut(at..).unwrap_or_default();
        words.iter_mut().take(count).for_each(|lanes| *lanes = with_second(*lanes, i32::from(value)));
    }
}

/// Calls `each` with every element of the rows and its word.
#[inline(always)]
fn for_each_element(words: &mut [i32], at: usize, rows: PieceRows, each: impl Fn(&mut i32, i32)) {
    let mut target = words.get_mut(at..).unwrap_or_default();
    let mut source = rows.elements;
    for _ in 0..rows.count {
        for (lanes, &element) in target.iter_mut().zip(source).take(rows.length) {
            each(lanes, i32::from(element));
        }
        target = target.get_mut(rows.pitch..).unwrap_or_default();
        source = source.get(rows.stride..).unwrap_or_default();
    }
}
