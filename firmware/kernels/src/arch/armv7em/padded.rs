//! Input rows with their padding, so that every patch of an output row lies inside of them.

use super::stage::{copy, shift};
use crate::Conv2d;
use crate::chunks::chunks_mut;
use crate::packed::{padded_row_bytes, padded_rows_bytes};
use crate::shape::Taps;

/// The rows that one row of output sees, one for each filter row.
pub struct PaddedRows<'a> {
    pub elements: &'a mut [i8],
    /// Elements of a row.
    pub row: usize,
}

impl<'a> PaddedRows<'a> {
    /// `None` where the layer has none.
    pub fn new(conv: &Conv2d, scratch: &'a mut [i8]) -> Option<Self> {
        let bytes = padded_rows_bytes(conv);
        let elements = scratch.get_mut(..bytes).filter(|_| bytes > 0)?;
        Some(Self { elements, row: padded_row_bytes(conv) })
    }

    /// Takes in what output row `y` of image `n` sees; the row before it was taken in last, if there is one.
    pub fn load(&mut self, conv: &Conv2d, input: &[i8], [n, y]: [usize; 2]) {
        let ([stride, _], [dilation, _]) = (conv.window.stride, conv.window.dilation);
        let shared = if y > 0 && dilation == 1 { conv.window.filter[0].saturating_sub(stride) } else { 0 };
        shift(self.elements, stride.wrapping_mul(self.row), shared.wrapping_mul(self.row));
        let [_, height, width, channels] = conv.input_shape;
        let Taps { first, end, start } = conv.window.patch(conv.input_shape, y, 0).rows;
        let input_row = width.wrapping_mul(channels);
        let left = conv.window.pad[1].wrapping_mul(channels).min(self.row);
        let count = input_row.min(self.row.wrapping_sub(left));
        for (tap, target) in chunks_mut(self.elements, self.row).enumerate().skip(shared) {
            if !(first..end).contains(&tap) {
                target.fill(conv.input_zero_point);
                continue;
            }
            let row = start.wrapping_add(tap.wrapping_sub(first).wrapping_mul(dilation));
            let from = n.wrapping_mul(height).wrapping_add(row).wrapping_mul(input_row);
            let Some((before, rest)) = target.split_at_mut_checked(left) else { return };
            let Some((inside, behind)) = rest.split_at_mut_checked(count) else { return };
            before.fill(conv.input_zero_point);
            copy(input.get(from..).unwrap_or_default(), inside);
            behind.fill(conv.input_zero_point);
        }
    }
}
