//! Patches: the inputs that one output position of a convolution sees, in the order of the weights, `[FH, FW, C]`.

use crate::Conv2d;
use crate::shape::{Patch, Shape};

/// Takes in a patch, piece by piece. Pieces are whole words where the channels fill words.
pub(crate) trait PatchWriter {
    /// The elements from `at` on are those of `rows`, one row after the other.
    fn copy(&mut self, at: usize, rows: PieceRows);
    /// The `count` elements from `at` on are `value`.
    fn fill(&mut self, at: usize, count: usize, value: i8);
}

/// Rows of input elements at equal distances, on their way to a patch.
#[derive(Clone, Copy)]
pub(crate) struct PieceRows<'a> {
    /// From the first element on, at least to the last one.
    pub elements: &'a [i8],
    /// Number of rows.
    pub count: usize,
    /// Elements of a row.
    pub length: usize,
    /// Elements from the start of a row to the start of the next one.
    pub stride: usize,
    /// The same in the patch; not less than `length`.
    pub pitch: usize,
}

/// A patch kept as it is.
pub(crate) struct Staging<'a>(pub &'a mut [i8]);

impl PatchWriter for Staging<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        let mut target = self.0.get_mut(at..).unwrap_or_default();
        let mut source = rows.elements;
        for _ in 0..rows.count {
            crate::shape::copy(source.get(..rows.length).unwrap_or_default(), target);
            target = target.get_mut(rows.pitch..).unwrap_or_default();
            source = source.get(rows.stride..).unwrap_or_default();
        }
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let target = self.0.get_mut(at..).unwrap_or_default();
        for target in target.iter_mut().take(count) {
            *target = value;
        }
    }
}

/// A position of a convolution's output.
#[derive(Clone, Copy, Default)]
pub(crate) struct Position {
    pub n: usize,
    pub y: usize,
    pub x: usize,
}

impl Position {
    /// The next one in `[N, OH, OW]`.
    pub fn next(self, output: Shape) -> Self {
        let [_, height, width, _] = output;
        let Self { n, y, x } = self;
        if x + 1 < width {
            Self { n, y, x: x + 1 }
        } else if y + 1 < height {
            Self { n, y: y + 1, x: 0 }
        } else {
            Self { n: n + 1, y: 0, x: 0 }
        }
    }

    /// The position `pixels` further; not beyond the end of its row.
    #[cfg(peacrab_arch = "armv7em")]
    pub fn advance(self, pixels: usize, output: Shape) -> Self {
        let x = self.x.wrapping_add(pixels).wrapping_sub(1);
        Self { x, ..self }.next(output)
    }

    /// The taps that lie inside the input.
    pub fn taps(self, conv: &Conv2d) -> Patch {
        conv.window.patch(conv.input_shape, self.y, self.x)
    }
}

/// Hands over what the taps `inside` see at `position`.
pub(crate) fn copy_inside(
    conv: &Conv2d,
    input: &[i8],
    position: Position,
    inside: &Patch,
    writer: &mut dyn PatchWriter,
) {
    let [_, height, width, channels] = conv.input_shape;
    let ([_, filter_width], [row_dilation, column_dilation]) = (conv.window.filter, conv.window.dilation);
    let Patch { rows, columns } = inside;
    let tap_row = filter_width.wrapping_mul(channels);
    let at = rows.first.wrapping_mul(tap_row).wrapping_add(columns.first.wrapping_mul(channels));
    let row = position.n.wrapping_mul(height).wrapping_add(rows.start);
    let start = row.wrapping_mul(width).wrapping_add(columns.start).wrapping_mul(channels);
    let stride = row_dilation.wrapping_mul(width).wrapping_mul(channels);
    let elements = input.get(start..).unwrap_or_default();
    if rows.count() == 0 || columns.count() == 0 {
        return;
    }
    if column_dilation == 1 {
        let length = columns.count().wrapping_mul(channels);
        return writer.copy(at, PieceRows { elements, count: rows.count(), length, stride, pitch: tap_row });
    }
    for row in 0..rows.count() {
        let elements = elements.get(row.wrapping_mul(stride)..).unwrap_or_default();
        let (count, stride) = (columns.count(), column_dilation.wrapping_mul(channels));
        let at = at.wrapping_add(row.wrapping_mul(tap_row));
        writer.copy(at, PieceRows { elements, count, length: channels, stride, pitch: channels });
    }
}
