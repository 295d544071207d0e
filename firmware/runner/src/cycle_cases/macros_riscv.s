// What the files of cases are written with, and the beginning of the function that runs them. Cases may use every register that a
// function may change, s0 and s1.

    .option norelax

// Opens a case: its name.
.macro case name
    .pushsection .peacrab.cases, "", %progbits
    .asciz "\name"
    .popsection
    .option rvc
.endm

// Instructions of 16 bits where there are such, or of 32 bits alone.
.macro narrow
    .option rvc
.endm

.macro wide
    .option norvc
.endm

// Notes the border of a case at the next instruction.
.macro border kind
774:
    .pushsection .peacrab.marks, "", %progbits
    .4byte 774b
    .4byte \kind
    .popsection
.endm

// The case starts here: `offset` bytes into a line of 8 bytes. The line before has been executed in full.
.macro start offset=0
    .option rvc
    .balign 8
    .rept 4 + \offset / 2
    c.nop
    .endr
    border 3
.endm

// The case ended with the instruction before.
.macro finish
    .option rvc
    border 4
    c.nop
.endm

// Code or data that is not executed in passing.
.macro aside
    j 773f
    .balign 8
.endm

.macro end_aside
    .option rvc
    .balign 4
773:
.endm

// A function that cases call, at the start of a line.
.macro callee name
    .option rvc
    .balign 8
\name:
.endm

.macro close_cases
    .option rvc
    border 2
    lw ra, 12(sp)
    lw s0, 8(sp)
    lw s1, 4(sp)
    addi sp, sp, 16
    ret
.endm

    .section .bss.cycle_buffer, "aw", %nobits
    .balign 16
cycle_buffer:
    .space 64

    .section .text.cycle_cases, "ax", %progbits
    .global cycle_cases
    callee cycle_cases
    addi sp, sp, -16
    sw ra, 12(sp)
    sw s0, 8(sp)
    sw s1, 4(sp)
    border 1
    c.nop
