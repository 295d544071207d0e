// ARMv6-M, what every Arm core can run: data processing, loads and stores. All instructions are 16 bits wide.

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

// Each of them writes the address of the load behind it.
    case address_by_every_narrow
    word r0, cycle_buffer
    movs r5, #0
    start
    adds r0, #0
    ldr r1, [r0]
    adds r0, r0, #0
    ldr r1, [r0]
    subs r0, #0
    ldr r1, [r0]
    adds r0, r0, r5
    ldr r1, [r0]
    subs r0, r0, r5
    ldr r1, [r0]
    lsls r0, r5
    ldr r1, [r0]
    rors r0, r5
    ldr r1, [r0]
    orrs r0, r5
    ldr r1, [r0]
    eors r0, r5
    ldr r1, [r0]
    bics r0, r5
    ldr r1, [r0]
    ands r0, r0
    ldr r1, [r0]
    mov r0, r0
    ldr r1, [r0]
    add r0, r5
    ldr r1, [r0]
    add r1, sp, #4
    ldr r1, [r1]
    mov r1, sp
    ldr r1, [r1]
    sxtb r2, r5
    ldr r1, [r0, r2]
    uxth r2, r5
    ldr r1, [r0, r2]
    rev r2, r5
    ldr r1, [r0, r2]
    rsbs r2, r5, #0
    ldr r1, [r0, r2]
    finish

// None of them writes the address of the load behind it.
    case address_by_none_narrow
    word r0, cycle_buffer
    movs r5, #0
    mov r12, r0
    start
    cmp r0, r5
    ldr r1, [r0]
    cmp r0, r12
    ldr r1, [r0]
    cmn r0, r5
    ldr r1, [r0]
    tst r0, r5
    ldr r1, [r0]
    movs r1, #0
    ldr r1, [r0]
    add r12, r5
    ldr r1, [r0]
    nop
    ldr r1, [r0]
    str r5, [r0]
    ldr r1, [r0]
    push {r0}
    ldr r1, [r0]
    add sp, #4
    ldr r1, [r0]
    finish

// The base was written by a store or a load of several, not by data processing; and none of these pairs.
    case base_written_back
    word r0, cycle_buffer
    start
    stm r0!, {r1, r2}
    ldr r3, [r0]
    ldm r0!, {r1, r2}
    ldr r3, [r0]
    ldm r0!, {r1, r2}
    str r3, [r0]
    finish

    case pop_then_load_there
    word r0, cycle_buffer
    push {r0}
    start
    pop {r1}
    ldr r2, [r1]
    finish
