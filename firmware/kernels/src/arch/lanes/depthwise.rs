//! Depthwise 3x3 convolution with plain weights, two output rows at a time.

use super::columns::SIDE;
use super::lanes_stay_apart;
use super::tile::{PAIR, Tile};
use crate::arch::saturate::clamp;
use crate::shape::product;
use crate::{DepthwiseConv2d, WeightLayout};

/// Words of a tile, which lie on the stack.
const WORDS: usize = 108;

/// Plain 3x3 [`DepthwiseConv2d`] with multiplier 1 and vertical stride 1 or 2, not dilated, without pre-shift; `None`, with nothing
/// written, for any other.
pub fn run(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8]) -> Option<()> {
    let window = &conv.window;
    let fits =
        window.filter == [SIDE, SIDE] && window.dilation == [1, 1] && window.stride[0] <= 2 && window.stride[1] <= 2;
    let is_plain = conv.layout == WeightLayout::Plain && conv.requant.pre_shift == 0 && conv.multiplier() == 1;
    if !fits || !is_plain || !lanes_stay_apart(conv.weights) {
        return None;
    }
    let ([_, height, width, channels], [_, output_height, output_width, _]) = (conv.input_shape, conv.output_shape);
    let image_size = product(&[height, width, channels])?;
    let output_size = product(&[output_height, output_width, channels])?;
    for (image, output) in crate::chunks::chunks(input, image_size).zip(crate::chunks::chunks_mut(output, output_size))
    {
        convolve_image(conv, image, output);
    }
    clamp(&conv.requant, output);
    Some(())
}

/// One image, in tiles.
#[inline(never)]
fn convolve_image(conv: &DepthwiseConv2d, image: &[i8], output: &mut [i8]) {
    let [_, output_height, output_width, _] = conv.output_shape;
    let column_stride = conv.window.stride[1];
    let columns_max = WORDS / SIDE;
    let outputs_max = if column_stride == 1 { columns_max - 2 } else { (columns_max - 1) / 2 };
    let mut words = [0; WORDS];
    let mut x = 0;
    while x < output_width {
        let outputs = outputs_max.min(output_width - x);
        let columns = (outputs - 1).wrapping_mul(column_stride).wrapping_add(SIDE);
        // At least one: a pair of full width fits.
        let mut pairs_max = 0usize;
        while pairs_max.wrapping_add(1).wrapping_mul(columns.wrapping_mul(SIDE)) <= WORDS {
            pairs_max = pairs_max.wrapping_add(1);
        }
        let mut y = 0;
        while y < output_height {
            let rows = pairs_max.wrapping_mul(PAIR).min(output_height - y);
            let tile = Tile { conv, image, y, x, rows, outputs, columns };
            if tile.convolve(&mut words, output).is_none() {
                return;
            }
            y = y.wrapping_add(rows);
        }
        x = x.wrapping_add(outputs);
    }
}
