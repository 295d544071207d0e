//! The cases that this core can run, one behind the other: a file for each instruction set.
//!
//! Assembly, because the size, the place and the order of every instruction matter. Cases run in the order of their text, and so
//! does the section `.peacrab.cases`, which is not loaded: their names, each with a zero behind it.

use core::arch::global_asm;

/// Assembles files of cases between the prologue and the epilogue of one function.
macro_rules! assemble {
    ($macros:literal: $($file:literal),*) => {
        global_asm!(
            include_str!(concat!("macros_", $macros, ".s")),
            $(include_str!(concat!($file, ".s")),)*
            "close_cases",
            options(raw)
        );
    };
}

// The micro:bit has no tick timer.
#[cfg(all(armv6m, counter = "nrf51-timer"))]
assemble!("arm": "thumb1", "flash_thumb");
#[cfg(all(armv6m, not(counter = "nrf51-timer")))]
assemble!("arm": "thumb1", "flash_thumb", "tick_timer");
#[cfg(all(target_arch = "arm", not(armv6m), not(dsp)))]
assemble!("arm": "thumb1", "flash_thumb", "tick_timer", "thumb2");
#[cfg(all(dsp, not(fpu)))]
assemble!("arm": "thumb1", "flash_thumb", "tick_timer", "thumb2", "dsp");
#[cfg(all(dsp, fpu))]
assemble!("arm": "thumb1", "flash_thumb", "tick_timer", "thumb2", "dsp", "fpu");
#[cfg(target_arch = "riscv32")]
assemble!("riscv": "riscv", "flash_riscv");

unsafe extern "C" {
    /// In the macros' files.
    fn cycle_cases();
}

/// Runs every case.
pub fn run() {
    // SAFETY: the function keeps what the calling convention makes it keep, and writes to nothing but its own buffer, the stack
    // and, to read them or to raise its own exception, registers of the core.
    unsafe { cycle_cases() }
}
