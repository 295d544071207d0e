//! Row quads: convolution and dense weights, `[rows, depth]`, four rows at a time.
//!
//! Rows and depth are padded with zeros to multiples of 4. Quads follow one another; within a quad, the depth goes in chunks of
//! 4. A chunk is four words of two 16-bit halves, little endian:
//!
//! | word | rows | lower half at depth | upper half at depth |
//! |---|---|---|---|
//! | 0 | 0 and 1 | 0 | 2 |
//! | 1 | 2 and 3 | 0 | 2 |
//! | 2 | 0 and 1 | 1 | 3 |
//! | 3 | 2 and 3 | 1 | 3 |
//!
//! A half holds two rows at once: `256 * high + low`, `low` of the even row and `high` of the odd one. With `x` the inputs,
//! `T = sum(half * x)` and `S = sum(low * x)`, both modulo 2^32, the even row's sum is `S` and the odd row's is `(T - S) >> 8`.
//!
//! Conditions ([`fits`]): weights are in `[-127, 127]`, so that a half fits 16 bits, and an odd row's sum is in `[-2^23, 2^23)`
//! for every input. Bias is added to the odd row after the shift, so it is free.

/// Inputs that one chunk of the stream covers.
pub const CHUNK: usize = 4;

/// Rows of a quad.
pub const QUAD: usize = 4;

/// Bytes of a chunk: [`CHUNK`] weights for each of the quad's rows.
pub const CHUNK_BYTES: usize = CHUNK * QUAD;

/// The next multiple of 4.
pub fn padded(extent: usize) -> usize {
    extent.saturating_add(CHUNK - 1) & !(CHUNK - 1)
}

/// Bytes of packed `[rows, depth]` weights; `usize::MAX` where they cannot be addressed.
pub fn bytes(rows: usize, depth: usize) -> usize {
    padded(rows).saturating_mul(padded(depth))
}

/// Whether the plain weights `[rows, depth]` give the same results when packed: see the conditions above.
pub fn fits(weights: &[i8], depth: usize) -> bool {
    let in_range = weights.iter().all(|&weight| weight != i8::MIN);
    in_range && weights.chunks(depth.max(1)).skip(1).step_by(2).all(row_fits)
}

/// Packs the plain weights `[rows, depth]`; `packed` has [`bytes`] bytes, and what is missing or left over stays untouched.
pub fn pack(weights: &[i8], depth: usize, packed: &mut [i8]) {
    pack_in_order(weights, depth, |position| position, packed);
}

/// [`pack`], with depth `order(position)` at each `position` of the depth.
pub(crate) fn pack_in_order(weights: &[i8], depth: usize, order: impl Fn(usize) -> usize, packed: &mut [i8]) {
    let depth = depth.max(1);
    let chunks_per_quad = padded(depth) / CHUNK;
    let (chunks, _) = packed.as_chunks_mut::<CHUNK_BYTES>();
    for (index, chunk) in chunks.iter_mut().enumerate() {
        let first_row = index / chunks_per_quad * QUAD;
        let first = index % chunks_per_quad * CHUNK;
        let weight = |row: usize, offset: usize| {
            let column = first + offset;
            let inside = column < depth;
            let index = first_row.saturating_add(row).saturating_mul(depth).saturating_add(order(column));
            weights.get(index).copied().filter(|_| inside).unwrap_or(0)
        };
        for (half, bytes) in chunk.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let (row, offset) = half_position(half);
            let low = weight(row, offset);
            *bytes = [low, weight(row + 1, offset).wrapping_sub(i8::from(low < 0))];
        }
    }
}

/// The halves of a chunk, as the multiplier sees them.
pub(crate) fn halves(chunk: &[i8; CHUNK_BYTES]) -> [i16; CHUNK_BYTES / 2] {
    let mut halves = [0; CHUNK_BYTES / 2];
    for (half, &[low, high]) in halves.iter_mut().zip(chunk.as_chunks::<2>().0) {
        *half = i16::from_le_bytes([low as u8, high as u8]);
    }
    halves
}

/// Even row and depth within the chunk of a half.
fn half_position(half: usize) -> (usize, usize) {
    let (word, upper) = (half / 2, half % 2);
    (word % 2 * 2, word / 2 + 2 * upper)
}

/// Whether the sum of a row is in `[-2^23, 2^23)` for every input.
pub(crate) fn row_fits(row: &[i8]) -> bool {
    let (mut positive, mut negative) = (0i64, 0i64);
    for &weight in row {
        *(if weight > 0 { &mut positive } else { &mut negative }) += i64::from(weight);
    }
    let largest = 127 * positive - 128 * negative;
    let smallest = 127 * negative - 128 * positive;
    largest < 1 << 23 && smallest >= -(1 << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_laid_out_as_documented() {
        // Row r, depth d holds 10 r + d; the second row is negative.
        let weights = [0, 1, 2, 3, -10, -11, -12, -13, 20, 21, 22, 23, 30, 31, 32, 33];
        let mut packed = [0; 16];
        pack(&weights, 4, &mut packed);
        let half = |low: i16, high: i16| 256 * high + low;
        let words = [half(0, -10), half(2, -12), half(20, 30), half(22, 32)];
        assert_eq!(halves(&packed)[..4], words);
        let words = [half(1, -11), half(3, -13), half(21, 31), half(23, 33)];
        assert_eq!(halves(&packed)[4..], words);
    }

    #[test]
    fn padding_is_zero() {
        let mut packed = [99; 32];
        pack(&[-1; 5], 5, &mut packed);
        let halves = packed.as_chunks::<CHUNK_BYTES>().0.iter().flat_map(halves);
        assert_eq!(halves.filter(|&half| half == -1).count(), 5);
        assert_eq!(
            packed.iter().filter(|&&byte| byte == -1).count(),
            10,
            "a negative low half borrows from the high one"
        );
    }

    #[test]
    fn odd_rows_end_at_24_bits() {
        // 127 * 128 * 516 = 2^23 - 512: one more weight of 127 is too much, one of 3 is not.
        let mut rows = [[0; 517]; 2];
        rows[1] = [-127; 517];
        assert!(!fits(rows.as_flattened(), 517));
        rows[1][0] = -3;
        assert!(fits(rows.as_flattened(), 517));
        rows[1][0] = -4;
        assert!(!fits(rows.as_flattened(), 517), "128 * 4 more is 2^23: too large by one");
        rows[1].iter_mut().for_each(|weight| *weight = -*weight);
        assert!(fits(rows.as_flattened(), 517), "-2^23 is in range");
        rows.swap(0, 1);
        rows[0].fill(127);
        assert!(fits(rows.as_flattened(), 517), "even rows have no limit");
        rows[0][3] = -128;
        assert!(!fits(rows.as_flattened(), 517));
    }
}
