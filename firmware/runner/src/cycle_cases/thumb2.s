// ARMv7-M, and ARMv8-M main.

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

    case wide_call_with_pop
    start
    bl wide_call_with_pop_callee
    nop
    finish
    aside
    callee wide_call_with_pop_callee
    push.w {r8, lr}
    nop
    pop.w {r8, pc}
    end_aside

    case compare_and_branch_taken
    movs r0, #0
    start
    cbz r0, 1f
    nop
1:
    nop
    finish

    case compare_and_branch_not_taken
    movs r0, #0
    start
    cbnz r0, 1f
    nop
1:
    nop
    finish

    case wide_branches
    start
    cmp r0, r0
    bne.w 1f
    beq.w 1f
    nop
    nop
1:
    b.w 2f
    nop
    nop
2:
    nop
    finish

    case table_branch_of_bytes
    movs r0, #1
    start
1:
    tbb [pc, r0]
    .byte (2f - 1b - 4) / 2
    .byte (3f - 1b - 4) / 2
2:
    nop
3:
    nop
    finish

    case table_branch_of_halfwords
    movs r0, #1
    start
1:
    tbh [pc, r0, lsl #1]
    .hword (2f - 1b - 4) / 2
    .hword (3f - 1b - 4) / 2
2:
    nop
    nop
3:
    nop
    finish

// The refill is 3 already.
    case table_branch_to_wide_off_word
    movs r0, #0
    start
1:
    tbb [pc, r0]
    .byte (2f - 1b - 4) / 2
    .byte 0
2:
    add.w r1, r1, #1
    finish

    case load_pc
    word r0, load_pc_table
    start
    ldr pc, [r0]
    nop
    nop
load_pc_target:
    nop
    finish
    aside
load_pc_table:
    .4byte load_pc_target + 1
    end_aside

    case load_pc_by_index
    word r0, load_pc_by_index_table
    movs r1, #1
    start
    ldr.w pc, [r0, r1, lsl #2]
    nop
    nop
load_pc_by_index_target:
    nop
    finish
    aside
load_pc_by_index_table:
    .4byte 0, load_pc_by_index_target + 1
    end_aside

    case load_pc_from_literal
    start
    ldr.w pc, 0f
    nop
    nop
load_pc_from_literal_target:
    nop
    finish
    aside
0:
    .4byte load_pc_from_literal_target + 1
    end_aside

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

    case unaligned_word_off_2
    word r0, cycle_buffer + 2
    start
    ldr r1, [r0]
    nop
    finish

    case unaligned_word_odd
    word r0, cycle_buffer + 1
    start
    ldr r1, [r0]
    nop
    finish

    case unaligned_halfword_odd
    word r0, cycle_buffer + 1
    start
    ldrh r1, [r0]
    nop
    finish

// Odd, and in two words.
    case unaligned_halfword_in_two_words
    word r0, cycle_buffer + 3
    start
    ldrh r1, [r0]
    nop
    finish

    case halfword_off_2
    word r0, cycle_buffer + 2
    start
    ldrh r1, [r0]
    nop
    finish

    case byte_odd
    word r0, cycle_buffer + 1
    start
    ldrb r1, [r0]
    nop
    finish

    case unaligned_signed_wide
    word r0, cycle_buffer
    start
    ldrsh.w r1, [r0, #5]
    nop
    finish

    case unaligned_across_pages
    word r0, cycle_buffer + 14
    start
    ldr r1, [r0]
    nop
    finish

    case unaligned_store_off_2
    word r0, cycle_buffer + 2
    start
    str r1, [r0]
    nop
    finish

    case unaligned_store_odd
    word r0, cycle_buffer + 1
    start
    str r1, [r0]
    nop
    finish

    case unaligned_store_halfword_odd
    word r0, cycle_buffer + 1
    start
    strh r1, [r0]
    nop
    finish

    case unaligned_pair_second
    word r0, cycle_buffer
    start
    ldr.w r1, [r0]
    ldr.w r2, [r0, #6]
    finish

    case unaligned_pair_first
    word r0, cycle_buffer
    start
    ldr.w r1, [r0, #6]
    ldr.w r2, [r0]
    finish

    case unaligned_pair_odd
    word r0, cycle_buffer
    start
    ldr.w r1, [r0, #5]
    ldr.w r2, [r0, #9]
    finish

// Every alignment in turn.
    case unaligned_in_loop
    word r0, cycle_buffer
    start
    movs r1, #4
1:
    ldr r2, [r0]
    adds r0, #1
    subs r1, #1
    bne 1b
    finish

    case loop_to_wide
    start 2
    movs r0, #10
1:
    add.w r1, r1, #1
    subs r0, #1
    bne 1b
    finish

    case loop_to_wide_off_word
    start
    movs r0, #10
1:
    add.w r1, r1, #1
    subs r0, #1
    bne 1b
    finish

    case return_to_wide
    start
    bl return_to_wide_callee
    add.w r1, r1, #1
    finish
    aside
    callee return_to_wide_callee
    bx lr
    end_aside

    case return_to_wide_off_word
    start 2
    bl return_to_wide_off_word_callee
    add.w r1, r1, #1
    finish
    aside
    callee return_to_wide_off_word_callee
    bx lr
    end_aside

    case pop_to_wide_off_word
    start 2
    bl pop_to_wide_off_word_callee
    add.w r1, r1, #1
    finish
    aside
    callee pop_to_wide_off_word_callee
    push {r4, lr}
    nop
    pop {r4, pc}
    end_aside

    case call_of_wide_off_word
    start
    bl call_of_wide_off_word_callee
    nop
    finish
    aside
    nop
    .type call_of_wide_off_word_callee, %function
    .thumb_func
call_of_wide_off_word_callee:
    add.w r1, r1, #1
    bx lr
    end_aside

    case special_registers_wide
    start
    mrs r0, basepri
    msr basepri, r0
    mrs r1, apsr
    cpsid f
    cpsie f
    finish

// 32-bit instructions, every one of them off a word, one of them across the border of a page.
    case page_border_wide
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    nop
    .rept 6
    add.w r0, r0, #1
    .endr
    finish

    case page_border_load
    word r0, cycle_buffer
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
    ldr.w r1, [r0]
    ldr.w r2, [r0]
    finish

// A branch across the border that is not taken, and one that is.
    case page_border_not_taken
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
    cmp r0, r0
    bne.w 2f
    nop
2:
    nop
    finish

    case page_border_taken
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
    cmp r0, r0
    beq.w 2f
    nop
2:
    nop
    finish

// An if-then block on both sides of the border.
    case page_border_if_then
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    nop
    cmp r0, r0
    itte eq
    addeq.w r1, r1, #1
    addeq r2, #1
    addne r3, #1
    nop
    finish

    case straight_600_wide
    start
    .rept 600
    add.w r0, r0, #1
    .endr
    finish

// Lines of flash with 32-bit instructions across their borders.
    case flash_wide
    start
    nop
    .rept 7
    add.w r0, r0, #1
    .endr
    nop
    finish
