//! Permutations of axes: axis `k` of the result is axis `permutation[k]` of the source.

/// First `first`, then `second`, as one permutation.
pub(super) fn compose(first: &[usize], second: &[usize]) -> Vec<usize> {
    second.iter().map(|&axis| first[axis]).collect()
}

/// The permutation that undoes it.
pub(super) fn invert(permutation: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; permutation.len()];
    for (axis, &source) in permutation.iter().enumerate() {
        inverse[source] = axis;
    }
    inverse
}

/// The values by their new axes.
pub(super) fn apply<T: Clone>(permutation: &[usize], values: &[T]) -> Vec<T> {
    permutation.iter().map(|&axis| values[axis].clone()).collect()
}

/// Whether every axis stays.
pub(super) fn is_identity(permutation: &[usize]) -> bool {
    permutation.iter().enumerate().all(|(axis, &source)| axis == source)
}

/// Whether the elements of a tensor of this shape keep their order: only axes of extent 1 move.
pub(super) fn keeps_order(permutation: &[usize], shape: &[usize]) -> bool {
    permutation.iter().filter(|&&axis| shape[axis] != 1).is_sorted()
}
