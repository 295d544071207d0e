// ARMv7-M and ARMv8-M main: branches, and their targets.

    case wide_call_with_pop
    start
    bl wide_call_with_pop_callee
    nop
    finish
    aside
    callee wide_call_with_pop_callee
    push.w {r8, lr}
    nop
    pop.w {r8, pc}
    end_aside

    case compare_and_branch_taken
    movs r0, #0
    start
    cbz r0, 1f
    nop
1:
    nop
    finish

    case compare_and_branch_not_taken
    movs r0, #0
    start
    cbnz r0, 1f
    nop
1:
    nop
    finish

    case wide_branches
    start
    cmp r0, r0
    bne.w 1f
    beq.w 1f
    nop
    nop
1:
    b.w 2f
    nop
    nop
2:
    nop
    finish

    case table_branch_of_bytes
    movs r0, #1
    start
1:
    tbb [pc, r0]
    .byte (2f - 1b - 4) / 2
    .byte (3f - 1b - 4) / 2
2:
    nop
3:
    nop
    finish

    case table_branch_of_halfwords
    movs r0, #1
    start
1:
    tbh [pc, r0, lsl #1]
    .hword (2f - 1b - 4) / 2
    .hword (3f - 1b - 4) / 2
2:
    nop
    nop
3:
    nop
    finish

// The refill is 3 already.
    case table_branch_to_wide_off_word
    movs r0, #0
    start
1:
    tbb [pc, r0]
    .byte (2f - 1b - 4) / 2
    .byte 0
2:
    add.w r1, r1, #1
    finish

    case load_pc
    word r0, load_pc_table
    start
    ldr pc, [r0]
    nop
    nop
load_pc_target:
    nop
    finish
    aside
load_pc_table:
    .4byte load_pc_target + 1
    end_aside

    case load_pc_by_index
    word r0, load_pc_by_index_table
    movs r1, #1
    start
    ldr.w pc, [r0, r1, lsl #2]
    nop
    nop
load_pc_by_index_target:
    nop
    finish
    aside
load_pc_by_index_table:
    .4byte 0, load_pc_by_index_target + 1
    end_aside

    case load_pc_from_literal
    start
    ldr.w pc, 0f
    nop
    nop
load_pc_from_literal_target:
    nop
    finish
    aside
0:
    .4byte load_pc_from_literal_target + 1
    end_aside

    case load_multiple_with_pc
    word r0, load_multiple_with_pc_table
    start
    ldm.w r0, {r1, r2, pc}
    nop
    nop
load_multiple_with_pc_target:
    nop
    finish
    aside
load_multiple_with_pc_table:
    .4byte 0, 0, load_multiple_with_pc_target + 1
    end_aside

// A pop of pc alone in 32 bits: a load, by its encoding.
    case load_pc_from_stack
    word r0, load_pc_from_stack_target + 1
    push {r0}
    start
    ldr pc, [sp], #4
    nop
    nop
load_pc_from_stack_target:
    nop
    finish

    case table_branch_from_register
    word r1, table_branch_from_register_table
    movs r0, #1
    start
    tbb [r1, r0]
1:
    nop
    nop
2:
    nop
    finish
    aside
table_branch_from_register_table:
    .byte 0
    .byte (2b - 1b) / 2
    end_aside

    case loop_to_wide
    start 2
    movs r0, #10
1:
    add.w r1, r1, #1
    subs r0, #1
    bne 1b
    finish

    case loop_to_wide_off_word
    start
    movs r0, #10
1:
    add.w r1, r1, #1
    subs r0, #1
    bne 1b
    finish

    case return_to_wide
    start
    bl return_to_wide_callee
    add.w r1, r1, #1
    finish
    aside
    callee return_to_wide_callee
    bx lr
    end_aside

    case return_to_wide_off_word
    start 2
    bl return_to_wide_off_word_callee
    add.w r1, r1, #1
    finish
    aside
    callee return_to_wide_off_word_callee
    bx lr
    end_aside

    case pop_to_wide_off_word
    start 2
    bl pop_to_wide_off_word_callee
    add.w r1, r1, #1
    finish
    aside
    callee pop_to_wide_off_word_callee
    push {r4, lr}
    nop
    pop {r4, pc}
    end_aside

    case call_of_wide_off_word
    start
    bl call_of_wide_off_word_callee
    nop
    finish
    aside
    nop
    .type call_of_wide_off_word_callee, %function
    .thumb_func
call_of_wide_off_word_callee:
    add.w r1, r1, #1
    bx lr
    end_aside
