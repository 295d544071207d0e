//! A row quad times the windows of output rows: the inner loop of convolutions whose input rows lie widened in scratch.
//!
//! In plain words, for every pair of output pixels, with the weights' order and the windows of [`crate::packed::band`]:
//!
//! ```text
//! for filter row, pair of channels, tap:
//!     w = two words of weights: rows (0, 1) and rows (2, 3) of the quad
//!     a = window[pair of channels][tap]; b = window[pair of channels][tap + stride]
//!     T += w * a, w * b;  S += low(w) * a, low(w) * b
//! ```
//!
//! and then as in [`crate::arch::armv7em::quads`]. The pixels share two of the columns that they see, at stride 2 one: three taps load four (five) columns in place of
//! six, 43 (44) cycles for 48 multiply-accumulates.

use core::arch::asm;

use super::super::slot::slot;

/// A quad of weights and the windows of output rows. The layout is known to the assembly.
#[repr(C)]
pub struct QuadRows {
    /// The quad's first filter row.
    pub weights: *const i8,
    /// Where its last one ends.
    pub weights_end: *const i8,
    /// Four elements.
    pub bias: *const i32,
    /// Four elements.
    pub multipliers: *const i32,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// The first output row's first pair: the windows of all its filter rows.
    pub inputs: *const u32,
    /// Where a pair behind the last one would start.
    pub inputs_end: *const u32,
    /// Bytes from the end of a pair's windows to the next pair.
    pub pair_skip: usize,
    /// The first pixel's first row of the quad.
    pub output: *mut i8,
    /// Bytes from pixel to pixel.
    pub pixel_stride: usize,
    /// Pairs of channels by which the filter rows fall short of a multiple of 4.
    pub missing: usize,
    /// Output rows; not 0.
    pub rows: usize,
    /// Bytes from an output row's end of inputs to the next one's first pair.
    pub inputs_skip: usize,
    /// Bytes from an output row's inputs to the next one's.
    pub inputs_stride: usize,
    /// Bytes from behind the last pixel of an output row to the first one of the next.
    pub output_skip: usize,
}

/// The sums of row quads: r4 r6 totals and r5 r7 lows of the first pixel, r8 r10 and r9 r11 of the second.
macro_rules! begin_quads {
    () => {
        concat!(
            slot!(load 14, "r5"), ";", slot!(load 15, "r7"), ";",
            "mov r4, r5; mov r8, r5; mov r9, r5; mov r6, r7; mov r10, r7; mov r11, r7",
        )
    };
}

/// From the sums of row quads to the output.
macro_rules! end_quads {
    () => {
        concat!(
            slot!(load 1, "r1"), "; cmp lr, r1; bne.w 2b;",
            // Odd rows: bias + ((T - S) >> 8).
            slot!(load 2, "r2"), ";", slot!(load 3, "r3"), ";",
            "subs r4, r4, r5; sub r8, r8, r9; subs r6, r6, r7; sub r10, r10, r11;",
            "add r4, r2, r4, asr #8; add r8, r2, r8, asr #8; add r6, r3, r6, asr #8; add r10, r3, r10, asr #8;",
            slot!(load 9, "r1"), ";", slot!(load 10, "r2"), ";", slot!(load 11, "r3"), ";", slot!(load 12, "r12"), ";",
            slot!(load 4, "lr"), ";",
            "smmlar r5, r5, r1, lr; smmlar r4, r4, r2, lr; smmlar r7, r7, r3, lr; smmlar r6, r6, r12, lr;",
            "smmlar r9, r9, r1, lr; smmlar r8, r8, r2, lr; smmlar r11, r11, r3, lr; smmlar r10, r10, r12, lr;",
            slot!(load 5, "r1"), ";", slot!(load 6, "r2"), ";",
            "ssat r5, #8, r5; ssat r4, #8, r4; ssat r7, #8, r7; ssat r6, #8, r6;",
            "strb r5, [r1]; strb r4, [r1, #1]; strb r7, [r1, #2]; strb r6, [r1, #3]; add r1, r2;",
            "ssat r9, #8, r9; ssat r8, #8, r8; ssat r11, #8, r11; ssat r10, #8, r10;",
            "strb r9, [r1]; strb r8, [r1, #1]; strb r11, [r1, #2]; strb r10, [r1, #3]; add r1, r2",
        )
    };
}

/// The sums of chains ([`crate::arch::armv7em::chained_quads`]): r4 r5 r6 T1 to T3 of the first pixel, r7 r8 r9 of the second; r12 is the weights' end.
macro_rules! begin_chains {
    () => {
        concat!(
            slot!(load 1, "r12"), ";",
            "movs r4, #0; movs r5, #0; movs r6, #0; movs r7, #0; mov r8, r4; mov r9, r4",
        )
    };
}

/// From the sums of chains to the output.
macro_rules! end_chains {
    () => {
        concat!(
            "cmp lr, r12; bne.w 2b;",
            // 256 D in r1 and lr; then 256 C, 256 B and 256 A in place of T3, T2 and T1.
            "lsls r1, r6, #8; sub r1, r1, r5, lsl #16; add r1, r1, r4, lsl #24;",
            "lsl lr, r9, #8; sub lr, lr, r8, lsl #16; add lr, lr, r7, lsl #24;",
            "sub r6, r6, r1, asr #8; sub r9, r9, lr, asr #8; sub r5, r5, r6, asr #8; sub r8, r8, r9, asr #8;",
            "sub r4, r4, r5, asr #8; sub r7, r7, r8, asr #8;",
            slot!(load 14, "r2"), ";", slot!(load 2, "r3"), ";", slot!(load 15, "r10"), ";", slot!(load 3, "r11"), ";",
            "add r5, r2, r5, asr #8; add r4, r3, r4, asr #8; add r1, r10, r1, asr #8; add r6, r11, r6, asr #8;",
            "add r8, r2, r8, asr #8; add r7, r3, r7, asr #8; add lr, r10, lr, asr #8; add r9, r11, r9, asr #8;",
            slot!(load 9, "r2"), ";", slot!(load 10, "r3"), ";", slot!(load 11, "r10"), ";", slot!(load 12, "r11"), ";",
            slot!(load 4, "r12"), ";",
            "smmlar r5, r5, r2, r12; smmlar r4, r4, r3, r12; smmlar r1, r1, r10, r12; smmlar r6, r6, r11, r12;",
            "smmlar r8, r8, r2, r12; smmlar r7, r7, r3, r12; smmlar lr, lr, r10, r12; smmlar r9, r9, r11, r12;",
            slot!(load 5, "r2"), ";", slot!(load 6, "r3"), ";",
            "ssat r5, #8, r5; ssat r4, #8, r4; ssat r1, #8, r1; ssat r6, #8, r6;",
            "strb r5, [r2]; strb r4, [r2, #1]; strb r1, [r2, #2]; strb r6, [r2, #3]; adds r1, r2, r3;",
            "ssat r8, #8, r8; ssat r7, #8, r7; ssat lr, #8, lr; ssat r9, #8, r9;",
            "strb r8, [r1]; strb r7, [r1, #1]; strb lr, [r1, #2]; strb r9, [r1, #3]; add r1, r3",
        )
    };
}

/// Adds the products of one tap of chains: three words of weights in r1, r2 and r3, the pixels' inputs in `$first` and `$second`.
macro_rules! chained_tap {
    ($first:literal, $second:literal) => {
        concat!(
            "smlad r4, r1, ",
            $first,
            ", r4; smlad r7, r1, ",
            $second,
            ", r7;",
            "smlad r5, r2, ",
            $first,
            ", r5; smlad r8, r2, ",
            $second,
            ", r8;",
            "smlad r6, r3, ",
            $first,
            ", r6; smlad r9, r3, ",
            $second,
            ", r9",
        )
    };
}

/// Adds the products of one tap of row quads: two words of weights in r1 and r2, the pixels' inputs in `$first` and `$second`.
macro_rules! tap {
    ($first:literal, $second:literal) => {
        concat!(
            "smlad r4, r1, ",
            $first,
            ", r4; smlad r8, r1, ",
            $second,
            ", r8;",
            "smlad r6, r2, ",
            $first,
            ", r6; smlad r10, r2, ",
            $second,
            ", r10;",
            "sxtb16 r1, r1; sxtb16 r2, r2;",
            "smlad r5, r1, ",
            $first,
            ", r5; smlad r9, r1, ",
            $second,
            ", r9;",
            "smlad r7, r2, ",
            $first,
            ", r7; smlad r11, r2, ",
            $second,
            ", r11",
        )
    };
}

/// One function for a layout and a stride along the row: `$step` is the code of one pair of channels, `$step_bytes` its size; `$begin` and `$end` are what
/// comes before and behind all of a pair of pixels, from the sums' start to their requantized bytes.
macro_rules! quad_by_windows {
    ($name:ident, $step_bytes:literal, [$($begin:expr),*], [$($step:expr),* $(,)?], [$($end:expr),*]) => {
        /// All pairs of pixels of output rows for one quad.
        ///
        /// # Safety
        /// - from `weights` to `weights_end` there are 24 bytes, as chains 36, for one or more pairs of channels;
        /// - from `inputs` to before `inputs_end` there are one or more pairs, `pair_skip` apart, each with as many pairs of channels, aligned;
        ///   and so, `inputs_stride` behind them, for all `rows`;
        /// - `missing` is 0 to 3 and together with the pairs of channels a multiple of 4;
        /// - four bias and multipliers are readable, and 4 bytes may be written at each pixel's place, two pixels for each pair.
        #[inline(never)]
        pub unsafe fn $name(rows: &QuadRows) {
            // Registers: r0 inputs, lr weights, the others as the layout has them. Slots: 0 entry, 1 weights' end, 2 3 odd rows' bias, 4 zero point, 5
            // output, 6 pixel stride, 7 inputs' end, 8 weights, 9 to 12 multipliers, 13 pair skip, 14 15 even rows' bias. Stack: 64 rows left, 68
            // inputs' skip, 72 inputs' stride, 76 output's skip.
            // SAFETY: each pair reads the weights to their end and as many inputs: the loop runs until the weights' end and is entered where
            // the rest of a turn is `missing` short. Four bias and multipliers are read and 4 bytes of both pixels written per pair; pairs
            // end where the inputs do, rows by their count. So the caller's promises cover every access. r4-r11 and the stack are restored;
            // the others are operands or clobbered.
            unsafe {
                asm!(
                    "push {{r4-r11}}; sub sp, #80",
                    "ldm r0!, {{r1-r10}}",
                    slot!(save 8, "r1"), slot!(save 1, "r2"), slot!(save 4, "r5"), "mov r12, r6", slot!(save 7, "r7"),
                    slot!(save 13, "r8"), slot!(save 5, "r9"), slot!(save 6, "r10"),
                    "ldm r3, {{r5-r8}}",
                    slot!(save 14, "r5"), slot!(save 2, "r6"), slot!(save 15, "r7"), slot!(save 3, "r8"),
                    "ldm r4, {{r5-r8}}",
                    slot!(save 9, "r5"), slot!(save 10, "r6"), slot!(save 11, "r7"), slot!(save 12, "r8"),
                    "ldm r0, {{r0, r2, r3, r4, r5}}; add r1, sp, #64; stm r1, {{r2-r5}}",
                    concat!("movs r1, #", $step_bytes), "mul r0, r1, r0; adr.w r1, 2f; add r0, r1; adds r0, #1", slot!(save 0, "r0"), "mov r0, r12",
                    // A pair of pixels.
                    ".p2align 2",
                    "1:",
                    slot!(load 8, "lr"), slot!(load 0, "r1"),
                    $($begin,)*
                    "bx r1",
                    ".p2align 2",
                    "2:",
                    ".rept 4",
                    $($step,)*
                    ".endr",
                    $($end,)*
                    slot!(save 5, "r1"), slot!(load 13, "r2"), slot!(load 7, "r3"), "add r0, r2; cmp r0, r3; bne.w 1b",
                    // The next output row.
                    "add r12, sp, #64; ldm r12, {{r1, r2, r4, r5}}; subs r1, #1; beq 4f; str r1, [r12]",
                    "add r0, r2; add r3, r4", slot!(save 7, "r3"),
                    slot!(load 5, "r1"), "add r1, r5", slot!(save 5, "r1"), "b.w 1b",
                    "4:",
                    "add sp, #80; pop {{r4-r11}}",
                    inout("r0") rows => _,
                    clobber_abi("C"),
                );
            }
        }
    };
}

quad_by_windows!(
    quad_by_windows_stride_1,
    160,
    [begin_quads!()],
    [
        "ldr.w r1, [lr], #4; ldr.w r2, [lr], #4; ldr.w r3, [r0], #16; ldr r12, [r0, #-12]",
        tap!("r3", "r12"),
        "ldr.w r1, [lr], #4; ldr.w r2, [lr], #4; ldr r3, [r0, #-8]",
        tap!("r12", "r3"),
        "ldr.w r1, [lr], #4; ldr.w r2, [lr], #4; ldr r12, [r0, #-4]",
        tap!("r3", "r12"),
    ],
    [end_quads!()]
);

// The middle tap comes last: the other two share a column.
quad_by_windows!(
    quad_by_windows_stride_2,
    164,
    [begin_quads!()],
    [
        "ldr.w r1, [lr], #24; ldr r2, [lr, #-20]; ldr.w r3, [r0], #20; ldr r12, [r0, #-12]",
        tap!("r3", "r12"),
        "ldr r1, [lr, #-8]; ldr r2, [lr, #-4]; ldr r3, [r0, #-4]",
        tap!("r12", "r3"),
        "ldr r1, [lr, #-16]; ldr r2, [lr, #-12]; ldr r3, [r0, #-16]; ldr r12, [r0, #-8]",
        tap!("r3", "r12"),
    ],
    [end_quads!()]
);

quad_by_windows!(
    chained_quad_by_windows_stride_1,
    124,
    [begin_chains!()],
    [
        "ldr.w r1, [lr], #36; ldr r2, [lr, #-32]; ldr r3, [lr, #-28]; ldr.w r10, [r0], #16; ldr r11, [r0, #-12]",
        chained_tap!("r10", "r11"),
        "ldr r1, [lr, #-24]; ldr r2, [lr, #-20]; ldr r3, [lr, #-16]; ldr r10, [r0, #-8]",
        chained_tap!("r11", "r10"),
        "ldr r1, [lr, #-12]; ldr r2, [lr, #-8]; ldr r3, [lr, #-4]; ldr r11, [r0, #-4]",
        chained_tap!("r10", "r11"),
    ],
    [end_chains!()]
);

quad_by_windows!(
    chained_quad_by_windows_stride_2,
    128,
    [begin_chains!()],
    [
        "ldr.w r1, [lr], #36; ldr r2, [lr, #-32]; ldr r3, [lr, #-28]; ldr.w r10, [r0], #20; ldr r11, [r0, #-12]",
        chained_tap!("r10", "r11"),
        "ldr r1, [lr, #-12]; ldr r2, [lr, #-8]; ldr r3, [lr, #-4]; ldr r10, [r0, #-4]",
        chained_tap!("r11", "r10"),
        "ldr r1, [lr, #-24]; ldr r2, [lr, #-20]; ldr r3, [lr, #-16]; ldr r10, [r0, #-16]; ldr r11, [r0, #-8]",
        chained_tap!("r10", "r11"),
    ],
    [end_chains!()]
);
