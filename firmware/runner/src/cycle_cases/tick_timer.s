// The tick timer's counter, a device that QEMU reads its clock for.

    case timer_read
    word r0, 0xE000E018
    start
    adds r1, #1
    ldr r2, [r0]
    adds r1, #1
    finish

    case timer_read_twice
    word r0, 0xE000E018
    start
    ldr r1, [r0]
    adds r1, #1
    adds r1, #1
    ldr r2, [r0]
    subs r2, r1
    finish
