//! Nearest-neighbour resize of height and width.

use crate::chunks::{chunks, chunks_mut};
use crate::shape::{copy, product};
use crate::{Shape, elements};

/// `output[n, y, x, c] = input[n, rows[y], columns[x], c]`.
#[derive(Debug, Clone, Copy)]
pub struct Resize<'a> {
    /// `[N, H, W, C]`.
    pub input_shape: Shape,
    /// `[N, OH, OW, C]`.
    pub output_shape: Shape,
    /// `[OH]`: the input row of every output row.
    pub rows: &'a [u32],
    /// `[OW]`: the input column of every output column.
    pub columns: &'a [u32],
}

impl Resize<'_> {
    /// Whether the shapes agree and every index lies inside the input.
    pub fn is_valid(&self) -> bool {
        let ([batch, height, width, channels], [output_batch, output_height, output_width, output_channels]) =
            (self.input_shape, self.output_shape);
        let inside = |indices: &[u32], extent: usize| {
            indices.iter().all(|&index| usize::try_from(index).is_ok_and(|index| index < extent))
        };
        elements(self.input_shape).is_some()
            && elements(self.output_shape).is_some()
            && (batch, channels) == (output_batch, output_channels)
            && (self.rows.len(), self.columns.len()) == (output_height, output_width)
            && inside(self.rows, height)
            && inside(self.columns, width)
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        let [_, height, width, channels] = self.input_shape;
        let Some(image_size) = product(&[height, width, channels]) else { return };
        let mut pixels = chunks_mut(output, channels);
        for image in chunks(input, image_size) {
            for &row in self.rows {
                let row_start = (row as usize).wrapping_mul(width);
                for &column in self.columns {
                    let start = row_start.wrapping_add(column as usize).wrapping_mul(channels);
                    let (Some(from), Some(to)) = (image.get(start..start.wrapping_add(channels)), pixels.next()) else {
                        return;
                    };
                    copy(from, to);
                }
            }
        }
    }
}
