// Cases on RV32IMC. a0 and a1 point to 32 bytes of RAM each.

.macro mark kind
77:
    .pushsection .peacrab.marks, "", @progbits
    .4byte 77b
    .4byte \kind
    .popsection
.endm

.macro name text
    .pushsection .peacrab.cases, "", @progbits
    .asciz "\text"
    .popsection
.endm

// A case begins at a multiple of 8.
.macro case text
    name \text
    .balign 8
    mark 3
.endm

.macro endcase
    mark 4
    c.nop
.endm

    .section .text.cases, "ax", @progbits
    .option push
    .option norelax
    .option norvc
    .balign 8
    .global cycle_cases
cycle_cases:
    addi sp, sp, -16
    sw ra, 0(sp)
    addi a1, a0, 32
    sw a0, 0(a0)
    .option rvc
    c.nop
    mark 1
    c.nop

    case alu
    add t0, t1, t2
    addi t0, t0, 1
    lui t1, 5
    c.add t0, t1
    c.slli t0, 2
    endcase

    case load_then_use
    lw t0, 0(a0)
    add t1, t0, t0
    endcase

    case load_then_other
    lw t0, 0(a0)
    add t1, t2, t2
    add t1, t0, t0
    endcase

    case load_then_store
    lw t0, 0(a0)
    sw t0, 0(a1)
    endcase

    case load_from_loaded_address
    lw t0, 0(a0)
    lw t1, 0(t0)
    nop
    endcase

    case bytes_and_halfwords
    lb t0, 0(a0)
    lhu t1, 0(a0)
    sb t0, 0(a1)
    sh t1, 0(a1)
    endcase

    case multiply
    mul t0, t1, t2
    mulhu t1, t1, t2
    endcase

    case divide
    div t0, t1, t2
    divu t0, t1, t2
    rem t0, t1, t2
    remu t0, t1, t2
    endcase

    case branch_not_taken
    bne a0, a0, 60f
    c.nop
60:
    endcase

    case branch_taken
    beq a0, a0, 61f
    c.nop
61:
    endcase

    case branch_to_a_misaligned_instruction
    beq a0, a0, 62f
    c.nop
    .option norvc
62: addi t0, t0, 1
    .option rvc
    endcase

    case loop
    li t0, 10
63: addi t0, t0, -1
    bnez t0, 63b
    endcase

    // Each one's branch takes the other's place in the predictor.
    case loop_in_a_loop
    li t0, 3
64: li t1, 2
65: addi t1, t1, -1
    bnez t1, 65b
    addi t0, t0, -1
    bnez t0, 64b
    endcase

    case call_and_return
    jal ra, 66f
    j 67f
66: ret
67:
    endcase

    case csr
    csrr t0, mstatus
    csrw mscratch, t0
    endcase

    .balign 4096
    .rept 1023
    .option norvc
    nop
    .option rvc
    .endr
    c.nop
    name across_a_page
    mark 3
    .option norvc
    addi t0, t0, 1
    .option rvc
    endcase

    case long_run
    .rept 600
    c.addi t0, 1
    .endr
    endcase

    c.nop
    mark 2
    c.nop
    lw ra, 0(sp)
    addi sp, sp, 16
    ret
    .option pop
