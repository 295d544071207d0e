//! Strips: four tiles side by side, and the memory that one takes.

use core::iter::from_fn;

use super::{PAIR, QUAD, TILES, Tile};
use crate::Conv2d;
use crate::shape::{Patch, Window};

/// Four tiles of the output of image `n`; some of their rows and columns may lie behind its end.
#[derive(Clone, Copy)]
pub(crate) struct Strip {
    pub n: usize,
    /// First row of output.
    pub y: usize,
    /// First column of output.
    pub x: usize,
}

/// All strips of a layer.
pub(crate) fn strips(conv: &Conv2d, tile: Tile) -> impl Iterator<Item = Strip> {
    let [batch, height, width, _] = conv.output_shape;
    let mut next = Strip { n: 0, y: 0, x: 0 };
    from_fn(move || {
        let strip = next;
        next.x = next.x.wrapping_add(tile.side() * TILES);
        if next.x >= width {
            next = Strip { x: 0, y: next.y.wrapping_add(tile.side()), ..next };
        }
        if next.y >= height {
            next = Strip { n: next.n.wrapping_add(1), y: 0, x: 0 };
        }
        (strip.n < batch).then_some(strip)
    })
}

impl Strip {
    /// Its inputs that do not lie in the padding, in rows and columns of [`Tile::block_shape`].
    pub fn inside(self, conv: &Conv2d, tile: Tile) -> Patch {
        let window = Window { filter: tile.block_shape(), ..conv.window };
        window.patch(conv.input_shape, self.y, self.x)
    }

    /// Rows and columns of it that the output has.
    pub fn outputs(self, conv: &Conv2d, tile: Tile) -> [usize; 2] {
        let [_, height, width, _] = conv.output_shape;
        [height.wrapping_sub(self.y).min(tile.side()), width.wrapping_sub(self.x).min(tile.side() * TILES)]
    }
}

/// Bytes of the transformed inputs of a strip: two for each position, channel and tile.
pub(super) fn values_bytes(channels: usize, tile: Tile) -> usize {
    channels.saturating_mul(2 * TILES * tile.positions())
}

/// Bytes of a strip's inputs of four channels.
const fn block_bytes(tile: Tile) -> usize {
    let [rows, columns] = tile.block_shape();
    rows * columns * QUAD
}

/// Bytes of a strip's sums of two output channels: four for each position, channel and tile.
const fn sums_bytes(tile: Tile) -> usize {
    tile.positions() * PAIR * TILES * 4
}

/// Bytes of a strip's outputs of two channels.
const fn pixels_bytes(tile: Tile) -> usize {
    tile.side() * tile.side() * TILES * PAIR
}

/// Bytes of what is live beside the transformed inputs: first the inputs of four channels and, as i16, half transformed; then sums and outputs of
/// two channels.
pub(super) const fn work_bytes(tile: Tile) -> usize {
    let (inputs, outputs) = (3 * block_bytes(tile), sums_bytes(tile) + pixels_bytes(tile));
    if inputs > outputs { inputs } else { outputs }
}

/// The scratch of a layer, in parts.
pub(crate) struct Memory<'a> {
    /// Transformed inputs, i16: `[positions, C / 2, 4 tiles, 2]`, channels in the order of the weights.
    values: &'a mut [i8],
    /// [`work_bytes`] for one thing after the other.
    work: &'a mut [i8],
    tile: Tile,
}

impl<'a> Memory<'a> {
    /// `None` where there is not enough.
    pub fn new(conv: &Conv2d, tile: Tile, scratch: &'a mut [i8]) -> Option<Self> {
        let (values, rest) = scratch.split_at_mut_checked(values_bytes(conv.input_shape[3], tile))?;
        let (work, _) = rest.split_at_mut_checked(work_bytes(tile))?;
        Some(Self { values, work, tile })
    }

    /// Inputs of four channels `[rows, columns, 4]`, and the transformed ones.
    pub fn inputs(&mut self) -> (&mut [i8], &mut [i8]) {
        let block = self.work.get_mut(..block_bytes(self.tile)).unwrap_or_default();
        (block, self.values)
    }

    /// Transformed inputs, sums of two channels at all positions of four tiles, i32, and room for the outputs `[rows, columns, 2]`.
    pub fn sums(&mut self) -> (&[i8], &mut [i8], &mut [i8]) {
        let (sums, rest) = self.work.split_at_mut_checked(sums_bytes(self.tile)).unwrap_or_default();
        (self.values, sums, rest.get_mut(..pixels_bytes(self.tile)).unwrap_or_default())
    }
}
