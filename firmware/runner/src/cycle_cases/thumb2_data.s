// ARMv7-M and ARMv8-M main: data processing, loads and stores.

    case wide_alu
    start
    add.w r0, r0, #1
    movw r1, #0x1234
    movt r1, #0x1234
    add.w r2, r0, r1, lsl #3
    ubfx r3, r1, #4, #8
    bfi r3, r1, #8, #4
    clz r4, r1
    rbit r5, r1
    ssat r6, #8, r1
    usat r7, #8, r1, asr #2
    finish

    case multiply_accumulate
    start
    mla r0, r1, r2, r3
    mls r4, r1, r2, r3
    finish

    case multiply_long
    start
    smull r0, r1, r2, r3
    umull r4, r5, r2, r3
    finish

    case multiply_long_accumulate
    start
    smlal r0, r1, r2, r3
    umlal r4, r5, r2, r3
    finish

    case divide
    movs r1, #100
    movs r2, #7
    start
    sdiv r0, r1, r2
    udiv r3, r1, r2
    finish

    case wide_loads
    word r0, cycle_buffer
    movs r5, #1
    start
    ldr.w r1, [r0, #4]
    ldrsb.w r2, [r0, #100]
    ldrh.w r3, [r0, #102]
    ldr.w r4, [r0, r5, lsl #2]
    ldr r1, [r0, #-4]
    finish

    case wide_stores
    word r0, cycle_buffer
    movs r5, #1
    start
    str.w r1, [r0, #4]
    strb.w r2, [r0, #100]
    strh.w r3, [r0, #102]
    str.w r4, [r0, r5, lsl #2]
    finish

    case wide_load_then_store_by_register
    word r0, cycle_buffer
    movs r5, #1
    start
    ldr.w r1, [r0, r5, lsl #2]
    strb.w r1, [r0, r5, lsl #2]
    finish

    case double_load
    word r0, cycle_buffer
    start
    ldrd r1, r2, [r0]
    nop
    finish

    case double_store
    word r0, cycle_buffer
    start
    strd r1, r2, [r0]
    nop
    finish

// Nothing pairs with a double load.
    case double_load_between_loads
    word r0, cycle_buffer
    start
    ldr r1, [r0]
    ldrd r2, r3, [r0]
    ldr r4, [r0]
    finish

    case double_load_address_written
    word r0, cycle_buffer
    start
    adds r0, #8
    ldrd r1, r2, [r0]
    finish

// The address is written by the load before, but is not its result.
    case loads_post_indexed
    word r0, cycle_buffer
    start
    ldr r1, [r0], #4
    ldr r2, [r0], #4
    ldr r3, [r0], #4
    finish

    case loads_pre_indexed_of_two
    word r0, cycle_buffer
    mov r4, r0
    start
    ldr r1, [r0, #4]!
    ldr r2, [r4, #4]!
    finish

// The address is written by the store before: no data processing.
    case stores_post_indexed
    word r0, cycle_buffer
    start
    str r1, [r0], #4
    str r2, [r0], #4
    finish

    case store_post_indexed_then_load
    word r0, cycle_buffer
    start
    str r1, [r0], #4
    ldr r2, [r0]
    finish

    case wide_address_written
    word r0, cycle_buffer
    start
    add.w r0, r0, #4
    ldr.w r1, [r0]
    finish

    case wide_index_written
    word r0, cycle_buffer
    start
    movw r2, #1
    ldr.w r1, [r0, r2, lsl #2]
    finish

    case address_divided
    word r0, cycle_buffer
    movs r1, #1
    start
    udiv r0, r0, r1
    ldr r2, [r0]
    finish

    case wide_push_pop
    start
    push.w {r4-r11}
    nop
    pop.w {r4-r11}
    finish

    case multiple_downwards
    word r0, cycle_buffer + 32
    mov r7, r0
    start
    stmdb r0!, {r1-r4}
    nop
    ldmdb r7, {r1-r4}
    finish

// Each of them writes the address of the load behind it.
    case address_by_every_wide
    word r0, cycle_buffer
    movs r5, #0
    movs r4, #1
    start
    addw r0, r0, #0
    ldr r1, [r0]
    subw r0, r0, #0
    ldr r1, [r0]
    orr.w r0, r0, r5
    ldr r1, [r0]
    orn r2, r5, #0xFFFFFFFF
    ldr r1, [r0, r2]
    and.w r0, r0, r0
    ldr r1, [r0]
    lsl.w r0, r0, r5
    ldr r1, [r0]
    ror.w r0, r0, r5
    ldr r1, [r0]
    mov.w r2, #0
    ldr r1, [r0, r2]
    mvn r2, #0xFFFFFFFF
    ldr r1, [r0, r2]
    movw r2, #4
    ldr r1, [r0, r2]
    movt r5, #0
    ldr r1, [r0, r5]
    ubfx r0, r0, #0, #32
    ldr r1, [r0]
    sbfx r0, r0, #0, #32
    ldr r1, [r0]
    bfi r5, r5, #0, #8
    ldr r1, [r0, r5]
    bfc r5, #0, #8
    ldr r1, [r0, r5]
    ssat r5, #8, r5
    ldr r1, [r0, r5]
    rbit r5, r5
    ldr r1, [r0, r5]
    sxth.w r5, r5
    ldr r1, [r0, r5]
    mul r0, r0, r4
    ldr r1, [r0]
    mov r12, r0
    ldr.w r1, [r12]
    finish

// Both halves of a product are results.
    case address_by_long_product
    word r0, cycle_buffer
    movs r4, #1
    start
    umull r2, r3, r0, r4
    ldr r1, [r2]
    umull r2, r3, r0, r4
    ldr r1, [r0, r3]
    finish

// None of them writes the address of the load behind it.
    case address_by_none_wide
    word r0, cycle_buffer
    mov r12, r0
    start
    cmp.w r0, #0
    ldr r1, [r0]
    cmn.w r0, #0
    ldr r1, [r0]
    tst.w r0, #1
    ldr r1, [r0]
    teq r0, #1
    ldr r1, [r0]
    movw r1, #1
    ldr r1, [r0]
    add.w r7, r0, #4
    ldr r1, [r0]
    mul r2, r0, r0
    ldr r1, [r0]
    cmp r12, r0
    ldr.w r1, [r12]
    strd r2, r3, [r0]
    ldr r1, [r0]
    finish

    case store_double_written_back
    word r0, cycle_buffer
    start
    strd r2, r3, [r0], #8
    ldr r1, [r0]
    ldrd r2, r3, [r0], #8
    ldr r1, [r0]
    finish

    case double_load_then_load_there
    word r0, cycle_buffer
    str r0, [r0, #4]
    nop
    start
    ldrd r2, r3, [r0]
    ldr r1, [r3]
    finish

// A push of one register that is not low: a store, by its encoding.
    case store_below_stack
    start
    str r8, [sp, #-4]!
    nop
    ldr r8, [sp], #4
    ldr r1, [sp]
    finish

    case wide_literals
    start
    ldr.w r1, 0f
    ldrsh.w r2, 1f
    ldrb.w r3, 0f
    ldrd r4, r5, 0f
    finish
    aside
0:
    .4byte 1
1:
    .4byte 2
    end_aside
