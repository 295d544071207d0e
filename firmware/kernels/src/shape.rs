//! Shapes and windows.

/// `[N, H, W, C]`; no extent is 0.
pub type Shape = [usize; 4];

/// No extent of a shape or window is above this; index arithmetic on valid shapes then stays inside 32 bits.
const EXTENT_MAX: usize = 1 << 24;

/// No tensor has more elements than this.
const ELEMENTS_MAX: usize = 1 << 28;

/// The number of elements of a shape, or `None` where an extent is 0 or the shape is larger than any tensor can be.
pub fn elements(shape: Shape) -> Option<usize> {
    let product = product(&shape)?;
    (product != 0 && product <= ELEMENTS_MAX).then_some(product)
}

/// The product of all factors, where it fits.
pub(crate) fn product(factors: &[usize]) -> Option<usize> {
    factors.iter().try_fold(1usize, |total, &factor| total.checked_mul(factor))
}

/// Copies as many elements as both have.
#[inline(always)]
pub(crate) fn copy(from: &[i8], to: &mut [i8]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// A window that slides over height and width. All pairs are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Filter size.
    pub filter: [usize; 2],
    /// Step between output positions.
    pub stride: [usize; 2],
    /// Step between filter taps.
    pub dilation: [usize; 2],
    /// Padding above and to the left. Taps below or to the right of the input read padding too, as far as the output's shape asks for it.
    pub pad: [usize; 2],
}

impl Window {
    /// Sees the input element at its own place, and nothing else.
    pub(crate) const POINT: Self = Self { filter: [1, 1], stride: [1, 1], dilation: [1, 1], pad: [0, 0] };

    /// Whether the window takes `input` to `output` with padding no larger than the span of the filter on any side (after the input,
    /// up to one stride more).
    pub(crate) fn is_valid(&self, input: Shape, output: Shape) -> bool {
        let [batch, height, width, _] = input;
        let [output_batch, output_height, output_width, _] = output;
        elements(input).is_some()
            && elements(output).is_some()
            && batch == output_batch
            && axis_is_valid(self.axis(0), height, output_height)
            && axis_is_valid(self.axis(1), width, output_width)
    }

    /// Number of filter taps.
    pub(crate) fn taps(&self) -> usize {
        let [height, width] = self.filter;
        height.wrapping_mul(width)
    }

    /// Whether every output position sees the input element at its own place, and nothing else.
    pub(crate) fn is_pointwise(&self, input: Shape, output: Shape) -> bool {
        let is_single = self.filter == [1, 1] && self.stride == [1, 1] && self.pad == [0, 0];
        // An output may be larger than the input; what is behind it sees padding.
        is_single && input[..3] == output[..3]
    }

    /// The taps of the window at output position (`row`, `column`) that lie inside `input`.
    pub(crate) fn patch(&self, input: Shape, row: usize, column: usize) -> Patch {
        let [_, height, width, _] = input;
        Patch { rows: self.axis(0).taps(row, height), columns: self.axis(1).taps(column, width) }
    }

    fn axis(&self, axis: usize) -> Axis {
        let pick = |[height, width]: [usize; 2]| if axis == 0 { height } else { width };
        Axis {
            filter: pick(self.filter),
            stride: pick(self.stride),
            dilation: pick(self.dilation),
            pad: pick(self.pad),
        }
    }
}

fn axis_is_valid(axis: Axis, input: usize, output: usize) -> bool {
    let Axis { filter, stride, dilation, pad } = axis;
    let in_range = |value: usize| (1..=EXTENT_MAX).contains(&value);
    if !(in_range(filter) && in_range(stride) && in_range(dilation) && in_range(input) && in_range(output)) {
        return false;
    }
    let span = (filter as u64 - 1) * dilation as u64 + 1;
    let reach = (output as u64 - 1) * stride as u64 + span;
    let (input, pad) = (input as u64, pad as u64);
    span <= EXTENT_MAX as u64 && pad <= span && reach <= pad + input + span + stride as u64
}

#[derive(Clone, Copy)]
struct Axis {
    filter: usize,
    stride: usize,
    dilation: usize,
    pad: usize,
}

impl Axis {
    fn taps(self, output: usize, extent: usize) -> Taps {
        let origin = output.wrapping_mul(self.stride);
        let first = self.steps(self.pad.saturating_sub(origin)).min(self.filter);
        let end = self.steps(extent.wrapping_add(self.pad).saturating_sub(origin)).min(self.filter);
        let start = origin.wrapping_add(first.wrapping_mul(self.dilation)).wrapping_sub(self.pad);
        Taps { first, end: end.max(first), start }
    }

    /// Number of taps that it takes to cover `distance`.
    fn steps(self, distance: usize) -> usize {
        // Most filters are not dilated, and small cores divide in software.
        if self.dilation <= 1 { distance } else { distance.div_ceil(self.dilation) }
    }
}

/// The taps along one axis that lie inside the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taps {
    /// The first tap inside.
    pub first: usize,
    /// One past the last tap inside.
    pub end: usize,
    /// Input position under the first tap.
    pub start: usize,
}

impl Taps {
    pub(crate) fn count(&self) -> usize {
        self.end.wrapping_sub(self.first)
    }

    pub(crate) fn contains(&self, tap: usize) -> bool {
        self.first <= tap && tap < self.end
    }
}

/// The part of a window that lies inside the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patch {
    pub rows: Taps,
    pub columns: Taps,
}

impl Patch {
    /// Number of taps inside the input.
    pub(crate) fn taps(&self) -> usize {
        self.rows.count().wrapping_mul(self.columns.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn taps_are_those_inside(filter in 1usize..9, stride in 1usize..5, dilation in 1usize..5, pad in 0usize..12, extent in 1usize..30, output in 0usize..40) {
            let axis = Axis { filter, stride, dilation, pad };
            let taps = axis.taps(output, extent);
            for tap in 0..filter {
                let position = (output * stride + tap * dilation) as i64 - pad as i64;
                let inside = (0..extent as i64).contains(&position);
                prop_assert_eq!(taps.contains(tap), inside);
                if tap == taps.first && inside {
                    prop_assert_eq!(taps.start as i64, position);
                }
            }
        }
    }

    #[test]
    fn hostile_windows_are_refused() {
        let window = Window { filter: [3, 3], stride: [1, 1], dilation: [1, 1], pad: [1, 1] };
        let shape = [1, 8, 8, 4];
        assert!(window.is_valid(shape, shape));
        let refused = [
            Window { filter: [0, 3], ..window },
            Window { stride: [1, 0], ..window },
            Window { dilation: [usize::MAX, 1], ..window },
            Window { filter: [usize::MAX, 3], ..window },
            Window { pad: [usize::MAX, 1], ..window },
            Window { pad: [4, 1], ..window },
            Window { stride: [20, 1], ..window },
        ];
        for window in refused {
            assert!(!window.is_valid(shape, shape), "{window:?}");
        }
        assert!(!window.is_valid(shape, [2, 8, 8, 4]));
        assert!(!window.is_valid([1, 0, 8, 4], shape));
        assert!(!window.is_valid([usize::MAX, 2, 8, 4], [usize::MAX, 2, 8, 4]));
    }
}
