//! Dot products for Cortex-M0 and M0+: all eight low registers, which the compiler does not give to a loop of its own.

use core::arch::asm;

/// The products of one element, and on to the next; the flags say whether it was the last.
macro_rules! element {
    () => {
        "ldrsb r6, [r0, r3]
         ldrsb r7, [r1, r3]
         muls r7, r6, r7
         adds r4, r4, r7
         ldrsb r7, [r2, r3]
         muls r7, r6, r7
         adds r5, r5, r7
         adds r3, r3, #1"
    };
}

/// `[sum(x * a), sum(x * b)]` over the elements that all three have. One element at a time until a multiple of four is left, then four at a time.
#[inline(never)]
pub fn dot_pair(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    let length = x.len().min(a.len()).min(b.len());
    let (Some(x), Some(a), Some(b)) = (x.get(..length), a.get(..length), b.get(..length)) else { return [0; 2] };
    let (mut sum_a, mut sum_b) = (0i32, 0i32);
    // SAFETY: the three slices have `length` elements; the index runs from `-length` to 0 against their ends, so every load lies
    // inside. r6 and r7 are restored.
    unsafe {
        asm!(
            "push {{r6, r7}}",
            "b 3f",
            "2:",
            element!(),
            "3:",
            "lsls r6, r3, #30",
            "bne 2b",
            "cmp r3, #0",
            "beq 5f",
            "4:",
            element!(),
            element!(),
            element!(),
            element!(),
            "bne 4b",
            "5:",
            "pop {{r6, r7}}",
            in("r0") x.as_ptr_range().end,
            in("r1") a.as_ptr_range().end,
            in("r2") b.as_ptr_range().end,
            inout("r3") length.wrapping_neg() => _,
            inout("r4") sum_a,
            inout("r5") sum_b,
            options(readonly),
        );
    }
    [sum_a, sum_b]
}
