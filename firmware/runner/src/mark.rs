//! Borders of inferences and operators, for a simulator that counts between them.
//!
//! A mark is a label in the code and an entry in the section `.peacrab.marks`, which is not loaded: its address and its kind. It has
//! no instruction of its own. `docs/cycles.md` has the kinds.

/// Notes that the code before it belongs to what ends here, and the code behind it to what starts here.
macro_rules! mark {
    ($kind:expr) => {
        // SAFETY: the template has no instruction. The compiler takes it for code that may use memory, and so moves no access
        // across it.
        unsafe {
            core::arch::asm!(
                "2:",
                ".pushsection .peacrab.marks, \"\", %progbits",
                ".4byte 2b",
                ".4byte {kind}",
                ".popsection",
                kind = const $kind,
                options(nostack, preserves_flags),
            );
        }
    };
}

/// An inference starts.
#[inline(always)]
pub fn inference_start() {
    mark!(1);
}

/// An inference has ended.
#[inline(always)]
pub fn inference_end() {
    mark!(2);
}

/// An operator starts.
#[inline(always)]
pub fn operator_start() {
    mark!(3);
}

/// An operator has ended.
#[inline(always)]
pub fn operator_end() {
    mark!(4);
}
