// RV32IMC.

    case alu_wide
    start
    wide
    addi t0, t0, 1
    add t1, t0, t0
    slt t2, t0, t1
    xor a0, t0, t1
    sll a1, t0, t1
    srai a2, t0, 3
    lui a3, 0x12345
    auipc a4, 0
    finish

    case alu_narrow
    start
    c.addi a0, 1
    c.li a1, 5
    c.mv a2, a0
    c.add a2, a1
    c.and a2, a1
    c.slli a2, 3
    c.sub a2, a0
    c.lui a3, 5
    finish

    case alu_mixed
    start
    c.addi a0, 1
    wide
    addi a1, a1, 1
    narrow
    c.addi a0, 1
    wide
    addi a1, a1, 1
    addi a2, a2, 1
    narrow
    c.addi a0, 1
    finish

    case load_alone
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    nop
    finish

    case loads_independent
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    lw a2, 4(a0)
    lh a3, 8(a0)
    lbu a4, 3(a0)
    nop
    finish

    case load_used
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    addi a2, a1, 1
    finish

    case load_used_as_second_operand
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    sub a2, a0, a1
    finish

    case load_used_later
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    nop
    addi a2, a1, 1
    finish

// Overwritten, not used.
    case load_overwritten
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    addi a1, zero, 1
    finish

    case load_narrow_used
    la a0, cycle_buffer
    start
    c.lw a1, 0(a0)
    c.addi a1, 1
    c.lw a2, 0(a0)
    c.mv a3, a2
    c.lw a2, 4(a0)
    c.add a3, a2
    finish

    case load_bytes_used
    la a0, cycle_buffer
    start
    wide
    lb a1, 1(a0)
    add a2, a2, a1
    lhu a1, 2(a0)
    mul a2, a2, a1
    finish

    case load_then_store
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    sw a1, 4(a0)
    finish

    case load_then_store_narrow
    la a0, cycle_buffer
    start
    c.lw a1, 0(a0)
    c.sw a1, 4(a0)
    finish

// The result is the address of the store.
    case load_then_store_there
    la a0, cycle_buffer
    sw a0, 0(a0)
    nop
    start
    wide
    lw a1, 0(a0)
    sw a2, 4(a1)
    finish

    case load_then_store_it_there
    la a0, cycle_buffer
    sw a0, 0(a0)
    nop
    start
    wide
    lw a1, 0(a0)
    sw a1, 0(a1)
    finish

    case load_chain
    la a0, cycle_buffer
    sw a0, 0(a0)
    nop
    start
    wide
    lw a1, 0(a0)
    lw a2, 0(a1)
    lw a3, 0(a2)
    nop
    finish

    case load_then_branch
    la a0, cycle_buffer
    sw zero, 0(a0)
    start
    wide
    lw a1, 0(a0)
    bne a1, zero, 1f
    nop
1:
    finish

    case stack_narrow
    addi sp, sp, -16
    start
    c.swsp a1, 4(sp)
    c.lwsp a2, 4(sp)
    c.addi a2, 1
    finish
    addi sp, sp, 16

    case stores
    la a0, cycle_buffer
    start
    wide
    sw a1, 0(a0)
    sh a1, 4(a0)
    sb a1, 7(a0)
    narrow
    c.sw a1, 0(a0)
    finish

    case multiply
    start
    mul a0, a1, a2
    mulh a3, a0, a2
    mulhsu a4, a3, a2
    mulhu a5, a4, a2
    finish

    case divide_signed
    li a1, 100
    li a2, 7
    start
    div a0, a1, a2
    rem a3, a1, a2
    finish

    case divide_unsigned
    li a1, 100
    li a2, 7
    start
    divu a0, a1, a2
    remu a3, a1, a2
    finish

    case jump
    start
    wide
    j 1f
    nop
1:
    nop
    finish

    case jump_narrow
    start
    c.j 1f
    c.nop
1:
    c.nop
    finish

    case jump_to_narrow_off_word
    start
    c.j 1f
    c.nop
    c.nop
1:
    c.nop
    finish

    case jump_to_wide_off_word
    start
    c.j 1f
    c.nop
    c.nop
1:
    wide
    addi a0, a0, 1
    finish

// To the instruction that comes anyway.
    case jump_to_next
    start
    c.j 1f
1:
    c.nop
    finish

    case branch_taken_to_next
    li a0, 0
    start
    c.beqz a0, 1f
1:
    c.nop
    finish

    case jump_by_register
    la a1, jump_by_register_target
    start
    wide
    jalr zero, 0(a1)
    nop
jump_by_register_target:
    nop
    finish

    case jump_by_register_to_wide_off_word
    la a1, jump_by_register_to_wide_off_word_target
    start
    c.jr a1
    c.nop
    c.nop
jump_by_register_to_wide_off_word_target:
    wide
    addi a0, a0, 1
    finish

    case call_and_return
    start
    wide
    jal ra, call_and_return_callee
    nop
    finish
    aside
    callee call_and_return_callee
    wide
    jalr zero, 0(ra)
    end_aside

    case call_and_return_narrow
    la a1, call_and_return_narrow_callee
    start
    c.jal call_and_return_narrow_callee
    c.jalr a1
    c.nop
    finish
    aside
    callee call_and_return_narrow_callee
    c.jr ra
    end_aside

// The call is at a word, 16 bits wide; what it returns to is 32 bits wide.
    case return_to_wide_off_word
    start
    c.jal return_to_wide_off_word_callee
    wide
    addi a0, a0, 1
    finish
    aside
    callee return_to_wide_off_word_callee
    c.jr ra
    end_aside

    case calls_nested
    start
    wide
    jal ra, calls_nested_outer
    nop
    finish
    aside
    callee calls_nested_outer
    c.mv s0, ra
    wide
    jal ra, calls_nested_inner
    narrow
    c.jr s0
    callee calls_nested_inner
    c.addi a0, 1
    c.jr ra
    end_aside

    case branch_forward_not_taken
    start
    wide
    bne zero, zero, 1f
    nop
1:
    nop
    finish

    case branch_forward_taken
    start
    wide
    beq zero, zero, 1f
    nop
1:
    nop
    finish

    case branch_forward_taken_narrow
    li a0, 0
    start
    c.beqz a0, 1f
    c.nop
1:
    c.nop
    finish

    case branch_to_wide_off_word
    li a0, 0
    start
    c.beqz a0, 1f
    c.nop
    c.nop
1:
    wide
    addi a0, a0, 1
    finish

// Not taken, as predicted: nothing is fetched anew.
    case branch_not_taken_before_wide_off_word
    li a0, 0
    start
    c.bnez a0, 1f
    wide
    addi a0, a0, 1
1:
    finish

    case loop_of_10
    start
    c.li a0, 10
    c.nop
1:
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish

    case loop_of_10_wide
    start
    wide
    addi a0, zero, 10
1:
    addi a0, a0, -1
    bne a0, zero, 1b
    nop
    finish

// The exit clears the predictor: the second time costs the same.
    case loop_twice
    start
    c.li a1, 2
    c.nop
1:
    c.li a0, 10
    c.nop
2:
    c.addi a0, -1
    c.bnez a0, 2b
    c.addi a1, -1
    c.bnez a1, 1b
    c.nop
    finish

    case loop_to_wide_off_word
    start
    c.li a0, 10
1:
    wide
    addi a0, a0, -1
    narrow
    c.bnez a0, 1b
    c.nop
    finish

// The exit was predicted wrongly; what is fetched then is 32 bits wide, off a word.
    case loop_exit_to_wide_off_word
    start
    c.li a0, 10
    c.nop
1:
    c.nop
    c.addi a0, -1
    c.bnez a0, 1b
    wide
    addi a1, a1, 1
    finish

    case loop_with_forward_branch
    start
    c.li a0, 10
    c.li a1, 0
1:
    c.addi a0, -1
    c.beqz a1, 2f
    c.nop
2:
    c.bnez a0, 1b
    c.nop
    finish

// Both branches are backward; each is taken where the other is not, until the last turn.
    case loop_with_alternating_branches
    start
    c.li a0, 6
    c.nop
1:
    c.addi a0, -1
    c.mv a1, a0
    c.andi a1, 1
    c.bnez a1, 1b
    c.bnez a0, 1b
    c.nop
    finish

    case loop_in_loop
    start
    c.li a0, 3
    c.nop
1:
    c.li a1, 4
    c.nop
2:
    c.addi a1, -1
    c.bnez a1, 2b
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish

// The jump backward is no conditional branch: the predictor does not know it.
    case loop_with_jump
    start
    c.li a0, 5
    c.nop
1:
    c.addi a0, -1
    c.beqz a0, 2f
    c.j 1b
    c.nop
2:
    c.nop
    finish

// A call between two turns leaves the predictor alone.
    case loop_with_call
    start
    c.li a0, 5
    c.nop
1:
    c.jal loop_with_call_callee
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish
    aside
    callee loop_with_call_callee
    c.jr ra
    end_aside

    case loop_with_load
    la a1, cycle_buffer
    start
    c.li a0, 10
    c.nop
1:
    c.lw a2, 0(a1)
    c.addi a2, 1
    c.sw a2, 0(a1)
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish

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
