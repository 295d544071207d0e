//! Which input columns the windows of a row see.

use super::widen::{Pixels, Windows};
use crate::Conv2d;
use crate::packed::band::PAIR;

/// The input columns of a row of windows. Window `i` sees from column `first + i * advance` on; columns left of the image wrap.
pub struct Columns {
    first: usize,
    /// Columns from window to window, a power of 2, and its logarithm.
    advance: usize,
    advance_log2: u32,
    /// Windows.
    pairs: usize,
    /// Columns of the image.
    width: usize,
    channels: usize,
    /// Two zero points.
    padding: u32,
}

impl Columns {
    pub fn new(conv: &Conv2d, pair: usize, pairs: usize) -> Self {
        let [_, _, width, channels] = conv.input_shape;
        let stride = conv.window.stride[1];
        let advance = stride.wrapping_mul(PAIR);
        let zero_point = u32::from(i16::from(conv.input_zero_point) as u16);
        Self {
            first: pair.wrapping_mul(advance).wrapping_sub(conv.window.pad[1]),
            advance,
            advance_log2: advance.trailing_zeros(),
            pairs,
            width,
            channels,
            padding: zero_point | zero_point << 16,
        }
    }

    /// The elements of an input row, counted over all images.
    pub fn elements<'a>(&self, conv: &Conv2d, input: &'a [i8], row: usize) -> &'a [i8] {
        let [_, _, width, channels] = conv.input_shape;
        let start = row.wrapping_mul(width).wrapping_mul(channels);
        input.get(start..start.wrapping_add(width.wrapping_mul(channels))).unwrap_or_default()
    }

    /// The first window whose column `column` is not left of column `bound` of the image.
    fn window_from(&self, bound: usize, column: usize) -> usize {
        let distance = bound.wrapping_sub(self.first).wrapping_sub(column) as isize;
        (distance.max(0) as usize).wrapping_add(self.advance).wrapping_sub(1) >> self.advance_log2
    }

    /// Fills all windows of a row with what they see of `elements`.
    pub fn widen<const COUNT: usize>(&self, elements: &[i8], windows: &mut Windows<COUNT>) {
        self.pad(windows);
        for column in 0..self.advance {
            // Windows whose column is inside. The first columns of a window are also the last ones of the window before it.
            let inside = self.window_from(0, column)..self.window_from(self.width, column);
            let is_shared = column.wrapping_add(self.advance) < COUNT;
            let own = inside.start..inside.end.min(self.pairs);
            if !is_shared {
                windows.write(&self.pixels(elements, own.start, own.end, column), [own.start, column]);
                continue;
            }
            let shared = column.wrapping_add(self.advance);
            let both = inside.start.max(1)..own.end;
            windows.write_both(
                &self.pixels(elements, both.start, both.end, column),
                [both.start, column],
                [both.start.wrapping_sub(1), shared],
            );
            if own.start == 0 {
                windows.write(&self.pixels(elements, 0, 1.min(own.end), column), [0, column]);
            }
            if inside.contains(&self.pairs) {
                let last = self.pairs;
                windows
                    .write(&self.pixels(elements, last, last.wrapping_add(1), column), [last.wrapping_sub(1), shared]);
            }
        }
    }

    /// Fills what the windows see outside the image.
    fn pad<const COUNT: usize>(&self, windows: &mut Windows<COUNT>) {
        for column in 0..COUNT {
            let left = self.window_from(0, column).min(self.pairs);
            let right = self.window_from(self.width, column).min(self.pairs);
            windows.fill(0..left, column, self.padding);
            windows.fill(right..self.pairs, column, self.padding);
        }
    }

    /// Column `column` of the windows `from` to `to`.
    fn pixels<'a>(&self, elements: &'a [i8], from: usize, to: usize, column: usize) -> Pixels<'a> {
        let pixel = self.first.wrapping_add(from.wrapping_mul(self.advance)).wrapping_add(column);
        Pixels {
            elements: elements.get(pixel.wrapping_mul(self.channels)..).unwrap_or_default(),
            count: to.saturating_sub(from),
            channels: self.channels,
            stride: self.advance.wrapping_mul(self.channels),
        }
    }
}
