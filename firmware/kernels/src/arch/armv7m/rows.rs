//! Two rows of weights times words of two pixels.

use core::arch::asm;

use super::super::lanes::Rows;

/// The products of a word with both rows, on to the next one.
macro_rules! tap {
    () => {
        "ldr r6, [r10], #4; ldrsb r1, [r11, r12]; ldrsb r0, [r11], #1
         muls r0, r6, r0; muls r1, r6, r1
         adds r2, r0; asrs r0, #16; adcs r3, r0
         adds r4, r1; asrs r1, #16; adcs r5, r1"
    };
}

/// The same for two words: 19 cycles for 8 multiply-accumulates.
macro_rules! taps {
    () => {
        "ldr r6, [r10], #4; ldr r7, [r10], #4
         ldrsb r1, [r11, r12]; ldrsb r0, [r11], #1; ldrsb r9, [r11, r12]; ldrsb r8, [r11], #1
         muls r0, r6, r0; mla r0, r7, r8, r0; muls r1, r6, r1; mla r1, r7, r9, r1
         adds r2, r0; asrs r0, #16; adcs r3, r0
         adds r4, r1; asrs r1, #16; adcs r5, r1"
    };
}

/// From the sum in `$sum` to the output element: its product with `$multiplier`, rounded, with the zero point of r9 added, saturated.
macro_rules! requantize {
    ($sum:literal, $multiplier:literal) => {
        concat!(
            "smull r10, ",
            $sum,
            ", ",
            $sum,
            ", ",
            $multiplier,
            "; lsls r10, #1; adc ",
            $sum,
            ", r9; ssat ",
            $sum,
            ", #8, ",
            $sum
        )
    };
}

/// Computes every pair of rows for both pixels.
///
/// # Safety
/// - `rows.depth` words and `2 * count` rows of so many weights are readable; `end` and `rest_end` lie behind words, a multiple of 8 apart;
/// - bias, multipliers and both outputs have `2 * count` elements; `count` is not 0.
#[inline(never)]
pub unsafe fn multiply_rows(rows: &mut Rows) {
    // Registers: r0 r1 products of both rows, r2 r3 the first row's sums (mixed, second pixel), r4 r5 the second row's, r6 r7 words,
    // r8 r9 weights, r10 next word, r11 next weight, r12 depth, lr end of words. Stack: rows.
    // SAFETY: the words are read from their start to their end and the rows of weights alike; the caller promises that these are
    // readable, and that the other arrays are long enough for all pairs. r4-r11 and the stack are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r0, r4-r11}}",
            // A pair of rows.
            "1:",
            "ldr r0, [sp]; ldm r0, {{r8-r12, lr}}",
            "ldr r3, [r9], #4; ldr r5, [r9], #4; str r9, [r0, #4]",
            "add r2, r3, r3, lsl #16; add r4, r5, r5, lsl #16",
            "cmp r10, r8; beq 3f",
            "2:",
            tap!(),
            "cmp r10, r8; bne 2b",
            "3:",
            // The loop has two halves: the first pass starts in the second one where their number is odd.
            "subs r6, lr, r10; beq 6f; lsls r6, #26; bmi 5f",
            ".p2align 2",
            "4:",
            taps!(),
            taps!(),
            taps!(),
            taps!(),
            "5:",
            taps!(),
            taps!(),
            taps!(),
            taps!(),
            "cmp r10, lr; bne 4b",
            "6:",
            // The second row ends where the next pair starts.
            "ldr r0, [sp]; add r11, r12; sub r2, r2, r3, lsl #16; sub r4, r4, r5, lsl #16; str r11, [r0, #12]",
            "ldr r1, [r0, #24]; ldr r6, [r1], #4; ldr r7, [r1], #4; ldr r9, [r0, #28]; str r1, [r0, #24]",
            requantize!("r2", "r6"),
            requantize!("r3", "r6"),
            requantize!("r4", "r7"),
            requantize!("r5", "r7"),
            // Both pixels may be the same memory: the first one's results stay.
            "ldr r6, [r0, #32]; ldr r7, [r0, #36]; ldr r1, [r0, #40]",
            "strb r3, [r7], #1; strb r5, [r7], #1; str r7, [r0, #36]",
            "strb r2, [r6], #1; strb r4, [r6], #1; str r6, [r0, #32]",
            "subs r1, #1; str r1, [r0, #40]; bne 1b",
            "pop {{r0, r4-r11}}",
            inout("r0") rows => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
        );
    }
}
