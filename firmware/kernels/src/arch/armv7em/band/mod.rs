//! Packed convolution with three taps a row, from a band of widened input rows.
//!
//! Scratch holds four rows of weights and, for a tile of the output, every input row of the image that it sees, as windows. So each input is widened
//! once or twice in place of nine times, and weights leave the flash once for a tile. Filter rows above or below the image see nothing but zero points:
//! their products are part of the bias.

mod columns;
mod quad;
mod widen;
mod windows;

use core::ops::Range;

use columns::Columns;
use quad::{OutputRows, Quad};
use widen::Windows;

use super::chained_quads;
use super::saturate::clamp;
use super::stage::stage;
use super::words;
use crate::chunks::nth_chunk;
use crate::packed::band::{Geometry, PAIR, Tile};
use crate::packed::rows::QUAD;
use crate::shape::Taps;
use crate::{Conv2d, InOut};

/// Packed [`Conv2d`] with the weights of [`crate::packed::band`], without pre-shift.
pub fn conv2d(conv: &Conv2d, tensors: &mut InOut, scratch: &mut [i8]) {
    let geometry = Geometry::new(conv);
    let scratch = words(scratch);
    let most = geometry.tile(conv, size_of_val(scratch));
    let Some((weights, windows)) = scratch.split_at_mut_checked(geometry.staged_bytes / 4) else { return };
    let mut band = Band { conv, geometry, weights, windows };
    let [batch, height, width, channels] = conv.output_shape;
    let image = height.wrapping_mul(width).wrapping_mul(channels);
    for n in 0..batch {
        let mut y = 0;
        while y < height {
            let rows = most.rows.min(height.wrapping_sub(y));
            let mut pair = 0;
            while pair < band.geometry.pairs {
                let pairs = most.pairs.min(band.geometry.pairs.wrapping_sub(pair));
                let tile = Tile { rows, pairs };
                band.widen(tensors.input(), [n, y, pair], &tile);
                band.multiply([y, pair], &tile, tensors.output_part(n.wrapping_mul(image), image));
                pair = pair.wrapping_add(most.pairs);
            }
            y = y.wrapping_add(most.rows);
        }
    }
    clamp(&conv.requant, tensors.output());
}

struct Band<'a> {
    conv: &'a Conv2d<'a>,
    geometry: Geometry,
    /// Room for a quad, as chains where they can be.
    weights: &'a mut [u32],
    /// Pair by pair, each with all rows of the tile.
    windows: &'a mut [u32],
}

impl Band<'_> {
    /// Fills the windows with the input rows that the tile at output row `y` and pair `pair` of image `n` sees.
    fn widen(&mut self, input: &[i8], [n, y, pair]: [usize; 3], tile: &Tile) {
        let ([_, height, _, _], stride) = (self.conv.input_shape, self.conv.window.stride[1]);
        let columns = Columns::new(self.conv, pair, tile.pairs);
        let window = self.geometry.window_bytes / 4;
        let rows = self.input_rows(y, tile.rows);
        let pair = window.wrapping_mul(rows.len());
        let first = rows.start;
        for row in rows {
            let elements = columns.elements(self.conv, input, n.wrapping_mul(height).wrapping_add(row));
            let words = self.windows.get_mut(row.wrapping_sub(first).wrapping_mul(window)..).unwrap_or_default();
            match stride {
                1 => columns.widen(elements, &mut Windows::<4> { words, window, pair }),
                _ => columns.widen(elements, &mut Windows::<5> { words, window, pair }),
            }
        }
    }

    /// Rows of the image that `rows` output rows from `y` on see.
    fn input_rows(&self, y: usize, rows: usize) -> Range<usize> {
        let ([_, height, _, _], window) = (self.conv.input_shape, &self.conv.window);
        let top = y.wrapping_mul(window.stride[0]);
        let count = rows.saturating_sub(1).wrapping_mul(window.stride[0]).wrapping_add(window.filter[0]);
        let end = top.wrapping_add(count).saturating_sub(window.pad[0]).min(height);
        top.saturating_sub(window.pad[0]).min(end)..end
    }

    /// All channels of the tile at output row `y` and pair `pair`.
    fn multiply(&mut self, [y, pair]: [usize; 2], tile: &Tile, image: &mut [i8]) {
        let [_, _, width, channels] = self.conv.output_shape;
        let first = pair.wrapping_mul(PAIR);
        let pixels = tile.pairs.wrapping_mul(PAIR).min(width.wrapping_sub(first));
        for quad in 0..channels.div_ceil(QUAD) {
            let Some(weights) = nth_chunk(self.conv.weights, quad, self.geometry.quad_bytes) else { return };
            let is_chained = self.geometry.has_chains && chained_quads::stage(weights, self.weights);
            if !is_chained && !stage(weights, self.weights) {
                return;
            }
            let input_rows = self.input_rows(y, tile.rows);
            let quad = Quad::new(self, quad, input_rows.len(), is_chained);
            let end = y.wrapping_add(tile.rows);
            let mut y = y;
            while y < end {
                let taps = self.tap_rows(y);
                let is_alike = |other: &usize| {
                    let other = self.tap_rows(*other);
                    [other.first, other.end] == [taps.first, taps.end]
                };
                let rows = (y..end).take_while(is_alike).count().max(1);
                let start = y.wrapping_mul(width).wrapping_add(first).wrapping_mul(channels);
                let output = OutputRows {
                    elements: image.get_mut(start..).unwrap_or_default(),
                    count: rows,
                    length: pixels.wrapping_mul(channels),
                    stride: width.wrapping_mul(channels),
                };
                quad.multiply(&taps, taps.start.wrapping_sub(input_rows.start), output);
                y = y.wrapping_add(rows);
            }
        }
    }

    /// The rows of taps inside the image at output row `y`.
    fn tap_rows(&self, y: usize) -> Taps {
        self.conv.window.patch(self.conv.input_shape, y, 0).rows
    }
}
