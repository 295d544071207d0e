// Cases for a flash that waits: every one begins with a line of its own, behind a whole line of four instructions.

    case flash_straight
    .rept 16
    nop
    .endr
    endcase

    case flash_loop
    movs r2, #10
    nop
    nop
    nop
50: subs r2, #1
    .rept 6
    nop
    .endr
    bne 50b
    endcase

    // 130 lines: two more than the cache of 128 holds.
    case flash_loop_larger_than_the_cache
    movs r2, #2
    nop
    nop
    nop
51: .rept 129 * 4
    nop
    .endr
    subs r2, #1
    nop
    bne.w 51b
    endcase

    case flash_literals
    ldr r2, 52f
    ldr r3, 53f
    nop
    nop
    endcase
    b 54f
    .balign 8
52: .4byte 1
53: .4byte 2
54:
