//! Taps: 3x3 depthwise weights, the nine taps of a channel in the order in which they are unpacked, channel by channel.
//!
//! With `w[row][column]`, the bytes of a channel are, in 1-based positions `row column`:
//!
//! | byte | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |
//! |---|---|---|---|---|---|---|---|---|---|
//! | tap | 1 1 | 1 2 | 3 1 | 3 2 | 1 3 | 2 1 | 3 3 | 2 2 | 2 3 |
//!
//! One `sxtb16` of a word then gives the outer taps of a column as a pair, (1 1, 3 1), (1 2, 3 2), (1 3, 3 3), or two of the middle
//! row, (2 1, 2 2). There is no condition on the weights.

use crate::DepthwiseConv2d;

/// Taps of a channel.
pub const TAPS: usize = 9;

/// Where each byte of a channel comes from in plain `[3, 3]` order.
const ORDER: [usize; TAPS] = [0, 1, 6, 7, 2, 3, 8, 4, 5];

/// Whether the layout exists for a layer: one filter of 3x3 adjacent taps for each channel, stride 1 or 2.
pub fn supports(conv: &DepthwiseConv2d) -> bool {
    let window = &conv.window;
    conv.input_shape[3] == conv.output_shape[3]
        && window.filter == [3, 3]
        && window.dilation == [1, 1]
        && (window.stride == [1, 1] || window.stride == [2, 2])
}

/// Bytes of the packed weights of `channels`.
pub fn bytes(channels: usize) -> usize {
    channels.saturating_mul(TAPS)
}

/// Packs the plain weights `[3, 3, channels]`; `packed` has [`bytes`] bytes.
pub fn pack(weights: &[i8], channels: usize, packed: &mut [i8]) {
    for (channel, taps) in packed.as_chunks_mut::<TAPS>().0.iter_mut().enumerate() {
        for (packed, tap) in taps.iter_mut().zip(ORDER) {
            *packed = weights.get(tap.wrapping_mul(channels).wrapping_add(channel)).copied().unwrap_or(0);
        }
    }
}

/// The taps of one channel in plain `[3, 3]` order: the inverse of [`pack`].
pub(crate) fn unpack(packed: &[i8; TAPS]) -> [i8; TAPS] {
    let mut taps = [0; TAPS];
    for (&packed, tap) in packed.iter().zip(ORDER) {
        if let Some(weight) = taps.get_mut(tap) {
            *weight = packed;
        }
    }
    taps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_follows_the_table_and_back() {
        // Tap (row, column), from 1, of channel c holds 100 c + 10 row + column; 3 channels.
        let mut plain = [0; 27];
        for (index, weight) in plain.iter_mut().enumerate() {
            let (tap, channel) = (index / 3, index % 3);
            *weight = ((channel * 40) + 10 * (tap / 3) + tap % 3 + 11) as i8;
        }
        let mut packed = [0; 27];
        pack(&plain, 3, &mut packed);
        assert_eq!(packed[..9], [11, 12, 31, 32, 13, 21, 33, 22, 23]);
        assert_eq!(packed[18], 80 + 11);
        assert_eq!(unpack(&packed[9..18].try_into().unwrap()), core::array::from_fn(|tap| plain[3 * tap + 1]));
    }
}
