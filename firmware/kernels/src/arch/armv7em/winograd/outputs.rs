//! From sums of products to output pixels.

use core::arch::asm;

use super::super::slot::slot;

/// Where pixels go.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pixels {
    /// The first pixel's first channel.
    pub output: *mut i8,
    /// Bytes from pixel to pixel.
    pub pixel_stride: usize,
    /// Bytes from row to row.
    pub row_stride: usize,
}

/// The sums of a pair of channels. The layout is known to the assembly.
#[repr(C)]
pub struct Planes {
    /// `[2 output channels, 4 tiles, positions]`; overwritten.
    pub sums: *mut i32,
    /// One for each channel.
    pub bias: *const i32,
    /// One for each channel.
    pub multipliers: *const i32,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// The place of the first tile's pixels; tiles lie side by side, channels too.
    pub pixels: Pixels,
    /// Tiles to compute, 1 to 4.
    pub tiles: usize,
}

/// Tiles of 2x2 outputs.
///
/// # Safety
/// There are 8 planes of 16 sums, aligned, two bias and two multipliers; the pixels of all tiles can be written.
#[inline(never)]
pub unsafe fn transform_2(planes: &Planes) {
    // Registers: r0 sums, r1-r4 a row of them, r5 r6 and r7 r8 the first and second row of outputs, r9 output, r10 bias, r11 multiplier, r12 zero
    // point, lr pixel stride. Slots: 0 row stride, 1 sums' end, 2 bias, 3 multipliers, 4 output, 5 channels left, 6 tiles' bytes.
    // SAFETY: each of up to four tiles of two channels reads a plane and writes 2x2 pixels. So the caller's promises cover every access.
    // r4-r11 and the stack are restored; the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #32",
            "ldm r0, {{r0-r7}}",
            slot!(save 0, "r6"), slot!(save 2, "r1"), slot!(save 3, "r2"), slot!(save 4, "r4"),
            "lsls r7, r7, #6", slot!(save 6, "r7"),
            "mov r12, r3; mov lr, r5; movs r1, #2", slot!(save 5, "r1"),
            // A channel.
            "1:",
            slot!(load 2, "r1"), "ldr r10, [r1], #4", slot!(save 2, "r1"),
            slot!(load 3, "r1"), "ldr r11, [r1], #4", slot!(save 3, "r1"),
            slot!(load 4, "r9"), "adds r1, r9, #1", slot!(save 4, "r1"),
            slot!(load 6, "r1"), "add r1, r0", slot!(save 1, "r1"),
            ".p2align 2",
            // A tile.
            "2:",
            "ldm r0!, {{r1-r4}}; adds r5, r1, r2; add r5, r3; subs r6, r2, r3; subs r6, r6, r4",
            "ldm r0!, {{r1-r4}}; adds r7, r1, r2; add r7, r3; sub r8, r2, r3; sub r8, r4; add r5, r7; add r6, r8",
            "ldm r0!, {{r1-r4}}; adds r1, r1, r2; adds r1, r1, r3; subs r2, r2, r3; subs r2, r2, r4",
            "adds r5, r5, r1; adds r6, r6, r2; subs r7, r7, r1; sub r8, r2",
            "ldm r0!, {{r1-r4}}; adds r1, r1, r2; adds r1, r1, r3; subs r2, r2, r3; subs r2, r2, r4; subs r7, r7, r1; sub r8, r2",
            slot!(load 0, "r1"), "add r2, r9, r1",
            "add r5, r10, r5, asr #2; add r6, r10, r6, asr #2; add r7, r10, r7, asr #2; add r8, r10, r8, asr #2",
            "smmlar r5, r5, r11, r12; smmlar r6, r6, r11, r12; smmlar r7, r7, r11, r12; smmlar r8, r8, r11, r12",
            "ssat r5, #8, r5; ssat r6, #8, r6; ssat r7, #8, r7; ssat r8, #8, r8",
            "strb r5, [r9]; strb r6, [r9, lr]; strb r7, [r2]; strb r8, [r2, lr]; add r9, r9, lr, lsl #1",
            slot!(load 1, "r1"), "cmp r0, r1; bne 2b",
            // The other channel's planes start behind four tiles.
            slot!(load 6, "r1"), "subs r0, r0, r1; add r0, #256",
            slot!(load 5, "r1"), "subs r1, #1", slot!(save 5, "r1"), "bne 1b",
            "add sp, #32; pop {{r4-r11}}",
            inout("r0") planes => _,
            clobber_abi("C"),
        );
    }
}

/// Six values of r1-r6 to four in r1, r2, r4 and r5, with the last value taken four times.
macro_rules! four_of_six {
    () => {
        concat!(
            "add r2, r2, r3; sub r3, r2, r3, lsl #1; add r4, r4, r5; sub r5, r4, r5, lsl #1;",
            "add r1, r1, r2; add r1, r1, r4; add r4, r2, r4, lsl #2; add r2, r3, r5, lsl #1;",
            "add r3, r3, r6, lsl #2; add r5, r3, r5, lsl #3",
        )
    };
}

/// Tiles of 4x4 outputs.
///
/// # Safety
/// There are 8 planes of 36 sums, aligned, two bias and two multipliers; the pixels of all tiles can be written.
#[inline(never)]
pub unsafe fn transform_4(planes: &Planes) {
    // Registers: r0 sums, r1-r6 values, r7 output, r8 bias, r9 multiplier, r10 zero point, r11 inverse of 9, r12 row stride, lr from
    // the last row's pixel to the first one's next. Slots: 1 sums' end, 2 bias, 3 multipliers, 4 output, 5 channels left, 6 tiles' bytes, 7 end of a
    // tile's columns.
    // SAFETY: each of up to four tiles of two channels reads and writes a plane and writes 4x4 pixels. So the caller's promises cover every access.
    // r4-r11 and the stack are restored; the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #32",
            "ldm r0, {{r0-r7}}",
            slot!(save 2, "r1"), slot!(save 3, "r2"), slot!(save 4, "r4"),
            "movs r1, #144; muls r7, r1", slot!(save 6, "r7"),
            "mov r10, r3; mov r12, r6; sub lr, r5, r6; sub lr, lr, r6, lsl #1",
            "movw r11, #0x8E39; movt r11, #0x38E3; movs r1, #2", slot!(save 5, "r1"),
            // A channel.
            "1:",
            slot!(load 2, "r1"), "ldr r8, [r1], #4", slot!(save 2, "r1"),
            slot!(load 3, "r1"), "ldr r9, [r1], #4", slot!(save 3, "r1"),
            slot!(load 4, "r7"), "adds r1, r7, #1", slot!(save 4, "r1"),
            slot!(load 6, "r1"), "add r1, r0", slot!(save 1, "r1"),
            ".p2align 2",
            // A tile: its rows in place, then its columns.
            "2:",
            ".rept 6",
            "ldm r0!, {{r1-r6}}",
            four_of_six!(),
            "str r1, [r0, #-24]; str r2, [r0, #-20]; str r4, [r0, #-16]; str r5, [r0, #-12]",
            ".endr",
            "subs r0, #144; add r1, r0, #16", slot!(save 7, "r1"),
            ".p2align 2",
            "3:",
            "ldr r1, [r0]; ldr r2, [r0, #24]; ldr r3, [r0, #48]; ldr r4, [r0, #72]; ldr r5, [r0, #96]; ldr r6, [r0, #120]",
            four_of_six!(),
            "mul r1, r1, r11; mul r2, r2, r11; mul r4, r4, r11; mul r5, r5, r11; adds r0, #4",
            "add r1, r8, r1, asr #6; smmlar r1, r1, r9, r10; ssat r1, #8, r1; strb r1, [r7]; add r7, r12",
            "add r2, r8, r2, asr #6; smmlar r2, r2, r9, r10; ssat r2, #8, r2; strb r2, [r7]; add r7, r12",
            "add r4, r8, r4, asr #6; smmlar r4, r4, r9, r10; ssat r4, #8, r4; strb r4, [r7]; add r7, r12",
            "add r5, r8, r5, asr #6; smmlar r5, r5, r9, r10; ssat r5, #8, r5; strb r5, [r7]; add r7, lr",
            slot!(load 7, "r1"), "cmp r0, r1; bne 3b",
            "adds r0, #128", slot!(load 1, "r1"), "cmp r0, r1; bne 2b",
            // The other channel's planes start behind four tiles.
            slot!(load 6, "r1"), "subs r0, r0, r1; add r0, #576",
            slot!(load 5, "r1"), "subs r1, #1", slot!(save 5, "r1"), "bne 1b",
            "add sp, #32; pop {{r4-r11}}",
            inout("r0") planes => _,
            clobber_abi("C"),
        );
    }
}
