//! Operators that only move elements.

use super::View;
use crate::graph::shape::elements;

/// Distance between neighbours along each axis of a row-major tensor.
pub(super) fn strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis] as isize;
    }
    strides
}

/// Elements `start + sum(index[k] * steps[k])` for every index of `shape`, row-major.
pub(super) fn gather(values: &[f32], start: isize, steps: &[isize], shape: &[usize]) -> Vec<f32> {
    let mut output = Vec::with_capacity(elements(shape));
    gather_into(values, start, steps, shape, &mut output);
    output
}

fn gather_into(values: &[f32], start: isize, steps: &[isize], shape: &[usize], output: &mut Vec<f32>) {
    match (shape, steps) {
        ([extent], [1]) => output.extend_from_slice(&values[start as usize..][..*extent]),
        ([extent, inner @ ..], [step, inner_steps @ ..]) => {
            for index in 0..*extent as isize {
                gather_into(values, start + index * step, inner_steps, inner, output);
            }
        }
        _ => output.push(values[start as usize]),
    }
}

/// Axis `k` of the result is axis `permutation[k]` of the input.
pub(super) fn transpose(input: View, permutation: &[usize]) -> Vec<f32> {
    let own = strides(input.shape);
    let steps: Vec<isize> = permutation.iter().map(|&axis| own[axis]).collect();
    let shape: Vec<usize> = permutation.iter().map(|&axis| input.shape[axis]).collect();
    gather(input.values, 0, &steps, &shape)
}

/// Elements `start + i * step` of every axis.
pub(super) fn slice(input: View, start: &[usize], step: &[isize], shape: &[usize]) -> Vec<f32> {
    let own = strides(input.shape);
    let first = start.iter().zip(&own).map(|(&index, stride)| index as isize * stride).sum();
    let steps: Vec<isize> = step.iter().zip(&own).map(|(step, stride)| step * stride).collect();
    gather(input.values, first, &steps, shape)
}

/// Elements at the listed indices of every axis.
pub(super) fn resize(input: View, indices: &[Vec<usize>], shape: &[usize]) -> Vec<f32> {
    let own = strides(input.shape);
    let mut starts = vec![0];
    for (list, stride) in indices.iter().zip(own) {
        let along = |start: &isize| list.iter().map(move |&index| start + index as isize * stride).collect::<Vec<_>>();
        starts = starts.iter().flat_map(along).collect();
    }
    debug_assert_eq!(starts.len(), elements(shape));
    starts.into_iter().map(|start| input.values[start as usize]).collect()
}

/// The input with `value` around it.
pub(super) fn pad(input: View, before: &[usize], value: f32, shape: &[usize]) -> Vec<f32> {
    let mut output = vec![value; elements(shape)];
    let to = strides(shape);
    let row = input.shape.last().copied().unwrap_or(1);
    let own = strides(input.shape);
    for (index, values) in input.values.chunks(row).enumerate() {
        let mut rest = (index * row) as isize;
        let mut target = 0;
        for axis in 0..input.shape.len() {
            target += (rest / own[axis] + before[axis] as isize) * to[axis];
            rest %= own[axis];
        }
        output[target as usize..][..values.len()].copy_from_slice(values);
    }
    output
}

/// Tensors joined along an axis.
pub(super) fn concat(inputs: &[View], axis: usize) -> Vec<f32> {
    let outer = elements(&inputs[0].shape[..axis]);
    let mut output = Vec::with_capacity(inputs.iter().map(|input| input.values.len()).sum());
    for index in 0..outer {
        for input in inputs {
            let inner = input.values.len() / outer;
            output.extend_from_slice(&input.values[index * inner..][..inner]);
        }
    }
    output
}
