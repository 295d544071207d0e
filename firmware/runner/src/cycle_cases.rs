//! The cycle cases: small pieces of assembly, each between the marks of an operator, all of them in one inference. The host counts
//! them and knows what each must cost: `tests/cycle_cases.rs`. Their names are in the section `.peacrab.cases`, which is not loaded.
#![no_std]
#![no_main]

mod boot;
#[allow(dead_code, reason = "the cases have no program and no high-water marks")]
mod memory;
#[allow(dead_code, unused_imports, reason = "the cases send no data")]
mod transport;

use core::arch::global_asm;

// Linked for its critical section.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use peacrab_frames::Failure;
#[cfg(target_arch = "riscv32")]
use riscv as _;

/// Files of assembly, one behind the other.
macro_rules! cases {
    ($($file:literal),*) => {
        global_asm!($(include_str!(concat!("cycle_cases/", $file)),)* options(raw));
    };
}

#[cfg(armv6m)]
cases!("thumb.s", "thumb1.s", "thumb_end.s");
#[cfg(all(target_arch = "arm", not(armv6m), not(peacrab_arch = "armv7em")))]
cases!("thumb.s", "thumb1.s", "thumb2.s", "flash.s", "thumb_end.s");
#[cfg(all(target_arch = "arm", not(armv6m), peacrab_arch = "armv7em"))]
cases!("thumb.s", "thumb1.s", "thumb2.s", "dsp.s", "fpu.s", "flash.s", "thumb_end.s");
#[cfg(target_arch = "riscv32")]
cases!("riscv.s");

unsafe extern "C" {
    /// Every case once; `buffer` has 64 bytes at a multiple of 64.
    fn cycle_cases(buffer: *mut u8);
}

/// Called by the start-up code, once, on an initialized core.
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: start() runs once and is the only caller; nothing else takes this memory.
    let ram = unsafe { memory::free_ram() };
    let aligned = ram.as_ptr().align_offset(64);
    let Some(buffer) = ram.get_mut(aligned..).and_then(|ram| ram.get_mut(..64)) else { transport::exit(false) };
    // SAFETY: the buffer is what the cases ask for, and they use nothing else but the stack.
    unsafe { cycle_cases(buffer.as_mut_ptr()) };
    transport::exit(true)
}

/// A fault: no case may cause one.
fn give_up(_failure: Failure, _detail: u32) -> ! {
    transport::exit(false)
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    transport::exit(false)
}
