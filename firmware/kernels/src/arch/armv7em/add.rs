//! Weighted sums of two tensors of the same shape.

use core::arch::asm;
use core::cell::Cell;

use super::super::portable;
use crate::Add;

/// Elements of a turn of the loop.
const BLOCK: usize = 4;

/// [`Add`] of operands that have the output's shape, its activation all of i8. The output may be the memory of an operand.
pub fn add(add: &Add, a: &[Cell<i8>], b: &[Cell<i8>], output: &[Cell<i8>]) {
    let count = output.len().min(a.len()).min(b.len());
    let whole = count / BLOCK * BLOCK;
    let [a_multiplier, b_multiplier] = add.multipliers;
    let constants = [a_multiplier, b_multiplier, add.bias, (add.shift % 32) as i32];
    if whole > 0 {
        // SAFETY: four elements at a time are read of both operands and then written to the output, as many as all three have. Cells may be written,
        // and be the same memory. r4-r11 are restored, the others are operands or clobbered.
        unsafe {
            asm!(
                "push {{r4-r11}}",
                "ldm r12, {{r4, r5, r6, r7}}",
                "2:",
                "ldr r8, [r0], #4; ldr r9, [r1], #4",
                "sxtb r10, r8; sxtb r11, r9; sxtb r12, r8, ror #8; sxtb lr, r9, ror #8",
                "mla r10, r10, r4, r6; mla r12, r12, r4, r6; mla r10, r11, r5, r10; mla r12, lr, r5, r12",
                "asr r10, r10, r7; asr r12, r12, r7; ssat r10, #8, r10; ssat r12, #8, r12",
                "strb r10, [r2], #4; strb r12, [r2, #-3]",
                "sxtb r10, r8, ror #16; sxtb r11, r9, ror #16; sxtb r12, r8, ror #24; sxtb lr, r9, ror #24",
                "mla r10, r10, r4, r6; mla r12, r12, r4, r6; mla r10, r11, r5, r10; mla r12, lr, r5, r12",
                "asr r10, r10, r7; asr r12, r12, r7; ssat r10, #8, r10; ssat r12, #8, r12",
                "strb r10, [r2, #-2]; strb r12, [r2, #-1]",
                "subs r3, #1",
                "bne 2b",
                "pop {{r4-r11}}",
                inout("r0") a.as_ptr() => _,
                inout("r1") b.as_ptr() => _,
                inout("r2") output.as_ptr() => _,
                inout("r3") whole / BLOCK => _,
                inout("r12") constants.as_ptr() => _,
                out("lr") _,
            );
        }
    }
    let [a, b, output] = [a, b, output].map(|cells| cells.get(whole..count).unwrap_or_default());
    portable::add(add, a, b, output);
}
