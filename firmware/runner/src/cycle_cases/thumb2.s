// What ARMv7-M and ARMv8-M main add.

    case loop_to_a_long_instruction
    movs r2, #10
    nop
40: subs.w r2, r2, #1
    bne 40b
    endcase

    case loop_to_a_misaligned_long_instruction
    movs r2, #10
41: subs.w r2, r2, #1
    bne 41b
    endcase

    case compare_and_branch
    movs r2, #0
    cbnz r2, 42f
    cbz r2, 42f
    nop
42:
    endcase

    case table_branch
    movs r2, #0
    nop
    tbb [pc, r2]
43: .byte (44f - 43b) / 2, 0
44:
    endcase

    case table_branch_of_halfwords
    movs r2, #0
    nop
    tbh [pc, r2, lsl #1]
45: .2byte (46f - 45b) / 2
46:
    endcase

    adr r2, 47f
    adds r2, #1
    str r2, [r0, #16]
    case load_pc
    ldr pc, [r0, #16]
    .balign 4
47:
    endcase

    case it_behind_a_short_instruction
    cmp r0, r0
    it eq
    addeq r2, #1
    endcase

    case it_behind_a_long_instruction
    adds.w r2, r2, #1
    it ne
    movne r3, r2
    endcase

    case it_that_skips
    cmp r0, r0
    itt ne
    addne r2, #1
    ldrne r3, [r0]
    endcase

    case doublewords
    ldrd r2, r3, [r0]
    strd r2, r3, [r1]
    endcase

    case wide_multiple
    ldmia.w r0, {r2, r3, r8}
    stmia.w r1, {r2, r3, r8}
    endcase

    mov r6, r0
    case loads_with_writeback
    ldr r2, [r6], #4
    ldr r3, [r6], #4
    endcase

    adds r6, r0, #2
    case word_at_a_halfword
    ldr r2, [r6]
    endcase

    adds r6, r0, #1
    case word_at_an_odd_address
    ldr r2, [r6]
    endcase

    case halfword_at_an_odd_address
    ldrh r2, [r6]
    endcase

    case unaligned_in_a_row
    ldr r2, [r0]
    ldr r3, [r6]
    endcase

    adds r6, r1, #2
    case store_of_a_word_at_a_halfword
    str r2, [r6]
    endcase

    adds r6, r1, #1
    case store_of_a_word_at_an_odd_address
    str r2, [r6]
    endcase

    case store_of_a_halfword_at_an_odd_address
    strh r2, [r6]
    endcase

    case multiply_accumulate
    mla r2, r3, r4, r5
    mls r2, r3, r4, r5
    endcase

    case multiply_long
    smull r2, r3, r4, r5
    umull r2, r3, r4, r5
    endcase

    case multiply_long_accumulate
    smlal r2, r3, r4, r5
    umlal r2, r3, r4, r5
    endcase

    case divide
    sdiv r2, r4, r5
    udiv r2, r4, r5
    endcase

    case wide_alu
    movw r2, #4660
    movt r2, #22136
    ubfx r3, r2, #4, #8
    bfi r3, r2, #4, #8
    clz r4, r2
    endcase

    case load_at_a_shifted_offset
    ldr.w r2, [r0, r5, lsl #2]
    endcase
