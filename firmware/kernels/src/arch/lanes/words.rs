//! From i8 inputs to words of two lanes.

use crate::Conv2d;
use crate::packed::conv2d_depth;
use crate::packed::patch::{PatchWriter, PieceRows, Position, copy_inside};
use crate::shape::Patch;

/// Makes the words of two pixels of `conv`, or of one: the second lane is 0 then. A word for every tap and input channel.
pub fn load(conv: &Conv2d, input: &[i8], [first, second]: [Position; 2], is_pair: bool, words: &mut [i32]) {
    let (inside, next) = (first.taps(conv), second.taps(conv));
    let is_beside = is_pair && first.y == second.y && first.n == second.n;
    let columns_agree = [inside.columns.first, inside.columns.end] == [next.columns.first, next.columns.end];
    if is_beside && columns_agree {
        let distance = conv.window.stride[1].wrapping_mul(conv.input_shape[3]);
        return gather(conv, input, first, &inside, &mut Both { words, distance });
    }
    gather(conv, input, first, &inside, &mut First(words));
    if is_pair {
        gather(conv, input, second, &next, &mut Second { words, there: 0 });
    }
}

/// What the window sees at `position`, padding included.
fn gather(conv: &Conv2d, input: &[i8], position: Position, inside: &Patch, writer: &mut dyn PatchWriter) {
    if inside.taps() != conv.window.taps() {
        writer.fill(0, conv2d_depth(conv), conv.input_zero_point);
    }
    copy_inside(conv, input, position, inside, writer);
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
        let distance = self.distance;
        for_each_row(self.words, at, rows, |words, elements| {
            let second = elements.get(distance..).unwrap_or_default();
            for ((lanes, &first), &second) in words.iter_mut().zip(elements).zip(second) {
                *lanes = word(i32::from(first), i32::from(second));
            }
        });
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let value = i32::from(value);
        let words = self.words.get_mut(at..).unwrap_or_default();
        words.iter_mut().take(count).for_each(|lanes| *lanes = word(value, value));
    }
}

/// The first lane; the second becomes 0.
struct First<'a>(&'a mut [i32]);

impl PatchWriter for First<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        for_each_row(self.0, at, rows, |words, elements| {
            for (lanes, &first) in words.iter_mut().zip(elements) {
                *lanes = i32::from(first);
            }
        });
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let words = self.0.get_mut(at..).unwrap_or_default();
        words.iter_mut().take(count).for_each(|lanes| *lanes = i32::from(value));
    }
}

/// The second lane. Only the whole patch can be filled, and before anything is copied.
struct Second<'a> {
    words: &'a mut [i32],
    /// What the lane holds before it is copied to.
    there: i32,
}

impl PatchWriter for Second<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        let there = self.there;
        for_each_row(self.words, at, rows, |words, elements| {
            for (lanes, &second) in words.iter_mut().zip(elements) {
                *lanes = lanes.wrapping_add(word(0, i32::from(second).wrapping_sub(there)));
            }
        });
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        self.there = i32::from(value);
        let filled = word(0, self.there);
        let words = self.words.get_mut(at..).unwrap_or_default();
        words.iter_mut().take(count).for_each(|lanes| *lanes = lanes.wrapping_add(filled));
    }
}

/// Calls `each` with the words of every row and the input from the row's first element on.
#[inline(always)]
fn for_each_row(words: &mut [i32], at: usize, rows: PieceRows, mut each: impl FnMut(&mut [i32], &[i8])) {
    let mut target = words.get_mut(at..).unwrap_or_default();
    let mut source = rows.elements;
    for _ in 0..rows.count {
        each(target.get_mut(..rows.length).unwrap_or_default(), source);
        target = target.get_mut(rows.pitch..).unwrap_or_default();
        source = source.get(rows.stride..).unwrap_or_default();
    }
}
