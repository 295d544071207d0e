// What the DSP extension adds.

    case dsp
    smlad r2, r3, r4, r2
    smuad r3, r3, r4
    smmlar r2, r3, r4, r2
    ssat r2, #8, r2
    sxtb16 r3, r4
    pkhbt r2, r3, r4, lsl #16
    sadd16 r2, r3, r4
    smlabb r2, r3, r4, r2
    smlald r2, r3, r4, r5
    endcase

    case dot_product
    ldr r2, [r0]
    ldr r3, [r1]
    sxtb16 r4, r2
    smlad r2, r4, r3, r2
    endcase
