//! Sums of products on plain weights: both operands are widened on the way.

use core::arch::asm;

/// `[sum(x * a), sum(x * b)]` over the elements that all three have.
#[inline(always)]
pub fn dot_pair(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    let length = x.len().min(a.len()).min(b.len());
    let (mut sum_a, mut sum_b) = (0, 0);
    // SAFETY: each pointer is read for `length / 4` words and `length % 4` bytes, from the start of its slice.
    unsafe {
        asm!(
            "subs {left}, #4",
            "blt 3f",
            "2:",
            "ldr {x0}, [{x}], #4; ldr {w0}, [{a}], #4",
            "sxtb16 {x1}, {x0}, ror #8; sxtb16 {x0}, {x0}; sxtb16 {w1}, {w0}, ror #8; sxtb16 {w0}, {w0}",
            "smlad {sum_a}, {x0}, {w0}, {sum_a}; smlad {sum_a}, {x1}, {w1}, {sum_a}",
            "ldr {w0}, [{b}], #4; sxtb16 {w1}, {w0}, ror #8; sxtb16 {w0}, {w0}",
            "smlad {sum_b}, {x0}, {w0}, {sum_b}; smlad {sum_b}, {x1}, {w1}, {sum_b}",
            "subs {left}, #4",
            "bge 2b",
            // The last one to three elements.
            "3:",
            "adds {left}, #4",
            "beq 5f",
            "4:",
            "ldrsb {x0}, [{x}], #1; ldrsb {w0}, [{a}], #1; ldrsb {w1}, [{b}], #1",
            "smlabb {sum_a}, {x0}, {w0}, {sum_a}; smlabb {sum_b}, {x0}, {w1}, {sum_b}",
            "subs {left}, #1",
            "bne 4b",
            "5:",
            x = inout(reg) x.as_ptr() => _,
            a = inout(reg) a.as_ptr() => _,
            b = inout(reg) b.as_ptr() => _,
            left = inout(reg) length => _,
            sum_a = inout(reg) sum_a,
            sum_b = inout(reg) sum_b,
            x0 = out(reg) _,
            x1 = out(reg) _,
            w0 = out(reg) _,
            w1 = out(reg) _,
            options(nostack, readonly),
        );
    }
    [sum_a, sum_b]
}
