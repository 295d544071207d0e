//! Dot products.

/// `[sum(x * a), sum(x * b)]`: two output channels for one pass over the input, as many as the registers of a Cortex-M0 can hold.
///
/// The form of the loop is what LLVM's vectorizer knows as a dot product of bytes (`pmaddwd`, `vmlava`).
#[inline(always)]
pub(super) fn dot_pair(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    let (mut sum_a, mut sum_b) = (0i32, 0i32);
    for ((&x, &a), &b) in x.iter().zip(a).zip(b) {
        let x = i32::from(x);
        sum_a = sum_a.wrapping_add(x * i32::from(a));
        sum_b = sum_b.wrapping_add(x * i32::from(b));
    }
    [sum_a, sum_b]
}

/// `sum(w)`.
#[inline(always)]
pub(super) fn sum(w: &[i8]) -> i32 {
    w.iter().fold(0i32, |total, &w| total.wrapping_add(i32::from(w)))
}

/// Elementwise sum.
#[inline(always)]
pub(super) fn add(a: [i32; 2], b: [i32; 2]) -> [i32; 2] {
    let ([a0, a1], [b0, b1]) = (a, b);
    [a0.wrapping_add(b0), a1.wrapping_add(b1)]
}

/// Calls `each(channel, filter of channel, filter of the next channel, outputs of both)` for every two channels of `output`, whose filters of
/// `length` weights follow one another. An odd last channel comes twice, with one output.
#[inline(always)]
pub(super) fn for_each_pair(
    weights: &[i8],
    length: usize,
    output: &mut [i8],
    mut each: impl FnMut(usize, [&[i8]; 2], &mut [i8]),
) {
    let mut filters = weights.chunks_exact(length.max(1));
    for (pair, outputs) in output.chunks_mut(2).enumerate() {
        let Some(a) = filters.next() else { return };
        let b = filters.next().unwrap_or(a);
        each(pair.wrapping_mul(2), [a, b], outputs);
    }
}
