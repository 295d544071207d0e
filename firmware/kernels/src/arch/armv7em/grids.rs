//! Depthwise convolution with plain weights: the inner loop over any taps, four channels at a time.
//!
//! The taps of an output pixel are grids: those inside the input, and up to four around them that see padding. In plain words, for
//! every quad of channels: the sums start as the bias, every tap of every grid adds its four products, and the results are stored.

use core::arch::asm;

/// A rectangle of taps and what they see. The layout is known to the assembly, which moves the pointers from quad to quad.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Grid {
    /// What the first tap sees.
    pub x: *const i8,
    /// The first tap.
    pub w: *const i8,
    /// Columns of taps; not 0.
    pub columns: usize,
    /// Bytes from column to column of what is seen.
    pub x_step: usize,
    /// Bytes from behind the last column of what is seen to the next row.
    pub x_gap: usize,
    /// The same for the taps.
    pub w_gap: usize,
    /// Rows of taps; not 0.
    pub rows: usize,
    /// Bytes from quad to quad of what is seen: 4, or 0 for padding.
    pub x_advance: usize,
}

/// An output pixel. The layout is known to the assembly, which moves the pointers from quad to quad.
#[repr(C)]
pub struct Pixel {
    /// One for every channel.
    pub bias: *const i32,
    /// One for every channel.
    pub multipliers: *const i32,
    /// One byte for every channel.
    pub output: *mut i8,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// Bytes from tap to tap of the weights.
    pub w_step: usize,
    /// Quads of channels; not 0.
    pub quads: usize,
}

/// Computes a pixel.
///
/// # Safety
/// - `grids` is not empty, and for each of them and every quad of channels, four bytes of every tap and of what it sees are readable;
/// - bias, multipliers and output have `4 * quads` elements.
#[inline(never)]
pub unsafe fn convolve_pixel(pixel: &mut Pixel, grids: &mut [Grid]) {
    // Registers: r0 inputs, r1 weights, r2 columns left, r3 input step, r4 weight step, r5-r8 sums of the four channels, r9 r10
    // inputs, r11 r12 weights, lr grid. Stack: 0 pixel, 4 grids, 8 their end, 12 rows left, 16 quads left.
    // SAFETY: the pointers visit the taps of each grid row by row and move on by a quad; the caller promises that these are readable,
    // and that the other arrays are long enough for all quads. r4-r11 and the stack are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #20; stm sp, {{r0-r2}}; ldr r1, [r0, #20]; str r1, [sp, #16]",
            // A quad of channels.
            "1:",
            "ldr r0, [sp]; ldr r1, [r0]; ldm r1!, {{r5-r8}}; str r1, [r0]",
            "ldr r4, [r0, #16]; ldr lr, [sp, #4]",
            // A grid.
            "2:",
            "ldr r0, [lr]; ldr r1, [lr, #4]; ldr r9, [lr, #28]",
            "add r9, r0; str r9, [lr]; add r9, r1, #4; str r9, [lr, #4]",
            "ldr r3, [lr, #12]; ldr r9, [lr, #24]; str r9, [sp, #12]",
            // A row of taps.
            "3:",
            "ldr r2, [lr, #8]",
            ".p2align 2",
            "4:",
            "ldr r9, [r0]; ldr r11, [r1]; add r0, r3; add r1, r4",
            "sxtb16 r10, r9, ror #8; sxtb16 r9, r9; sxtb16 r12, r11, ror #8; sxtb16 r11, r11",
            "smlabb r5, r9, r11, r5; smlabb r6, r10, r12, r6; smlatt r7, r9, r11, r7; smlatt r8, r10, r12, r8",
            "subs r2, #1; bne 4b",
            "ldr r9, [lr, #16]; ldr r10, [lr, #20]; add r0, r9; add r1, r10",
            "ldr r9, [sp, #12]; subs r9, #1; str r9, [sp, #12]; bne 3b",
            "ldr r9, [sp, #8]; add lr, #32; cmp lr, r9; bne 2b",
            "ldr r0, [sp]; ldr r1, [r0, #4]; ldm r1!, {{r9-r12}}; str r1, [r0, #4]; ldr r2, [r0, #12]",
            "smmlar r5, r5, r9, r2; smmlar r6, r6, r10, r2; smmlar r7, r7, r11, r2; smmlar r8, r8, r12, r2",
            "ssat r5, #8, r5; ssat r6, #8, r6; ssat r7, #8, r7; ssat r8, #8, r8",
            "ldr r1, [r0, #8]",
            "strb r5, [r1], #4; strb r6, [r1, #-3]; strb r7, [r1, #-2]; strb r8, [r1, #-1]",
            "str r1, [r0, #8]",
            "ldr r1, [sp, #16]; subs r1, #1; str r1, [sp, #16]; bne 1b",
            "add sp, #20; pop {{r4-r11}}",
            inout("r0") pixel => _, inout("r1") grids.as_mut_ptr() => _,
            inout("r2") grids.as_mut_ptr_range().end => _, out("r3") _, out("r12") _, out("lr") _,
        );
    }
}
