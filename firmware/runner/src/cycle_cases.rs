//! The cycle cases: small pieces of assembly, each between the marks of an operator, all of them in one inference. The host counts
//! them and knows what each must cost: `tests/cycle_cases.rs`. No figure is in here.
//!
//! They are assembly, because the size, the place and the order of every instruction matter. They run in the order of their text, and so
//! do their names in the section `.peacrab.cases`, which is not loaded: each with a zero behind it.
#![no_std]
#![no_main]

mod boot;
#[allow(dead_code, unused_imports, reason = "the cases send no data")]
mod transport;

use core::arch::global_asm;

// Linked for its critical section.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use peacrab_frames::Failure;
#[cfg(target_arch = "riscv32")]
use riscv as _;

/// Files of cases, one behind the other in one function, whose beginning is in the file of the macros.
macro_rules! cases {
    ($($file:literal),*) => {
        global_asm!($(include_str!(concat!("cycle_cases/", $file)),)* "close_cases", options(raw));
    };
}

/// What every Arm core has, then more.
#[cfg(target_arch = "arm")]
macro_rules! arm_cases {
    ($($file:literal),*) => {
        cases!("macros_arm.s", "thumb1_data.s", "thumb1_flow.s", "thumb1_core.s", "flash_thumb.s" $(, $file)*);
    };
}

/// What ARMv7-M and ARMv8-M main have, then more.
#[cfg(all(target_arch = "arm", not(armv6m)))]
macro_rules! main_cases {
    ($($file:literal),*) => {
        arm_cases!(
            "tick_timer.s", "thumb2_data.s", "thumb2_flow.s", "thumb2_it.s", "thumb2_unaligned.s", "thumb2_core.s" $(, $file)*
        );
    };
}

// The micro:bit has no tick timer.
#[cfg(all(armv6m, counter = "nrf51-timer"))]
arm_cases!();
#[cfg(all(armv6m, not(counter = "nrf51-timer")))]
arm_cases!("tick_timer.s");
#[cfg(all(target_arch = "arm", not(armv6m), not(any(peacrab_arch = "armv7em", peacrab_arch = "mve"))))]
main_cases!();
#[cfg(all(target_arch = "arm", not(armv6m), any(peacrab_arch = "armv7em", peacrab_arch = "mve")))]
main_cases!("dsp.s", "fpu.s");
#[cfg(target_arch = "riscv32")]
cases!("macros_riscv.s", "riscv_data.s", "riscv_flow.s", "riscv_core.s", "flash_riscv.s");

unsafe extern "C" {
    /// Every case once.
    fn cycle_cases();
}

/// Called by the start-up code, once, on an initialized core.
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the function keeps what the calling convention makes it keep, and uses nothing but its own buffer, the stack and,
    // to read them or to raise its own exceptions, registers of the core.
    unsafe { cycle_cases() };
    transport::exit(true)
}

/// A fault: no case may cause one. The host sees an inference without an end.
fn give_up(_failure: Failure, _detail: u32) -> ! {
    transport::exit(false)
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    transport::exit(false)
}
