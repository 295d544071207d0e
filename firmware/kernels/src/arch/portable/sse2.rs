//! Sums of products for the host: every x86-64 has SSE2.

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_cvtsi64_si128, _mm_cvtsi128_si32, _mm_madd_epi16, _mm_set_epi64x, _mm_setzero_si128,
    _mm_shuffle_epi32, _mm_srai_epi16, _mm_unpackhi_epi8, _mm_unpacklo_epi8,
};

use super::dot::dot_pair_by_elements;

/// [`super::dot::dot_pair`], sixteen elements at a time.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn dot_pair(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    let ((x, x_rest), (a, a_rest), (b, b_rest)) = (x.as_chunks::<16>(), a.as_chunks::<16>(), b.as_chunks::<16>());
    let (mut sum_a, mut sum_b) = (_mm_setzero_si128(), _mm_setzero_si128());
    for ((x, a), b) in x.iter().zip(a).zip(b) {
        let x = widen(x);
        sum_a = _mm_add_epi32(sum_a, products(x, widen(a)));
        sum_b = _mm_add_epi32(sum_b, products(x, widen(b)));
    }
    let ((x, x_rest), (a, a_rest), (b, b_rest)) = (x_rest.as_chunks(), a_rest.as_chunks(), b_rest.as_chunks());
    for ((x, a), b) in x.iter().zip(a).zip(b) {
        let x = widen_half(x);
        sum_a = _mm_add_epi32(sum_a, _mm_madd_epi16(x, widen_half(a)));
        sum_b = _mm_add_epi32(sum_b, _mm_madd_epi16(x, widen_half(b)));
    }
    let [rest_a, rest_b] = dot_pair_by_elements(x_rest, a_rest, b_rest);
    [total(sum_a).wrapping_add(rest_a), total(sum_b).wrapping_add(rest_b)]
}

/// Sixteen bytes as sixteen i16: the lower eight, then the upper eight.
#[inline]
#[target_feature(enable = "sse2")]
fn widen(bytes: &[i8; 16]) -> [__m128i; 2] {
    let bits = u128::from_le_bytes(bytes.map(|byte| byte as u8));
    let bytes = _mm_set_epi64x((bits >> 64) as i64, bits as i64);
    // Each byte twice in a lane; the shift leaves it alone, with its sign.
    [_mm_srai_epi16::<8>(_mm_unpacklo_epi8(bytes, bytes)), _mm_srai_epi16::<8>(_mm_unpackhi_epi8(bytes, bytes))]
}

/// Eight bytes as eight i16.
#[inline]
#[target_feature(enable = "sse2")]
fn widen_half(bytes: &[i8; 8]) -> __m128i {
    let bytes = _mm_cvtsi64_si128(i64::from_le_bytes(bytes.map(|byte| byte as u8)));
    _mm_srai_epi16::<8>(_mm_unpacklo_epi8(bytes, bytes))
}

/// Four sums of four products each.
#[inline]
#[target_feature(enable = "sse2")]
fn products([x_low, x_high]: [__m128i; 2], [w_low, w_high]: [__m128i; 2]) -> __m128i {
    _mm_add_epi32(_mm_madd_epi16(x_low, w_low), _mm_madd_epi16(x_high, w_high))
}

/// The sum of four lanes.
#[inline]
#[target_feature(enable = "sse2")]
fn total(lanes: __m128i) -> i32 {
    let pairs = _mm_add_epi32(lanes, _mm_shuffle_epi32::<0b01_00_11_10>(lanes));
    _mm_cvtsi128_si32(_mm_add_epi32(pairs, _mm_shuffle_epi32::<0b10_11_00_01>(pairs)))
}

#[cfg(test)]
mod tests {
    use super::super::dot::{dot_pair, dot_pair_by_elements};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_plain_loop(length in 0usize..100, data: [[i8; 32]; 9], extreme: bool) {
            let fold = |value: i8| if !extreme { value } else if value < 0 { -128 } else { 127 };
            let [x, a, b]: [[i8; 96]; 3] = core::array::from_fn(|i| core::array::from_fn(|j| fold(data[3 * i + j / 32][j % 32])));
            let length = length.min(96);
            let (x, a, b) = (&x[..length], &a[..length], &b[..length]);
            prop_assert_eq!(dot_pair(x, a, b), dot_pair_by_elements(x, a, b));
        }
    }
}
