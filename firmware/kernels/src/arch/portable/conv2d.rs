//! 2-D convolution, one output position at a time.
//!
//! Small windows are gathered into consecutive bytes, with the zero point in the padding, so that every output channel is one dot product.
//! Large windows are read where they lie, in runs of consecutive bytes; what lies in the padding adds the zero point times its weights.

use super::dense;
use super::dot::{add, dot_pair, for_each_pair, sum};
use crate::Conv2d;
use crate::chunks::{chunks, chunks_mut};
use crate::shape::{Patch, copy, product};

/// Bytes of the largest window that is gathered; they lie on the stack.
const PATCH_BYTES: usize = 256;

pub(super) fn run(kernel: &Conv2d, input: &[i8], output: &mut [i8]) {
    let ([_, height, width, channels], [_, output_height, output_width, output_channels]) =
        (kernel.input_shape, kernel.output_shape);
    if kernel.window.is_pointwise(kernel.input_shape, kernel.output_shape) && kernel.groups == 1 {
        return dense::rows(channels, kernel.weights, &kernel.requant, input, output);
    }
    let sizes = (product(&[height, width, channels]), product(&[output_height, output_width, output_channels]));
    let (Some(image_size), Some(output_size)) = sizes else { return };
    let mut positions = Positions::new(kernel);
    for (image, outputs) in chunks(input, image_size).zip(chunks_mut(output, output_size)) {
        let mut pixels = chunks_mut(outputs, output_channels);
        for row in 0..output_height {
            for (column, outputs) in pixels.by_ref().take(output_width).enumerate() {
                positions.run(image, [row, column], outputs);
            }
        }
    }
}

/// A convolution, to be computed at one output position after the other.
pub(in crate::arch) struct Positions<'a> {
    kernel: &'a Conv2d<'a>,
    geometry: Geometry,
    bytes: [i8; PATCH_BYTES],
}

impl<'a> Positions<'a> {
    pub fn new(kernel: &'a Conv2d<'a>) -> Self {
        Self { kernel, geometry: Geometry::of(kernel), bytes: [0; PATCH_BYTES] }
    }

    /// Computes the pixel at `row` and `column` of one image's output.
    pub fn run(&mut self, image: &[i8], [row, column]: [usize; 2], outputs: &mut [i8]) {
        let Self { kernel, geometry, .. } = *self;
        let patch = kernel.window.patch(kernel.input_shape, row, column);
        Position { kernel, geometry, image, patch }.run(&mut self.bytes, outputs);
    }
}

/// Sizes that are the same for every output position.
#[derive(Clone, Copy)]
struct Geometry {
    /// Input channels of a group.
    channels: usize,
    /// Weights of one filter row.
    filter_row: usize,
    /// Weights of one filter.
    filter: usize,
    /// Bytes of one input row.
    image_row: usize,
    /// Bytes of one input pixel.
    pixel: usize,
    /// Whether all weights of a filter row lie over consecutive input bytes.
    is_contiguous: bool,
    /// Whether windows are gathered.
    is_gathered: bool,
}

impl Geometry {
    fn of(kernel: &Conv2d) -> Self {
        let [_, _, width, pixel] = kernel.input_shape;
        let ([filter_height, filter_width], [_, column_dilation]) = (kernel.window.filter, kernel.window.dilation);
        let channels = kernel.group_channels();
        let filter_row = filter_width.wrapping_mul(channels);
        let filter = filter_height.wrapping_mul(filter_row);
        Self {
            channels,
            filter_row,
            filter,
            image_row: width.wrapping_mul(pixel),
            pixel,
            is_contiguous: kernel.groups == 1 && column_dilation == 1,
            is_gathered: filter <= PATCH_BYTES && kernel.window.taps() > 1,
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
    fn run(&self, bytes: &mut [i8; PATCH_BYTES], outputs: &mut [i8]) {
        let group_outputs = outputs.len().checked_div(self.kernel.groups).unwrap_or(0);
        let group_weights = self.geometry.filter.wrapping_mul(group_outputs);
        let weights = chunks(self.kernel.weights, group_weights);
        for (group, (outputs, weights)) in chunks_mut(outputs, group_outputs).zip(weights).enumerate() {
            let group = Group {
                first_output: group.wrapping_mul(group_outputs),
                first_channel: group.wrapping_mul(self.geometry.channels),
            };
            if self.geometry.is_gathered {
                let window = self.gather(bytes, group);
                self.write(weights, group, outputs, |[a, b]| dot_pair(window, a, b));
            } else {
                self.write(weights, group, outputs, |filters| self.in_place(filters, group));
            }
        }
    }

    /// The outputs of a group, whose sums of products are `sums(filters)` for every two channels.
    #[inline(always)]
    fn write(&self, weights: &[i8], group: Group, outputs: &mut [i8], sums: impl Fn([&[i8]; 2]) -> [i32; 2]) {
        for_each_pair(weights, self.geometry.filter, outputs, |channel, filters, outputs| {
            let channel = group.first_output.wrapping_add(channel);
            for (offset, (output, sum)) in outputs.iter_mut().zip(sums(filters)).enumerate() {
                *output = self.kernel.requant.apply(channel.wrapping_add(offset), sum);
            }
        });
    }

    /// The window in consecutive bytes.
    fn gather<'b>(&self, bytes: &'b mut [i8; PATCH_BYTES], group: Group) -> &'b [i8] {
        let Some(window) = bytes.get_mut(..self.geometry.filter) else { return &[] };
        if self.is_border() {
            window.fill(self.kernel.input_zero_point);
        }
        self.for_each_run(group, |weight, x| {
            if let Some(to) = window.get_mut(weight..weight.wrapping_add(x.len())) {
                copy(x, to);
            }
        });
        window
    }

    /// The sums of products of a window that is read where it lies.
    #[inline(always)]
    fn in_place(&self, [a, b]: [&[i8]; 2], group: Group) -> [i32; 2] {
        let mut sums = if self.is_border() { [self.outside(a), self.outside(b)] } else { [0; 2] };
        self.for_each_run(group, |weight, x| {
            let weights = weight..weight.wrapping_add(x.len());
            if let (Some(a), Some(b)) = (a.get(weights.clone()), b.get(weights)) {
                sums = add(sums, dot_pair(x, a, b));
            }
        });
        sums
    }

    fn is_border(&self) -> bool {
        self.patch.taps() != self.kernel.window.taps()
    }

    /// Calls `each` with every run of input bytes under consecutive weights, and the index of the first of these weights.
    #[inline(always)]
    fn for_each_run(&self, group: Group, mut each: impl FnMut(usize, &[i8])) {
        let Geometry { channels, filter_row, image_row, pixel, is_contiguous, .. } = self.geometry;
        let Patch { rows, columns } = self.patch;
        let [row_dilation, column_dilation] = self.kernel.window.dilation;
        let (run, runs) =
            if is_contiguous { (columns.count().wrapping_mul(channels), 1) } else { (channels, columns.count()) };
        let mut weight_row = rows.first.wrapping_mul(filter_row).wrapping_add(columns.first.wrapping_mul(channels));
        let input_column = columns.start.wrapping_mul(pixel).wrapping_add(group.first_channel);
        let mut input_row = rows.start.wrapping_mul(image_row).wrapping_add(input_column);
        for _ in 0..rows.count() {
            let (mut weight, mut input) = (weight_row, input_row);
            for _ in 0..runs {
                let Some(x) = self.image.get(input..input.wrapping_add(run)) else { return };
                each(weight, x);
                weight = weight.wrapping_add(channels);
                input = input.wrapping_add(column_dilation.wrapping_mul(pixel));
            }
            weight_row = weight_row.wrapping_add(filter_row);
            input_row = input_row.wrapping_add(row_dilation.wrapping_mul(image_row));
        }
    }

    /// The products of the taps in the padding.
    #[cold]
    fn outside(&self, filter: &[i8]) -> i32 {
        let Geometry { channels, filter_row, .. } = self.geometry;
        let Patch { rows, columns } = self.patch;
        let mut weights = 0i32;
        for (row, filter_row) in chunks(filter, filter_row).enumerate() {
            let (first, end) = if rows.contains(row) { (columns.first, columns.end) } else { (0, 0) };
            let left = filter_row.get(..first.wrapping_mul(channels)).unwrap_or(&[]);
            let right = filter_row.get(end.wrapping_mul(channels)..).unwrap_or(&[]);
            weights = weights.wrapping_add(sum(left)).wrapping_add(sum(right));
        }
        weights.wrapping_mul(i32::from(self.kernel.input_zero_point))
    }
}

/// Where a group's channels start.
#[derive(Clone, Copy)]
struct Group {
    first_output: usize,
    first_channel: usize,
}
