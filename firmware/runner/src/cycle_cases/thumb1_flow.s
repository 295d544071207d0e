// ARMv6-M, what every Arm core can run: branches, loops and calls. All instructions are 16 bits wide, but for bl and the barriers.

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

// A call to the instruction that comes anyway.
    case call_of_next
    start
    bl 1f
1:
    nop
    finish

    case call_with_move
    start
    bl call_with_move_callee
    nop
    finish
    aside
    callee call_with_move_callee
    mov pc, lr
    end_aside

// The instruction directly before the load is the branch.
    case address_written_before_branch
    word r0, cycle_buffer
    start
    adds r0, #4
    b 1f
    nop
1:
    ldr r1, [r0]
    finish

// The loads before and behind a branch are not neighbours.
    case loads_around_branch
    word r0, cycle_buffer
    start
    ldr r1, [r0]
    b 1f
    nop
1:
    ldr r1, [r0]
    finish
