//! 2-D convolution: for each output position, the part of the window inside the input as runs of consecutive bytes, and what the
//! rest of the window adds to the accumulator, which is the zero point times the sum of its weights.

use super::dense;
use super::dot::{add, dot_pair, for_each_pair, sum};
use crate::Conv2d;
use crate::shape::{Patch, product};

pub(super) fn run(kernel: &Conv2d, input: &[i8], output: &mut [i8]) {
    let ([_, height, width, channels], [_, output_height, output_width, output_channels]) =
        (kernel.input_shape, kernel.output_shape);
    if kernel.window.is_pointwise() && kernel.groups == 1 {
        return dense::rows(channels, kernel.weights, &kernel.requant, input, output);
    }
    let (Some(image_size), Some(output_size)) =
        (product(&[height, width, channels]), product(&[output_height, output_width, output_channels]))
    else {
        return;
    };
    let geometry = Geometry::of(kernel);
    for (image, outputs) in input.chunks_exact(image_size.max(1)).zip(output.chunks_exact_mut(output_size.max(1))) {
        let mut positions = outputs.chunks_exact_mut(output_channels.max(1));
        for row in 0..output_height {
            for (column, outputs) in positions.by_ref().take(output_width).enumerate() {
                let patch = kernel.window.patch(kernel.input_shape, row, column);
                Position { kernel, geometry, image, patch }.run(outputs);
            }
        }
    }
}

/// Sizes that are the same for every output position.
#[derive(Clone, Copy)]
struct Geometry {
    /// Input channels of a group.
    channels: usize,
    /// Weights of one filter row.
    filter_row: usize,
    /// Bytes of one input row.
    image_row: usize,
    /// Bytes of one input pixel.
    pixel: usize,
    /// Whether all weights of a filter row lie over consecutive input bytes.
    is_contiguous: bool,
}

impl Geometry {
    fn of(kernel: &Conv2d) -> Self {
        let [_, _, width, pixel] = kernel.input_shape;
        let ([_, filter_width], [_, column_dilation]) = (kernel.window.filter, kernel.window.dilation);
        let channels = kernel.group_channels();
        Self {
            channels,
            filter_row: filter_width.wrapping_mul(channels),
            image_row: width.wrapping_mul(pixel),
            pixel,
            is_contiguous: kernel.groups == 1 && column_dilation == 1,
        }
    }
}

/// One output position.
struct Position<'a> {
    kernel: &'a Conv2d<'a>,
    geometry: Geometry,
    image: &'a [i8],
    patch: Patch,
}

impl Position<'_> {
    fn run(&self, outputs: &mut [i8]) {
        let Geometry { channels, filter_row, .. } = self.geometry;
        let [filter_height, _] = self.kernel.window.filter;
        let filter = filter_height.wrapping_mul(filter_row);
        let group_outputs = outputs.len().checked_div(self.kernel.groups).unwrap_or(0).max(1);
        let group_weights = filter.wrapping_mul(group_outputs).max(1);
        let is_border = self.patch.taps() != self.kernel.window.taps();
        for (group, (outputs, weights)) in
            outputs.chunks_exact_mut(group_outputs).zip(self.kernel.weights.chunks_exact(group_weights)).enumerate()
        {
            let first_output = group.wrapping_mul(group_outputs);
            for_each_pair(weights, filter, outputs, |channel, filters, outputs| {
                let mut sums = self.inside(filters, group.wrapping_mul(channels));
                if is_border {
                    sums = add(sums, filters.map(|filter| self.outside(filter)));
                }
                for (offset, (output, sum)) in outputs.iter_mut().zip(sums).enumerate() {
                    *output = self.kernel.requant.apply(first_output.wrapping_add(channel).wrapping_add(offset), sum);
                }
            });
        }
    }

    /// The products of the taps inside the input; `first_channel` is the first input channel of the group.
    #[inline(always)]
    fn inside(&self, [a, b]: [&[i8]; 2], first_channel: usize) -> [i32; 2] {
        let Geometry { channels, filter_row, image_row, pixel, is_contiguous } = self.geometry;
        let Patch { rows, columns } = self.patch;
        let [row_dilation, column_dilation] = self.kernel.window.dilation;
        let (run, runs) =
            if is_contiguous { (columns.count().wrapping_mul(channels), 1) } else { (channels, columns.count()) };
        let mut sums = [0; 2];
        let mut weight_row = rows.first.wrapping_mul(filter_row).wrapping_add(columns.first.wrapping_mul(channels));
        let mut input_row = rows
            .start
            .wrapping_mul(image_row)
            .wrapping_add(columns.start.wrapping_mul(pixel))
            .wrapping_add(first_channel);
        for _ in 0..rows.count() {
            let (mut weight, mut input) = (weight_row, input_row);
            for _ in 0..runs {
                let (Some(x), Some(a), Some(b)) =
                    (slice(self.image, input, run), slice(a, weight, run), slice(b, weight, run))
                else {
                    return sums;
                };
                sums = add(sums, dot_pair(x, a, b));
                weight = weight.wrapping_add(channels);
                input = input.wrapping_add(column_dilation.wrapping_mul(pixel));
            }
            weight_row = weight_row.wrapping_add(filter_row);
            input_row = input_row.wrapping_add(row_dilation.wrapping_mul(image_row));
        }
        sums
    }

    /// The products of the taps in the padding.
    #[cold]
    fn outside(&self, filter: &[i8]) -> i32 {
        let Geometry { channels, filter_row, .. } = self.geometry;
        let Patch { rows, columns } = self.patch;
        let mut weights = 0i32;
        for (row, filter_row) in filter.chunks_exact(filter_row.max(1)).enumerate() {
            let (first, end) = if rows.contains(row) { (columns.first, columns.end) } else { (0, 0) };
            let left = filter_row.get(..first.wrapping_mul(channels)).unwrap_or(&[]);
            let right = filter_row.get(end.wrapping_mul(channels)..).unwrap_or(&[]);
            weights = weights.wrapping_add(sum(left)).wrapping_add(sum(right));
        }
        weights.wrapping_mul(i32::from(self.kernel.input_zero_point))
    }
}

#[inline(always)]
fn slice(data: &[i8], start: usize, length: usize) -> Option<&[i8]> {
    data.get(start..start.wrapping_add(length))
}
