// What the files of cases are written with, and the beginning of the function that runs them. Cases may use r0 to r7, r12 and lr.

    .syntax unified
    .thumb

// Opens a case: its name.
.macro case name
    .pushsection .peacrab.cases, "", %progbits
    .asciz "\name"
    .popsection
.endm

// Notes the border of a case at the next instruction.
.macro border kind
774:
    .pushsection .peacrab.marks, "", %progbits
    .4byte 774b
    .4byte \kind
    .popsection
.endm

// The case starts here: `offset` bytes into a line of 8 bytes. The line before has been executed in full; nothing before pairs.
.macro start offset=0
    .balign 8
    .rept 4 + \offset / 2
    nop
    .endr
    border 3
.endm

// The case ended with the instruction before.
.macro finish
    border 4
    nop
.endm

// Code or data that is not executed in passing.
.macro aside
    bl 773f
    .balign 8
.endm

.macro end_aside
    .balign 4
773:
.endm

// Loads a constant.
.macro word reg, value
    ldr \reg, 771f
    b 772f
    .balign 4
771:
    .4byte \value
772:
.endm

// A function that cases call, at the start of a line.
.macro callee name
    .balign 8
    .type \name, %function
    .thumb_func
\name:
.endm

.macro close_cases
    border 2
    pop {r4-r7, pc}
.endm

// The last 16 bytes of a page of memory, of QEMU's smallest size, and the beginning of the next.
    .section .bss.cycle_buffer, "aw", %nobits
    .balign 1024
    .space 1008
cycle_buffer:
    .space 144

// The handler of the one exception that a case raises.
    .section .text.cycle_cases, "ax", %progbits
    .global SysTick
    callee SysTick
    bx lr

    .global cycle_cases
    callee cycle_cases
    push {r4-r7, lr}
    border 1
    nop
