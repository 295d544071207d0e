// RV32IMC: data processing, loads and stores.

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

// The bits in which others have a register number have the loaded one's, but these have no such operand.
    case load_used_by_none
    la a0, cycle_buffer
    start
    wide
    lw a1, 0(a0)
    lui a2, 11 << 3 | 11 << 8
    lw a1, 0(a0)
    auipc a2, 11 << 3 | 11 << 8
    lw a1, 0(a0)
    addi a2, a0, 11
    lw a1, 0(a0)
    slli a2, a0, 11
    lw a1, 0(a0)
    csrrwi a2, mscratch, 11
    lw a1, 0(a0)
    lbu a2, 11(a0)
    narrow
    c.lw a1, 0(a0)
    c.li a2, 11
    c.lw a1, 0(a0)
    c.lui a2, 11
    c.lw a1, 0(a0)
    c.addi4spn a2, sp, 44
    c.lw a1, 0(a0)
    c.slli a2, 11
    c.lw a1, 0(a0)
    c.nop
    finish

// Each of them uses what was loaded.
    case load_used_by_every
    la a0, cycle_buffer
    sw zero, 0(a0)
    nop
    start
    wide
    lw a1, 0(a0)
    add a2, a1, zero
    lw a1, 0(a0)
    sltu a2, zero, a1
    lw a1, 0(a0)
    slli a2, a1, 2
    lw a1, 0(a0)
    mulh a2, a2, a1
    lw a1, 0(a0)
    csrrw a2, mscratch, a1
    lw a1, 0(a0)
    andi a2, a1, 7
    narrow
    c.lw a1, 0(a0)
    c.mv a2, a1
    c.lw a1, 0(a0)
    c.add a2, a1
    c.lw a1, 0(a0)
    c.slli a1, 2
    c.lw a1, 0(a0)
    c.srli a1, 2
    c.lw a1, 0(a0)
    c.andi a1, 2
    c.lw a1, 0(a0)
    c.sub a2, a1
    c.lw a1, 0(a0)
    c.xor a1, a2
    c.lw a1, 0(a0)
    c.bnez a1, 1f
1:
    c.nop
    finish

    case load_then_store_on_stack
    addi sp, sp, -16
    start
    c.lwsp a1, 4(sp)
    c.swsp a1, 8(sp)
    finish
    addi sp, sp, 16

// A loaded zero register is no result.
    case load_of_nothing
    la a0, cycle_buffer
    start
    wide
    lw zero, 0(a0)
    add a1, zero, zero
    finish
