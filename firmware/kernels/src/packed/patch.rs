//! Patches: the inputs that one output position of a convolution sees, in the order of the weights, `[FH, FW, C]`.

use crate::Conv2d;

/// Takes in a patch, piece by piece and in order. Pieces are whole words where the channels fill words.
pub(crate) trait PatchWriter {
    /// The elements from `at` on are `elements`.
    fn copy(&mut self, at: usize, elements: &[i8]);
    /// The `count` elements from `at` on are `value`.
    fn fill(&mut self, at: usize, count: usize, value: i8);
}

/// A patch kept as it is.
pub(crate) struct Staging<'a>(pub &'a mut [i8]);

impl PatchWriter for Staging<'_> {
    fn copy(&mut self, at: usize, elements: &[i8]) {
        let target = self.0.get_mut(at..).unwrap_or_default();
        for (target, &element) in target.iter_mut().zip(elements) {
            *target = element;
        }
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let target = self.0.get_mut(at..).unwrap_or_default();
        for target in target.iter_mut().take(count) {
            *target = value;
        }
    }
}

/// Hands the patch at output position `[n, y, x]` over to `patch`.
pub(crate) fn gather(conv: &Conv2d, input: &[i8], [n, y, x]: [usize; 3], patch: &mut impl PatchWriter) {
    let [_, height, width, channels] = conv.input_shape;
    let [filter_height, filter_width] = conv.window.filter;
    let row_elements = filter_width.wrapping_mul(channels);
    let top = y.wrapping_mul(conv.window.stride[0]).wrapping_sub(conv.window.pad[0]);
    for filter_y in 0..filter_height {
        let at = filter_y.wrapping_mul(row_elements);
        // A row above the input wraps around to a large number.
        let source_y = top.wrapping_add(filter_y.wrapping_mul(conv.window.dilation[0]));
        if source_y < height {
            let pixel = n.wrapping_mul(height).wrapping_add(source_y).wrapping_mul(width);
            let row = input.get(pixel.wrapping_mul(channels)..).unwrap_or_default();
            gather_row(conv, row, x, at, patch);
        } else {
            patch.fill(at, row_elements, conv.input_zero_point);
        }
    }
}

/// Hands over one filter row, whose first element is at `at`; `row` starts at the input row's first pixel.
fn gather_row(conv: &Conv2d, row: &[i8], x: usize, at: usize, patch: &mut impl PatchWriter) {
    let [_, _, width, channels] = conv.input_shape;
    let (taps, start, pad) = (conv.window.filter[1], x.wrapping_mul(conv.window.stride[1]), conv.window.pad[1]);
    if conv.window.dilation[1] != 1 {
        return gather_taps(conv, row, start.wrapping_sub(pad), at, patch);
    }
    let left = pad.saturating_sub(start).min(taps);
    let first = start.saturating_sub(pad);
    let inside = width.saturating_sub(first).min(taps - left);
    let right = taps - left - inside;
    let [left, first, inside, right] = [left, first, inside, right].map(|count| count.wrapping_mul(channels));
    if left > 0 {
        patch.fill(at, left, conv.input_zero_point);
    }
    let end = first.wrapping_add(inside);
    patch.copy(at.wrapping_add(left), row.get(first..end).unwrap_or_default());
    if right > 0 {
        patch.fill(at.wrapping_add(left).wrapping_add(inside), right, conv.input_zero_point);
    }
}

/// As [`gather_row`], for taps that do not lie side by side; the first one is at column `left`, which may have wrapped around.
fn gather_taps(conv: &Conv2d, row: &[i8], left: usize, at: usize, patch: &mut impl PatchWriter) {
    let [_, _, width, channels] = conv.input_shape;
    for tap in 0..conv.window.filter[1] {
        let at = at.wrapping_add(tap.wrapping_mul(channels));
        let column = left.wrapping_add(tap.wrapping_mul(conv.window.dilation[1]));
        if column < width {
            let first = column.wrapping_mul(channels);
            patch.copy(at, row.get(first..first.wrapping_add(channels)).unwrap_or_default());
        } else {
            patch.fill(at, channels, conv.input_zero_point);
        }
    }
}
