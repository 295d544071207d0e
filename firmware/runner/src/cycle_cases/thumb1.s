// What every Arm core has.

    case alu
    adds r2, r3, r4
    lsls r2, r2, #1
    movs r5, #4
    cmp r2, r5
    eors r2, r5
    endcase

    case muls
    muls r2, r3, r2
    muls r2, r3, r2
    endcase

    case load
    ldr r2, [r0]
    adds r3, #1
    endcase

    case loads_in_a_row
    ldr r2, [r0]
    ldr r3, [r0, #4]
    ldr r4, [r0, #8]
    endcase

    case load_from_loaded_address
    ldr r2, [r0]
    ldr r3, [r2]
    endcase

    case load_then_store
    ldr r2, [r0]
    str r2, [r1]
    endcase

    case load_then_store_at_register_offset
    ldr r2, [r0]
    str r2, [r1, r5]
    endcase

    case store_at_register_offset
    str r2, [r1, r5]
    nop
    endcase

    case stores
    str r2, [r1]
    str r2, [r1, #4]
    endcase

    case bytes_and_halfwords
    ldrb r2, [r0]
    ldrh r3, [r0]
    ldrsb r4, [r0, r5]
    strb r2, [r1]
    strh r2, [r1]
    endcase

    case address_from_the_instruction_before
    adds r6, r0, #4
    ldr r2, [r6]
    endcase

    case address_from_two_instructions_before
    adds r6, r0, #4
    nop
    ldr r2, [r6]
    endcase

    case literals
    ldr r2, 20f
    ldr r3, 21f
    endcase
    b 9f
    .balign 4
20: .4byte 1
21: .4byte 2
9:

    case push_and_pop
    push {r2, r3, r4}
    pop {r2, r3, r4}
    endcase

    mov r6, r0
    case load_and_store_multiple
    ldm r6!, {r2, r3}
    stm r6!, {r2, r3}
    endcase

    case call_and_return
    bl 22f
    b 23f
22: bx lr
23:
    endcase

    case branch_not_taken
    cmp r0, r0
    bne 24f
    nop
24:
    endcase

    case branch_taken
    cmp r0, r0
    beq 25f
    nop
25:
    endcase

    case loop
    movs r2, #10
26: subs r2, #1
    bne 26b
    endcase

    case pop_pc
    adr r2, 27f
    adds r2, #1
    push {r2}
    pop {pc}
    .balign 4
27:
    endcase

    case mov_pc
    adr r2, 28f
    mov pc, r2
    .balign 4
28:
    endcase

    case blx
    adr r2, 29f
    adds r2, #1
    blx r2
    b 30f
    .balign 4
29: bx lr
30:
    endcase

    case special_registers
    mrs r2, primask
    msr primask, r2
    endcase

    case barriers
    dsb
    dmb
    isb
    endcase

    case interrupt_mask
    cpsid i
    cpsie i
    endcase

    case extensions
    sxtb r2, r2
    uxth r3, r2
    rev r4, r2
    endcase

    // The barrier lies across a border of 1 KB.
    .balign 1024
    .rept 508
    nop
    .endr
    name across_a_page
    mark 3
    nop
    nop
    nop
    dmb
    nop
    endcase

    case long_run
    .rept 600
    adds r2, #1
    .endr
    endcase

    // QEMU leaves the block at the load.
    case device_in_a_block
    nop
    ldr r2, [r7]
    nop
    nop
    endcase

    case calls_within_calls
    bl 31f
    b 33f
31: push {lr}
    bl 32f
    pop {pc}
32: bx lr
33:
    endcase
