//! Room for values of an inner loop that are too rarely used for a core register.

/// A word in a register of the FPU or, where the core has none, on the stack: `slot!(save 3, "r1")` and `slot!(load 3, "r1")` are
/// instructions. The block of assembly clobbers what the C calling convention allows, and keeps as many words free at `sp`.
#[cfg(target_abi = "eabihf")]
macro_rules! slot {
    (save $slot:literal, $register:literal) => {
        concat!("vmov s", $slot, ", ", $register)
    };
    (load $slot:literal, $register:literal) => {
        concat!("vmov ", $register, ", s", $slot)
    };
}

#[cfg(not(target_abi = "eabihf"))]
macro_rules! slot {
    (save $slot:literal, $register:literal) => {
        concat!("str ", $register, ", [sp, #4*", $slot, "]")
    };
    (load $slot:literal, $register:literal) => {
        concat!("ldr ", $register, ", [sp, #4*", $slot, "]")
    };
}

pub(super) use slot;
