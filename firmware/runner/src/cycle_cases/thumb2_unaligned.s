// ARMv7-M and ARMv8-M main: accesses that are not aligned.

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
