//! Depthwise convolution with plain weights, one output pixel at a time.

use super::grids::{Grid, Pixel, convolve_pixel};
use super::saturate::clamp;
use crate::DepthwiseConv2d;
use crate::chunks::chunks_mut;
use crate::shape::{Patch, Taps};

/// Channels that are computed together.
const QUAD: usize = 4;

/// Plain [`DepthwiseConv2d`] with multiplier 1, without pre-shift and with four channels or more.
pub fn depthwise_conv2d(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8]) {
    let [_, height, width, channels] = conv.output_shape;
    let layer = Layer { conv, input, padding: [conv.input_zero_point; QUAD] };
    let mut grids = Grids::default();
    let [mut n, mut y, mut x] = [0; 3];
    for pixel in chunks_mut(output, channels) {
        let patch = conv.window.patch(conv.input_shape, y, x);
        // The last quad overlaps the one before where the channels are not a multiple of 4.
        let whole = layer.convolve(Place { n, patch, channel: 0 }, &mut grids, pixel);
        let last = channels.wrapping_sub(QUAD);
        let rest = if channels.is_multiple_of(QUAD) {
            Some(())
        } else {
            layer.convolve(Place { n, patch, channel: last }, &mut grids, pixel)
        };
        if whole.and(rest).is_none() {
            return;
        }
        x += 1;
        if x == width {
            (y, x) = (y + 1, 0);
        }
        if y == height {
            (n, y) = (n + 1, 0);
        }
    }
    clamp(&conv.requant, output);
}

/// An output pixel of image `n` from `channel` on, and its taps inside the input.
struct Place {
    n: usize,
    patch: Patch,
    channel: usize,
}

/// A layer at work.
struct Layer<'a> {
    conv: &'a DepthwiseConv2d<'a>,
    input: &'a [i8],
    /// What taps outside the input see.
    padding: [i8; QUAD],
}

impl Layer<'_> {
    /// Computes the whole quads of a pixel from `channel` on; `None` where slices are too short, which `is_valid` has ruled out.
    fn convolve(&self, place: Place, grids: &mut Grids, pixel: &mut [i8]) -> Option<()> {
        let channel = place.channel;
        let output = pixel.get_mut(channel..)?;
        let quads = output.len() / QUAD;
        let covered = quads.wrapping_mul(QUAD);
        let requant = &self.conv.requant;
        let mut pixel = Pixel {
            bias: requant.bias.get(channel..)?.get(..covered)?.as_ptr(),
            multipliers: requant.multipliers.get(channel..)?.get(..covered)?.as_ptr(),
            output: output.as_mut_ptr(),
            output_zero_point: i32::from(requant.output_zero_point),
            w_step: self.conv.output_shape[3],
            quads,
        };
        self.set_grids(&place, covered, grids)?;
        let grids = grids.list.get_mut(..grids.count).filter(|grids| !grids.is_empty() && quads > 0)?;
        // SAFETY: `inside` and `outside` took slices from each grid's first tap to the last quad of its last one; bias and multipliers
        // were taken as slices of `covered` elements, and so many are in `output`.
        unsafe { convolve_pixel(&mut pixel, grids) };
        Some(())
    }

    /// Names all taps of a place.
    fn set_grids(&self, place: &Place, covered: usize, grids: &mut Grids) -> Option<()> {
        let Patch { rows, columns } = place.patch;
        let [filter_height, filter_width] = self.conv.window.filter;
        grids.count = 0;
        if rows.count() > 0 && columns.count() > 0 {
            grids.push(self.inside(place, covered)?);
        }
        if place.patch.taps() == self.conv.window.taps() {
            return Some(());
        }
        let all = taps(0, filter_width);
        let around = [
            [taps(0, rows.first), all],
            [taps(rows.end, filter_height), all],
            [rows, taps(0, columns.first)],
            [rows, taps(columns.end, filter_width)],
        ];
        for [rows, columns] in around {
            if rows.count() > 0 && columns.count() > 0 {
                grids.push(self.outside(rows, columns, place.channel, covered)?);
            }
        }
        Some(())
    }

    /// The taps inside the input.
    fn inside(&self, place: &Place, covered: usize) -> Option<Grid> {
        let Place { n, patch: Patch { rows, columns }, channel } = place;
        let [_, height, width, channels] = self.conv.input_shape;
        let [row_dilation, column_dilation] = self.conv.window.dilation;
        let row_stride = row_dilation.wrapping_mul(width).wrapping_mul(channels);
        let x_step = column_dilation.wrapping_mul(channels);
        let row = n.wrapping_mul(height).wrapping_add(rows.start);
        let start = row.wrapping_mul(width).wrapping_add(columns.start).wrapping_mul(channels).wrapping_add(*channel);
        let length =
            span(rows.count(), row_stride)?.checked_add(span(columns.count(), x_step)?)?.checked_add(covered)?;
        Some(Grid {
            x: self.input.get(start..)?.get(..length)?.as_ptr(),
            x_step,
            x_gap: row_stride.wrapping_sub(columns.count().wrapping_mul(x_step)),
            x_advance: QUAD,
            ..self.outside(*rows, *columns, *channel, covered)?
        })
    }

    /// Taps that see padding.
    fn outside(&self, rows: Taps, columns: Taps, channel: usize, covered: usize) -> Option<Grid> {
        let ([.., channels], [_, filter_width]) = (self.conv.output_shape, self.conv.window.filter);
        let row_stride = filter_width.wrapping_mul(channels);
        let start = rows.first.wrapping_mul(filter_width).wrapping_add(columns.first).wrapping_mul(channels);
        let length =
            span(rows.count(), row_stride)?.checked_add(span(columns.count(), channels)?)?.checked_add(covered)?;
        Some(Grid {
            x: self.padding.as_ptr(),
            w: self.conv.weights.get(start.wrapping_add(channel)..)?.get(..length)?.as_ptr(),
            columns: columns.count(),
            x_step: 0,
            x_gap: 0,
            w_gap: row_stride.wrapping_sub(columns.count().wrapping_mul(channels)),
            rows: rows.count(),
            x_advance: 0,
        })
    }
}

/// Elements from the first of `count` to the last; `None` for a count of 0.
fn span(count: usize, stride: usize) -> Option<usize> {
    count.checked_sub(1)?.checked_mul(stride)
}

fn taps(first: usize, end: usize) -> Taps {
    Taps { first, end, start: 0 }
}

/// The grids of a pixel.
struct Grids {
    list: [Grid; 5],
    count: usize,
}

impl Default for Grids {
    fn default() -> Self {
        let null = core::ptr::null();
        let empty = Grid { x: null, w: null, columns: 0, x_step: 0, x_gap: 0, w_gap: 0, rows: 0, x_advance: 0 };
        Self { list: [empty; 5], count: 0 }
    }
}

impl Grids {
    fn push(&mut self, grid: Grid) {
        if let Some(place) = self.list.get_mut(self.count) {
            *place = grid;
            self.count += 1;
        }
    }
}
