// ARMv6-M, what every Arm core can run: the core's own registers, barriers, devices, exceptions; where QEMU ends a translation block.

    case special_registers
    start
    mrs r0, primask
    msr primask, r0
    mrs r1, msp
    finish

    case interrupts_off_and_on
    start
    cpsid i
    cpsie i
    finish

    case barriers
    start
    dsb
    dmb
    finish

    case barrier_of_instructions
    start
    isb
    finish

    case hints
    start
    nop
    sev
    yield
    nop
    finish

// QEMU aborts a translation block at an access to a device: here, the core's identification.
    case device_read
    word r0, 0xE000ED00
    start
    adds r1, #1
    adds r1, #1
    ldr r2, [r0]
    adds r1, #1
    adds r1, #1
    finish

    case device_read_pair
    word r0, 0xE000ED00
    start
    adds r1, #1
    ldr r2, [r0]
    ldr r3, [r0]
    adds r1, #1
    finish

// The priority of the first interrupts.
    case device_write_and_read
    word r0, 0xE000E400
    movs r1, #0
    start
    adds r2, #1
    str r1, [r0]
    ldr r2, [r0]
    adds r2, #1
    finish

    case device_read_in_loop
    word r0, 0xE000ED00
    start
    movs r1, #10
1:
    adds r2, #1
    ldr r3, [r0]
    subs r1, #1
    bne 1b
    finish

// The tick timer's exception is pending, and taken as soon as nothing masks it: its handler is one `bx lr`.
    case exception
    word r0, 0xE000ED04
    word r1, 0x04000000
    cpsid i
    str r1, [r0]
    start
    nop
    cpsie i
    nop
    nop
    finish

// QEMU leaves the block at the store, and the exception comes before it goes on.
    case exception_behind_device_write
    word r0, 0xE000ED04
    word r1, 0x04000000
    start
    nop
    str r1, [r0]
    nop
    nop
    finish

// What the load's cost depends on is before the place where QEMU aborts.
    case device_address_written
    word r0, 0xE000ED00
    start
    adds r0, #0
    ldr r1, [r0]
    adds r2, #1
    finish

    case device_chain
    word r0, 0xE000ED00
    word r2, cycle_buffer
    str r0, [r2]
    nop
    start
    ldr r1, [r2]
    ldr r3, [r1]
    ldr r3, [r2]
    finish

// A 32-bit instruction lies across the border of a page.
    case page_border
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
    dmb
    nop
    nop
    finish

// As before, but reached by a branch, so that it is the first of its translation block.
    case page_border_branch
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    b 2f
    nop
    nop
2:
    dmb
    nop
    finish

// A call across the border, and back to behind it.
    case page_border_call
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
    bl page_border_call_callee
    nop
    finish
    aside
    callee page_border_call_callee
    bx lr
    end_aside

// 16-bit instructions on both sides of the border.
    case page_border_narrow
    bl 1f
    .balign 1024
    .space 1024 - 16
1:
    .rept 4
    nop
    .endr
    border 3
    .rept 8
    adds r0, #1
    .endr
    finish

// Longer than any translation block.
    case straight_600
    start
    .rept 600
    adds r0, #1
    .endr
    finish

    case straight_600_with_memory
    word r0, cycle_buffer
    start
    .rept 200
    ldr r1, [r0]
    adds r1, #1
    str r1, [r0]
    .endr
    finish

// Two loads that pair, one on each side.
    case page_border_pair
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
    ldr r1, [r0]
    ldr r2, [r0, #4]
    finish

// The address is written on one side and used on the other.
    case page_border_address
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
    adds r0, #4
    ldr r1, [r0]
    finish

// Wherever a translation block ends in these, what comes behind depends on what was before.
    case straight_600_loads
    word r0, cycle_buffer
    start
    .rept 600
    ldr r1, [r0]
    .endr
    finish

    case straight_601_addresses
    word r0, cycle_buffer
    start
    nop
    .rept 300
    adds r0, #0
    ldr r1, [r0]
    .endr
    finish
