//! How operators behave when the axes of their inputs are permuted.

use crate::graph::float::Op;
use crate::passes::permutation::{apply, invert};

/// The operator that gives the permuted output for inputs permuted the same way; `None` where there is none.
///
/// With `T` the transpose by `permutation`, the result `p` satisfies `p(T(x)) = T(op(x))`. All inputs have the permutation's rank.
pub(super) fn permuted(op: &Op, permutation: &[usize]) -> Option<Op> {
    let rank = permutation.len();
    let moved = |axis: usize| invert(permutation)[axis];
    let keeps_last = rank == 0 || permutation[rank - 1] == rank - 1;
    match op {
        Op::Unary(_) | Op::Binary { .. } => Some(op.clone()),
        Op::Affine { affine, .. } => (keeps_last || affine.scale.len() == 1).then(|| op.clone()),
        Op::PRelu { slope } => (keeps_last || slope.len() == 1).then(|| op.clone()),
        Op::Dense(_) | Op::Normalize(_) => keeps_last.then(|| op.clone()),
        Op::Mean { axes } => {
            let mut axes: Vec<usize> = axes.iter().map(|&axis| moved(axis)).collect();
            axes.sort_unstable();
            Some(Op::Mean { axes })
        }
        // Softmaxes run along the last axis; one that does stays there.
        Op::Softmax { .. } | Op::LogSoftmax { .. } => keeps_last.then(|| op.clone()),
        Op::Concat { axis } => Some(Op::Concat { axis: moved(*axis) }),
        Op::Pad { before, after, value } => {
            Some(Op::Pad { before: apply(permutation, before), after: apply(permutation, after), value: *value })
        }
        Op::Slice { start, step } => {
            Some(Op::Slice { start: apply(permutation, start), step: apply(permutation, step) })
        }
        Op::Resize { indices } => Some(Op::Resize { indices: apply(permutation, indices) }),
        Op::Conv2d(_) | Op::Pool(_) | Op::Reshape | Op::Transpose { .. } => None,
    }
}
