//! Operators that combine many elements into one: pooling, means, softmaxes, norms.

use super::View;
use super::convolution::runs;
use super::movement::strides;
use crate::graph::float::{Norm, Pool, PoolKind};
use crate::graph::shape::elements;

/// Pooling over `[N, H, W, C]`.
pub(super) fn pool(pool: &Pool, input: View, shape: &[usize]) -> Vec<f32> {
    let [height, width, channels] = [input.shape[1], input.shape[2], input.shape[3]];
    let mut output = Vec::with_capacity(elements(shape));
    for image in input.values.chunks_exact(height * width * channels) {
        for position in 0..shape[1] * shape[2] {
            let at = [position / shape[2], position % shape[2]];
            let pixels = runs(&pool.window, [height, width], at)
                .flat_map(|run| image[run.pixel * channels..][..run.length * channels].chunks_exact(channels));
            match pool.kind {
                PoolKind::Max => output.extend(largest(pixels, channels)),
                PoolKind::Average => output.extend(average(pool, pixels, channels)),
            }
        }
    }
    output
}

fn largest<'a>(pixels: impl Iterator<Item = &'a [f32]>, channels: usize) -> Vec<f32> {
    let mut largest = vec![f32::NEG_INFINITY; channels];
    for pixel in pixels {
        largest.iter_mut().zip(pixel).for_each(|(max, x)| *max = max.max(*x));
    }
    largest
}

fn average<'a>(pool: &Pool, pixels: impl Iterator<Item = &'a [f32]>, channels: usize) -> Vec<f32> {
    let mut sums = vec![0f64; channels];
    let mut count = 0;
    for pixel in pixels {
        sums.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += f64::from(*x));
        count += 1;
    }
    let divisor = if pool.count_include_pad { pool.window.filter[0] * pool.window.filter[1] } else { count };
    sums.into_iter().map(|sum| (sum / divisor.max(1) as f64) as f32).collect()
}

/// Mean over the axes.
pub(super) fn mean(axes: &[usize], input: View, shape: &[usize]) -> Vec<f32> {
    let mut sums = vec![0f64; elements(shape)];
    let own = strides(input.shape);
    let mut to = strides(shape);
    axes.iter().for_each(|&axis| to[axis] = 0);
    for (index, x) in input.values.iter().enumerate() {
        let mut rest = index as isize;
        let mut target = 0;
        for (own, to) in own.iter().zip(&to) {
            target += rest / own * to;
            rest %= own;
        }
        sums[target as usize] += f64::from(*x);
    }
    let count = input.values.len() / sums.len();
    sums.into_iter().map(|sum| (sum / count as f64) as f32).collect()
}

/// Softmax along an axis, or its logarithm.
pub(super) fn softmax(input: View, axis: usize, logarithm: bool) -> Vec<f32> {
    let extent = input.shape[axis];
    let inner = elements(&input.shape[axis + 1..]);
    let mut output = input.values.to_vec();
    for block in output.chunks_exact_mut(extent * inner) {
        for offset in 0..inner {
            let along = || (0..extent).map(|i| i * inner + offset);
            let largest = along().fold(f32::NEG_INFINITY, |max, i| max.max(block[i]));
            let sum: f64 = along().map(|i| f64::from(block[i] - largest).exp()).sum();
            for i in along() {
                let x = f64::from(block[i] - largest);
                block[i] = if logarithm { x - sum.ln() } else { x.exp() / sum } as f32;
            }
        }
    }
    output
}

/// Each vector along the last axis divided by its norm.
pub(super) fn normalize(input: View, norm: Norm) -> Vec<f32> {
    let row = input.shape.last().copied().unwrap_or(1);
    let mut output = Vec::with_capacity(input.values.len());
    for vector in input.values.chunks_exact(row) {
        let magnitudes = vector.iter().map(|&x| f64::from(x).abs());
        let size = match norm {
            Norm::L1 => magnitudes.sum(),
            Norm::L2 => magnitudes.map(|x| x * x).sum::<f64>().sqrt(),
            Norm::Max => magnitudes.fold(0.0, f64::max),
        };
        output.extend(vector.iter().map(|&x| if size > 0.0 { (f64::from(x) / size) as f32 } else { 0.0 }));
    }
    output
}
