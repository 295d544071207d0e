//! 3x3 depthwise convolution: the inner loops.
//!
//! Four channels of an image, or of a band of its rows, are transposed into columns: `[column][channel][row]`, bytes. One word of a
//! column then is four rows of one channel, and `sxtb16` makes the pairs (0, 2) and (1, 3) of it. Per column of taps and output row:
//! one `smlad` of a pair with the outer taps and one `smla<xy>` of the row between with the middle tap. At stride 1 one word
//! serves two output rows, and a column three output columns: it stays in registers while the loop walks along the rows.
//!
//! The distance from column to column is an immediate of the loads, so there is one loop for each height of columns, `ROWS`.

use core::arch::asm;

use super::slot::slot;

pub use crate::packed::columns::CHANNELS;

/// Four input rows, to be transposed. The layout is known to the assembly.
#[repr(C)]
pub struct Block {
    /// Where the first pixel's four channels start in every row.
    pub rows: [*const i8; 4],
    /// Bytes from pixel to pixel.
    pub pixel_stride: usize,
    /// Where the first channel's four rows go in the first column.
    pub columns: *mut i8,
    /// Number of pixels times `pixel_stride`; not 0.
    pub bytes: usize,
}

/// Transposes four rows into four rows of columns.
///
/// # Safety
/// For every pixel of the block, four bytes of each row are readable and four bytes of each channel of the pixel's column are writable.
#[inline(never)]
pub unsafe fn transpose<const ROWS: usize>(block: &Block) {
    // Registers: r0-r3 rows, r4 offset in all of them, r5 stride, r6 column, r7 end. The GE flags choose bytes 1 and 3 in `sel`;
    // nothing in the loop changes them.
    // SAFETY: the offset takes the values of the block's pixels and the column moves on with it, so the caller's promises cover every
    // access. r4-r11 are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r4-r11}}; ldm r0, {{r0-r3, r5-r7}}; mov r12, #0xff00ff00; uadd8 r12, r12, r12",
            "movs r4, #0",
            ".p2align 2",
            "1:",
            "ldr r8, [r0, r4]; ldr r9, [r1, r4]; ldr r10, [r2, r4]; ldr r11, [r3, r4]",
            // Rows 0 and 2, then rows 1 and 3, of channels 0 and 1, and of channels 2 and 3.
            "pkhbt r12, r8, r10, lsl #16; pkhtb r10, r10, r8, asr #16",
            "pkhbt lr, r9, r11, lsl #16; pkhtb r11, r11, r9, asr #16",
            "lsl r8, lr, #8; sel r8, r8, r12; lsr r9, r12, #8; sel r9, lr, r9",
            "lsl r12, r11, #8; sel r12, r12, r10; lsr r10, r10, #8; sel r10, r11, r10",
            "str r9, [r6, #{rows}]; str r12, [r6, #2*{rows}]; str r10, [r6, #3*{rows}]; str r8, [r6], #4*{rows}",
            "add r4, r5; cmp r4, r7; bne 1b; pop {{r4-r11}}",
            inout("r0") block => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
            rows = const ROWS,
        );
    }
}

/// A band of channels, to be convolved. The layout is known to the assembly, which moves the pointers from channel to channel.
#[repr(C)]
pub struct Band {
    /// The first channel's rows of the first column.
    pub columns: *const i8,
    /// The channels' taps: [`crate::packed::taps`].
    pub weights: *const i8,
    /// One for every channel.
    pub bias: *const i32,
    /// One for every channel.
    pub multipliers: *const i32,
    /// The first channel of the first output pixel.
    pub output: *mut i8,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// Bytes from output pixel to output pixel.
    pub pixel_stride: usize,
    /// Bytes from output row to output row.
    pub row_stride: usize,
    /// Output columns; not 0.
    pub width: usize,
    /// Output rows; not 0.
    pub height: usize,
    /// Channels, 1 to [`CHANNELS`].
    pub channels: usize,
}

/// Convolves a band with stride 1.
///
/// # Safety
/// - `columns` points to `width + 2` columns of four channels and `ROWS` rows that have been written once, and `height + 2` is at most `ROWS`;
/// - `weights` points to 9 bytes for each channel, `bias` and `multipliers` to an element;
/// - a byte for each channel of each output pixel may be written.
#[inline(never)]
pub unsafe fn convolve_stride_1<const ROWS: usize>(band: &mut Band) {
    // Registers: r0 column, r1 output, r2-r4 outer taps of the three columns, r5 middle taps of the first two, r6 that of the
    // third and the zero point above it; r7 r8 and r9 r10 the pairs of two columns; r11 r12 sums; lr temporary. Slots: 0 bias, 1
    // multiplier, 2 from first to second output row, 3 pixel stride, 4 columns' end, 5 rows left, 6 from a strip's end to the next one's first
    // column, 7 row stride, 8 width. Stack: 36 band, 40 channels left.
    // SAFETY: a strip of two rows reads `width + 2` words of its channel's rows in the columns, at most up to row `height + 2` or, where
    // one row is left, the one behind it, which the multiple of 4 that `ROWS` is still holds, and writes `width` bytes to each of its output
    // rows; where one row is left the second goes to the first one's place, before it. So the caller's promises cover every access. r4-r11
    // and the stack are restored; the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #48; str r0, [sp, #36]; ldr r1, [r0, #40]; str r1, [sp, #40]",
            "ldr r1, [r0, #24]", slot!(save 3, "r1"), "ldr r1, [r0, #28]", slot!(save 7, "r1"),
            "ldr r1, [r0, #32]", slot!(save 8, "r1"), "adds r1, #2; mvn r2, #4*{rows} - 1; muls r1, r2; adds r1, #2",
            slot!(save 6, "r1"),
            // A channel.
            "1:",
            "ldr lr, [sp, #36]",
            "ldr r0, [lr, #4]; ldr r2, [r0]; ldr r4, [r0, #4]; ldrsb r6, [r0, #8]; adds r0, #9; str r0, [lr, #4]",
            "sxtb16 r3, r2, ror #8; sxtb16 r2, r2; sxtb16 r5, r4, ror #8; sxtb16 r4, r4",
            "ldr r0, [lr, #20]; pkhbt r6, r6, r0, lsl #16",
            "ldr r0, [lr, #8]; ldr r1, [r0], #4; str r0, [lr, #8]", slot!(save 0, "r1"),
            "ldr r0, [lr, #12]; ldr r1, [r0], #4; str r0, [lr, #12]", slot!(save 1, "r1"),
            "ldr r1, [lr, #16]; adds r0, r1, #1; str r0, [lr, #16]",
            "ldr r0, [lr]; ldr r8, [lr, #32]; ldr r7, [lr, #36]; add r9, r0, #{rows}; str r9, [lr]",
            "movs r9, #4*{rows}; mla r8, r8, r9, r0; adds r8, #8*{rows}", slot!(save 4, "r8"),
            slot!(load 7, "lr"), "cmp r7, #1; it eq; moveq lr, #0", slot!(save 2, "lr"),
            // A strip of two output rows, of `r7` that are left.
            "2:",
            slot!(save 5, "r7"), slot!(load 8, "lr"),
            "lsls lr, lr, #31; bne 4f; ldr r7, [r0], #4*{rows}; ldr r9, [r0], #4*{rows}",
            "sxtb16 r8, r7, ror #8; sxtb16 r7, r7; sxtb16 r10, r9, ror #8; sxtb16 r9, r9",
            // Two output columns; the oldest of the three columns is overwritten in turn.
            ".p2align 2",
            "3:",
            slot!(load 0, "lr"),
            "smlad r11, r7, r2, lr; smlad r12, r8, r2, lr; smlabb r11, r8, r5, r11; smlatb r12, r7, r5, r12",
            "ldr r7, [r0], #4*{rows}",
            "smlad r11, r9, r3, r11; smlad r12, r10, r3, r12; smlabt r11, r10, r5, r11; smlatt r12, r9, r5, r12",
            "sxtb16 r8, r7, ror #8; sxtb16 r7, r7",
            "smlad r11, r7, r4, r11; smlad r12, r8, r4, r12; smlabb r11, r8, r6, r11; smlatb r12, r7, r6, r12",
            slot!(load 1, "lr"), "smmulr r11, r11, lr; smmulr r12, r12, lr", slot!(load 2, "lr"),
            "sxtah r11, r11, r6, ror #16; sxtah r12, r12, r6, ror #16; ssat r11, #8, r11; ssat r12, #8, r12",
            "strb r12, [r1, lr]; strb r11, [r1]", slot!(load 3, "lr"), "add r1, lr",
            "5:",
            slot!(load 0, "lr"),
            "smlad r11, r9, r2, lr; smlad r12, r10, r2, lr; smlabb r11, r10, r5, r11; smlatb r12, r9, r5, r12",
            "ldr r9, [r0], #4*{rows}",
            "smlad r11, r7, r3, r11; smlad r12, r8, r3, r12; smlabt r11, r8, r5, r11; smlatt r12, r7, r5, r12",
            "sxtb16 r10, r9, ror #8; sxtb16 r9, r9",
            "smlad r11, r9, r4, r11; smlad r12, r10, r4, r12; smlabb r11, r10, r6, r11; smlatb r12, r9, r6, r12",
            slot!(load 1, "lr"), "smmulr r11, r11, lr; smmulr r12, r12, lr", slot!(load 2, "lr"),
            "sxtah r11, r11, r6, ror #16; sxtah r12, r12, r6, ror #16; ssat r11, #8, r11; ssat r12, #8, r12",
            "strb r12, [r1, lr]; strb r11, [r1]", slot!(load 3, "lr"), "add r1, lr",
            slot!(load 4, "lr"), "cmp r0, lr; bne 3b",
            // The next strip is two rows below: the output has come to the end of the first of both already.
            "adds r7, r0, #2", slot!(save 4, "r7"), slot!(load 6, "lr"), "add r0, lr", slot!(load 7, "lr"), "add r1, lr",
            slot!(load 5, "lr"), "subs r7, lr, #2; ble 7f; cmp r7, #1; bne 2b; movs r8, #0", slot!(save 2, "r8"), "b 2b",
            "7:",
            "ldr r7, [sp, #40]; subs r7, #1; str r7, [sp, #40]; bne 1b",
            "add sp, #48; pop {{r4-r11}}; b 6f",
            // An odd number of output columns starts with the second half, with the columns' registers swapped.
            "4:",
            "ldr r9, [r0], #4*{rows}; ldr r7, [r0], #4*{rows}",
            "sxtb16 r10, r9, ror #8; sxtb16 r9, r9; sxtb16 r8, r7, ror #8; sxtb16 r7, r7",
            "b 5b",
            "6:",
            inout("r0") band => _,
            rows = const ROWS,
            clobber_abi("C"),
        );
    }
}

/// Convolves a band with stride 2.
///
/// # Safety
/// As [`convolve_stride_1`], with `2 * width + 1` columns, and `2 * height + 1` is at most `ROWS`.
#[inline(never)]
pub unsafe fn convolve_stride_2<const ROWS: usize>(band: &mut Band) {
    // Registers: r0 column, r1 output, r2-r4 outer taps of the three columns, r5 middle taps of the first two, r6 that of the
    // third; r7 r8 pairs of a column, r9 sum, r10 bias, r11 multiplier, r12 zero point, lr temporary. Slots: 3 pixel stride, 4 columns'
    // end. Stack: 20 band, 24 rows left, 28 first column, 32 first output, 36 channels left.
    // SAFETY: an output row reads `2 * width + 1` words of its channel's rows in the columns, at most up to row `2 * height + 1`, which
    // the multiple of 4 that `ROWS` is still holds, and writes `width` bytes. So the caller's promises cover every access. r4-r11 and the
    // stack are restored; the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #40; str r0, [sp, #20]; ldr r1, [r0, #40]; str r1, [sp, #36]",
            // A channel.
            "1:",
            "ldr lr, [sp, #20]",
            "ldr r0, [lr, #4]; ldr r2, [r0]; ldr r4, [r0, #4]; ldrsb r6, [r0, #8]; adds r0, #9; str r0, [lr, #4]",
            "sxtb16 r3, r2, ror #8; sxtb16 r2, r2; sxtb16 r5, r4, ror #8; sxtb16 r4, r4",
            "ldr r0, [lr, #8]; ldr r10, [r0], #4; str r0, [lr, #8]",
            "ldr r0, [lr, #12]; ldr r11, [r0], #4; str r0, [lr, #12]; ldr r12, [lr, #20]",
            "ldr r0, [lr, #24]; ldr r1, [lr, #36]; str r1, [sp, #24]", slot!(save 3, "r0"),
            "ldr r1, [lr, #16]; adds r0, r1, #1; str r0, [lr, #16]; str r1, [sp, #32]",
            "ldr r0, [lr]; add r7, r0, #{rows}; str r7, [lr]; str r0, [sp, #28]",
            // An output row.
            "2:",
            "ldr r8, [lr, #32]; movs r9, #4*{rows}; mla r7, r8, r9, r0; mla r7, r8, r9, r7; adds r7, #4*{rows}",
            slot!(save 4, "r7"),
            "ldr r7, [r0], #4*{rows}; lsls r8, r8, #31; sxtb16 r8, r7, ror #8; sxtb16 r7, r7; bne 5f",
            // Two output columns; the third column of one is the first of the next.
            ".p2align 2",
            "3:",
            "smlad r9, r7, r2, r10; ldr r7, [r0], #4*{rows}",
            "smlabb r9, r8, r5, r9; sxtb16 r8, r7, ror #8; sxtb16 r7, r7",
            "smlad r9, r7, r3, r9; ldr r7, [r0], #4*{rows}",
            "smlabt r9, r8, r5, r9; sxtb16 r8, r7, ror #8; sxtb16 r7, r7",
            "smlad r9, r7, r4, r9; smlabb r9, r8, r6, r9", slot!(load 3, "lr"),
            "smmlar r9, r9, r11, r12; ssat r9, #8, r9; strb r9, [r1]; add r1, lr",
            "5:",
            "smlad r9, r7, r2, r10; ldr r7, [r0], #4*{rows}",
            "smlabb r9, r8, r5, r9; sxtb16 r8, r7, ror #8; sxtb16 r7, r7",
            "smlad r9, r7, r3, r9; ldr r7, [r0], #4*{rows}",
            "smlabt r9, r8, r5, r9; sxtb16 r8, r7, ror #8; sxtb16 r7, r7",
            "smlad r9, r7, r4, r9; smlabb r9, r8, r6, r9", slot!(load 3, "lr"),
            "smmlar r9, r9, r11, r12; ssat r9, #8, r9; strb r9, [r1]; add r1, lr",
            slot!(load 4, "lr"), "cmp r0, lr; bne 3b",
            // The next row is two input rows below.
            "ldr lr, [sp, #20]; ldr r0, [sp, #28]; adds r0, #2; str r0, [sp, #28]",
            "ldr r1, [sp, #32]; ldr r7, [lr, #28]; add r1, r7; str r1, [sp, #32]",
            "ldr r7, [sp, #24]; subs r7, #1; str r7, [sp, #24]; bne 2b",
            "ldr r7, [sp, #36]; subs r7, #1; str r7, [sp, #36]; bne 1b",
            "add sp, #40; pop {{r4-r11}}",
            inout("r0") band => _,
            rows = const ROWS,
            clobber_abi("C"),
        );
    }
}
