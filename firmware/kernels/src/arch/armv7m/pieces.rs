//! From inputs of two pixels to words of two lanes.

use core::arch::asm;

use super::super::lanes::Pieces;

/// Makes the words of all rows: 21 cycles for 4.
///
/// # Safety
/// All elements that `pieces` names are readable, and its words writable.
#[inline(never)]
pub unsafe fn pack_pieces(pieces: &Pieces) {
    // Registers: r0 input, r1 distance to the second pixel's, r2 words, r3 elements left, r4-r11 inputs, r12 pieces, lr rows left.
    // SAFETY: the caller promises that all that is read and written may be. r4-r11 and the stack are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r4-r11}}; mov r12, r0; ldm r0, {{r0-r2}}; ldr lr, [r12, #16]",
            "2:",
            // The first elements of a row one by one, until a multiple of four is left.
            "ldr r3, [r12, #12]; ands r10, r3, #3; beq 4f",
            "3:",
            "ldrsb r4, [r0, r1]; ldrsb r5, [r0], #1; subs r10, #1; add r5, r5, r4, lsl #16; str r5, [r2], #4; bne 3b",
            "4:",
            "bics r3, #3; beq 6f",
            ".p2align 2",
            "5:",
            "ldrsb r4, [r0, r1]; ldrsb r5, [r0], #1; ldrsb r6, [r0, r1]; ldrsb r7, [r0], #1",
            "ldrsb r8, [r0, r1]; ldrsb r9, [r0], #1; ldrsb r10, [r0, r1]; ldrsb r11, [r0], #1",
            "add r5, r5, r4, lsl #16; add r7, r7, r6, lsl #16; add r9, r9, r8, lsl #16; add r11, r11, r10, lsl #16",
            "subs r3, #4; stm r2!, {{r5, r7, r9, r11}}; bne 5b",
            "6:",
            "ldr r3, [r12, #20]; ldr r4, [r12, #24]; add r0, r3; add r2, r4",
            "subs lr, #1; bne 2b",
            "pop {{r4-r11}}",
            inout("r0") pieces => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
        );
    }
}
