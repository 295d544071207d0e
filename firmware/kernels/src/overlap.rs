//! Input and output in the same memory: how near to each other they may lie, and how a kernel reaches both.
//!
//! The rules are those of `docs/memory.md`. Every backend keeps to the order of reading and writing that a rule stands for, so that a program whose
//! memory overlaps as its kernels allow gives the same bits on every core.

use core::ops::Range;

use crate::{Shape, Window};

/// Where a kernel's output may lie while its input shares memory with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// In memory of its own.
    Apart,
    /// Or exactly where the input lies.
    Exact,
    /// Or so that it starts at least so many bytes before the input does.
    Before(usize),
    /// Anywhere.
    Anywhere,
}

impl Overlap {
    /// Whether an input and an output may have these places.
    pub fn allows(self, input: &Range<usize>, output: &Range<usize>) -> bool {
        let is_apart = input.is_empty() || output.is_empty() || input.end <= output.start || output.end <= input.start;
        is_apart
            || match self {
                Overlap::Apart => false,
                Overlap::Exact => input == output,
                Overlap::Before(bytes) => output.start.checked_add(bytes).is_some_and(|least| least <= input.start),
                Overlap::Anywhere => true,
            }
    }
}

/// The memory of a kernel's input and output.
#[derive(Debug)]
pub enum InOut<'a> {
    /// Two pieces.
    Apart {
        /// The input.
        input: &'a [i8],
        /// The output.
        output: &'a mut [i8],
    },
    /// One piece with both inside.
    Overlapping {
        /// The piece.
        memory: &'a mut [i8],
        /// Where in it the input lies.
        input: Range<usize>,
        /// Where in it the output lies.
        output: Range<usize>,
    },
}

impl InOut<'_> {
    /// The input, as far as the output has not overwritten it.
    #[inline]
    pub fn input(&self) -> &[i8] {
        match self {
            InOut::Apart { input, .. } => input,
            InOut::Overlapping { memory, input, .. } => memory.get(input.clone()).unwrap_or_default(),
        }
    }

    /// The output.
    #[inline]
    pub fn output(&mut self) -> &mut [i8] {
        match self {
            InOut::Apart { output, .. } => output,
            InOut::Overlapping { memory, output, .. } => memory.get_mut(output.clone()).unwrap_or_default(),
        }
    }

    /// Elements `from..from + count` of the output, as far as it has them.
    #[inline]
    pub(crate) fn output_part(&mut self, from: usize, count: usize) -> &mut [i8] {
        self.output().get_mut(from..from.wrapping_add(count)).unwrap_or_default()
    }

    /// Both at once, where they are apart.
    pub(crate) fn apart(&mut self) -> Option<(&[i8], &mut [i8])> {
        match self {
            InOut::Apart { input, output } => Some((input, output)),
            InOut::Overlapping { memory, input, output } => {
                let [input, output] = memory.get_disjoint_mut([input.clone(), output.clone()]).ok()?;
                Some((input, output))
            }
        }
    }
}

/// The rule of a kernel that computes one output pixel after the other, and has read all that a pixel sees before it writes to it.
///
/// Let `q` be a pixel, counted from 0 over the whole output, and `needed(q)` the first input element that `q` or a later pixel sees. Before `q` is
/// written, all pixels before it are: `q * O` bytes. They must end where what is still needed starts, so the output has to start
/// `max(q * O - needed(q))` bytes before the input, or more. A kernel that reads ahead needs less, never more.
pub(crate) fn pixel_by_pixel(window: &Window, input: Shape, output: Shape) -> Overlap {
    let [batch, height, width, channels] = input;
    let [_, output_height, output_width, output_channels] = output;
    if [batch, output_height, output_width] == [1, 1, 1] {
        return Overlap::Anywhere;
    }
    // Both terms are linear in the row and in the column but where a window leaves the padding, so their difference is largest there or at
    // an end.
    let rows = turns(window.pad[0], window.stride[0], output_height);
    let columns = turns(window.pad[1], window.stride[1], output_width);
    let first = |output: usize, axis: usize, extent: usize| {
        let [stride, pad] = [window.stride, window.pad].map(|pair| if axis == 0 { pair[0] } else { pair[1] });
        output.wrapping_mul(stride).saturating_sub(pad).min(extent)
    };
    let lead = |row: usize, column: usize| {
        let here = first(row, 0, height).wrapping_mul(width).wrapping_add(first(column, 1, width));
        let next_row = first(row.wrapping_add(1), 0, height).wrapping_mul(width);
        let needed = here.min(next_row).wrapping_mul(channels);
        let written = row.wrapping_mul(output_width).wrapping_add(column).wrapping_mul(output_channels);
        written.saturating_sub(needed)
    };
    let leads = rows.into_iter().flat_map(|row| columns.into_iter().map(move |column| lead(row, column)));
    let output_image = output_height.wrapping_mul(output_width).wrapping_mul(output_channels);
    let input_image = height.wrapping_mul(width).wrapping_mul(channels);
    // From image to image the distance grows or shrinks by the same.
    let growth = output_image.saturating_sub(input_image).wrapping_mul(batch.saturating_sub(1));
    Overlap::Before(leads.max().unwrap_or(0).wrapping_add(growth))
}

/// Outputs along an axis at which the first input that a window sees may stop or start moving: around the end of the padding, and the last one.
fn turns(pad: usize, stride: usize, extent: usize) -> [usize; 4] {
    let last = extent.saturating_sub(1);
    let padded = pad.checked_div(stride).unwrap_or(0);
    [padded.saturating_sub(1), padded, padded.saturating_add(1), last].map(|output| output.min(last))
}
