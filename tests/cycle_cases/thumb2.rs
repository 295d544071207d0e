//! What ARMv7-M and ARMv8-M main add, then the DSP extension, then the FPU. In a comment, `n*c` are n instructions of c cycles.

/// Name, instructions, and cycles on M3 and on M4 and M33.
pub type Row = (&'static str, u64, [u64; 2]);

/// In the order of the image.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("wide_alu", 10, [10, 10]),
    // M3: 2*2. M4: 2*1.
    ("multiply_accumulate", 2, [4, 2]),
    // M3: 2*4. M4: 2*1.
    ("multiply_long", 2, [8, 2]),
    // M3: 2*5. M4: 2*1.
    ("multiply_long_accumulate", 2, [10, 2]),
    // 2*7.
    ("divide", 2, [14, 14]),
    // 2, then 4*1 behind a load.
    ("wide_loads", 5, [6, 6]),
    // 3*1, by register 2.
    ("wide_stores", 4, [5, 5]),
    // 2, by register 1 behind a load.
    ("wide_load_then_store_by_register", 2, [3, 3]),
    // 3+1.
    ("double_load", 2, [4, 4]),
    ("double_store", 2, [4, 4]),
    // 2+3+2.
    ("double_load_between_loads", 3, [7, 7]),
    // 1, 3 and 1 for its address.
    ("double_load_address_written", 2, [5, 5]),
    // 2+1+1: what the load before wrote back is not what it loaded, nor data processing's.
    ("loads_post_indexed", 3, [4, 4]),
    ("loads_pre_indexed_of_two", 2, [3, 3]),
    // 1+1: no stall for what a store wrote back.
    ("stores_post_indexed", 2, [2, 2]),
    // 1+2.
    ("store_post_indexed_then_load", 2, [3, 3]),
    // 1, 2 and 1 for its address.
    ("wide_address_written", 2, [4, 4]),
    ("wide_index_written", 2, [4, 4]),
    // 7, 2 and 1 for its address.
    ("address_divided", 2, [10, 10]),
    // 1+8, 1, 1+8.
    ("wide_push_pop", 3, [19, 19]),
    // 1+4, 1, 1+4.
    ("multiple_downwards", 3, [11, 11]),
    // 20 times 1, load 2 and 1 for its address.
    ("address_by_every_wide", 40, [80, 80]),
    // Twice a product (M3: 4, M4: 1), load 2 and 1 for its address.
    ("address_by_long_product", 4, [14, 8]),
    // Eight times 1, load 2; store 3, load 2.
    ("address_by_none_wide", 18, [29, 29]),
    // 3+2+3+2.
    ("store_double_written_back", 4, [10, 10]),
    // 3+2.
    ("double_load_then_load_there", 2, [5, 5]),
    // store 1, nop 1, load 2, then 1 behind a load.
    ("store_below_stack", 4, [5, 5]),
    // 2+1+1, double 3.
    ("wide_literals", 4, [7, 7]),
    // bl 1+1, push of two 1+2, nop 1, pop of two 1+2+2, nop 1.
    ("wide_call_with_pop", 5, [12, 12]),
    // cbz 1+1, nop 1.
    ("compare_and_branch_taken", 2, [3, 3]),
    ("compare_and_branch_not_taken", 3, [3, 3]),
    // cmp 1, bne not taken 1, beq to a 32-bit instruction at 2 mod 4 1+(1+1), b 1+1, nop 1.
    ("wide_branches", 5, [8, 8]),
    // 3+3, nop 1.
    ("table_branch_of_bytes", 2, [7, 7]),
    ("table_branch_of_halfwords", 2, [7, 7]),
    // 3+3, the refill is 3 already; add 1.
    ("table_branch_to_wide_off_word", 2, [7, 7]),
    // 2+3, nop 1.
    ("load_pc", 2, [6, 6]),
    ("load_pc_by_index", 2, [6, 6]),
    ("load_pc_from_literal", 2, [6, 6]),
    // 1+3+2, nop 1.
    ("load_multiple_with_pc", 2, [7, 7]),
    // 2+3, nop 1.
    ("load_pc_from_stack", 2, [6, 6]),
    // 3+3, nop 1.
    ("table_branch_from_register", 2, [7, 7]),
    // movs 1, ten turns of 1+1, nine branches 2, one 1.
    ("loop_to_wide", 31, [40, 40]),
    // The nine branches 1+(1+1).
    ("loop_to_wide_off_word", 31, [49, 49]),
    // bl 2, bx 1+2, add 1.
    ("return_to_wide", 3, [6, 6]),
    // bl 2, bx 1+(2+1), add 1.
    ("return_to_wide_off_word", 3, [7, 7]),
    // bl 2, push of two 1+2, nop 1, pop of two 1+2+(2+1), add 1.
    ("pop_to_wide_off_word", 5, [13, 13]),
    // bl 1+(1+1), add 1, bx 1+2, nop 1.
    ("call_of_wide_off_word", 4, [8, 8]),
    // cmp 1, it 0, add 1.
    ("if_then_behind_narrow", 3, [2, 2]),
    // cmp.w 1, it 1, add 1.
    ("if_then_behind_wide", 3, [3, 3]),
    // cmp 1, it 0, add as if executed 1.
    ("if_then_off", 3, [2, 2]),
    // cmp 1, it 0, 4*1.
    ("if_then_of_four", 6, [5, 5]),
    // cmp 1, it 0, 1+1.
    ("if_then_wide", 4, [3, 3]),
    // cmp 1, it 0, load 2.
    ("if_then_load", 3, [3, 3]),
    ("if_then_load_off", 3, [3, 3]),
    // cmp 1, it 0, store by register 2.
    ("if_then_store_off", 3, [3, 3]),
    // cmp 1, load 2, it 0, add 1.
    ("if_then_behind_load", 4, [4, 4]),
    // cmp 1, it 0, branch taken 1+1, nop 1.
    ("if_then_branch", 4, [4, 4]),
    // cmp 1, it 0, branch not taken 1, 2*1.
    ("if_then_branch_off", 5, [4, 4]),
    // movs 1; four turns of lsls 1, ite 0, 1+1, subs 1; three branches taken 3*2, one not 1.
    ("if_then_in_loop", 25, [1 + 4 * 4 + 7, 1 + 4 * 4 + 7]),
    // Twice: cmp 1, it 0, load 2 (as if executed), then 1 behind it.
    ("if_then_loads", 8, [8, 8]),
    // cmp 1, it 0, add 1, load 2, add 1, add 1.
    ("if_then_device", 6, [6, 6]),
    // load 2 and 1, nop 1.
    ("unaligned_word_off_2", 2, [4, 4]),
    // load 2 and 2, nop 1.
    ("unaligned_word_odd", 2, [5, 5]),
    // load 2 and 1, nop 1.
    ("unaligned_halfword_odd", 2, [4, 4]),
    ("unaligned_halfword_in_two_words", 2, [4, 4]),
    // load 2, nop 1.
    ("halfword_off_2", 2, [3, 3]),
    ("byte_odd", 2, [3, 3]),
    // load 2 and 1, nop 1.
    ("unaligned_signed_wide", 2, [4, 4]),
    ("unaligned_across_pages", 2, [4, 4]),
    // The write buffer takes a store that is not aligned as one that is: store 1, nop 1.
    ("unaligned_store_off_2", 2, [2, 2]),
    ("unaligned_store_odd", 2, [2, 2]),
    ("unaligned_store_halfword_odd", 2, [2, 2]),
    // 2, then 1 and 1.
    ("unaligned_pair_second", 2, [4, 4]),
    // 2 and 1, then 1.
    ("unaligned_pair_first", 2, [4, 4]),
    // 2 and 2, then 1 and 2.
    ("unaligned_pair_odd", 2, [7, 7]),
    // movs 1; four turns of load 2, add 1, sub 1; for the alignments 0, 1, 2, 3: 0+2+1+2; three branches taken 3*2, one not 1.
    ("unaligned_in_loop", 17, [1 + 4 * 4 + 5 + 7, 1 + 4 * 4 + 5 + 7]),
    // 5*2.
    ("special_registers_wide", 5, [10, 10]),
    ("page_border_wide", 7, [7, 7]),
    // 3*1, loads 2+1.
    ("page_border_load", 5, [6, 6]),
    ("page_border_not_taken", 6, [6, 6]),
    // 3*1, branch taken 1+1, nop 1.
    ("page_border_taken", 5, [6, 6]),
    // nop 1, cmp 1, it 0, 3*1, nop 1.
    ("page_border_if_then", 7, [6, 6]),
    ("straight_600_wide", 600, [600, 600]),
    // 3*1, cmp 1, it 0, add 1.
    ("page_border_before_if_then", 6, [5, 5]),
    // 2*1, cmp.w 1, it 1, add 1.
    ("page_border_behind_wide", 5, [5, 5]),
    ("flash_wide", 9, [9, 9]),
];

/// Name, instructions, and cycles on M4 and M33: the DSP extension.
#[rustfmt::skip]
pub const DSP: &[(&str, u64, u64)] = &[
    ("dsp_multiply", 9, 9),
    ("dsp_multiply_long", 3, 3),
    ("dsp_lanes", 11, 11),
    ("dsp_saturate", 8, 8),
    // 1, load 2 and 1 for its address.
    ("dsp_address_written", 2, 4),
    // movs 1; four turns of loads 2+1, unpacking 4*1, multiplying 2*1, sub 1; three branches taken 3*2, one not 1.
    ("dsp_dot_product", 41, 1 + 4 * 10 + 7),
    // Twelve times 1, load 2 and 1 for its address.
    ("dsp_address_by_every", 24, 48),
];

/// Name, instructions, and cycles on M4 and M33: the FPU.
#[rustfmt::skip]
pub const FPU: &[(&str, u64, u64)] = &[
    ("float_independent", 10, 10),
    // 1, 1 and 1 for the result.
    ("float_result_used", 2, 3),
    // 1, three times 1 and 1.
    ("float_results_used", 4, 7),
    ("float_result_used_later", 3, 3),
    ("float_result_converted", 2, 3),
    // 1, store 2 and 1.
    ("float_result_stored", 2, 4),
    ("float_result_moved_out", 2, 3),
    // 6*3.
    ("float_multiply_accumulate", 6, 18),
    // 3, twice 3 and 1.
    ("float_accumulate_chain", 3, 11),
    // 14+1.
    ("float_divide", 2, 15),
    ("float_square_root", 2, 15),
    // 14, 1 and 1.
    ("float_quotient_used", 2, 16),
    // 2+1.
    ("float_load", 2, 3),
    // 3+1.
    ("float_load_double", 2, 4),
    // 2+1, 1, 2+2.
    ("float_load_then_load", 5, 8),
    // 2+2.
    ("float_load_pair", 2, 4),
    // 2+1+3+1.
    ("float_store", 4, 7),
    // 1, load 2 and 1 for its address.
    ("float_load_address_written", 2, 4),
    // 2+1.
    ("float_loaded_used", 2, 3),
    // 1+4, 1, 1+3, 1, 1+4.
    ("float_multiple", 5, 16),
    // 1+2, 1, 1+2.
    ("float_push_pop", 3, 7),
    ("float_moves", 4, 4),
    // 4*2.
    ("float_moves_double", 4, 8),
    ("float_status", 5, 5),
    ("float_moved_used", 2, 2),
    // movs 1; eight turns of load 2, multiply 3, add 1, sub 1; seven branches taken 7*2, one not 1.
    ("float_loop", 41, 1 + 8 * 7 + 15),
    // 1, 1 and 1; 1; 1, 1; 1; 1, 1 and 1.
    ("float_odd_registers", 8, 10),
    // 1, move 2 and 1.
    ("float_result_moved_in_double", 2, 4),
    // 1, store 3 and 1.
    ("float_result_stored_in_double", 2, 5),
    // 1, store 1+4 and 1.
    ("float_result_stored_in_multiple", 2, 7),
    // 1, store 2; 1, store 3.
    ("float_other_stored", 4, 7),
    // 1, 1 and 1; 1, 1 and 1; 14, 1 and 1.
    ("float_result_moved", 6, 22),
    // 1, 1; 1, load 2; 1, 1.
    ("float_result_overwritten", 6, 7),
    ("float_result_across_integer", 3, 3),
    // 2+1+3+1.
    ("float_literal", 4, 7),
    // 2*1, 1, 1 and 1.
    ("float_page_border", 4, 5),
];
