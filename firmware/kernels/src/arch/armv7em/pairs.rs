//! Convolution with plain weights: two rows of weights times two patches where they lie in the input.
//!
//! In plain words, for every pair of rows: the four sums start as the rows' bias; every input and weight is added, run by run; and
//! the four results are stored. Both operands are widened on the way: 20 instructions for 16 multiply-accumulates.

use core::arch::asm;

/// What the assembly works on; it knows the layout and moves the pointers from pair to pair.
#[repr(C)]
pub struct Pairs {
    /// The first element of the first patch.
    pub first: *const i8,
    /// The first element of the second patch.
    pub second: *const i8,
    /// The first row of weights; the others follow.
    pub weights: *const i8,
    /// One for every row.
    pub bias: *const i32,
    /// One for every row.
    pub multipliers: *const i32,
    /// One byte for every row.
    pub first_output: *mut i8,
    /// One byte for every row.
    pub second_output: *mut i8,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// Weights of a row: `runs * run`.
    pub depth: usize,
    /// Consecutive elements of a patch; not 0.
    pub run: usize,
    /// Elements from behind a run to the next one.
    pub gap: usize,
    /// Runs of a patch; not 0.
    pub runs: usize,
    /// Pairs of rows; not 0.
    pub count: usize,
}

/// Computes every pair of rows for both patches.
///
/// # Safety
/// - all runs of both patches, and `2 * count` rows of weights, are readable;
/// - bias, multipliers and both outputs have `2 * count` elements.
#[inline(never)]
pub unsafe fn multiply_pairs(pairs: &mut Pairs) {
    // Registers: r0 r1 patches, r2 r3 rows, r4 r5 sums of the first row for both patches, r6 r7 of the second, r8 r9 and r10 r11
    // inputs, r12 lr weights. Stack: 0 pairs, 4 runs left, 8 words' end.
    // SAFETY: the patches are read run by run, the rows of weights from their start to their end; the caller promises that these are
    // readable, and that the other arrays are long enough for all pairs. r4-r11 and the stack are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #12; str r0, [sp]",
            // A pair of rows.
            "1:",
            "ldr r0, [sp]",
            "ldr r2, [r0, #8]; ldr r3, [r0, #32]; add r3, r2; ldr r12, [r0, #44]; str r12, [sp, #4]",
            "ldr r12, [r0, #12]; ldr r4, [r12], #4; ldr r6, [r12], #4; str r12, [r0, #12]; mov r5, r4; mov r7, r6",
            "ldr r1, [r0, #4]; ldr r0, [r0]",
            // A run: its words, then its last one to three elements.
            "2:",
            "ldr r12, [sp]; ldr r12, [r12, #36]; bics r12, #3; beq 4f; add r12, r0; str r12, [sp, #8]",
            ".p2align 2",
            "3:",
            "ldr r8, [r0], #4; ldr r10, [r1], #4; ldr r12, [r2], #4",
            "sxtb16 r9, r8, ror #8; sxtb16 r8, r8; sxtb16 r11, r10, ror #8; sxtb16 r10, r10",
            "sxtb16 lr, r12, ror #8; sxtb16 r12, r12",
            "smlad r4, r8, r12, r4; smlad r5, r10, r12, r5; smlad r4, r9, lr, r4; smlad r5, r11, lr, r5",
            "ldr r12, [r3], #4; sxtb16 lr, r12, ror #8; sxtb16 r12, r12",
            "smlad r6, r8, r12, r6; smlad r7, r10, r12, r7; smlad r6, r9, lr, r6; smlad r7, r11, lr, r7",
            "ldr r12, [sp, #8]; cmp r0, r12; bne 3b",
            "4:",
            "ldr r12, [sp]; ldr lr, [r12, #40]; ldr r12, [r12, #36]; ands r12, #3; beq 6f",
            "5:",
            "ldrsb r8, [r0], #1; ldrsb r10, [r1], #1; ldrsb r9, [r2], #1; ldrsb r11, [r3], #1",
            "smlabb r4, r8, r9, r4; smlabb r5, r10, r9, r5; smlabb r6, r8, r11, r6; smlabb r7, r10, r11, r7",
            "subs r12, #1; bne 5b",
            "6:",
            "add r0, lr; add r1, lr",
            "ldr r12, [sp, #4]; subs r12, #1; str r12, [sp, #4]; bne 2b",
            // The second row ends where the next pair starts.
            "ldr r0, [sp]; str r3, [r0, #8]",
            "ldr r12, [r0, #16]; ldr r8, [r12], #4; ldr r9, [r12], #4; str r12, [r0, #16]; ldr r10, [r0, #28]",
            "smmlar r4, r4, r8, r10; smmlar r5, r5, r8, r10; smmlar r6, r6, r9, r10; smmlar r7, r7, r9, r10",
            "ssat r4, #8, r4; ssat r5, #8, r5; ssat r6, #8, r6; ssat r7, #8, r7",
            "ldr r12, [r0, #20]; strb r4, [r12], #1; strb r6, [r12], #1; str r12, [r0, #20]",
            "ldr r12, [r0, #24]; strb r5, [r12], #1; strb r7, [r12], #1; str r12, [r0, #24]",
            "ldr r12, [r0, #48]; subs r12, #1; str r12, [r0, #48]; bne 1b",
            "add sp, #12; pop {{r4-r11}}",
            inout("r0") pairs => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
        );
    }
}
