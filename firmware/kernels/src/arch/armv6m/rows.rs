//! Two rows of weights times words of two pixels.

use core::arch::asm;

use super::super::lanes::Rows;
use super::save::{restore, save};

/// The products of a word with both rows, on to the next one.
macro_rules! tap {
    () => {
        "ldm r0!, {{r2}}; ldrsb r4, [r0, r1]; add r1, r10; ldrsb r5, [r0, r1]; add r1, r11
         muls r4, r2, r4; add r8, r4; asrs r4, r4, #16; adcs r6, r4
         muls r5, r2, r5; add r9, r5; asrs r5, r5, #16; adcs r7, r5"
    };
}

/// The same for two words: 27 cycles for 8 multiply-accumulates.
macro_rules! taps {
    () => {
        "ldm r0!, {{r2, r3}}
         ldrsb r4, [r0, r1]; adds r1, #1; ldrsb r5, [r0, r1]; add r1, r10
         muls r4, r2, r4; muls r5, r3, r5; adds r4, r4, r5; add r8, r4; asrs r4, r4, #16; adcs r6, r4
         ldrsb r4, [r0, r1]; adds r1, #1; ldrsb r5, [r0, r1]; add r1, r11
         muls r4, r2, r4; muls r5, r3, r5; adds r4, r4, r5; add r9, r4; asrs r4, r4, #16; adcs r7, r4"
    };
}

/// The same where both rows' weights lie at even addresses, so that a load brings two: 25 cycles.
macro_rules! even_taps {
    () => {
        "ldm r0!, {{r2, r3}}
         ldrsh r5, [r0, r1]; add r1, r10; sxtb r4, r5; asrs r5, r5, #8
         muls r4, r2, r4; muls r5, r3, r5; adds r4, r4, r5; add r8, r4; asrs r4, r4, #16; adcs r6, r4
         ldrsh r5, [r0, r1]; add r1, r11; sxtb r4, r5; asrs r5, r5, #8
         muls r4, r2, r4; muls r5, r3, r5; adds r4, r4, r5; add r9, r4; asrs r4, r4, #16; adcs r7, r4"
    };
}

/// From the sum in `$sum` to the output element in r1, saturated. r2 and r3 are the halves of the multiplier, r12 is the zero point; r4, r5 and r6
/// are used. As `multiply_high_by_halves`: the carry of the last shift is the rounding.
macro_rules! requantize {
    ($sum:literal) => {
        concat!(
            "mov r1, ",
            $sum,
            "; uxth r4, r1; asrs r1, r1, #16
             movs r5, r4; muls r5, r2, r5; lsrs r5, r5, #16; movs r6, r1; muls r6, r2, r6; adds r6, r6, r5
             muls r4, r3, r4; uxth r5, r6; adds r4, r4, r5; muls r1, r3, r1; asrs r6, r6, #16; adds r1, r1, r6
             asrs r4, r4, #16; adcs r1, r4; add r1, r12
             sxtb r4, r1; cmp r4, r1; beq 9f; asrs r1, r1, #31; movs r4, #127; eors r1, r4; 9:"
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
    // Only low registers address memory, so the next weight lies at r0 + r1: r0 next word, r1 the distance, r2 r3 words, r4 r5 products,
    // r6 r7 sums of the second pixel for both rows, r8 r9 mixed sums; r10 and r11 take the distance to the second row and back to the next
    // weight of the first; r12 end of words. Stack: rows, then what is restored.
    // SAFETY: the words are read from their start to their end and the rows of weights alike; the caller promises that these are
    // readable, and that the other arrays are long enough for all pairs. r4-r12, lr and the stack are restored; the others are operands.
    unsafe {
        asm!(
            save!(),
            // A pair of rows.
            "1:",
            "ldr r7, [sp]; ldr r3, [r7, #4]; ldm r3!, {{r4, r5}}; str r3, [r7, #4]",
            "lsls r2, r4, #16; adds r2, r2, r4; mov r8, r2; lsls r2, r5, #16; adds r2, r2, r5; mov r9, r2; movs r6, r4",
            "adds r7, #8; ldm r7!, {{r0, r1, r2, r3}}; movs r7, r5; mov r12, r3; subs r1, r1, r0",
            "lsls r3, r2, #29; beq 2f; b 14f",
            "2:",
            "subs r1, #8; mov r10, r2; mvns r3, r2; subs r3, #5; mov r11, r3; adds r3, r0, r1; lsls r3, r3, #31; beq 3f; b 15f",
            "3:",
            even_taps!(),
            even_taps!(),
            even_taps!(),
            even_taps!(),
            "cmp r0, r12; bne 3b",
            "4:",
            "ldr r0, [sp]; ldr r1, [r0, #12]; ldr r2, [r0, #16]; adds r1, r1, r2; adds r1, r1, r2; str r1, [r0, #12]",
            "lsls r4, r6, #16; mov r2, r8; subs r2, r2, r4; mov r8, r2; mov r10, r6",
            "lsls r4, r7, #16; mov r2, r9; subs r2, r2, r4; mov r9, r2; mov r11, r7",
            "ldr r1, [r0, #24]; ldm r1!, {{r2, r3}}; str r1, [r0, #24]; mov lr, r3; ldr r1, [r0, #28]; mov r12, r1",
            // Both pixels may be the same memory: the first one's results stay.
            "lsrs r3, r2, #16; uxth r2, r2; ldr r7, [r0, #36]",
            requantize!("r10"),
            "strb r1, [r7]; ldr r7, [r0, #32]",
            requantize!("r8"),
            "strb r1, [r7]",
            "mov r2, lr; lsrs r3, r2, #16; uxth r2, r2; ldr r7, [r0, #36]",
            requantize!("r11"),
            "strb r1, [r7, #1]; adds r7, #2; str r7, [r0, #36]; ldr r7, [r0, #32]",
            requantize!("r9"),
            "strb r1, [r7, #1]; adds r7, #2; str r7, [r0, #32]",
            "ldr r1, [r0, #40]; subs r1, #1; str r1, [r0, #40]; beq 6f; b 1b",
            "6:",
            restore!(),
            "b 16f",
            // Rows at odd addresses: one step more.
            "15:",
            "movs r4, #1; rsbs r4, r4, #0; add r10, r4; add r11, r4",
            "5:",
            taps!(),
            taps!(),
            taps!(),
            taps!(),
            "cmp r0, r12; bne 5b",
            "b 4b",
            // Words one by one, until a multiple of eight is left.
            "14:",
            "subs r1, #4; mov r10, r2; mvns r3, r2; subs r3, #2; mov r11, r3; ldr r4, [sp]; ldr r4, [r4]; mov r12, r4",
            "7:",
            tap!(),
            "cmp r0, r12; bne 7b",
            "ldr r4, [sp]; ldr r4, [r4, #20]; mov r12, r4; cmp r0, r12; bne 8f; b 4b",
            "8:",
            "subs r1, #4; movs r4, #3; rsbs r4, r4, #0; add r11, r4",
            "mov r4, r10; adds r5, r0, r1; orrs r4, r5; lsls r4, r4, #31; beq 8f; b 15b",
            "8:",
            "b 3b",
            "16:",
            inout("r0") rows => _, out("r1") _, out("r2") _, out("r3") _,
        );
    }
}
