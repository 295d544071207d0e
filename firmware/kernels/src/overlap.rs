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
    // Along a row both terms are linear but where a window leaves the padding, so their difference is largest there or at the end.
    let last = output_width.saturating_sub(1);
    let padded = window.pad[1].checked_div(window.stride[1]).unwrap_or(0).min(last);
    let columns = [padded, padded.saturating_add(1).min(last), last];
    let mut largest = 0;
    for row in 0..output_height {
        for column in columns {
            largest = largest.max(lead(window, input, output, [row, column]));
        }
    }
    let output_image = output_height.wrapping_mul(output_width).wrapping_mul(output_channels);
    let input_image = height.wrapping_mul(width).wrapping_mul(channels);
    // From image to image the distance grows or shrinks by the same.
    let growth = output_image.saturating_sub(input_image).wrapping_mul(batch.saturating_sub(1));
    Overlap::Before(largest.wrapping_add(growth))
}

/// Bytes that are written of an image's output before the pixel at `[row, column]`, less those of its input that are not needed then.
#[inline(never)]
fn lead(window: &Window, input: Shape, output: Shape, [row, column]: [usize; 2]) -> usize {
    let ([_, height, width, channels], [_, output_height, output_width, output_channels]) = (input, output);
    let ([row_stride, column_stride], [top, left]) = (window.stride, window.pad);
    let first_row = |row: usize| row.wrapping_mul(row_stride).saturating_sub(top).min(height);
    let first_column = column.wrapping_mul(column_stride).saturating_sub(left).min(width);
    let here = first_row(row).wrapping_mul(width).wrapping_add(first_column);
    let next = row.wrapping_add(1);
    let next_row = if next < output_height { first_row(next) } else { height };
    let needed = here.min(next_row.wrapping_mul(width)).wrapping_mul(channels);
    let written = row.wrapping_mul(output_width).wrapping_add(column).wrapping_mul(output_channels);
    written.saturating_sub(needed)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;

    /// [`pixel_by_pixel`] pixel by pixel, and whether every pixel sees an input.
    fn every_lead(window: &Window, input: Shape, output: Shape) -> (usize, bool) {
        let ([batch, height, width, channels], [_, output_height, output_width, output_channels]) = (input, output);
        // The first input element that each pixel sees, all rows and columns of the window counted that may lie inside.
        let mut seen = std::vec::Vec::new();
        for n in 0..batch {
            for y in 0..output_height {
                for x in 0..output_width {
                    let patch = window.patch(input, y, x);
                    let element = ((n * height + patch.rows.start) * width + patch.columns.start) * channels;
                    seen.push(if patch.taps() == 0 { usize::MAX } else { element });
                }
            }
        }
        let all_see = !seen.contains(&usize::MAX);
        let (mut needed, mut lead) = (usize::MAX, 0);
        for (pixel, &element) in seen.iter().enumerate().rev() {
            needed = needed.min(element);
            lead = lead.max((pixel * output_channels).saturating_sub(needed));
        }
        (lead, all_see)
    }

    fn axis() -> impl Strategy<Value = [usize; 5]> {
        (1usize..10, 1usize..5, 1usize..4, 1usize..3, 0usize..5).prop_map(|(input, filter, stride, dilation, pad)| {
            let span = (filter - 1) * dilation + 1;
            [input, filter, stride, dilation, pad.min(span)]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn leads_are_those_of_every_pixel(rows in axis(), columns in axis(), batch in 1usize..3, channels in 1usize..9, output_channels in 1usize..9,
                                          more in [0usize..3, 0usize..3]) {
            let along = |[input, filter, stride, dilation, pad]: [usize; 5], more: usize| {
                ((input + pad + more).saturating_sub((filter - 1) * dilation + 1)) / stride + 1
            };
            let pair = |index: usize| [rows[index], columns[index]];
            let window = Window { filter: pair(1), stride: pair(2), dilation: pair(3), pad: pair(4) };
            let input = [batch, rows[0], columns[0], channels];
            let output = [batch, along(rows, more[0]), along(columns, more[1]), output_channels];
            prop_assume!(window.is_valid(input, output));
            let (exact, all_see) = every_lead(&window, input, output);
            match pixel_by_pixel(&window, input, output) {
                Overlap::Before(lead) => {
                    prop_assert!(lead >= exact, "{lead} < {exact}: {window:?} {input:?} {output:?}");
                    if all_see && window.dilation == [1, 1] {
                        prop_assert_eq!(lead, exact, "{:?} {:?} {:?}", window, input, output);
                    }
                }
                overlap => prop_assert_eq!((overlap, output[..3].iter().product()), (Overlap::Anywhere, 1usize)),
            }
        }
    }

    #[test]
    fn a_pointwise_layer_leads_by_the_channels_it_adds() {
        let lead = |channels, outputs| pixel_by_pixel(&Window::POINT, [1, 5, 4, channels], [1, 5, 4, outputs]);
        assert_eq!(lead(8, 8), Overlap::Before(0));
        assert_eq!(lead(8, 3), Overlap::Before(0));
        assert_eq!(lead(8, 16), Overlap::Before(19 * 8));
    }

    #[test]
    fn places_are_allowed_as_the_rules_say() {
        let (input, before, same) = (10..20, 5..15, 10..20);
        assert!(Overlap::Apart.allows(&input, &(0..10)) && Overlap::Apart.allows(&input, &(20..30)));
        assert!(!Overlap::Apart.allows(&input, &same) && Overlap::Exact.allows(&input, &same));
        assert!(!Overlap::Exact.allows(&input, &before) && !Overlap::Exact.allows(&input, &(10..19)));
        assert!(Overlap::Before(5).allows(&input, &before) && !Overlap::Before(6).allows(&input, &before));
        assert!(!Overlap::Before(usize::MAX).allows(&input, &before) && !Overlap::Before(0).allows(&input, &(11..12)));
        assert!(Overlap::Anywhere.allows(&input, &(15..40)));
    }
}
