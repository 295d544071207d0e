//! RV32IMC, on Hazard3. In a comment, `n*c` are n instructions of c cycles. A loop of ten turns has ten branches: taken against the
//! prediction 2, eight times as predicted 8*1, not taken against the prediction 2.

/// Name, instructions, cycles; in the order of the image.
#[rustfmt::skip]
pub const ROWS: &[(&str, u64, u64)] = &[
    ("alu_wide", 8, 8),
    ("alu_narrow", 8, 8),
    ("alu_mixed", 6, 6),
    ("load_alone", 2, 2),
    ("loads_independent", 5, 5),
    // load 1 and 1 for the use, add 1.
    ("load_used", 2, 3),
    ("load_used_as_second_operand", 2, 3),
    ("load_used_later", 3, 3),
    ("load_overwritten", 2, 2),
    // Three times 2+1.
    ("load_narrow_used", 6, 9),
    // Twice 2+1.
    ("load_bytes_used", 4, 6),
    // 1+1: a store needs what it stores a stage later.
    ("load_then_store", 2, 2),
    ("load_then_store_narrow", 2, 2),
    // 2+1: but not its address.
    ("load_then_store_there", 2, 3),
    ("load_then_store_it_there", 2, 3),
    // 2+2+1+1.
    ("load_chain", 4, 6),
    // 2+1+1.
    ("load_then_branch", 3, 4),
    // 1+2+1.
    ("stack_narrow", 3, 4),
    ("stores", 4, 4),
    ("multiply", 4, 4),
    // 2*19.
    ("divide_signed", 2, 38),
    // 2*18.
    ("divide_unsigned", 2, 36),
    ("load_used_by_none", 22, 22),
    // 14 times load 1 and 1 for the use, 1; the branch is not taken; 1.
    ("load_used_by_every", 29, 14 * 3 + 1),
    ("load_then_store_on_stack", 2, 2),
    ("load_of_nothing", 2, 2),
    // 2+1.
    ("jump", 2, 3),
    ("jump_narrow", 2, 3),
    ("jump_to_narrow_off_word", 2, 3),
    // 2 and 1 for the target, 1.
    ("jump_to_wide_off_word", 2, 4),
    ("jump_to_next", 2, 3),
    ("jump_by_register", 2, 3),
    ("jump_by_register_to_wide_off_word", 2, 4),
    // 2+2+1.
    ("call_and_return", 3, 5),
    // 4*2, 1.
    ("call_and_return_narrow", 5, 9),
    // 2, 2 and 1 for the target, 1.
    ("return_to_wide_off_word", 3, 6),
    // jal 2, move 1, jal 2, add 1, jr 2, jr 2, nop 1.
    ("calls_nested", 7, 11),
    ("branch_forward_not_taken", 3, 3),
    // 2+1.
    ("branch_forward_taken", 2, 3),
    ("branch_forward_taken_narrow", 2, 3),
    // 2 and 1 for the target, 1.
    ("branch_to_wide_off_word", 2, 4),
    // 1+1: it was predicted, nothing is fetched anew.
    ("branch_not_taken_before_wide_off_word", 2, 2),
    // 2*1, ten adds, branches 12, 1.
    ("loop_of_10", 23, 25),
    // 1, ten adds, branches 12, 1.
    ("loop_of_10_wide", 22, 24),
    // 2*1; twice 2*1, ten adds, branches 12, add 1; the outer branch taken 2, then not taken as predicted 1 (the inner one's exit cleared
    // the predictor); 1.
    ("loop_twice", 51, 2 + 2 * 25 + 3 + 1),
    // 1, ten adds; the branches 2+1, 8*1 (as predicted: fetched ahead), and 2 to what is 16 bits wide; 1.
    ("loop_to_wide_off_word", 22, 1 + 10 + 3 + 8 + 2 + 1),
    // 2*1, ten times 1+1; the branches 2, 8*1, and 2+1; 1.
    ("loop_exit_to_wide_off_word", 33, 2 + 20 + 2 + 8 + 3 + 1),
    // 2*1, ten adds, ten forward branches 2, branches 12, 1.
    ("loop_with_forward_branch", 33, 2 + 10 + 20 + 12 + 1),
    // 2*1, six turns of 3*1. The first branch: taken 2 in three turns, not taken against its prediction 2 in three. The second, which is
    // reached in those: taken 2, taken 2, not taken as predicted 1. Then 1.
    ("loop_with_alternating_branches", 30, 2 + 18 + 12 + 5 + 1),
    // 2*1; three turns of 2*1, four adds, the inner branch 2+1+1+2, add 1; the outer branch 2, 2, and 1 as predicted; 1.
    ("loop_in_loop", 39, 2 + 3 * 13 + 5 + 1),
    // 2*1, five adds, the forward branch 4*1 and 2, four jumps 2; 1.
    ("loop_with_jump", 17, 2 + 5 + 6 + 8 + 1),
    // 2*1; five turns of call 2, return 2, add 1; branches 2, 3*1, 2; 1.
    ("loop_with_call", 23, 2 + 25 + 7 + 1),
    // 2*1; ten turns of load 2, add 1, store 1, add 1; branches 12; 1.
    ("loop_with_load", 53, 2 + 50 + 12 + 1),
    // load 1 and 1 for the use, jump 2, 1.
    ("jump_to_loaded", 3, 5),
    // call 2, 1, 1, load 1, 1, return 2, 1.
    ("return_from_stack", 7, 9),
    // 2*1; five turns of add 1, jumps 2+2, forward branch 2; branches 2, 3*1, 2; 1.
    ("loop_with_everything", 28, 2 + 5 * 7 + 7 + 1),
    // 1; four turns of 3*1; branches 2+1, 2*1 (as predicted), 2+1; 1.
    ("loop_between_wide_off_word", 18, 1 + 12 + 3 + 2 + 3 + 1),
    ("control_registers", 6, 6),
    // 1+3.
    ("environment_call", 2, 4),
    ("breakpoint", 2, 4),
    ("device_read", 5, 5),
    // 1, load 2, 1, load 1, 1.
    ("device_read_used", 5, 6),
    // 2*1, ten times 1+1, branches 12, 1.
    ("device_read_in_loop", 33, 2 + 20 + 12 + 1),
    ("page_border", 5, 5),
    // 2 and 1 for the target, 1, 1.
    ("page_border_jump", 3, 5),
    // 3*1, load 2, 1.
    ("page_border_load", 5, 6),
    // 3*1, load 2, 1, 1.
    ("page_border_load_used", 6, 7),
    // 3*1, not taken 1, taken 2, 1.
    ("page_border_branch", 6, 7),
    ("straight_600", 600, 600),
    ("straight_600_wide", 600, 600),
    // 150 times load 1 (it is stored), store 1, load 2, add 1.
    ("straight_600_with_memory", 600, 750),
    // 1, 300 times load 1 and 1 for the use, 1.
    ("straight_601_loads_used", 601, 901),
    // load 1 and 1 for the address, load 1 and 1, 1.
    ("device_address_loaded", 3, 5),
];
