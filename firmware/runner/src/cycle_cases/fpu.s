// The FPU for single precision: FPv4-SP, and what FPv5 has of it.

    case float_independent
    start
    vadd.f32 s0, s1, s2
    vsub.f32 s3, s1, s2
    vmul.f32 s4, s1, s2
    vnmul.f32 s5, s1, s2
    vcvt.f32.s32 s6, s7
    vcvt.s32.f32 s8, s9
    vcmp.f32 s1, s2
    vabs.f32 s10, s1
    vneg.f32 s11, s1
    nop
    finish

    case float_result_used
    start
    vadd.f32 s0, s1, s2
    vadd.f32 s3, s0, s4
    finish

    case float_results_used
    start
    vadd.f32 s0, s1, s2
    vmul.f32 s3, s0, s4
    vsub.f32 s5, s6, s3
    vcmp.f32 s5, s1
    finish

    case float_result_used_later
    start
    vadd.f32 s0, s1, s2
    nop
    vadd.f32 s3, s0, s4
    finish

    case float_result_converted
    start
    vcvt.f32.s32 s0, s1
    vadd.f32 s3, s0, s4
    finish

    case float_result_stored
    word r0, cycle_buffer
    start
    vmul.f32 s0, s1, s2
    vstr s0, [r0]
    finish

    case float_result_moved_out
    start
    vadd.f32 s0, s1, s2
    vmov r0, s0
    finish

    case float_multiply_accumulate
    start
    vmla.f32 s0, s1, s2
    vmls.f32 s3, s1, s2
    vfma.f32 s4, s1, s2
    vfms.f32 s5, s1, s2
    vnmla.f32 s6, s1, s2
    vfnma.f32 s7, s1, s2
    finish

// The accumulator is a result that the next one uses.
    case float_accumulate_chain
    start
    vmla.f32 s0, s1, s2
    vmla.f32 s0, s3, s4
    vfma.f32 s0, s5, s6
    finish

    case float_divide
    start
    vdiv.f32 s0, s1, s2
    nop
    finish

    case float_square_root
    start
    vsqrt.f32 s0, s1
    nop
    finish

    case float_quotient_used
    start
    vdiv.f32 s0, s1, s2
    vadd.f32 s3, s0, s1
    finish

    case float_load
    word r0, cycle_buffer
    start
    vldr s0, [r0]
    nop
    finish

    case float_load_double
    word r0, cycle_buffer
    start
    vldr d0, [r0]
    nop
    finish

// A load pairs with a load of the FPU before it; one of the FPU pairs with none.
    case float_load_then_load
    word r0, cycle_buffer
    start
    vldr s0, [r0]
    ldr r1, [r0]
    nop
    ldr r2, [r0]
    vldr s1, [r0]
    finish

    case float_load_pair
    word r0, cycle_buffer
    start
    vldr s0, [r0]
    vldr s1, [r0, #4]
    finish

    case float_store
    word r0, cycle_buffer
    start
    vstr s0, [r0]
    nop
    vstr d0, [r0]
    nop
    finish

    case float_load_address_written
    word r0, cycle_buffer
    start
    adds r0, #4
    vldr s0, [r0]
    finish

// What is loaded is no result of arithmetic.
    case float_loaded_used
    word r0, cycle_buffer
    start
    vldr s0, [r0]
    vadd.f32 s1, s0, s2
    finish

    case float_multiple
    word r0, cycle_buffer
    mov r1, r0
    start
    vstmia r0!, {s0-s3}
    nop
    vldmia r1!, {s0-s2}
    nop
    vldmia r1, {d0-d1}
    finish

    case float_push_pop
    start
    vpush {d8}
    nop
    vpop {d8}
    finish

    case float_moves
    start
    vmov r0, s0
    vmov s1, r0
    vmov.f32 s2, s1
    vmov.f32 s3, #1.0
    finish

    case float_moves_double
    start
    vmov r0, r1, d0
    vmov d1, r0, r1
    vmov r2, r3, s4, s5
    vmov s6, s7, r2, r3
    finish

    case float_status
    start
    vmrs r0, fpscr
    nop
    vmsr fpscr, r0
    nop
    vmrs apsr_nzcv, fpscr
    finish

// A move is no arithmetic.
    case float_moved_used
    start
    vmov s0, r0
    vadd.f32 s1, s0, s2
    finish

    case float_loop
    word r0, cycle_buffer
    start 2
    movs r1, #8
1:
    vldr s0, [r0]
    vmla.f32 s1, s0, s2
    adds r0, #4
    subs r1, #1
    bne 1b
    finish

// Registers with odd numbers, and what only looks like one of them.
    case float_odd_registers
    start
    vadd.f32 s15, s13, s14
    vadd.f32 s1, s15, s2
    nop
    vadd.f32 s15, s13, s14
    vadd.f32 s1, s14, s7
    nop
    vadd.f32 s13, s14, s15
    vmul.f32 s1, s2, s13
    finish

// Half of what the next one takes is a result.
    case float_result_moved_in_double
    start
    vadd.f32 s1, s2, s3
    vmov r0, r1, d0
    finish

    case float_result_stored_in_double
    word r2, cycle_buffer
    start
    vadd.f32 s1, s2, s3
    vstr d0, [r2]
    finish

    case float_result_stored_in_multiple
    word r2, cycle_buffer
    start
    vadd.f32 s3, s4, s5
    vstmia r2, {s0-s3}
    finish

    case float_other_stored
    word r2, cycle_buffer
    start
    vadd.f32 s1, s2, s3
    vstr s0, [r2]
    vadd.f32 s1, s2, s3
    vstr d1, [r2]
    finish

    case float_result_moved
    start
    vadd.f32 s0, s1, s2
    vmov.f32 s3, s0
    vcvt.s32.f32 s0, s1
    vmov r0, s0
    vsqrt.f32 s0, s1
    vmov r0, s0
    finish

// What is overwritten is not used.
    case float_result_overwritten
    word r0, cycle_buffer
    start
    vadd.f32 s0, s1, s2
    vmov s0, r0
    vadd.f32 s0, s1, s2
    vldr s0, [r0]
    vadd.f32 s0, s1, s2
    vmul.f32 s0, s1, s2
    finish

    case float_result_across_integer
    start
    vadd.f32 s0, s1, s2
    adds r0, #1
    vadd.f32 s1, s0, s2
    finish

    case float_literal
    start
    vldr s0, 0f
    nop
    vldr d1, 0f
    nop
    finish
    aside
0:
    .4byte 1, 2
    end_aside

// The result is used on the other side of the border of a page.
    case float_page_border
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
    vadd.f32 s0, s1, s2
    vadd.f32 s1, s0, s2
    finish
