//! Products of transformed weights and inputs, summed over the input channels, position by position.

use core::arch::asm;

use super::super::slot::slot;

/// A pair of output channels. The layout is known to the assembly.
#[repr(C)]
pub struct Products {
    /// Words of two input channels: `[positions, words, 2 output channels]`.
    pub weights: *const u32,
    /// `[positions, words, 4 tiles]`.
    pub values: *const u32,
    /// `[2 output channels, 4 tiles, positions]`.
    pub sums: *mut i32,
    /// Words of a position; even and not 0.
    pub words: usize,
}

/// One word of two input channels, 2 output channels x 4 tiles; `$first` is the multiplication that starts or goes on with the sums.
macro_rules! word {
    (first) => {
        concat!(
            "ldr.w r2, [r0], #4; ldr.w r3, [r0], #4; ldr.w r12, [r1], #4; ldr.w lr, [r1], #4;",
            "smuad r4, r2, r12; smuad r8, r3, r12; smuad r5, r2, lr; smuad r9, r3, lr;",
            "ldr.w r12, [r1], #4; ldr.w lr, [r1], #4;",
            "smuad r6, r2, r12; smuad r10, r3, r12; smuad r7, r2, lr; smuad r11, r3, lr",
        )
    };
    (next) => {
        concat!(
            "ldr.w r2, [r0], #4; ldr.w r3, [r0], #4; ldr.w r12, [r1], #4; ldr.w lr, [r1], #4;",
            "smlad r4, r2, r12, r4; smlad r8, r3, r12, r8; smlad r5, r2, lr, r5; smlad r9, r3, lr, r9;",
            "ldr.w r12, [r1], #4; ldr.w lr, [r1], #4;",
            "smlad r6, r2, r12, r6; smlad r10, r3, r12, r10; smlad r7, r2, lr, r7; smlad r11, r3, lr, r11",
        )
    };
}

/// Multiplies at all `POSITIONS`.
///
/// # Safety
/// For every position there are `2 * words` words of weights and `4 * words` of values, aligned, and 8 sums can be written.
#[inline(never)]
pub unsafe fn multiply<const POSITIONS: usize>(products: &Products) {
    // Registers: r0 weights, r1 values, r2 r3 weight words, r12 lr value words, r4-r7 and r8-r11 sums of the two channels. Slots: 0 sums, 1 values'
    // end at the position, 2 entry, 3 bytes of values of a position, 4 sums' end.
    // SAFETY: each position reads `words` words of both channels and of four tiles: the loop runs until the values' end and is entered where
    // the rest of a turn is a multiple short. Positions end where the first plane of sums does. So the caller's promises cover every access.
    // r4-r11 and the stack are restored; the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #24",
            "ldm r0, {{r0-r3}}",
            slot!(save 0, "r2"), "add r2, #4*{positions}", slot!(save 4, "r2"),
            "lsl r2, r3, #4", slot!(save 3, "r2"), "add r2, r1", slot!(save 1, "r2"),
            // Entry: 56 bytes of code for each of the (1 - words) mod 8 steps to leave out.
            "rsb r3, r3, #1; and r3, r3, #7; movs r2, #56; muls r3, r2; adr.w r2, 2f; add r2, r3; adds r2, #1",
            slot!(save 2, "r2"),
            ".p2align 2",
            // A position.
            "1:",
            word!(first),
            slot!(load 2, "r2"), "bx r2",
            ".p2align 2",
            "2:",
            ".rept 8",
            word!(next),
            ".endr",
            slot!(load 1, "r2"), "cmp r1, r2; bne 2b",
            slot!(load 0, "r3"), slot!(load 3, "r12"), slot!(load 4, "lr"),
            "str r5, [r3, #4*{positions}]; str r6, [r3, #8*{positions}]; str r7, [r3, #12*{positions}]",
            "str r8, [r3, #16*{positions}]; str r9, [r3, #20*{positions}]; str r10, [r3, #24*{positions}]",
            "str r11, [r3, #28*{positions}]; str r4, [r3], #4; add r2, r12",
            slot!(save 1, "r2"), slot!(save 0, "r3"), "cmp r3, lr; bne 1b",
            "add sp, #24; pop {{r4-r11}}",
            inout("r0") products => _,
            positions = const POSITIONS,
            clobber_abi("C"),
        );
    }
}
