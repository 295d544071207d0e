//! Dot products of single pixels.

/// Elements of a pass of the loop: as many as its immediate offsets make cheap.
const UNROLLED: usize = 8;

/// `[sum(x * a), sum(x * b)]` over the elements that all three have: three loads, two multiplications and two additions for 2
/// multiply-accumulates.
#[inline(never)]
pub fn dot_pair(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    let (x, x_rest) = x.as_chunks::<UNROLLED>();
    let (a, a_rest) = a.as_chunks::<UNROLLED>();
    let (b, b_rest) = b.as_chunks::<UNROLLED>();
    let mut sums = [0; 2];
    for ((x, a), b) in x.iter().zip(a).zip(b) {
        add_products(&mut sums, x, a, b);
    }
    add_products(&mut sums, x_rest, a_rest, b_rest);
    sums
}

#[inline(always)]
fn add_products([sum_a, sum_b]: &mut [i32; 2], x: &[i8], a: &[i8], b: &[i8]) {
    for ((&x, &a), &b) in x.iter().zip(a).zip(b) {
        let x = i32::from(x);
        *sum_a = sum_a.wrapping_add(x * i32::from(a));
        *sum_b = sum_b.wrapping_add(x * i32::from(b));
    }
}
