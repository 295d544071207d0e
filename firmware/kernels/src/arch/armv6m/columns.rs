//! Depthwise 3x3 convolution of one channel: columns of words, and windows of columns times weights.

use core::arch::asm;

use super::super::lanes::{Gather, Windows};
use super::save::{restore, save};

/// Makes columns at vertical stride 1 (`IS_STRIDED` false) or 2.
///
/// # Safety
/// All input elements that `gather` names are readable, and its words writable.
#[inline(never)]
pub unsafe fn gather_columns<const IS_STRIDED: bool>(gather: &Gather) {
    // The input's pointer walks down each column. Registers: r0 input, r1 0, r2 words, r3-r7 inputs, r8-r11 distances from row to row,
    // r12 distance from the last row to the next column, lr words' end. Stack: gather, then what is restored; pairs left are in its
    // place for r1.
    macro_rules! gather {
        ($last:literal, $column:literal) => {
            asm!(
                save!(),
                "ldr r7, [r0, #40]; push {{r7}}",
                "movs r7, r0; ldm r7!, {{r0, r1, r2, r3}}",
                "mov r8, r1; subs r5, r2, r1; mov r9, r5; subs r5, r3, r2; mov r10, r5",
                "ldm r7!, {{r1, r5}}; subs r6, r1, r3; mov r11, r6",
                concat!("subs r5, r5, ", $last, "; mov r12, r5; ldr r2, [r7]; ldr r7, [sp, #4]; movs r1, #0"),
                "2:",
                "ldr r4, [r7, #28]; lsls r5, r4, #3; lsls r4, r4, #2; adds r4, r4, r5; adds r4, r4, r2; mov lr, r4",
                "3:",
                $column,
                "stm r2!, {{r3, r4, r5}}",
                "cmp r2, lr; bne 3b",
                "ldr r7, [sp, #4]; ldr r4, [r7, #32]; adds r0, r0, r4; ldr r4, [r7, #36]; adds r2, r2, r4",
                "ldr r4, [sp]; subs r4, #1; str r4, [sp]; bne 2b",
                "pop {{r7}}",
                restore!(),
                inout("r0") gather => _, out("r1") _, out("r2") _, out("r3") _,
            )
        };
    }
    // SAFETY: the caller promises that all that is read and written may be. r4-r12, lr and the stack are restored; the others are
    // operands.
    unsafe {
        if IS_STRIDED {
            gather!(
                "r1",
                "ldrsb r3, [r0, r1]; add r0, r8; ldrsb r4, [r0, r1]; add r0, r9; ldrsb r5, [r0, r1]; add r0, r10
                 ldrsb r6, [r0, r1]; add r0, r11; ldrsb r7, [r0, r1]; add r0, r12
                 lsls r6, r6, #16; adds r4, r4, r6; lsls r6, r5, #16; adds r3, r3, r6; lsls r7, r7, #16; adds r5, r5, r7"
            );
        } else {
            gather!(
                "r3",
                "ldrsb r3, [r0, r1]; add r0, r8; ldrsb r4, [r0, r1]; add r0, r9; ldrsb r5, [r0, r1]; add r0, r10
                 ldrsb r6, [r0, r1]; add r0, r12
                 lsls r7, r4, #16; adds r3, r3, r7; lsls r7, r5, #16; adds r4, r4, r7; lsls r6, r6, #16; adds r5, r5, r6"
            );
        }
    }
}

/// Takes a row of the filter onto the stack, where weights lie as the words of a window do, column by column.
macro_rules! filter_row {
    ($first:literal, $second:literal, $third:literal) => {
        concat!(
            "ldrsb r0, [r1, r5]; str r0, [sp, #",
            $first,
            "]; ldrsb r0, [r1, r3]; str r0, [sp, #",
            $second,
            "]; adds r1, r1, r3
             ldrsb r0, [r1, r3]; str r0, [sp, #",
            $third,
            "]; adds r1, r1, r3; adds r1, r1, r3"
        )
    };
}

/// The products of the next two words with their weights, into both sums: 12 cycles for 4 multiply-accumulates.
macro_rules! taps {
    () => {
        "ldm r0!, {{r2, r3}}; ldm r1!, {{r4, r5}}; muls r2, r4, r2; muls r3, r5, r3; adds r2, r2, r3
         add r8, r2; asrs r2, r2, #16; adcs r6, r2"
    };
}

/// From the sum in r6 to the output element, saturated. r4 and r5 are the halves of the multiplier, lr is the zero point; r2, r3 and r7 are
/// used. As `multiply_high_by_halves`: the carry of the last shift is the rounding.
macro_rules! requantize {
    () => {
        "uxth r2, r6; asrs r6, r6, #16; movs r3, r2; muls r3, r4, r3; lsrs r3, r3, #16
         movs r7, r6; muls r7, r4, r7; adds r7, r7, r3; muls r2, r5, r2; uxth r3, r7; adds r2, r2, r3
         muls r6, r5, r6; asrs r7, r7, #16; adds r6, r6, r7; asrs r2, r2, #16; adcs r6, r2; add r6, lr
         sxtb r2, r6; cmp r2, r6; beq 9f; asrs r6, r6, #31; movs r2, #127; eors r6, r2; 9:"
    };
}

/// Computes both output rows of every pair.
///
/// # Safety
/// All words and the nine weights that `windows` names are readable, and its outputs writable.
#[inline(never)]
pub unsafe fn convolve_windows(windows: &Windows) {
    // Registers: r0 next word, r1 next weight, r2 r3 words, r4 r5 weights, r6 sum of the lower row, r8 mixed sum, r9 and r10 their start
    // values, r11 distance from the end of a window to the next one, r12 words' end, lr zero point. Stack: 0 windows, 4 and 8 halves of
    // the multiplier, 12 output, 16 distance to the lower row, 20 channels, 24 pairs left, 28 weights.
    // SAFETY: the caller promises that all that is read and written may be. r4-r12, lr and the stack are restored; the others are
    // operands.
    unsafe {
        asm!(
            save!(),
            "sub sp, #64; str r0, [sp]; movs r7, r0; ldm r7!, {{r0-r5}}; str r5, [sp, #12]; mov r11, r0",
            "mov r9, r2; lsls r5, r2, #16; adds r5, r5, r2; mov r10, r5; mov lr, r4",
            "uxth r2, r3; lsrs r3, r3, #16; str r2, [sp, #4]; str r3, [sp, #8]",
            "ldm r7!, {{r2, r3, r4}}; str r2, [sp, #16]; str r3, [sp, #20]; movs r5, #0",
            filter_row!("28", "40", "52"),
            filter_row!("32", "44", "56"),
            filter_row!("36", "48", "60"),
            "mov r0, r11; subs r4, #36; mov r11, r4; add r1, sp, #28",
            "ldr r7, [r7, #12]; str r7, [sp, #24]",
            "2:",
            "ldr r2, [sp]; ldr r2, [r2, #36]; adds r2, r2, r0; mov r12, r2",
            "3:",
            "mov r6, r9; mov r8, r10",
            taps!(),
            taps!(),
            taps!(),
            taps!(),
            "ldm r0!, {{r2}}; ldm r1!, {{r4}}; muls r2, r4, r2; add r8, r2; asrs r2, r2, #16; adcs r6, r2",
            "subs r1, #36; add r0, r11; ldr r4, [sp, #4]; ldr r5, [sp, #8]",
            "lsls r2, r6, #16; mov r3, r8; subs r3, r3, r2; mov r8, r3",
            // Both rows may be the same one: the upper one's result stays.
            requantize!(),
            "ldr r7, [sp, #12]; ldr r2, [sp, #16]; strb r6, [r7, r2]; mov r6, r8",
            requantize!(),
            "ldr r7, [sp, #12]; ldr r2, [sp, #20]; strb r6, [r7]; adds r7, r7, r2; str r7, [sp, #12]",
            "cmp r0, r12; bne 3b",
            "ldr r2, [sp]; ldr r3, [r2, #40]; adds r0, r0, r3; ldr r3, [r2, #44]; adds r7, r7, r3; str r7, [sp, #12]",
            "ldr r3, [sp, #24]; subs r3, #1; str r3, [sp, #24]; bne 2b",
            "add sp, #64",
            restore!(),
            inout("r0") windows => _, out("r1") _, out("r2") _, out("r3") _,
        );
    }
}
