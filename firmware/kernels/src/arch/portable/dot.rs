//! Sums of products.

use crate::chunks::chunks;

/// `[sum(x * a), sum(x * b)]`: two output channels for one pass over the input, as many as the registers of a Cortex-M0 can hold.
#[inline(always)]
pub(super) fn dot_pair(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 is part of every x86-64.
    return unsafe { super::sse2::dot_pair(x, a, b) };
    #[cfg(peacrab_arch = "armv6m")]
    return crate::arch::armv6m::dot_pair(x, a, b);
    #[cfg(peacrab_arch = "armv7m")]
    return crate::arch::armv7m::dot_pair(x, a, b);
    #[cfg(peacrab_arch = "armv7em")]
    return crate::arch::armv7em::dot_pair(x, a, b);
    #[cfg(not(any(
        target_arch = "x86_64",
        peacrab_arch = "armv6m",
        peacrab_arch = "armv7m",
        peacrab_arch = "armv7em"
    )))]
    dot_pair_by_elements(x, a, b)
}

/// [`dot_pair`] in the form that LLVM knows as a dot product of bytes (`vmlava` on cores with MVE).
#[cfg(not(any(peacrab_arch = "armv6m", peacrab_arch = "armv7m", peacrab_arch = "armv7em")))]
#[inline(always)]
pub(super) fn dot_pair_by_elements(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    let (mut sum_a, mut sum_b) = (0i32, 0i32);
    for ((&x, &a), &b) in x.iter().zip(a).zip(b) {
        let x = i32::from(x);
        sum_a = sum_a.wrapping_add(x * i32::from(a));
        sum_b = sum_b.wrapping_add(x * i32::from(b));
    }
    [sum_a, sum_b]
}

/// Adds `x * w` to `sums`, element by element. A function of its own, so that its loop has all registers.
#[inline(never)]
pub(super) fn add_products(sums: &mut [i32], x: &[i8], w: &[i8]) {
    for ((sum, &x), &w) in sums.iter_mut().zip(x).zip(w) {
        *sum = sum.wrapping_add(i32::from(x) * i32::from(w));
    }
}

/// Adds `x * w` to `sums`, with one `x` for all.
#[inline(never)]
pub(super) fn add_multiples(sums: &mut [i32], x: i8, w: &[i8]) {
    for (sum, &w) in sums.iter_mut().zip(w) {
        *sum = sum.wrapping_add(i32::from(x) * i32::from(w));
    }
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
    let mut filters = chunks(weights, length);
    for (pair, outputs) in output.chunks_mut(2).enumerate() {
        let Some(a) = filters.next() else { return };
        let b = filters.next().unwrap_or(a);
        each(pair.wrapping_mul(2), [a, b], outputs);
    }
}
