//! The inputs that the output positions of a convolution see, side by side.

use super::bytes::{self, Rows};
use super::inner::{Inner, first_element};
use crate::packed::patch::{PatchWriter, PieceRows, Position, copy_inside};
use crate::{Conv2d, packed};

/// Patches of a layer, one at a time.
pub struct Patches<'a> {
    conv: &'a Conv2d<'a>,
    input: &'a [i8],
    /// As long as a patch.
    patch: &'a mut [i8],
    inner: Inner,
    /// The filter rows of inner positions.
    rows: Rows,
    /// Elements from the first of an inner patch to behind its last.
    reach: usize,
}

impl<'a> Patches<'a> {
    /// `None` where the scratch is too small.
    pub fn new(conv: &'a Conv2d<'a>, input: &'a [i8], scratch: &'a mut [i8]) -> Option<Self> {
        let patch = scratch.get_mut(..packed::conv2d_depth(conv)).filter(|patch| !patch.is_empty())?;
        let ([_, _, width, channels], [count, filter_width]) = (conv.input_shape, conv.window.filter);
        let stride = conv.window.dilation[0].wrapping_mul(width).wrapping_mul(channels);
        let rows = Rows { count, length: filter_width.wrapping_mul(channels), stride };
        let reach = count.checked_sub(1)?.checked_mul(stride)?.checked_add(rows.length)?;
        Some(Self { conv, input, patch, inner: Inner::new(conv.window, conv.input_shape), rows, reach })
    }

    /// The patch at a position.
    #[inline(always)]
    pub fn get(&mut self, position: Position) -> &[i8] {
        let Position { n, y, x } = position;
        if self.inner.contains([y, x]) {
            let input =
                self.input.get(first_element(self.conv.window, self.conv.input_shape, [n, y, x])..).unwrap_or_default();
            if input.len() >= self.reach {
                // SAFETY: all rows lie within `reach`, and as many elements as they have fill a patch.
                unsafe { bytes::copy_rows(input.as_ptr(), self.patch.as_mut_ptr(), self.rows) };
            }
        } else {
            self.gather(position);
        }
        self.patch
    }

    /// The patch at any position.
    #[inline(never)]
    fn gather(&mut self, position: Position) {
        let inside = position.taps(self.conv);
        if inside.taps() < self.conv.window.taps() {
            bytes::fill(self.patch, self.conv.input_zero_point);
        }
        copy_inside(self.conv, self.input, position, &inside, &mut Vectors(self.patch));
    }
}

/// A patch kept as it is.
struct Vectors<'a>(&'a mut [i8]);

impl PatchWriter for Vectors<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        for row in 0..rows.count {
            let (from, to) = (row.wrapping_mul(rows.stride), at.wrapping_add(row.wrapping_mul(rows.pitch)));
            let source = rows.elements.get(from..from.wrapping_add(rows.length)).unwrap_or_default();
            bytes::copy(source, self.0.get_mut(to..to.wrapping_add(rows.length)).unwrap_or_default());
        }
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        bytes::fill(self.0.get_mut(at..at.wrapping_add(count)).unwrap_or_default(), value);
    }
}
