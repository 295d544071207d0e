// Flash that waits, with 16-bit instructions. Each case begins on a line of 8 bytes that is the one behind the line executed last,
// and which nothing has executed before; the line executed last took 4 cycles.

    case flash_straight
    start
    .rept 16
    nop
    .endr
    finish

// Three lines, executed twice.
    case flash_loop
    start
    movs r1, #2
    .rept 3
    nop
    .endr
1:
    .rept 10
    nop
    .endr
    subs r1, #1
    bne 1b
    finish

// 128 lines, executed twice: as many as ST's instruction cache has.
    case flash_loop_of_128_lines
    start
    movs r1, #2
    .rept 3
    nop
    .endr
1:
    .rept 4 * 127
    nop
    .endr
    subs r1, #1
    beq 2f
    b 1b
2:
    nop
    finish

// 129 lines, executed twice.
    case flash_loop_of_129_lines
    start
    movs r1, #2
    .rept 3
    nop
    .endr
1:
    .rept 4 * 128
    nop
    .endr
    subs r1, #1
    beq 2f
    b 1b
2:
    nop
    finish

// Over a line, to one that is not the next.
    case flash_branch
    start
    b 1f
    .rept 7
    nop
    .endr
1:
    .rept 4
    nop
    .endr
    finish

// Into the middle of a line, and on into the next.
    case flash_branch_into
    start
    b 1f
    .rept 9
    nop
    .endr
1:
    .rept 6
    nop
    .endr
    finish

// A line that takes longer than the flash.
    case flash_behind_slow
    word r0, cycle_buffer
    start
    .rept 4
    ldr r1, [r0]
    .endr
    .rept 4
    nop
    .endr
    finish

// The line of the call is left and comes back.
    case flash_call
    start
    bl flash_call_callee
    nop
    nop
    finish
    aside
    callee flash_call_callee
    bx lr
    end_aside

// Lines: main, first, main, second, main, the next. With two lines of cache, main stays if the line unused for longest goes.
    case flash_calls
    word r1, flash_calls_first
    word r2, flash_calls_second
    start
    blx r1
    blx r2
    .rept 6
    nop
    .endr
    finish
    aside
    callee flash_calls_first
    bx lr
    callee flash_calls_second
    bx lr
    end_aside

// Two words of one line.
    case flash_literals
    start
    ldr r1, 0f
    nop
    ldr r2, 1f
    nop
    finish
    aside
0:
    .4byte 1
1:
    .4byte 2
    end_aside

    case flash_literal_pair
    start
    ldr r1, 0f
    ldr r2, 1f
    nop
    nop
    finish
    aside
0:
    .4byte 1
1:
    .4byte 2
    end_aside

// RAM does not wait.
    case flash_load_from_ram
    word r0, cycle_buffer
    start
    ldr r1, [r0]
    nop
    str r1, [r0]
    nop
    finish

// Goes twice over a table of as many lines as ST's data cache has.
    case flash_table_of_32_lines
    word r4, flash_table
    start
    movs r3, #2
    .rept 3
    nop
    .endr
1:
    mov r0, r4
    movs r2, #32
    nop
    nop
2:
    ldr r1, [r0]
    adds r0, #8
    subs r2, #1
    bne 2b
    subs r3, #1
    bne 1b
    nop
    nop
    finish

    case flash_table_of_33_lines
    word r4, flash_table + 32 * 8
    start
    movs r3, #2
    .rept 3
    nop
    .endr
1:
    mov r0, r4
    movs r2, #33
    nop
    nop
2:
    ldr r1, [r0]
    adds r0, #8
    subs r2, #1
    bne 2b
    subs r3, #1
    bne 1b
    nop
    nop
    finish
    aside
flash_table:
    .space (32 + 33) * 8
    end_aside
