// Macros of the cases on Arm cores. r0 and r1 point to 32 bytes of RAM each, r0 at a multiple of 64; r5 is 4, r7 the address of a
// device's register; r2 to r4 and r6 are anything. A case begins at a multiple of 8, behind four instructions of one cycle each.

.macro mark kind
77:
    .pushsection .peacrab.marks, "", %progbits
    .4byte 77b
    .4byte \kind
    .popsection
.endm

// Notes the name of the case that follows.
.macro name text
    .pushsection .peacrab.cases, "", %progbits
    .asciz "\text"
    .popsection
.endm

.macro case text
    name \text
    .balign 8
    nop
    nop
    nop
    nop
    mark 3
.endm

// Ends a case in front of the next instruction, which is one of 16 bits.
.macro endcase
    mark 4
    nop
.endm

    .section .text.cases, "ax", %progbits
    .balign 8
    .global cycle_cases
    .type cycle_cases, %function
    .thumb_func
cycle_cases:
    push {r4, r5, r6, r7, lr}
    movs r1, #32
    adds r1, r0, r1
    movs r5, #4
    ldr r7, 10f
    str r0, [r0]
    b 11f
    .balign 4
10: .4byte 0xE000E100
11:
    nop
    mark 1
    nop
