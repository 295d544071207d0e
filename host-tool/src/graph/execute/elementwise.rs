//! Operators that work element by element.

use super::View;
use super::movement::{gather, strides};
use crate::graph::float::{Affine, Binary, Clamp};

/// `scale * x + bias` along the last axis.
pub(super) fn affine(input: View, affine: &Affine) -> Vec<f32> {
    let channels = affine.scale.len();
    let mut output = Vec::with_capacity(input.values.len());
    for row in input.values.chunks(channels) {
        output.extend(row.iter().zip(&affine.scale).zip(&affine.bias).map(|((x, scale), bias)| scale * x + bias));
    }
    output
}

/// Clamps every element.
pub(super) fn clamped(mut values: Vec<f32>, clamp: &Clamp) -> Vec<f32> {
    if !clamp.is_none() {
        values.iter_mut().for_each(|x| *x = clamp.apply(*x));
    }
    values
}

/// Two tensors with broadcasting.
pub(super) fn binary(kind: Binary, a: View, b: View, shape: &[usize]) -> Vec<f32> {
    let (a, b) = (stretched(a, shape), stretched(b, shape));
    let compute = |(a, b): (&f32, &f32)| match kind {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
    };
    a.iter().zip(b.iter()).map(compute).collect()
}

/// `x` where positive, `slope * x` elsewhere.
pub(super) fn prelu(input: View, slope: &[f32]) -> Vec<f32> {
    let slopes = slope.iter().cycle();
    input.values.iter().zip(slopes).map(|(&x, slope)| if x < 0.0 { slope * x } else { x }).collect()
}

/// The tensor broadcast to `shape`.
pub(super) fn stretched<'a>(tensor: View<'a>, shape: &[usize]) -> std::borrow::Cow<'a, [f32]> {
    if tensor.values.len() == shape.iter().product::<usize>() {
        return tensor.values.into();
    }
    let mut steps = vec![0; shape.len() - tensor.shape.len()];
    let own = strides(tensor.shape);
    steps.extend(tensor.shape.iter().zip(own).map(|(&extent, stride)| if extent == 1 { 0 } else { stride }));
    gather(tensor.values, 0, &steps, shape).into()
}
