// Flash that waits, with 16-bit instructions. Each case begins on a line of 8 bytes that is the one behind the line executed last,
// and which nothing has executed before; the line executed last took 4 cycles.

    case flash_straight
    start
    .rept 16
    c.nop
    .endr
    finish

// Three lines, executed twice.
    case flash_loop
    start
    c.li a0, 2
    .rept 3
    c.nop
    .endr
1:
    .rept 10
    c.nop
    .endr
    c.addi a0, -1
    c.bnez a0, 1b
    finish

// Over a line, to one that is not the next.
    case flash_jump
    start
    c.j 1f
    .rept 7
    c.nop
    .endr
1:
    .rept 4
    c.nop
    .endr
    finish

// Two words of one line.
    case flash_table
    la a0, 0f
    start
    c.lw a1, 0(a0)
    c.nop
    c.lw a2, 4(a0)
    c.nop
    finish
    aside
0:
    .4byte 1, 2
    end_aside
