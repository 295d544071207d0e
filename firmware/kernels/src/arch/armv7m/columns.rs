//! Depthwise 3x3 convolution of one channel: columns of words, and windows of columns times weights.

use core::arch::asm;

use super::super::lanes::{Gather, Windows};

/// Makes columns at vertical stride 1 (`IS_STRIDED` false) or 2.
///
/// # Safety
/// All input elements that `gather` names are readable, and its words writable.
#[inline(never)]
pub unsafe fn gather_columns<const IS_STRIDED: bool>(gather: &Gather) {
    // Registers: r0 input, r1-r4 distances to the other rows, r5 words, r6 step, r7-r11 inputs, r12 columns left, lr pairs left.
    // Stack: gather.
    macro_rules! gather {
        ($load:literal, $combine:literal) => {
            asm!(
                "push {{r0, r4-r11}}; mov r7, r0; ldm r7!, {{r0-r4}}; ldr r6, [r7]; ldr r5, [r7, #4]; ldr lr, [r7, #20]",
                "2:",
                "ldr r7, [sp]; ldr r12, [r7, #28]",
                ".p2align 2",
                "3:",
                $load,
                "add r0, r6",
                $combine,
                "subs r12, #1",
                "stm r5!, {{r7-r9}}",
                "bne 3b",
                "ldr r7, [sp]; ldr r8, [r7, #32]; ldr r9, [r7, #36]; add r0, r8; add r5, r9",
                "subs lr, #1; bne 2b",
                "pop {{r0, r4-r11}}",
                inout("r0") gather => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
            )
        };
    }
    // SAFETY: the caller promises that all that is read and written may be. r4-r11 and the stack are restored; the others are operands.
    unsafe {
        if IS_STRIDED {
            gather!(
                "ldrsb r7, [r0]; ldrsb r8, [r0, r1]; ldrsb r9, [r0, r2]; ldrsb r10, [r0, r3]; ldrsb r11, [r0, r4]",
                "add r7, r7, r9, lsl #16; add r8, r8, r10, lsl #16; add r9, r9, r11, lsl #16"
            );
        } else {
            gather!(
                "ldrsb r7, [r0]; ldrsb r8, [r0, r1]; ldrsb r9, [r0, r2]; ldrsb r10, [r0, r3]",
                "add r7, r7, r8, lsl #16; add r8, r8, r9, lsl #16; add r9, r9, r10, lsl #16"
            );
        }
    }
}

/// Takes a row of the filter onto the stack, where weights lie as the words of a window do, column by column.
macro_rules! filter_row {
    ($first:literal, $second:literal, $third:literal) => {
        concat!(
            "ldrsb r4, [r1]; ldrsb r5, [r1, lr]; ldrsb r6, [r1, lr, lsl #1]; add r1, lr; add r1, r1, lr, lsl #1; ",
            concat!("str r4, [sp, #", $first, "]; str r5, [sp, #", $second, "]; str r6, [sp, #", $third, "]")
        )
    };
}

/// The products of two words with their weights, into both sums: 11 cycles for 4 multiply-accumulates.
macro_rules! taps {
    ($first:literal, $second:literal) => {
        concat!(
            concat!("ldr r6, [r0, #", $first, "]; ldr r7, [r0, #", $second, "]; "),
            concat!("ldr r4, [sp, #", $first, "]; ldr r5, [sp, #", $second, "]; "),
            "muls r4, r6, r4; mla r4, r7, r5, r4; adds r2, r4; asrs r4, #16; adcs r3, r4"
        )
    };
}

/// From the sum in `$sum` to the output element: its product with the multiplier, rounded, with the zero point added, saturated.
macro_rules! requantize {
    ($sum:literal) => {
        concat!("smull r4, ", $sum, ", ", $sum, ", r9; lsls r4, #1; adc ", $sum, ", r10; ssat ", $sum, ", #8, ", $sum)
    };
}

/// Computes both output rows of every pair.
///
/// # Safety
/// All words and the nine weights that `windows` names are readable, and its outputs writable.
#[inline(never)]
pub unsafe fn convolve_windows(windows: &Windows) {
    // Registers: r0 window, r1 windows, r2 mixed sum, r3 sum of the lower row, r4 r5 weights, r6 r7 words, r8 bias, r9 multiplier,
    // r10 zero point, r11 output, r12 distance to the lower row, lr channels. Stack: 0 weights, 36 words' end, 40 pairs left.
    // SAFETY: the caller promises that all that is read and written may be. r4-r11 and the stack are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #44; ldr r1, [r0, #48]; str r1, [sp, #40]; mov r3, r0",
            "mov lr, r0; ldm lr!, {{r0, r1, r8-r12}}; ldr lr, [lr]",
            filter_row!("0", "12", "24"),
            filter_row!("4", "16", "28"),
            filter_row!("8", "20", "32"),
            "mov r1, r3",
            "2:",
            "ldr r4, [r1, #36]; add r4, r0; str r4, [sp, #36]",
            ".p2align 2",
            "3:",
            "add r2, r8, r8, lsl #16; mov r3, r8",
            taps!("0", "4"),
            taps!("8", "12"),
            taps!("16", "20"),
            taps!("24", "28"),
            "ldr r6, [r0, #32]; ldr r4, [sp, #32]; muls r4, r6, r4",
            "adds r2, r4; asrs r4, #16; adcs r3, r4",
            "sub r2, r2, r3, lsl #16",
            requantize!("r2"),
            requantize!("r3"),
            // Both rows may be the same one: the upper one's result stays.
            "ldr r6, [r1, #32]; ldr r5, [sp, #36]; strb r3, [r11, r12]; strb r2, [r11]",
            "add r11, lr; add r0, r6; cmp r0, r5; bne 3b",
            "ldr r5, [r1, #40]; ldr r6, [r1, #44]; add r0, r5; add r11, r6",
            "ldr r5, [sp, #40]; subs r5, #1; str r5, [sp, #40]; bne 2b",
            "add sp, #44; pop {{r4-r11}}",
            inout("r0") windows => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
        );
    }
}
