// RV32IMC: jumps, branches, loops and calls.

    case jump
    start
    wide
    j 1f
    nop
1:
    nop
    finish

    case jump_narrow
    start
    c.j 1f
    c.nop
1:
    c.nop
    finish

    case jump_to_narrow_off_word
    start
    c.j 1f
    c.nop
    c.nop
1:
    c.nop
    finish

    case jump_to_wide_off_word
    start
    c.j 1f
    c.nop
    c.nop
1:
    wide
    addi a0, a0, 1
    finish

// To the instruction that comes anyway.
    case jump_to_next
    start
    c.j 1f
1:
    c.nop
    finish

    case jump_by_register
    la a1, jump_by_register_target
    start
    wide
    jalr zero, 0(a1)
    nop
jump_by_register_target:
    nop
    finish

    case jump_by_register_to_wide_off_word
    la a1, jump_by_register_to_wide_off_word_target
    start
    c.jr a1
    c.nop
    c.nop
jump_by_register_to_wide_off_word_target:
    wide
    addi a0, a0, 1
    finish

    case call_and_return
    start
    wide
    jal ra, call_and_return_callee
    nop
    finish
    aside
    callee call_and_return_callee
    wide
    jalr zero, 0(ra)
    end_aside

    case call_and_return_narrow
    la a1, call_and_return_narrow_callee
    start
    c.jal call_and_return_narrow_callee
    c.jalr a1
    c.nop
    finish
    aside
    callee call_and_return_narrow_callee
    c.jr ra
    end_aside

// The call is at a word, 16 bits wide; what it returns to is 32 bits wide.
    case return_to_wide_off_word
    start
    c.jal return_to_wide_off_word_callee
    wide
    addi a0, a0, 1
    finish
    aside
    callee return_to_wide_off_word_callee
    c.jr ra
    end_aside

    case calls_nested
    start
    wide
    jal ra, calls_nested_outer
    nop
    finish
    aside
    callee calls_nested_outer
    c.mv s0, ra
    wide
    jal ra, calls_nested_inner
    narrow
    c.jr s0
    callee calls_nested_inner
    c.addi a0, 1
    c.jr ra
    end_aside

    case branch_forward_not_taken
    start
    wide
    bne zero, zero, 1f
    nop
1:
    nop
    finish

    case branch_forward_taken
    start
    wide
    beq zero, zero, 1f
    nop
1:
    nop
    finish

    case branch_forward_taken_narrow
    li a0, 0
    start
    c.beqz a0, 1f
    c.nop
1:
    c.nop
    finish

    case branch_to_wide_off_word
    li a0, 0
    start
    c.beqz a0, 1f
    c.nop
    c.nop
1:
    wide
    addi a0, a0, 1
    finish

// Not taken, as predicted: nothing is fetched anew.
    case branch_not_taken_before_wide_off_word
    li a0, 0
    start
    c.bnez a0, 1f
    wide
    addi a0, a0, 1
1:
    finish

    case loop_of_10
    start
    c.li a0, 10
    c.nop
1:
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish

    case loop_of_10_wide
    start
    wide
    addi a0, zero, 10
1:
    addi a0, a0, -1
    bne a0, zero, 1b
    nop
    finish

// The exit clears the predictor: the second time costs the same.
    case loop_twice
    start
    c.li a1, 2
    c.nop
1:
    c.li a0, 10
    c.nop
2:
    c.addi a0, -1
    c.bnez a0, 2b
    c.addi a1, -1
    c.bnez a1, 1b
    c.nop
    finish

    case loop_to_wide_off_word
    start
    c.li a0, 10
1:
    wide
    addi a0, a0, -1
    narrow
    c.bnez a0, 1b
    c.nop
    finish

// The exit was predicted wrongly; what is fetched then is 32 bits wide, off a word.
    case loop_exit_to_wide_off_word
    start
    c.li a0, 10
    c.nop
1:
    c.nop
    c.addi a0, -1
    c.bnez a0, 1b
    wide
    addi a1, a1, 1
    finish

    case loop_with_forward_branch
    start
    c.li a0, 10
    c.li a1, 0
1:
    c.addi a0, -1
    c.beqz a1, 2f
    c.nop
2:
    c.bnez a0, 1b
    c.nop
    finish

// Both branches are backward; each is taken where the other is not, until the last turn.
    case loop_with_alternating_branches
    start
    c.li a0, 6
    c.nop
1:
    c.addi a0, -1
    c.mv a1, a0
    c.andi a1, 1
    c.bnez a1, 1b
    c.bnez a0, 1b
    c.nop
    finish

    case loop_in_loop
    start
    c.li a0, 3
    c.nop
1:
    c.li a1, 4
    c.nop
2:
    c.addi a1, -1
    c.bnez a1, 2b
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish

// The jump backward is no conditional branch: the predictor does not know it.
    case loop_with_jump
    start
    c.li a0, 5
    c.nop
1:
    c.addi a0, -1
    c.beqz a0, 2f
    c.j 1b
    c.nop
2:
    c.nop
    finish

// A call between two turns leaves the predictor alone.
    case loop_with_call
    start
    c.li a0, 5
    c.nop
1:
    c.jal loop_with_call_callee
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish
    aside
    callee loop_with_call_callee
    c.jr ra
    end_aside

    case loop_with_load
    la a1, cycle_buffer
    start
    c.li a0, 10
    c.nop
1:
    c.lw a2, 0(a1)
    c.addi a2, 1
    c.sw a2, 0(a1)
    c.addi a0, -1
    c.bnez a0, 1b
    c.nop
    finish

    case jump_to_loaded
    la a0, cycle_buffer
    la a1, jump_to_loaded_target
    sw a1, 0(a0)
    nop
    start
    c.lw a2, 0(a0)
    c.jr a2
    c.nop
    c.nop
jump_to_loaded_target:
    c.nop
    finish

// As the end of a function: the address to return to is loaded, and used two instructions later.
    case return_from_stack
    start
    c.jal return_from_stack_callee
    c.nop
    finish
    aside
    callee return_from_stack_callee
    c.addi sp, -16
    c.swsp ra, 12(sp)
    c.lwsp ra, 12(sp)
    c.addi sp, 16
    c.jr ra
    end_aside

// A forward branch that is taken, and a jump backward: neither is predicted, and neither takes the place of the loop's own branch.
    case loop_with_everything
    start
    c.li a0, 5
    c.li a1, 0
1:
    c.addi a0, -1
    c.j 3f
    c.nop
2:
    c.beqz a1, 4f
    c.nop
3:
    c.j 2b
    c.nop
4:
    c.bnez a0, 1b
    c.nop
    finish

// The head is 32 bits wide off a word, and so is what comes behind the loop.
    case loop_between_wide_off_word
    start
    c.li a0, 4
1:
    wide
    addi a0, a0, -1
    addi a1, a1, 1
    narrow
    c.nop
    c.bnez a0, 1b
    wide
    addi a1, a1, 1
    finish
