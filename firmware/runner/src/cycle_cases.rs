//! The cycle cases: small pieces of assembly with a known number of each instruction, which prove the model of `docs/cycles.md`.
//!
//! The image runs each of them once, as an operator of one inference, and ends. What they cost is not in here: the host's test has
//! the figures, worked out by hand.
#![no_std]
#![no_main]

mod boot;
#[path = "cycle_cases/assembly.rs"]
mod assembly;
#[allow(dead_code, reason = "the cases mark their own borders")]
mod mark;
#[allow(dead_code, unused_imports, reason = "the cases send nothing")]
mod transport;

// Linked for its critical section.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use peacrab_frames::Failure;
#[cfg(target_arch = "riscv32")]
use riscv as _;

/// Called by the start-up code, once, on an initialized core.
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    mark::inference_start();
    assembly::run();
    mark::inference_end();
    transport::exit(true)
}

/// A case took a fault: the host sees an inference without an end.
fn give_up(_failure: Failure, _detail: u32) -> ! {
    transport::exit(false)
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    give_up(Failure::Panicked, 0)
}
