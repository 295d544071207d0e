// RV32IMC: control registers, traps and devices; where QEMU ends a translation block.

    case control_registers
    start
    csrr a0, mscratch
    csrw mscratch, a0
    csrrs a1, mstatus, zero
    csrr a2, minstret
    csrr a3, mcycle
    csrsi mscratch, 1
    finish

// The case ends where the trap is taken.
    case environment_call
    la a0, environment_call_trap
    csrrw s0, mtvec, a0
    start
    nop
    ecall
    csrw mtvec, s0
    aside
    callee environment_call_trap
    border 4
    csrr a0, mepc
    addi a0, a0, 4
    csrw mepc, a0
    mret
    end_aside

    case breakpoint
    la a0, breakpoint_trap
    csrrw s0, mtvec, a0
    start
    nop
    wide
    ebreak
    csrw mtvec, s0
    aside
    callee breakpoint_trap
    border 4
    csrr a0, mepc
    addi a0, a0, 4
    csrw mepc, a0
    mret
    end_aside

// QEMU aborts a translation block at an access to a device: the status of the serial port.
    case device_read
    li a0, 0x10000000
    start
    addi a1, a1, 1
    addi a1, a1, 1
    lbu a2, 5(a0)
    addi a1, a1, 1
    addi a1, a1, 1
    finish

    case device_read_used
    li a0, 0x10000000
    start
    addi a1, a1, 1
    lbu a2, 5(a0)
    add a1, a1, a2
    lbu a3, 5(a0)
    addi a1, a1, 1
    finish

    case device_read_in_loop
    li a1, 0x10000000
    start
    c.li a0, 10
    c.nop
1:
    wide
    lbu a2, 5(a1)
    narrow
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish

// A 32-bit instruction lies across the border of a page.
    case page_border
    j 1f
    .balign 4096
    .space 4096 - 16
1:
    .rept 4
    c.nop
    .endr
    border 3
    c.nop
    c.nop
    c.nop
    wide
    addi a0, a0, 1
    addi a0, a0, 1
    finish

// As before, but reached by a jump, so that it is the first of its translation block.
    case page_border_jump
    j 1f
    .balign 4096
    .space 4096 - 16
1:
    .rept 4
    c.nop
    .endr
    border 3
    c.j 2f
    c.nop
    c.nop
2:
    wide
    addi a0, a0, 1
    narrow
    c.nop
    finish

    case page_border_load
    la a0, cycle_buffer
    j 1f
    .balign 4096
    .space 4096 - 16
1:
    .rept 4
    c.nop
    .endr
    border 3
    c.nop
    c.nop
    c.nop
    wide
    lw a1, 0(a0)
    addi a2, a1, 1
    finish

// The load is the last instruction of its page, what uses it the first of the next.
    case page_border_load_used
    la a0, cycle_buffer
    j 1f
    .balign 4096
    .space 4096 - 16
1:
    .rept 4
    c.nop
    .endr
    border 3
    c.nop
    c.nop
    c.nop
    c.lw a1, 0(a0)
    c.addi a1, 1
    c.nop
    finish

    case page_border_branch
    j 1f
    .balign 4096
    .space 4096 - 16
1:
    .rept 4
    c.nop
    .endr
    border 3
    c.nop
    c.nop
    c.nop
    wide
    bne zero, zero, 2f
    beq zero, zero, 2f
    nop
    narrow
    c.nop
2:
    c.nop
    finish

// Longer than any translation block.
    case straight_600
    start
    .rept 600
    c.addi a0, 1
    .endr
    finish

    case straight_600_wide
    start 2
    wide
    .rept 600
    addi a0, a0, 1
    .endr
    finish

    case straight_600_with_memory
    la a1, cycle_buffer
    start
    .rept 150
    c.lw a0, 0(a1)
    c.sw a0, 0(a1)
    c.lw a2, 4(a1)
    c.addi a2, 1
    .endr
    finish

// Wherever a translation block ends, what comes behind uses what was loaded before.
    case straight_601_loads_used
    la a1, cycle_buffer
    start
    c.nop
    .rept 300
    c.lw a0, 0(a1)
    c.addi a0, 1
    .endr
    finish

    case device_address_loaded
    la a0, cycle_buffer
    li a1, 0x10000000
    sw a1, 0(a0)
    nop
    start
    wide
    lw a2, 0(a0)
    lbu a3, 5(a2)
    add a3, a3, a3
    finish
