//! Chains: dense weights `[rows, depth]` for a single row of input, eight rows at a time, of which four sums come out of three.
//!
//! Rows are a multiple of 8, depth is padded with zeros to a multiple of 4. Octets of rows follow one another; within an octet, the depth goes in chunks
//! of 4, `0, 2` and then `1, 3` of each. Such a pair of depths is four words of two 16-bit halves, little endian, one half for each depth:
//!
//! | word | half | rows |
//! |---|---|---|
//! | 0 | `256 a + b` | `b` 0, `a` 1 |
//! | 1 | `256 c + d + 128` | `d` 2, `c` 3 |
//! | 2, 3 | the same | 4 to 7 |
//!
//! The link `256 b + c` between the two words takes two instructions: `b` is the lower byte of one, `c` the upper byte of the other, which is why `d` has an offset.
//! With `x` the inputs, `A` to `D` the rows' sums and everything modulo 2^32,
//!
//! ```text
//! T1 = Σ (256 a + b) x = 256 A + B
//! T2 = Σ (256 b + c) x = 256 B + C
//! T3 = Σ (256 c + d + 128) x - 128 Σ x = 256 C + D
//! ```
//!
//! and `T3 - 256 T2 + 65536 T1 = D + 2^24 A`, whose lower 24 bits are `D` if that is in `[-2^23, 2^23)`. Then `256 C = T3 - D`, `256 B = T2 - C` and
//! `256 A = T1 - B`. Conditions ([`fits`]): weights are in `[-127, 127]`, so that halves and links fit 16 bits, and every sum is in `[-2^23, 2^23)` for every input.
//! Bias is added afterwards.

use super::rows::{self, CHUNK, padded};
use crate::chunks::chunks;
use crate::{Dense, InOut, Requant};

/// Rows that are computed at a time.
pub const OCTET: usize = 8;

/// Bytes of a chunk: [`CHUNK`] weights for each of an octet's rows.
pub const CHUNK_BYTES: usize = CHUNK * OCTET;

/// Whether the layout exists for a layer.
pub fn supports(dense: &Dense) -> bool {
    dense.rows == 1 && dense.output_features.is_multiple_of(OCTET)
}

/// Whether the layer is supported and the weights' length is right.
pub(crate) fn is_valid(dense: &Dense) -> bool {
    supports(dense) && dense.weights.len() == rows::bytes(dense.output_features, dense.input_features)
}

/// Whether the plain weights `[rows, depth]` give the same results when packed: see the conditions above.
pub fn fits(weights: &[i8], depth: usize) -> bool {
    weights.iter().all(|&weight| weight != i8::MIN) && weights.chunks(depth.max(1)).all(rows::row_fits)
}

/// Packs the plain weights `[rows, depth]`, `rows` a multiple of 8; `packed` has [`rows::bytes`] bytes.
pub fn pack(weights: &[i8], depth: usize, packed: &mut [i8]) {
    let chunks_per_octet = padded(depth) / CHUNK;
    let (chunks, _) = packed.as_chunks_mut::<CHUNK_BYTES>();
    for (index, chunk) in chunks.iter_mut().enumerate() {
        let first_row = index / chunks_per_octet * OCTET;
        let first = index % chunks_per_octet * CHUNK;
        for (half, bytes) in chunk.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let (row, column) = (first_row + half % OCTET / 2 * 2, first + half / OCTET + half % 2 * 2);
            let weight = |row: usize| {
                let index = row.saturating_mul(depth).saturating_add(column);
                weights.get(index).copied().filter(|_| column < depth).unwrap_or(0)
            };
            let [low, high] = [weight(row), weight(row + 1)];
            *bytes = if row % 4 == 0 { [low, high.wrapping_sub(i8::from(low < 0))] } else { [low ^ i8::MIN, high] };
        }
    }
}

/// The rows' sums of a quad, 0 to 3, from those of its chains.
fn sums([t1, t2, t3]: [i32; 3]) -> [i32; 4] {
    let d = (t3 << 8).wrapping_sub(t2 << 16).wrapping_add(t1 << 24) >> 8;
    let c = t3.wrapping_sub(d) >> 8;
    let b = t2.wrapping_sub(c) >> 8;
    let a = t1.wrapping_sub(b) >> 8;
    [b, a, d, c]
}

/// [`Dense`] on these weights: the arithmetic of the DSP kernel, step for step, on any core.
pub(crate) fn dense(dense: &Dense, tensors: &mut InOut, scratch: &mut [i8]) {
    if !dense.is_staged(scratch.len()) {
        if let Some((input, output)) = tensors.apart() {
            multiply(input, dense.weights, &dense.requant, output);
        }
        return;
    }
    let patch = scratch.get_mut(..dense.input_features).unwrap_or_default();
    crate::shape::copy(tensors.input(), patch);
    multiply(patch, dense.weights, &dense.requant, tensors.output());
}

/// All rows times one patch.
#[inline(never)]
fn multiply(patch: &[i8], weights: &[i8], requant: &Requant, output: &mut [i8]) {
    let total = patch.iter().fold(0i32, |total, &x| total.wrapping_add(i32::from(x)));
    let octets = chunks(weights, padded(patch.len()).wrapping_mul(OCTET)).zip(output.chunks_mut(OCTET));
    for (index, (octet, output)) in octets.enumerate() {
        let quads = octet_totals(patch, octet).map(|[t1, t2, t3]| sums([t1, t2, t3.wrapping_sub(total << 7)]));
        for (row, (output, &sum)) in output.iter_mut().zip(quads.as_flattened()).enumerate() {
            *output = requant.apply(index * OCTET + row, sum);
        }
    }
}

/// The sums of both quads' chains.
fn octet_totals(patch: &[i8], octet: &[i8]) -> [[i32; 3]; 2] {
    let mut totals = [[0; 3]; 2];
    let (inputs, rest) = patch.as_chunks::<CHUNK>();
    let mut last = [0; CHUNK];
    crate::shape::copy(rest, last.get_mut(..rest.len()).unwrap_or_default());
    let (weights, _) = octet.as_chunks::<CHUNK_BYTES>();
    for (&[x0, x1, x2, x3], weights) in inputs.iter().chain([&last]).zip(weights) {
        let (pairs, _) = weights.as_chunks::<{ CHUNK_BYTES / 2 }>();
        for (pair, inputs) in pairs.iter().zip([[x0, x2], [x1, x3]]) {
            let (quads, _) = pair.as_chunks::<8>();
            for (&quad, totals) in quads.iter().zip(&mut totals) {
                accumulate(quad, inputs.map(i32::from), totals);
            }
        }
    }
    totals
}

/// Adds the products of a pair of depths.
#[inline(always)]
fn accumulate([b0, a0, b1, a1, d0, c0, d1, c1]: [i8; 8], inputs: [i32; 2], totals: &mut [i32; 3]) {
    let half = |low: i8, high: i8| i32::from(i16::from_le_bytes([low as u8, high as u8]));
    let link = |b: i8, c: i8| i32::from((i16::from(b) << 8).wrapping_add(i16::from(c)));
    let chains = [[half(b0, a0), half(b1, a1)], [link(b0, c0), link(b1, c1)], [half(d0, c0), half(d1, c1)]];
    for ([first, second], total) in chains.into_iter().zip(totals) {
        *total = total.wrapping_add(first * inputs[0] + second * inputs[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_depths_is_laid_out_as_documented() {
        // Row r, depth d holds 10 r + d, odd depths negative; depth 3 is padding.
        let weights: [i8; 24] = core::array::from_fn(|index| {
            let (row, depth) = (index as i8 / 3, index as i8 % 3);
            if depth == 1 { -10 * row - depth } else { 10 * row + depth }
        });
        let mut packed = [99; 32];
        pack(&weights, 3, &mut packed);
        let halves: [i16; 16] =
            core::array::from_fn(|half| i16::from_le_bytes([packed[2 * half] as u8, packed[2 * half + 1] as u8]));
        let words = |a: i16, b: i16| 256 * a + b;
        assert_eq!(halves[..4], [words(10, 0), words(12, 2), words(30, 20) + 128, words(32, 22) + 128]);
        assert_eq!(halves[4..6], [words(50, 40), words(52, 42)]);
        assert_eq!(halves[8..12], [words(-11, -1), 0, words(-31, -21) + 128, 128]);
    }

    #[test]
    fn sums_come_back_to_the_ends_of_their_range() {
        let ends = [-(1 << 23), -1, 0, 1, (1 << 23) - 1];
        for a in ends {
            for b in ends {
                for (c, d) in ends.iter().flat_map(|&c| ends.map(|d| (c, d))) {
                    let chain = |high: i32, low: i32| high.wrapping_mul(256).wrapping_add(low);
                    assert_eq!(sums([chain(a, b), chain(b, c), chain(c, d)]), [b, a, d, c]);
                }
            }
        }
    }

    #[test]
    fn every_row_ends_at_24_bits() {
        let mut weights = [0; 517 * 8];
        assert!(fits(&weights, 517));
        weights[..516].fill(127);
        assert!(fits(&weights, 517));
        weights[516] = 127;
        assert!(!fits(&weights, 517), "even rows too");
        weights[516] = -128;
        assert!(!fits(&weights, 517));
    }
}
