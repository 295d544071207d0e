// ARMv6-M: what every Arm core can run. All instructions are 16 bits wide, but for bl, the barriers, mrs and msr.

    case alu_chain
    start
    .rept 8
    adds r0, #1
    .endr
    finish

    case alu_mix
    movs r1, #3
    start
    lsls r0, r1
    rors r0, r1
    sxtb r2, r0
    uxth r3, r2
    rev r4, r3
    mov r12, r4
    add r12, r1
    mvns r6, r4
    finish

    case multiply
    movs r1, #3
    start
    muls r0, r1
    muls r2, r1
    muls r1, r0
    muls r0, r1
    finish

    case load_alone
    word r0, cycle_buffer
    start
    ldr r1, [r0]
    nop
    finish

    case load_pair
    word r0, cycle_buffer
    start
    ldr r1, [r0]
    ldr r2, [r0, #4]
    finish

    case load_four
    word r0, cycle_buffer
    movs r5, #8
    start
    ldr r1, [r0]
    ldr r2, [r0, #4]
    ldr r3, [r0, r5]
    ldr r4, [r0, #12]
    finish

// The second load's address is the first one's result.
    case load_chain
    word r0, cycle_buffer
    str r0, [r0]
    nop
    start
    ldr r1, [r0]
    ldr r2, [r1]
    finish

    case load_chain_of_three
    word r0, cycle_buffer
    str r0, [r0]
    nop
    start
    ldr r1, [r0]
    ldr r2, [r1]
    ldr r3, [r2]
    finish

// The third load's address is the result of the first, not of the one directly before it.
    case load_chain_with_gap
    word r0, cycle_buffer
    str r0, [r0]
    nop
    start
    ldr r1, [r0]
    ldr r2, [r0, #4]
    ldr r3, [r1]
    finish

    case load_then_store
    word r0, cycle_buffer
    start
    ldr r1, [r0]
    str r1, [r0, #4]
    finish

    case load_then_store_by_register
    word r0, cycle_buffer
    movs r3, #4
    start
    ldr r1, [r0]
    str r1, [r0, r3]
    finish

    case load_then_store_there
    word r0, cycle_buffer
    str r0, [r0]
    nop
    start
    ldr r1, [r0]
    str r2, [r1, #4]
    finish

    case load_then_store_there_by_register
    word r0, cycle_buffer
    str r0, [r0]
    movs r3, #4
    start
    ldr r1, [r0]
    str r2, [r1, r3]
    finish

    case store_alone
    word r0, cycle_buffer
    start
    str r1, [r0]
    nop
    finish

    case store_three
    word r0, cycle_buffer
    start
    str r1, [r0]
    str r2, [r0, #4]
    str r3, [r0, #8]
    finish

    case store_by_register
    word r0, cycle_buffer
    movs r3, #4
    start
    str r1, [r0, r3]
    nop
    finish

    case store_by_register_twice
    word r0, cycle_buffer
    movs r3, #4
    start
    str r1, [r0, r3]
    str r2, [r0, r3]
    finish

    case store_then_load
    word r0, cycle_buffer
    start
    str r1, [r0]
    ldr r2, [r0, #4]
    finish

    case load_store_load
    word r0, cycle_buffer
    start
    ldr r1, [r0]
    str r1, [r0, #4]
    ldr r2, [r0, #8]
    finish

    case narrow_loads
    word r0, cycle_buffer
    movs r5, #4
    start
    ldrb r1, [r0, #3]
    ldrh r2, [r0, #2]
    ldrsb r3, [r0, r5]
    ldrsh r4, [r0, r5]
    ldrb r1, [r0, r5]
    finish

    case narrow_stores
    word r0, cycle_buffer
    movs r5, #4
    start
    strb r1, [r0, #3]
    strh r2, [r0, #2]
    strb r3, [r0, r5]
    strh r4, [r0, r5]
    finish

    case address_written
    word r0, cycle_buffer
    start
    adds r0, #4
    ldr r1, [r0]
    finish

    case address_written_before
    word r0, cycle_buffer
    start
    adds r0, #4
    nop
    ldr r1, [r0]
    finish

    case address_moved
    word r0, cycle_buffer
    mov r12, r0
    start
    mov r1, r12
    ldr r2, [r1]
    finish

    case address_multiplied
    word r0, cycle_buffer
    movs r1, #1
    start
    muls r0, r1
    ldr r2, [r0]
    finish

    case address_formed
    start
    adr r0, 0f
    ldr r1, [r0]
    finish
    aside
    .balign 4
0:
    .4byte 0
    end_aside

    case index_written
    word r0, cycle_buffer
    start
    movs r3, #4
    ldr r1, [r0, r3]
    finish

    case store_address_written
    word r0, cycle_buffer
    start
    adds r0, #4
    str r1, [r0]
    finish

    case store_index_written
    word r0, cycle_buffer
    start
    movs r3, #4
    str r1, [r0, r3]
    finish

// What is stored is no address.
    case store_data_written
    word r0, cycle_buffer
    start
    movs r1, #5
    str r1, [r0]
    finish

// A comparison writes no register.
    case address_compared
    word r0, cycle_buffer
    start
    cmp r0, #0
    ldr r1, [r0]
    finish

    case stack_address_written
    start
    sub sp, #8
    str r0, [sp, #4]
    ldr r1, [sp, #4]
    add sp, #8
    finish

// The base of a stack access was written by a push: no data processing.
    case stack_address_pushed
    start
    push {r4}
    ldr r1, [sp]
    finish
    add sp, #4

    case literal_alone
    start
    ldr r1, 0f
    nop
    finish
    aside
    .balign 4
0:
    .4byte 1, 2
    end_aside

    case literal_pair
    start
    ldr r1, 0f
    ldr r2, 1f
    finish
    aside
    .balign 4
0:
    .4byte 1
1:
    .4byte 2
    end_aside

    case literal_behind_alu
    start
    adds r1, #1
    ldr r1, 0f
    finish
    aside
    .balign 4
0:
    .4byte 1, 2
    end_aside

    case push_pop_one
    start
    push {r4}
    nop
    pop {r4}
    finish

// Nothing pairs, and the pop's base was written by the push: no data processing.
    case push_pop_adjacent
    start
    push {r4-r6}
    pop {r4-r6}
    finish

    case push_pop_three
    start
    push {r4-r6}
    nop
    pop {r4-r6}
    finish

    case push_pop_with_lr
    start
    push {r4-r7, lr}
    nop
    pop {r4-r7}
    add sp, #4
    finish

    case multiple_three
    word r0, cycle_buffer
    mov r4, r0
    start
    stm r0!, {r1-r3}
    nop
    ldm r4!, {r1-r3}
    finish

    case multiple_one_and_six
    word r0, cycle_buffer
    mov r7, r0
    start
    stm r0!, {r1}
    nop
    ldm r7!, {r1-r6}
    finish

// Nothing pairs with a load of several registers.
    case multiple_then_load
    word r0, cycle_buffer
    mov r4, r0
    start
    ldm r4!, {r1, r2}
    ldr r3, [r0]
    finish

    case load_then_multiple
    word r0, cycle_buffer
    mov r4, r0
    start
    ldr r3, [r0]
    ldm r4!, {r1, r2}
    finish

    case multiple_address_written
    word r4, cycle_buffer
    start
    adds r4, #4
    ldm r4!, {r1, r2}
    finish

    case branch_always
    start
    b 1f
    nop
1:
    nop
    finish

// To the instruction that comes anyway.
    case branch_to_next
    start
    b 1f
1:
    nop
    finish

    case branch_taken_to_next
    start
    cmp r0, r0
    beq 1f
1:
    nop
    finish

    case branch_not_taken
    start
    cmp r0, r0
    bne 1f
    nop
1:
    finish

    case branch_taken
    start
    cmp r0, r0
    beq 1f
    nop
1:
    nop
    finish

// The target is 32 bits wide, at a multiple of 4 or 2 behind one.
    case branch_to_wide
    start
    b 1f
    nop
1:
    dmb
    finish

    case branch_to_wide_off_word
    start
    b 1f
    nop
    nop
1:
    dmb
    finish

    case branch_to_narrow_off_word
    start
    b 1f
    nop
    nop
1:
    nop
    finish

    case loop_of_10
    start
    movs r0, #10
1:
    subs r0, #1
    bne 1b
    finish

    case loop_of_10_long
    start
    movs r0, #10
1:
    .rept 20
    adds r1, #1
    .endr
    subs r0, #1
    bne 1b
    finish

    case loop_of_10_with_memory
    word r1, cycle_buffer
    start
    movs r0, #10
1:
    ldr r2, [r1]
    adds r2, #1
    str r2, [r1]
    subs r0, #1
    bne 1b
    finish

    case loop_in_loop
    start
    movs r0, #3
1:
    movs r1, #4
2:
    subs r1, #1
    bne 2b
    subs r0, #1
    bne 1b
    finish

    case move_pc
    word r1, move_pc_target
    start
    mov pc, r1
    nop
move_pc_target:
    nop
    finish

    case add_pc
    movs r1, #0
    start
    add pc, r1
    nop
    nop
    finish

    case branch_exchange
    word r1, branch_exchange_target + 1
    start
    bx r1
    nop
branch_exchange_target:
    nop
    finish

    case call_and_return
    start
    bl call_and_return_callee
    nop
    finish
    aside
    callee call_and_return_callee
    bx lr
    end_aside

    case call_by_register
    word r1, call_by_register_callee
    start
    blx r1
    nop
    finish
    aside
    callee call_by_register_callee
    bx lr
    end_aside

    case call_with_pop
    start
    bl call_with_pop_callee
    nop
    finish
    aside
    callee call_with_pop_callee
    push {r4, lr}
    nop
    pop {r4, pc}
    end_aside

    case call_with_pop_alone
    start
    bl call_with_pop_alone_callee
    nop
    finish
    aside
    callee call_with_pop_alone_callee
    push {lr}
    nop
    pop {pc}
    end_aside

    case calls_nested
    start
    bl calls_nested_outer
    nop
    finish
    aside
    callee calls_nested_outer
    push {r4, lr}
    bl calls_nested_inner
    bl calls_nested_inner
    pop {r4, pc}
    callee calls_nested_inner
    push {r5, lr}
    bl calls_nested_leaf
    pop {r5, pc}
    callee calls_nested_leaf
    adds r0, #1
    bx lr
    end_aside

    case special_registers
    start
    mrs r0, primask
    msr primask, r0
    mrs r1, msp
    finish

    case interrupts_off_and_on
    start
    cpsid i
    cpsie i
    finish

    case barriers
    start
    dsb
    dmb
    finish

    case barrier_of_instructions
    start
    isb
    finish

    case hints
    start
    nop
    sev
    yield
    nop
    finish

// QEMU aborts a translation block at an access to a device: here, the core's identification.
    case device_read
    word r0, 0xE000ED00
    start
    adds r1, #1
    adds r1, #1
    ldr r2, [r0]
    adds r1, #1
    adds r1, #1
    finish

    case device_read_pair
    word r0, 0xE000ED00
    start
    adds r1, #1
    ldr r2, [r0]
    ldr r3, [r0]
    adds r1, #1
    finish

// The priority of the first interrupts.
    case device_write_and_read
    word r0, 0xE000E400
    movs r1, #0
    start
    adds r2, #1
    str r1, [r0]
    ldr r2, [r0]
    adds r2, #1
    finish

    case device_read_in_loop
    word r0, 0xE000ED00
    start
    movs r1, #10
1:
    adds r2, #1
    ldr r3, [r0]
    subs r1, #1
    bne 1b
    finish

// Makes the tick timer's exception pending: its handler is one `bx lr`.
    case exception
    word r0, 0xE000ED04
    word r1, 0x04000000
    start
    str r1, [r0]
    nop
    nop
    nop
    finish

// A 32-bit instruction lies across the border of a page.
    case page_border
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    nop
    nop
    nop
    dmb
    nop
    nop
    finish

// As before, but reached by a branch, so that it is the first of its translation block.
    case page_border_branch
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    b 2f
    nop
    nop
2:
    dmb
    nop
    finish

// A call across the border, and back to behind it.
    case page_border_call
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    nop
    nop
    nop
    bl page_border_call_callee
    nop
    finish
    aside
    callee page_border_call_callee
    bx lr
    end_aside

// 16-bit instructions on both sides of the border.
    case page_border_narrow
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    .rept 8
    adds r0, #1
    .endr
    finish

// Longer than any translation block.
    case straight_600
    start
    .rept 600
    adds r0, #1
    .endr
    finish

    case straight_600_with_memory
    word r0, cycle_buffer
    start
    .rept 200
    ldr r1, [r0]
    adds r1, #1
    str r1, [r0]
    .endr
    finish
