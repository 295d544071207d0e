// The DSP extension, and the multiplications that come with it.

    case dsp_multiply
    start
    smlad r0, r1, r2, r3
    smuad r4, r1, r2
    smlsdx r5, r1, r2, r3
    smmlar r0, r1, r2, r3
    smmulr r4, r1, r2
    smlabb r5, r1, r2, r3
    smultb r6, r1, r2
    smlawt r7, r1, r2, r3
    smulwb r0, r1, r2
    finish

    case dsp_multiply_long
    start
    smlald r0, r1, r2, r3
    smlalbb r4, r5, r2, r3
    umaal r0, r1, r2, r3
    finish

    case dsp_lanes
    start
    sxtb16 r0, r1
    uxtb16 r0, r1, ror #8
    sxtab16 r0, r1, r2
    sxtah r0, r1, r2
    pkhbt r3, r1, r2, lsl #16
    pkhtb r3, r1, r2, asr #16
    sadd16 r4, r1, r2
    uadd8 r4, r1, r2
    sel r5, r1, r2
    usad8 r6, r1, r2
    usada8 r6, r1, r2, r3
    finish

    case dsp_saturate
    start
    ssat16 r0, #8, r1
    usat16 r0, #8, r1
    ssat r2, #8, r1
    qadd r3, r1, r2
    qdadd r3, r1, r2
    qsub16 r4, r1, r2
    uqadd8 r4, r1, r2
    shadd16 r5, r1, r2
    finish

// The index of the load is what the instruction before packed.
    case dsp_address_written
    word r0, cycle_buffer
    movs r1, #4
    movs r3, #0
    start
    pkhbt r2, r1, r3
    ldr r4, [r0, r2]
    finish

// A dot product of 8-bit values: loads in a pair, unpacked, multiplied in pairs.
    case dsp_dot_product
    word r0, cycle_buffer
    mov r1, r0
    start 2
    movs r7, #4
1:
    ldr r2, [r0], #4
    ldr r3, [r1], #4
    sxtb16 r4, r2
    sxtb16 r5, r3
    sxtb16 r2, r2, ror #8
    sxtb16 r3, r3, ror #8
    smlad r6, r4, r5, r6
    smlad r6, r2, r3, r6
    subs r7, #1
    bne 1b
    finish

// Each of them writes the index of the load behind it.
    case dsp_address_by_every
    word r0, cycle_buffer
    movs r2, #0
    movs r3, #0
    start
    smlad r4, r2, r3, r2
    ldr r1, [r0, r4]
    smuad r4, r2, r3
    ldr r1, [r0, r4]
    smmulr r4, r2, r3
    ldr r1, [r0, r4]
    smlabb r4, r2, r3, r2
    ldr r1, [r0, r4]
    smlald r4, r2, r2, r3
    ldr r1, [r0, r4]
    sxtb16 r4, r2
    ldr r1, [r0, r4]
    sxtab r4, r2, r3
    ldr r1, [r0, r4]
    sadd16 r4, r2, r3
    ldr r1, [r0, r4]
    qadd r4, r2, r3
    ldr r1, [r0, r4]
    sel r4, r2, r3
    ldr r1, [r0, r4]
    usad8 r4, r2, r3
    ldr r1, [r0, r4]
    ssat16 r4, #8, r2
    ldr r1, [r0, r4]
    finish
