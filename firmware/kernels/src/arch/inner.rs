//! Output positions of a convolution all of whose taps lie inside the input.

use core::ops::Range;

use crate::{Shape, Window};

/// Output rows and columns at which all taps lie inside the input, those of a row side by side.
pub struct Inner {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Inner {
    /// None at all where the taps of a row do not lie side by side.
    pub fn new(window: Window, input: Shape) -> Self {
        let columns = if window.dilation[1] == 1 { inner(window, input, 1) } else { 0..0 };
        Self { rows: inner(window, input, 0), columns }
    }

    /// Whether the position `[y, x]` is one.
    pub fn contains(&self, [y, x]: [usize; 2]) -> bool {
        self.rows.contains(&y) && self.columns.contains(&x)
    }

    /// Where the inner columns of the row end, or 0 where the position `[y, x]` is none.
    #[cfg(peacrab_arch = "armv7em")]
    pub fn columns_end(&self, position: [usize; 2]) -> usize {
        if self.contains(position) { self.columns.end } else { 0 }
    }
}

/// The input element under the first tap at the inner position `[n, y, x]`.
pub fn first_element(window: Window, [_, height, width, channels]: Shape, [n, y, x]: [usize; 3]) -> usize {
    let ([row_stride, column_stride], [top, left]) = (window.stride, window.pad);
    let row = y.wrapping_mul(row_stride).wrapping_sub(top).wrapping_add(n.wrapping_mul(height));
    let column = x.wrapping_mul(column_stride).wrapping_sub(left);
    row.wrapping_mul(width).wrapping_add(column).wrapping_mul(channels)
}

/// Outputs along an axis (0 height, 1 width) all of whose taps lie inside the input.
fn inner(window: Window, [_, height, width, _]: Shape, axis: usize) -> Range<usize> {
    let pick = |[height, width]: [usize; 2]| if axis == 0 { height } else { width };
    let extent = pick([height, width]);
    let (stride, pad) = (pick(window.stride), pick(window.pad));
    let span = pick(window.filter).wrapping_sub(1).wrapping_mul(pick(window.dilation)).wrapping_add(1);
    let strides = |distance: usize| distance.checked_div(stride).unwrap_or(0);
    let first = strides(pad.wrapping_add(stride).wrapping_sub(1));
    let end = extent.wrapping_add(pad).checked_sub(span).map_or(0, |last| strides(last).wrapping_add(1));
    first..end
}
