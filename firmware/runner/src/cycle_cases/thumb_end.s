    nop
    mark 2
    nop
    pop {r4, r5, r6, r7, pc}
