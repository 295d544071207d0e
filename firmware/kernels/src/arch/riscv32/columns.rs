//! Depthwise 3x3 convolution of one channel: columns of words, and windows of columns times weights.
//!
//! Written in Rust: the compiler keeps all nine weights in registers, of which there are enough.

use super::super::lanes::{Gather, SIDE, TAPS, Windows};

/// Makes columns at vertical stride 1 (`IS_STRIDED` false) or 2.
///
/// # Safety
/// All input elements that `gather` names are readable, and its words writable.
#[inline(never)]
pub unsafe fn gather_columns<const IS_STRIDED: bool>(gather: &Gather) {
    let (mut input, mut word) = (gather.input, gather.words);
    let [second, third, fourth, fifth] = gather.offsets;
    for _ in 0..gather.pairs {
        let end = word.wrapping_add(gather.count.wrapping_mul(SIDE));
        while word != end {
            // SAFETY: the caller promises that the rows of every column are readable and its words writable; the fifth row is read at
            // stride 2 only, which has it.
            unsafe {
                let row = |offset: usize| i32::from(*input.wrapping_add(offset));
                let rows = [row(0), row(second), row(third), row(fourth)];
                let lower = if IS_STRIDED { [rows[2], rows[3], row(fifth)] } else { [rows[1], rows[2], rows[3]] };
                for (index, lower) in lower.into_iter().enumerate() {
                    *word.wrapping_add(index) = rows[index].wrapping_add(lower << 16);
                }
            }
            (input, word) = (input.wrapping_add(gather.step), word.wrapping_add(SIDE));
        }
        input = input.wrapping_add(gather.input_gap);
        word = word.wrapping_byte_add(gather.words_gap);
    }
}

/// Computes both output rows of every pair.
///
/// # Safety
/// All words and the nine weights that `windows` names are readable, and its outputs writable.
#[inline(never)]
pub unsafe fn convolve_windows(windows: &Windows) {
    // SAFETY: the caller promises that there are nine weights.
    let weights = unsafe { column_by_column(windows.weights, windows.channels) };
    let (mut window, mut output) = (windows.words, windows.output);
    for _ in 0..windows.pairs {
        let end = window.wrapping_byte_add(windows.words_length);
        while window != end {
            // SAFETY: the caller promises that windows are readable, and outputs writable. Both rows may be the same one: the upper one's
            // result stays.
            unsafe {
                let [upper, lower] = sums(window, &weights, windows.bias).map(|sum| requantize(windows, sum));
                *output.wrapping_add(windows.lower) = lower;
                *output = upper;
            }
            window = window.wrapping_byte_add(windows.words_step);
            output = output.wrapping_add(windows.channels);
        }
        window = window.wrapping_byte_add(windows.words_gap);
        output = output.wrapping_add(windows.output_gap);
    }
}

/// The weights in the order of a window's words.
///
/// # Safety
/// Nine weights that lie `channels` apart are readable.
#[inline(always)]
unsafe fn column_by_column(weights: *const i8, channels: usize) -> [i32; TAPS] {
    core::array::from_fn(|word| {
        let tap = (word % SIDE).wrapping_mul(SIDE).wrapping_add(word / SIDE);
        // SAFETY: the caller promises that it is readable.
        i32::from(unsafe { *weights.wrapping_add(tap.wrapping_mul(channels)) })
    })
}

/// The sums of the upper and the lower row.
///
/// # Safety
/// The window is readable.
#[inline(always)]
unsafe fn sums(window: *const i32, weights: &[i32; TAPS], bias: i32) -> [i32; 2] {
    // SAFETY: the caller promises that it is readable.
    let product = |word: usize| unsafe { *window.wrapping_add(word) }.wrapping_mul(weights[word]);
    let (mut mixed, mut lower) = (bias.wrapping_add(bias << 16), bias);
    for word in (0..TAPS).step_by(2) {
        let sum = if word + 1 < TAPS { product(word).wrapping_add(product(word + 1)) } else { product(word) };
        mixed = mixed.wrapping_add(sum);
        lower = lower.wrapping_add(sum.wrapping_add(1 << 15) >> 16);
    }
    [mixed.wrapping_sub(lower << 16), lower]
}

/// From a sum to the output element: its product with the multiplier, rounded, with the zero point added, saturated.
#[inline(always)]
fn requantize(windows: &Windows, sum: i32) -> i8 {
    let product = i64::from(sum).wrapping_mul(i64::from(windows.multiplier));
    let rounded = ((product >> 32) as i32).wrapping_add((product as u32 >> 31) as i32);
    rounded.wrapping_add(windows.output_zero_point).clamp(-128, 127) as i8
}
