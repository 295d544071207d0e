//! 3x3 convolution with transformed weights: strip by strip, inputs are transformed into scratch, multiplied position by position, and
//! their sums transformed back.

mod inputs;
mod outputs;
mod products;

use super::saturate::clamp;
use crate::Conv2d;
use crate::packed::winograd::{Memory, PAIR, QUAD, Strip, TILES, Tile, bytes, strips};
use crate::shape::product;
use inputs::Block;
use outputs::{Pixels, Planes};
use products::Products;

/// [`Conv2d`] with transformed weights and without pre-shift.
pub fn conv2d(conv: &Conv2d, tile: Tile, input: &[i8], output: &mut [i8], scratch: &mut [i8]) {
    let Some(mut layer) = Layer::new(conv, tile, input, output, scratch) else { return };
    for strip in strips(conv, tile) {
        layer.transform_inputs(strip);
        layer.compute_outputs(strip);
    }
    clamp(&conv.requant, output);
}

/// A layer at work, lengths checked.
struct Layer<'a> {
    conv: &'a Conv2d<'a>,
    tile: Tile,
    input: &'a [i8],
    output: *mut i8,
    memory: Memory<'a>,
}

impl<'a> Layer<'a> {
    /// `None` where a slice has another length than the parameters say, which `is_valid` and the caller have ruled out.
    fn new(
        conv: &'a Conv2d<'a>,
        tile: Tile,
        input: &'a [i8],
        output: &mut [i8],
        scratch: &'a mut [i8],
    ) -> Option<Self> {
        let ([.., inputs], [.., outputs]) = (conv.input_shape, conv.output_shape);
        let agree = product(&conv.input_shape) == Some(input.len())
            && product(&conv.output_shape) == Some(output.len())
            && conv.input_shape[0] == conv.output_shape[0]
            && inputs.is_multiple_of(QUAD)
            && inputs != 0
            && outputs.is_multiple_of(PAIR)
            && conv.weights.len() == bytes(outputs, inputs, tile)
            && conv.requant.bias.len() == outputs
            && conv.requant.multipliers.len() == outputs
            && scratch.as_ptr().cast::<u32>().is_aligned();
        let memory = Memory::new(conv, tile, scratch).filter(|_| agree)?;
        Some(Self { conv, tile, input, output: output.as_mut_ptr(), memory })
    }

    /// Transforms all inputs of a strip.
    fn transform_inputs(&mut self, strip: Strip) {
        let [_, height, width, channels] = self.conv.input_shape;
        let inside = strip.inside(self.conv, self.tile);
        let (words, values) = self.memory.inputs();
        let (words, _) = words.as_chunks_mut::<QUAD>();
        let (rows, columns) = (inside.rows.count(), inside.columns.count());
        if rows.wrapping_mul(columns) != words.len() {
            words.fill([self.conv.input_zero_point; QUAD]);
        }
        let row = strip.n.wrapping_mul(height).wrapping_add(inside.rows.start);
        let pixel = row.wrapping_mul(width).wrapping_add(inside.columns.start);
        let [_, block_columns] = self.tile.block_shape();
        let first = inside.rows.first.wrapping_mul(block_columns).wrapping_add(inside.columns.first);
        let block = Block {
            source: self.input.as_ptr().wrapping_add(pixel.wrapping_mul(channels)),
            pixel_stride: channels,
            row_gap: width.wrapping_sub(columns).wrapping_mul(channels),
            inside: words.as_mut_ptr().cast::<u32>().wrapping_add(first),
            rows,
            columns,
            block_gap: block_columns.wrapping_sub(columns).wrapping_mul(4),
            block: words.as_mut_ptr().cast(),
            values: values.as_mut_ptr().cast(),
            position_bytes: channels.wrapping_mul(2 * TILES),
            quads: channels / QUAD,
        };
        // SAFETY: `new` checked that the input is as large as its shape and that there are whole quads of channels; the rows and columns
        // inside are in the image and in the block, all of which has been written once. The memory has room for the block, half transformed, behind
        // it and for the values of all positions.
        unsafe {
            match self.tile {
                Tile::Two => inputs::transform_2(block),
                Tile::Four => inputs::transform_4(block),
            }
        }
    }

    /// Computes all outputs of a strip.
    fn compute_outputs(&mut self, strip: Strip) {
        let [_, height, width, channels] = self.conv.output_shape;
        let [rows, columns] = strip.outputs(self.conv, self.tile);
        let side = self.tile.side();
        let is_whole = rows == side && columns.is_multiple_of(side);
        let tiles = columns.wrapping_add(side - 1) / side;
        let row = strip.n.wrapping_mul(height).wrapping_add(strip.y);
        let at = row.wrapping_mul(width).wrapping_add(strip.x).wrapping_mul(channels);
        let target = self.output.wrapping_add(at);
        let mut weights = self.conv.weights.as_ptr();
        let pair_bytes = bytes(PAIR, self.conv.input_shape[3], self.tile);
        for channel in (0..channels / PAIR).map(|pair| pair * PAIR) {
            let (values, sums, pixels) = self.memory.sums();
            let products = Products {
                weights: weights.cast(),
                values: values.as_ptr().cast(),
                sums: sums.as_mut_ptr().cast(),
                words: self.conv.input_shape[3] / 2,
            };
            let staged = Pixels { output: pixels.as_mut_ptr(), pixel_stride: PAIR, row_stride: PAIR * side * TILES };
            let direct = Pixels {
                output: target.wrapping_add(channel),
                pixel_stride: channels,
                row_stride: width.wrapping_mul(channels),
            };
            let planes = Planes {
                sums: sums.as_mut_ptr().cast(),
                bias: self.conv.requant.bias.as_ptr().wrapping_add(channel),
                multipliers: self.conv.requant.multipliers.as_ptr().wrapping_add(channel),
                output_zero_point: i32::from(self.conv.requant.output_zero_point),
                pixels: if is_whole { direct } else { staged },
                tiles,
            };
            // SAFETY: `new` checked that weights, bias and multipliers have `channels` rows, of which a pair starts at `channel`, that the
            // output is as large as its shape, and that the memory has room for values, sums and the pixels of a strip. The values have
            // been written. A whole strip's rows and columns are in the output.
            unsafe {
                match self.tile {
                    Tile::Two => {
                        products::multiply::<16>(&products);
                        outputs::transform_2(&planes);
                    }
                    Tile::Four => {
                        products::multiply::<36>(&products);
                        outputs::transform_4(&planes);
                    }
                }
            }
            if !is_whole {
                for y in 0..rows {
                    for x in 0..columns {
                        for lane in 0..PAIR {
                            let from = staged.output.wrapping_add(y.wrapping_mul(staged.row_stride) + x * PAIR + lane);
                            let to = y.wrapping_mul(direct.row_stride).wrapping_add(x.wrapping_mul(channels));
                            // SAFETY: rows and columns are those that the output has, and the strip's pixels hold all of them.
                            unsafe { *direct.output.wrapping_add(to).wrapping_add(lane) = *from };
                        }
                    }
                }
            }
            weights = weights.wrapping_add(pair_bytes);
        }
    }
}
