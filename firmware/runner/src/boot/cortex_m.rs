//! Start-up of Cortex-M cores, from the M0 to the M55.

use core::arch::global_asm;

use peacrab_frames::Failure;

// The vector table: initial stack pointer, reset, the faults, SysTick. Nothing else is ever enabled.
global_asm!(
    ".section .vectors, \"a\", %progbits",
    ".global __vectors",
    "__vectors:",
    ".word __stack_top",
    ".word _start",
    ".rept 13",
    ".word fault_entry",
    ".endr",
    ".word SysTick",
);

// Stores r2 from r0 up to r1; written with the instructions of ARMv6-M.
global_asm!(
    ".section .text.start, \"ax\", %progbits",
    ".thumb_func",
    "fill:",
    "0: cmp r0, r1",
    "   bhs 1f",
    "   stm r0!, {{r2}}",
    "   b 0b",
    "1: bx lr",
);

global_asm!(
    ".section .text.start, \"ax\", %progbits",
    ".global _start",
    ".type _start, %function",
    ".thumb_func",
    "_start:",
    "   cpsid i",
    "   ldr r0, =__stack_top",
    "   mov sp, r0",
    // The vector table offset register, where there is one: a debugger may have started another image before.
    "   ldr r0, =0xE000ED08",
    "   ldr r1, =__vectors",
    "   str r1, [r0]",
    "   ldr r0, =__stack_bottom",
    "   ldr r1, =__stack_top",
    "   ldr r2, ={paint}",
    "   bl fill",
    "   ldr r0, =__arena_start",
    "   ldr r1, =__arena_end",
    "   bl fill",
    "   ldr r0, =__bss_start",
    "   ldr r1, =__bss_end",
    "   movs r2, #0",
    "   bl fill",
    "   ldr r0, =__data_start",
    "   ldr r1, =__data_end",
    "   ldr r2, =__data_load",
    "0: cmp r0, r1",
    "   bhs 1f",
    "   ldm r2!, {{r3}}",
    "   stm r0!, {{r3}}",
    "   b 0b",
    "1: bl enable_coprocessors",
    "   cpsie i",
    "   bl start",
    "   udf #0",
    ".pool",
    paint = const super::PAINT,
);

// Full access to CP10 and CP11: the FPU of M4F and M7, and the FPU and MVE of M55, fault without it. A core with neither
// ignores the write. Written as one block, so that no instruction of either lies before it.
#[cfg(not(armv6m))]
global_asm!(
    ".section .text.start, \"ax\", %progbits",
    ".thumb_func",
    "enable_coprocessors:",
    "   ldr r0, =0xE000ED88",
    "   ldr r1, [r0]",
    "   ldr r2, =0x00F00000",
    "   orrs r1, r2",
    "   str r1, [r0]",
    "   dsb",
    "   isb",
    "   bx lr",
    ".pool",
);

#[cfg(armv6m)]
global_asm!(".section .text.start, \"ax\", %progbits", ".thumb_func", "enable_coprocessors:", "   bx lr",);

/// Entered on any fault; the detail is the configurable fault status register (0 on ARMv6-M, which has none).
#[unsafe(no_mangle)]
extern "C" fn fault_entry() -> ! {
    crate::give_up(Failure::Faulted, fault_status())
}

#[cfg(not(armv6m))]
fn fault_status() -> u32 {
    // SAFETY: CFSR is a readable register of every ARMv7-M and ARMv8-M main core; reading it has no effect.
    unsafe { (*cortex_m::peripheral::SCB::PTR).cfsr.read() }
}

#[cfg(armv6m)]
fn fault_status() -> u32 {
    0
}
