// ARMv7-M and ARMv8-M main: the core's own registers; borders of pages, and of lines of flash.

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

// The compared is the last instruction of its page, the if-then the first of the next.
    case page_border_before_if_then
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
    cmp r0, r0
    it eq
    addeq r1, #1
    finish

    case page_border_behind_wide
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
    cmp.w r0, r0
    it eq
    addeq r1, #1
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
