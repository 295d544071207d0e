// What the FPU adds.

    case fpu_result_used_at_once
    vadd.f32 s0, s1, s2
    vmul.f32 s3, s0, s1
    endcase

    case fpu_result_used_later
    vadd.f32 s0, s1, s2
    vmul.f32 s3, s1, s2
    vabs.f32 s4, s0
    endcase

    case fpu_multiply_accumulate
    vmla.f32 s0, s1, s2
    vfma.f32 s3, s1, s2
    endcase

    case fpu_divide
    vdiv.f32 s0, s1, s2
    vsqrt.f32 s3, s1
    endcase

    case fpu_moves
    vmov s0, r2
    vmov r3, s0
    vmov.f32 s1, s0
    vmrs r4, fpscr
    endcase

    case fpu_double_moves
    vmov r2, r3, d0
    vmov d1, r2, r3
    endcase

    case fpu_loads
    vldr s0, [r0]
    vldr s1, [r0, #4]
    vldr d1, [r0, #8]
    endcase

    case fpu_stores
    vstr s0, [r1]
    vstr d0, [r1, #8]
    endcase

    case load_behind_fpu_load
    vldr s0, [r0]
    ldr r2, [r0]
    endcase

    mov r6, r0
    case fpu_multiples
    vldmia r6!, {s0-s3}
    vstmdb r6!, {s0-s1}
    endcase
