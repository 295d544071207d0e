//! From inputs of two pixels to words of two lanes.

use core::arch::asm;

use super::super::lanes::Pieces;

/// The words of two elements: 17 cycles.
macro_rules! two {
    () => {
        "ldrsb r4, [r0, r3]; ldrsb r5, [r0, r1]; adds r0, #1; ldrsb r6, [r0, r3]; ldrsb r7, [r0, r1]; adds r0, #1
         lsls r5, r5, #16; adds r4, r4, r5; lsls r7, r7, #16; adds r6, r6, r7; stm r2!, {{r4, r6}}"
    };
}

/// Makes the words of all rows.
///
/// # Safety
/// All elements that `pieces` names are readable, and its words writable.
#[inline(never)]
pub unsafe fn pack_pieces(pieces: &Pieces) {
    // Registers: r0 input, r1 distance to the second pixel's, r2 words, r3 0, r4-r7 inputs. r8 end of the row. Stack: 4 rows left, 8 pieces.
    // SAFETY: the caller promises that all that is read and written may be. r4-r7 and the stack are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r4-r7}}; mov r4, r8; push {{r0, r4}}; ldr r4, [r0, #16]; sub sp, #8; str r4, [sp, #4]",
            "ldr r1, [r0, #4]; ldr r2, [r0, #8]; ldr r0, [r0]; movs r3, #0",
            "2:",
            "ldr r5, [sp, #8]; ldr r4, [r5, #12]; lsls r6, r4, #2; adds r6, r6, r2; mov r8, r6",
            // The first elements of a row one by one, until a multiple of four is left.
            "lsls r7, r4, #30; beq 4f; lsrs r7, r7, #30",
            "3:",
            "ldrsb r4, [r0, r3]; ldrsb r5, [r0, r1]; adds r0, #1; lsls r5, r5, #16; adds r4, r4, r5; stm r2!, {{r4}}",
            "subs r7, #1; bne 3b",
            "4:",
            "cmp r2, r8; beq 6f",
            "5:",
            two!(),
            two!(),
            "cmp r2, r8; bne 5b",
            "6:",
            "ldr r5, [sp, #8]; ldr r4, [r5, #20]; adds r0, r0, r4; ldr r4, [r5, #24]; adds r2, r2, r4",
            "ldr r4, [sp, #4]; subs r4, #1; str r4, [sp, #4]; bne 2b",
            "add sp, #8; pop {{r0, r4}}; mov r8, r4; pop {{r4-r7}}",
            inout("r0") pieces => _, out("r1") _, out("r2") _, out("r3") _,
        );
    }
}
