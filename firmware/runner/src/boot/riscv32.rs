//! Start-up of RV32 cores, in machine mode with interrupts off.

use core::arch::global_asm;

use peacrab_frames::Failure;

global_asm!(
    ".section .text.start, \"ax\", %progbits",
    ".global __vectors",
    "__vectors:",
    ".global _start",
    "_start:",
    "   csrw mie, zero",
    "   la t0, trap_entry",
    "   csrw mtvec, t0",
    "   la sp, __stack_top",
    "   li a2, {paint}",
    "   la a0, __stack_bottom",
    "   la a1, __stack_top",
    "   call fill",
    "   la a0, __arena_start",
    "   la a1, __arena_end",
    "   call fill",
    "   li a2, 0",
    "   la a0, __bss_start",
    "   la a1, __bss_end",
    "   call fill",
    "   la a0, __data_start",
    "   la a1, __data_end",
    "   la a2, __data_load",
    "0: bgeu a0, a1, 1f",
    "   lw t0, 0(a2)",
    "   sw t0, 0(a0)",
    "   addi a0, a0, 4",
    "   addi a2, a2, 4",
    "   j 0b",
    "1: call start",
    "fill:",
    "2: bgeu a0, a1, 3f",
    "   sw a2, 0(a0)",
    "   addi a0, a0, 4",
    "   j 2b",
    "3: ret",
    // mtvec holds a multiple of 4.
    ".balign 4",
    "trap_entry:",
    "   j fault_entry",
    paint = const super::PAINT,
);

/// Entered on any trap; the detail is `mcause`.
#[unsafe(no_mangle)]
extern "C" fn fault_entry() -> ! {
    let cause = riscv::register::mcause::read().bits();
    crate::give_up(Failure::Faulted, u32::try_from(cause).unwrap_or(u32::MAX))
}
