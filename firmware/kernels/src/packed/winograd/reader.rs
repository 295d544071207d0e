//! The portable reader: the arithmetic of the DSP kernels, modulo 2^32, on any core.

use super::strip::{Memory, Strip, strips};
use super::transform::{self, Plane, SPAN_MAX};
use super::{PAIR, QUAD, TILES, Tile, lane_of, word_of};
use crate::Conv2d;
use crate::chunks::chunks;

/// Sums of a pair of channels at one position: `[channel][tile]`.
type Sums = [[i32; TILES]; PAIR];

/// [`Conv2d`] on transformed weights. A function of its own: inlined, it would take its stack for every kind of convolution.
#[inline(never)]
pub(crate) fn conv2d(conv: &Conv2d, tile: Tile, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let Some(mut memory) = Memory::new(conv, tile, scratch) else { return };
    let [.., channels] = conv.input_shape;
    for strip in strips(conv, tile) {
        let reader = Reader { conv, tile, strip };
        for quad in 0..channels / QUAD {
            let (block, values) = memory.inputs();
            reader.gather(input, quad, block);
            reader.transform_inputs(block, quad, values);
        }
        let pairs = chunks(conv.weights, super::bytes(PAIR, channels, tile));
        for (pair, weights) in pairs.enumerate() {
            let (values, sums, _) = memory.sums();
            multiply(weights, values, channels, sums);
            reader.transform_outputs(sums, pair, output);
        }
    }
}

/// A strip of a layer.
#[derive(Clone, Copy)]
struct Reader<'a> {
    conv: &'a Conv2d<'a>,
    tile: Tile,
    strip: Strip,
}

impl Reader<'_> {
    /// Copies the strip's inputs of four channels.
    fn gather(&self, input: &[i8], quad: usize, block: &mut [i8]) {
        let [_, height, width, channels] = self.conv.input_shape;
        let inside = self.strip.inside(self.conv, self.tile);
        let [_, columns] = self.tile.block_shape();
        block.fill(self.conv.input_zero_point);
        let (words, _) = block.as_chunks_mut::<QUAD>();
        let image = self.strip.n.wrapping_mul(height);
        for row in 0..inside.rows.count() {
            let from = image.wrapping_add(inside.rows.start).wrapping_add(row).wrapping_mul(width);
            let from = from.wrapping_add(inside.columns.start).wrapping_mul(channels).wrapping_add(quad * QUAD);
            let to = (inside.rows.first + row) * columns + inside.columns.first;
            let mut pixels = input.get(from..).unwrap_or_default();
            for word in words.get_mut(to..).unwrap_or_default().iter_mut().take(inside.columns.count()) {
                *word = pixels.first_chunk().copied().unwrap_or_default();
                pixels = pixels.get(channels..).unwrap_or_default();
            }
        }
    }

    /// Transforms the inputs of four channels.
    fn transform_inputs(&self, block: &[i8], quad: usize, values: &mut [i8]) {
        let (span, side) = (self.tile.span(), self.tile.side());
        let [_, columns] = self.tile.block_shape();
        let position_values = self.conv.input_shape[3].wrapping_mul(TILES);
        let (values, _) = values.as_chunks_mut::<2>();
        for channel in quad * QUAD..quad * QUAD + QUAD {
            for index in 0..TILES {
                let mut plane = Plane::default();
                for (row, line) in plane.iter_mut().take(span).enumerate() {
                    let from = (row * columns + index * side) * QUAD + channel % QUAD;
                    for (column, value) in line.iter_mut().take(span).enumerate() {
                        *value = block.get(from + column * QUAD).map_or(0, |&input| i32::from(input));
                    }
                }
                let mut at = (word_of(channel) * TILES + index) * 2 + lane_of(channel);
                for line in transform::input(self.tile, plane).iter().take(span) {
                    for &value in line.iter().take(span) {
                        if let Some(target) = values.get_mut(at) {
                            *target = (value as i16).to_le_bytes().map(|byte| byte as i8);
                        }
                        at = at.wrapping_add(position_values);
                    }
                }
            }
        }
    }

    /// Writes the outputs of a pair of channels.
    fn transform_outputs(&self, sums: &[i8], pair: usize, output: &mut [i8]) {
        let [_, height, width, channels] = self.conv.output_shape;
        let [rows, columns] = self.strip.outputs(self.conv, self.tile);
        let side = self.tile.side();
        for channel in pair * PAIR..pair * PAIR + PAIR {
            for index in 0..TILES {
                let first = index * side;
                let tile = transform::output(self.tile, self.products(sums, channel % PAIR, index));
                for (row, line) in tile.iter().take(rows).enumerate() {
                    let row = self.strip.n.wrapping_mul(height).wrapping_add(self.strip.y + row);
                    for (column, &sum) in line.iter().take(columns.saturating_sub(first).min(side)).enumerate() {
                        let pixel = row.wrapping_mul(width).wrapping_add(self.strip.x + first + column);
                        if let Some(output) = output.get_mut(pixel.wrapping_mul(channels).wrapping_add(channel)) {
                            *output = self.conv.requant.apply(channel, self.tile.unscaled(sum));
                        }
                    }
                }
            }
        }
    }

    /// The sums of one channel and tile.
    fn products(&self, sums: &[i8], channel: usize, tile: usize) -> Plane {
        let span = self.tile.span();
        let (sums, _) = sums.as_chunks::<4>();
        let mut products = [[0; SPAN_MAX]; SPAN_MAX];
        for (row, line) in products.iter_mut().take(span).enumerate() {
            for (column, product) in line.iter_mut().take(span).enumerate() {
                let at = ((row * span + column) * PAIR + channel) * TILES + tile;
                *product = i32::from_le_bytes(sums.get(at).copied().unwrap_or_default().map(|byte| byte as u8));
            }
        }
        products
    }
}

/// The products of a pair of channels with all tiles, summed over the input channels, position by position.
fn multiply(weights: &[i8], values: &[i8], channels: usize, sums: &mut [i8]) {
    let (weights, _) = weights.as_chunks::<{ 4 * PAIR }>();
    let (values, _) = values.as_chunks::<{ 4 * TILES }>();
    let words = channels / 2;
    let (sums, _) = sums.as_chunks_mut::<4>();
    let (sums, _) = sums.as_chunks_mut::<{ PAIR * TILES }>();
    for ((weights, values), sums) in chunks(weights, words).zip(chunks(values, words)).zip(sums) {
        let position = position_sums(weights, values);
        for (target, sum) in sums.iter_mut().zip(position.as_flattened()) {
            *target = sum.to_le_bytes().map(|byte| byte as i8);
        }
    }
}

/// Written so that it becomes `pmaddwd` and its like on the host.
#[inline(always)]
fn position_sums(weights: &[[i8; 4 * PAIR]], values: &[[i8; 4 * TILES]]) -> Sums {
    let mut sums = Sums::default();
    for (weights, values) in weights.iter().zip(values) {
        let values = halves::<{ 2 * TILES }>(values);
        for (sums, [low, high]) in sums.iter_mut().zip(halves::<{ 2 * PAIR }>(weights).as_chunks::<2>().0) {
            for (sum, [value_low, value_high]) in sums.iter_mut().zip(values.as_chunks::<2>().0) {
                let products = (low * value_low).wrapping_add(high * value_high);
                *sum = sum.wrapping_add(products);
            }
        }
    }
    sums
}

/// Bytes as 16-bit numbers.
#[inline(always)]
fn halves<const COUNT: usize>(bytes: &[i8]) -> [i32; COUNT] {
    let mut halves = [0; COUNT];
    for (half, &[low, high]) in halves.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *half = i32::from(i16::from_le_bytes([low as u8, high as u8]));
    }
    halves
}
