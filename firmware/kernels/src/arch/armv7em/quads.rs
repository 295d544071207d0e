//! Row quads times patches: the inner loops of packed convolution and dense layers.
//!
//! In plain words, for every row quad of `weights` and every patch `x`:
//!
//! ```text
//! for (even row, odd row) in quad:
//!     T = S = bias[even]
//!     for half, x in depth:  T += half * x;  S += low(half) * x
//!     output[even] = requantize(S)
//!     output[odd]  = requantize(bias[odd] + ((T - S) >> 8))
//! ```
//!
//! What differs from that:
//! 1. Two depths go in one `smlad`, and eight outputs are computed at once (4 rows x 2 patches, or 8 rows x 1 patch), so that every
//!    loaded word is used more than once.
//! 2. The loop over depth is unrolled 8 times and entered in its middle where the depth is not a multiple of 16.
//!    Every step is 56 (68) bytes of 32-bit instructions, so the entry is a product.
//! 3. The moving pointers live in slots: all 14 registers are taken inside the loop.

use core::arch::asm;

use super::slot::slot;

/// What does not change between calls. The layout is known to the assembly.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Rows {
    /// First quad; see [`crate::packed::rows`].
    pub weights: *const i8,
    /// One i32 for every row.
    pub bias: *const i32,
    /// One i32 for every row.
    pub multipliers: *const i32,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// Bytes of a quad: four for every depth, and the depth is a multiple of 4 and not 0.
    pub quad_bytes: usize,
    /// How many quads, or pairs of quads, to compute; not 0.
    pub count: usize,
}

/// Patches of output pixels that lie side by side, two by two. The layout is known to the assembly.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pairs {
    /// The first pair's patches: depth pairs as two i16, both patches' in turn; the next pair's lie behind them.
    pub inputs: *const u32,
    /// Where they end.
    pub inputs_end: *const u32,
    /// The first pixel's first row.
    pub output: *mut i8,
    /// Bytes from pixel to pixel.
    pub pixel_stride: usize,
}

/// Every quad times every pair of patches. The weights of a quad are used for all pairs before those of the next one are read, so that slow flash is
/// read once for all.
///
/// # Safety
/// - `rows.weights` points to `rows.count * rows.quad_bytes` bytes;
/// - `pairs.inputs` points to `rows.quad_bytes` aligned bytes for each of one or more pairs, up to `inputs_end`;
/// - `rows.bias` and `rows.multipliers` point to `4 * rows.count` aligned elements;
/// - `4 * rows.count` bytes may be written at each pixel's place, `pixel_stride` bytes behind the one before it.
#[inline(never)]
pub unsafe fn quads_by_pairs(rows: &Rows, pairs: &Pairs) {
    // Registers: r0 inputs, lr weights, r1 r2 weight words, r3 r12 input words; r4 r6 totals and r5 r7 lows of the first patch,
    // r8 r10 and r9 r11 of the second. Slots: 0 entry, 1 weights' end, 2 bias, 3 multipliers, 4 zero point, 5 output, 6 pixel stride, 7 inputs'
    // end, 8 weights, 9 and 10 even rows' bias, 11 to 14 multipliers. Stack: 64 inputs, 68 output, 72 quads left, 76 quad bytes, 80 and 84 odd
    // rows' bias. Bias and multipliers are not read from flash for each pair: a small cache in front of it has lost them by then.
    // SAFETY: each pair reads `quad_bytes` of weights and of inputs: the loop runs until the weights' end and is entered where the rest of
    // a turn is a multiple short; 4 bias and multipliers are read and 4 bytes of both pixels written per quad and pair. Pairs end where
    // the inputs do, quads by their count. So the caller's promises cover every access. r4-r11 and the stack are restored; the others are
    // operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #88",
            "ldm r0, {{r2-r7}}; ldm r1, {{r0, r8, r9, r10}}",
            "str r0, [sp, #64]; str r9, [sp, #68]; str r7, [sp, #72]; str r6, [sp, #76]",
            slot!(save 8, "r2"), slot!(save 2, "r3"), slot!(save 3, "r4"), slot!(save 4, "r5"), slot!(save 5, "r9"),
            slot!(save 6, "r10"), slot!(save 7, "r8"), "add r8, r2, r6", slot!(save 1, "r8"),
            // Entry: 56 bytes of code for each of the (-pairs) mod 8 steps to leave out; a pair of depths is 8 bytes of weights.
            "rsbs r7, r6, #0; and r7, r7, #56; rsb r7, r7, r7, lsl #3; adr.w r8, 2f; add r8, r7; adds r8, #1",
            slot!(save 0, "r8"),
            // A quad.
            ".p2align 2",
            "0:",
            slot!(load 2, "r1"), "ldm r1!, {{r2-r5}}; str r3, [sp, #80]; str r5, [sp, #84]",
            slot!(save 9, "r2"), slot!(save 10, "r4"), slot!(save 2, "r1"),
            slot!(load 3, "r1"), "ldm r1!, {{r2-r5}}", slot!(save 11, "r2"), slot!(save 12, "r3"), slot!(save 13, "r4"), slot!(save 14, "r5"), slot!(save 3, "r1"),
            // A pair of patches.
            ".p2align 2",
            "1:",
            slot!(load 8, "lr"), slot!(load 9, "r5"), slot!(load 10, "r7"), slot!(load 0, "r1"),
            "mov r4, r5; mov r8, r5; mov r9, r5; mov r6, r7; mov r10, r7; mov r11, r7",
            "bx r1",
            ".p2align 2",
            "2:",
            ".rept 8",
            "ldr.w r1, [lr], #4; ldr.w r2, [lr], #4; ldr.w r3, [r0], #4; ldr.w r12, [r0], #4",
            "smlad r4, r1, r3, r4; smlad r8, r1, r12, r8; smlad r6, r2, r3, r6; smlad r10, r2, r12, r10",
            "sxtb16 r1, r1; sxtb16 r2, r2",
            "smlad r5, r1, r3, r5; smlad r9, r1, r12, r9; smlad r7, r2, r3, r7; smlad r11, r2, r12, r11",
            ".endr",
            slot!(load 1, "r1"), "cmp lr, r1; bne 2b",
            // Odd rows: bias + ((T - S) >> 8).
            "subs r4, r4, r5; sub r8, r8, r9; ldr r2, [sp, #80]; ldr r3, [sp, #84]",
            "subs r6, r6, r7; sub r10, r10, r11; add r4, r2, r4, asr #8",
            "add r8, r2, r8, asr #8; add r6, r3, r6, asr #8; add r10, r3, r10, asr #8",
            slot!(load 11, "r1"), slot!(load 12, "r2"), slot!(load 13, "r3"), slot!(load 14, "r12"), slot!(load 4, "lr"),
            "smmlar r5, r5, r1, lr; smmlar r4, r4, r2, lr; smmlar r7, r7, r3, lr; smmlar r6, r6, r12, lr",
            "smmlar r9, r9, r1, lr; smmlar r8, r8, r2, lr; smmlar r11, r11, r3, lr; smmlar r10, r10, r12, lr",
            slot!(load 5, "r1"), slot!(load 6, "r2"), slot!(load 7, "r3"),
            "ssat r5, #8, r5; ssat r4, #8, r4; ssat r7, #8, r7; ssat r6, #8, r6",
            "strb r5, [r1]; strb r4, [r1, #1]; strb r7, [r1, #2]; strb r6, [r1, #3]; add r1, r2",
            "ssat r9, #8, r9; ssat r8, #8, r8; ssat r11, #8, r11; ssat r10, #8, r10",
            "strb r9, [r1]; strb r8, [r1, #1]; strb r11, [r1, #2]; strb r10, [r1, #3]; add r1, r2",
            slot!(save 5, "r1"), "cmp r0, r3; bne 1b",
            // The next quad.
            "ldr r0, [sp, #64]; ldr r1, [sp, #68]; ldr r2, [sp, #72]; ldr r3, [sp, #76]",
            "adds r1, #4; str r1, [sp, #68]", slot!(save 5, "r1"),
            slot!(load 1, "r1"), slot!(save 8, "r1"), "adds r1, r3", slot!(save 1, "r1"),
            "subs r2, #1; str r2, [sp, #72]; bne 0b",
            "add sp, #88; pop {{r4-r11}}",
            inout("r0") rows => _, inout("r1") pairs => _,
            clobber_abi("C"),
        );
    }
}

/// A function of pairs of quads times one patch: `$pace` is by how much the patch is shorter than a quad, as a shift; `$entry` makes of its length
/// in `r7` the bytes of code to leave out; `$steps` are the steps of one turn.
macro_rules! octets {
    ($(#[$doc:meta])* $name:ident, $input:ty, $pace:literal, $entry:literal, $repeat:literal, [$($step:expr),* $(,)?]) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// - the quads named by `rows.weights`, `second` and `rows.count` are readable;
        /// - `inputs` points to a patch as deep as the quads;
        /// - `rows.bias` and `rows.multipliers` point to `8 * rows.count` aligned elements;
        /// - `output` may be written for `8 * rows.count` bytes.
        #[inline(never)]
        pub unsafe fn $name(rows: &Rows, inputs: *const $input, output: *mut i8, second: usize) {
            // Registers: r0 inputs, lr and r12 weights of the pair's quads, r1 input word, r2 r3 weight words; r4 r6 totals and r5 r7 lows of
            // the first quad, r8 r10 and r9 r11 of the second. Stack as above, but 8 output, 12 second, 32 output's end.
            // SAFETY: each pair of quads reads `quad_bytes` of weights from both pointers and the inputs of as many depths: the loop runs until
            // the inputs' end and is entered where the rest of a turn is a multiple short; 8 bias and multipliers are read and 8 bytes written
            // per pair, until `output` has moved `8 * count`. So the caller's promises cover every access. r4-r11 and the stack are restored;
            // the others are operands.
            unsafe {
                asm!(
                    "push {{r4-r11}}; sub sp, #36",
                    "ldr lr, [r0]; ldr r4, [r0, #4]; ldr r5, [r0, #8]; ldr r6, [r0, #12]; ldr r7, [r0, #16]",
                    concat!("ldr r8, [r0, #20]; subs r4, #4; lsrs r7, r7, #", $pace),
                    "add r9, r1, r7; add r10, r2, r8, lsl #3; add r12, lr, r3",
                    concat!("rsbs r7, r7, #0; ", $entry, "; adr.w r0, 2f; add r0, r7"),
                    "adds r0, #1; stm sp, {{r0-r6, r9, r10}}",
                    "1:",
                    "ldr r0, [sp, #16]; ldr r5, [r0, #4]; ldr r7, [r0, #12]; ldr r9, [r0, #20]",
                    "ldr r11, [r0, #28]; ldr r1, [sp]; ldr r0, [sp, #4]",
                    "mov r4, r5; mov r6, r7; mov r8, r9; mov r10, r11",
                    "bx r1",
                    ".p2align 2",
                    "2:",
                    concat!(".rept ", $repeat),
                    $($step,)*
                    ".endr",
                    "ldr r1, [sp, #28]; cmp r0, r1; bne 2b",
                    // Odd rows: bias + ((T - S) >> 8).
                    "ldr r0, [sp, #16]; ldr r1, [r0, #8]; ldr r2, [r0, #16]; ldr r3, [r0, #24]",
                    "ldr lr, [r0, #32]!; str r0, [sp, #16]",
                    "subs r4, r4, r5; subs r6, r6, r7; sub r8, r8, r9; sub r10, r10, r11; add r4, r1, r4, asr #8",
                    "add r6, r2, r6, asr #8; add r8, r3, r8, asr #8; add r10, lr, r10, asr #8",
                    "ldr r0, [sp, #20]; ldm r0!, {{r1, r2, r3, lr}}; str r0, [sp, #20]; ldr r0, [sp, #24]",
                    "smmlar r5, r5, r1, r0; smmlar r4, r4, r2, r0; smmlar r7, r7, r3, r0; smmlar r6, r6, lr, r0",
                    "ldr r0, [sp, #20]; ldm r0!, {{r1, r2, r3, lr}}; str r0, [sp, #20]; ldr r0, [sp, #24]",
                    "smmlar r9, r9, r1, r0; smmlar r8, r8, r2, r0; smmlar r11, r11, r3, r0",
                    "smmlar r10, r10, lr, r0; ldr r0, [sp, #8]; ldr r1, [sp, #32]; ldr r2, [sp, #12]",
                    "mov lr, r12; add r12, lr, r2",
                    "ssat r5, #8, r5; ssat r4, #8, r4; ssat r7, #8, r7; ssat r6, #8, r6; ssat r9, #8, r9",
                    "ssat r8, #8, r8; ssat r11, #8, r11; ssat r10, #8, r10",
                    "strb r5, [r0], #8; strb r4, [r0, #-7]; strb r7, [r0, #-6]; strb r6, [r0, #-5]",
                    "strb r9, [r0, #-4]; strb r8, [r0, #-3]; strb r11, [r0, #-2]; strb r10, [r0, #-1]",
                    "str r0, [sp, #8]; cmp r0, r1; bne 1b; add sp, #36",
                    "pop {{r4-r11}}",
                    inout("r0") rows => _, inout("r1") inputs => _, inout("r2") output => _, inout("r3") second => _,
                    out("r12") _, out("lr") _,
                );
            }
        }
    };
}

/// Two depths of eight rows; the inputs are in `r1`.
macro_rules! eight_rows {
    () => {
        concat!(
            "ldr.w r2, [lr], #4; ldr.w r3, [lr], #4;",
            "smlad r4, r2, r1, r4; smlad r6, r3, r1, r6; sxtb16 r2, r2; sxtb16 r3, r3;",
            "smlad r5, r2, r1, r5; smlad r7, r3, r1, r7; ldr.w r2, [r12], #4; ldr.w r3, [r12], #4;",
            "smlad r8, r2, r1, r8; smlad r10, r3, r1, r10; sxtb16 r2, r2; sxtb16 r3, r3;",
            "smlad r9, r2, r1, r9; smlad r11, r3, r1, r11",
        )
    };
}

octets!(
    /// Every pair of quads times one patch of depth pairs as two i16; the second quad of a pair starts `second` bytes behind the first one, and the
    /// next pair where the second quad ends.
    octets,
    u32,
    "1",
    // 68 bytes of code for each of the (-pairs) mod 8 steps to leave out; a pair is 4 bytes of input.
    "and r7, r7, #28; add r7, r7, r7, lsl #4",
    "8",
    ["ldr.w r1, [r0], #4", eight_rows!()]
);

octets!(
    /// [`octets`] times inputs as they are: the patch needs no memory, and every pair of quads widens it for itself.
    octets_of_bytes,
    i8,
    "2",
    // 144 bytes of code for each of the (-words) mod 4 steps to leave out; a word is 4 bytes of input.
    "and r7, r7, #12; add r7, r7, r7, lsl #3; lsls r7, r7, #2",
    "4",
    [
        "ldr.w r1, [r0]; sxtb16 r1, r1",
        eight_rows!(),
        "ldr.w r1, [r0], #4; sxtb16 r1, r1, ror #8",
        eight_rows!(),
    ]
);
