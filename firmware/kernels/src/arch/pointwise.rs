//! Layers whose pixels see nothing but themselves, seen as a single row of pixels.

use crate::{Conv2d, Dense, WeightLayout, Window};

/// A pointwise convolution with all its pixels in one row, so that they go in groups of any size; `None` for any other.
pub fn flattened<'a>(conv: &Conv2d<'a>) -> Option<Conv2d<'a>> {
    let ([n, height, width, input_channels], [.., channels]) = (conv.input_shape, conv.output_shape);
    let pixels = n.wrapping_mul(height).wrapping_mul(width);
    let [input_shape, output_shape] = [[1, 1, pixels, input_channels], [1, 1, pixels, channels]];
    conv.window.is_pointwise(conv.input_shape, conv.output_shape).then_some(Conv2d {
        input_shape,
        output_shape,
        ..*conv
    })
}

/// A plain dense layer as a convolution: its rows are the pixels.
pub fn convolution<'a>(dense: &Dense<'a>) -> Conv2d<'a> {
    Conv2d {
        input_shape: [1, 1, dense.rows, dense.input_features],
        output_shape: [1, 1, dense.rows, dense.output_features],
        window: Window { filter: [1, 1], stride: [1, 1], dilation: [1, 1], pad: [0, 0] },
        groups: 1,
        input_zero_point: 0,
        weights: dense.weights,
        layout: WeightLayout::Plain,
        requant: dense.requant,
    }
}
