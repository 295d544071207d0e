// ARMv7-M and ARMv8-M main: if-then blocks.

    case if_then_behind_narrow
    start
    cmp r0, r0
    it eq
    addeq r1, #1
    finish

    case if_then_behind_wide
    start
    cmp.w r0, r0
    it eq
    addeq r1, #1
    finish

    case if_then_off
    start
    cmp r0, r0
    it ne
    addne r1, #1
    finish

    case if_then_of_four
    start
    cmp r0, r0
    itete eq
    addeq r1, #1
    addne r2, #1
    moveq r3, #1
    movne r4, #1
    finish

    case if_then_wide
    start
    cmp r0, r0
    itt ne
    addne.w r1, r1, #1
    mulne r2, r1, r2
    finish

    case if_then_load
    word r0, cycle_buffer
    start
    cmp r0, r0
    it eq
    ldreq r1, [r0]
    finish

    case if_then_load_off
    word r0, cycle_buffer
    start
    cmp r0, r0
    it ne
    ldrne r1, [r0]
    finish

    case if_then_store_off
    word r0, cycle_buffer
    movs r3, #4
    start
    cmp r0, r0
    it ne
    strne r1, [r0, r3]
    finish

    case if_then_behind_load
    word r0, cycle_buffer
    start
    cmp r0, r0
    ldr r1, [r0]
    it eq
    addeq r1, #1
    finish

    case if_then_branch
    start
    cmp r0, r0
    it eq
    beq 1f
    nop
1:
    nop
    finish

    case if_then_branch_off
    start
    cmp r0, r0
    it ne
    bne 1f
    nop
1:
    nop
    finish

    case if_then_in_loop
    start
    movs r0, #4
1:
    lsls r1, r0, #31
    ite mi
    addmi r2, #1
    addpl r3, #1
    subs r0, #1
    bne 1b
    finish

// A load in the block pairs with one behind it, executed or not.
    case if_then_loads
    word r0, cycle_buffer
    start
    cmp r0, r0
    it eq
    ldreq r1, [r0]
    ldr r2, [r0]
    cmp r0, r0
    it ne
    ldrne r1, [r0]
    ldr r2, [r0]
    finish

// QEMU aborts its translation block within the block.
    case if_then_device
    word r0, 0xE000ED00
    start
    cmp r0, r0
    itte eq
    addeq r2, #1
    ldreq r1, [r0]
    addne r2, #1
    adds r2, #1
    finish
