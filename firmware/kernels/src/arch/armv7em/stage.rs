//! Weights on their way from flash, which may be slow, to scratch.

use core::arch::asm;

/// Copies weights, a multiple of 24 bytes and not none, to the start of `target`; whether there is room.
pub fn stage(weights: &[i8], target: &mut [u32]) -> bool {
    const STEP: usize = 24;
    let is_whole = weights.len().is_multiple_of(STEP) && !weights.is_empty();
    if !is_whole || weights.len() > size_of_val(target) {
        return false;
    }
    let range = weights.as_ptr_range();
    // SAFETY: as many bytes are read as `weights` has and as `target` has room for, 24 at a time.
    unsafe {
        asm!(
            "2:",
            "ldr r2, [r0]; ldr r3, [r0, #4]; ldr r4, [r0, #8]; ldr r5, [r0, #12]; ldr r8, [r0, #16]; ldr r9, [r0, #20]",
            "adds r0, #24",
            "stm r1!, {{r2, r3, r4, r5, r8, r9}}",
            "cmp r0, r12",
            "bne 2b",
            inout("r0") range.start => _,
            inout("r1") target.as_mut_ptr() => _,
            in("r12") range.end,
            out("r2") _, out("r3") _, out("r4") _, out("r5") _, out("r8") _, out("r9") _,
            options(nostack),
        );
    }
    true
}
