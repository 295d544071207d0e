//! Chains of eight rows times one patch: the inner loops of dense layers. What they compute is in [`crate::packed::chains`].
//!
//! Nothing but the octet's words is read from flash in the loop, one after the other; bias and multipliers once, behind it.

use core::arch::asm;

use super::slot::slot;

/// Octets and what they are multiplied with. The layout is known to the assembly.
#[repr(C)]
pub struct Octets {
    /// Chains: four words for each pair of depths, octet after octet.
    pub weights: *const i8,
    /// One i32 for every row.
    pub bias: *const i32,
    /// One i32 for every row.
    pub multipliers: *const i32,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// One byte for every row.
    pub output: *mut i8,
    /// Where the output ends; behind its start.
    pub output_end: *mut i8,
    /// -128 times the sum of all inputs.
    pub offset: i32,
    /// How many pairs of depths the last of the loop's turns of eight lacks.
    pub missing: usize,
}

/// A pair of depths of eight rows; the inputs are in `r1`, the weights in `r2`, `r3`, `r11` and `r12`. 40 bytes of code.
macro_rules! eight_rows {
    () => {
        concat!(
            "smlad r4, r2, r1, r4; smlad r6, r3, r1, r6; and r2, r10, r2, lsl #8; sxtab16 r2, r2, r3, ror #8;",
            "smlad r5, r2, r1, r5;",
            "smlad r7, r11, r1, r7; smlad r9, r12, r1, r9; and r11, r10, r11, lsl #8; sxtab16 r11, r11, r12, ror #8;",
            "smlad r8, r11, r1, r8",
        )
    };
}

/// A function of octets times one patch: `$steps` are two pairs of depths, `$bytes` the bytes of code of one.
macro_rules! chained_octets {
    ($(#[$doc:meta])* $name:ident, $input:ty, $bytes:literal, [$($step:expr),* $(,)?]) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// - `inputs` is not empty, and its pairs of depths and `octets.missing` together are a multiple of 8;
        /// - `octets.weights` points to 16 aligned bytes for each octet and pair of depths;
        /// - `octets.bias` and `octets.multipliers` point to 8 aligned elements for each octet;
        /// - 8 bytes of the output are there for each octet.
        #[inline(never)]
        pub unsafe fn $name(octets: &Octets, inputs: &[$input]) {
            let range = inputs.as_ptr_range();
            // Registers: r0 inputs, r1 input word, lr weights, r2 r3 r11 r12 weight words, r10 mask of upper bytes; r4 r5 r6 T1 to T3 of the first quad, r7
            // r8 r9 of the second. Slots: 0 entry, 1 inputs, 2 their end, 3 output, 4 its end, 5 bias, 6 multipliers, 7 zero point, 8 offset, 9 weights.
            // SAFETY: each octet reads the inputs and 16 bytes of weights for a pair of depths: the loop runs until the inputs' end and is entered where the
            // rest of a turn is `missing`; 8 bias and multipliers are read and 8 bytes written per octet, until the output's end. So the caller's
            // promises cover every access. r4-r11 and the stack are restored; the others are operands or clobbered.
            unsafe {
                asm!(
                    "push {{r4-r11}}; sub sp, #40",
                    slot!(save 1, "r1"), slot!(save 2, "r2"),
                    "ldm r0, {{r2-r9}}", "mov lr, r2", slot!(save 5, "r3"), slot!(save 6, "r4"), slot!(save 7, "r5"),
                    slot!(save 3, "r6"), slot!(save 4, "r7"), slot!(save 8, "r8"),
                    concat!("movs r1, #", $bytes, "; mul r9, r9, r1; adr.w r1, 2f; add r1, r9; adds r1, #1"),
                    slot!(save 0, "r1"),
                    // An octet.
                    "1:",
                    slot!(load 1, "r0"), slot!(load 0, "r1"), slot!(load 8, "r6"),
                    "movs r4, #0; movs r5, #0; movs r7, #0; mov r8, r4; mov r9, r6; mov r10, #0xff00ff00",
                    "bx r1",
                    ".p2align 2",
                    "2:",
                    ".rept 4",
                    $($step,)*
                    ".endr",
                    slot!(load 2, "r1"), "cmp r0, r1; bne 2b",
                    slot!(save 9, "lr"),
                    // 256 D in r1 and r10; then 256 C, 256 B and 256 A in place of T3, T2 and T1.
                    "lsls r1, r6, #8; sub r1, r1, r5, lsl #16; add r1, r1, r4, lsl #24",
                    "lsl r10, r9, #8; sub r10, r10, r8, lsl #16; add r10, r10, r7, lsl #24",
                    "sub r6, r6, r1, asr #8; sub r9, r9, r10, asr #8; sub r5, r5, r6, asr #8; sub r8, r8, r9, asr #8",
                    "sub r4, r4, r5, asr #8; sub r7, r7, r8, asr #8",
                    slot!(load 5, "r0"),
                    "ldm r0!, {{r2, r3, r11, r12}}; add r5, r2, r5, asr #8; add r4, r3, r4, asr #8",
                    "add r1, r11, r1, asr #8; add r6, r12, r6, asr #8",
                    "ldm r0!, {{r2, r3, r11, r12}}; add r8, r2, r8, asr #8; add r7, r3, r7, asr #8",
                    "add r10, r11, r10, asr #8; add r9, r12, r9, asr #8",
                    slot!(save 5, "r0"), slot!(load 7, "lr"), slot!(load 6, "r0"),
                    "ldm r0!, {{r2, r3, r11, r12}}; smmlar r5, r5, r2, lr; smmlar r4, r4, r3, lr",
                    "smmlar r1, r1, r11, lr; smmlar r6, r6, r12, lr",
                    "ldm r0!, {{r2, r3, r11, r12}}; smmlar r8, r8, r2, lr; smmlar r7, r7, r3, lr",
                    "smmlar r10, r10, r11, lr; smmlar r9, r9, r12, lr",
                    slot!(save 6, "r0"), slot!(load 3, "r0"), slot!(load 9, "lr"), slot!(load 4, "r2"),
                    "ssat r5, #8, r5; ssat r4, #8, r4; ssat r1, #8, r1; ssat r6, #8, r6",
                    "ssat r8, #8, r8; ssat r7, #8, r7; ssat r10, #8, r10; ssat r9, #8, r9",
                    "strb r4, [r0, #1]; strb r1, [r0, #2]; strb r6, [r0, #3]; strb r8, [r0, #4]",
                    "strb r7, [r0, #5]; strb r10, [r0, #6]; strb r9, [r0, #7]; strb r5, [r0], #8",
                    slot!(save 3, "r0"), "cmp r0, r2; bne 1b",
                    "add sp, #40; pop {{r4-r11}}",
                    inout("r0") octets => _, inout("r1") range.start => _, inout("r2") range.end => _,
                    clobber_abi("C"),
                );
            }
        }
    };
}

/// The weights of a pair of depths, and the inputs before them.
macro_rules! load {
    ($input:literal) => {
        concat!($input, "; ldr.w r2, [lr], #4; ldr.w r3, [lr], #4; ldr.w r11, [lr], #4; ldr.w r12, [lr], #4")
    };
}

chained_octets!(
    /// Octets times a patch of depth pairs as two i16.
    chained_octets,
    u32,
    "60",
    [load!("ldr.w r1, [r0], #4"), eight_rows!(), load!("ldr.w r1, [r0], #4"), eight_rows!()]
);

chained_octets!(
    /// Octets times inputs as they are, whole words: the patch needs no memory, and every octet widens it for itself.
    chained_octets_of_bytes,
    i8,
    "64",
    [
        load!("ldr.w r1, [r0]"),
        "sxtb16 r1, r1",
        eight_rows!(),
        load!("ldr.w r1, [r0], #4"),
        "sxtb16 r1, r1, ror #8",
        eight_rows!(),
    ]
);
