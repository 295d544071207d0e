//! What every Arm core has. In a comment, `n*c` are n instructions of c cycles.

/// Name, instructions, and cycles on M0, on M0+, and on M3, M4 and M33.
pub type Row = (&'static str, u64, [u64; 3]);

/// In the order of the image.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("alu_chain", 8, [8, 8, 8]),
    ("alu_mix", 8, [8, 8, 8]),
    ("multiply", 4, [4, 4, 4]),
    // load 2, nop 1.
    ("load_alone", 2, [3, 3, 3]),
    // M0, M0+: 2*2. Others: 2, then 1 behind a load.
    ("load_pair", 2, [4, 4, 3]),
    // M0, M0+: 4*2. Others: 2+1+1+1.
    ("load_four", 4, [8, 8, 5]),
    // Address and result: 2+2 everywhere.
    ("load_chain", 2, [4, 4, 4]),
    ("load_chain_of_three", 3, [6, 6, 6]),
    // M0, M0+: 3*2. Others: 2+1+1: the address is not the result of the load directly before.
    ("load_chain_with_gap", 3, [6, 6, 4]),
    // Others: 2, store 1.
    ("load_then_store", 2, [4, 4, 3]),
    // Others: 2, the store by register 1 behind a load.
    ("load_then_store_by_register", 2, [4, 4, 3]),
    // Others: 2, store 1: with an immediate offset always.
    ("load_then_store_there", 2, [4, 4, 3]),
    // Others: 2, store by register 2: the load's result is its address. No stall: the result is no data processing's.
    ("load_then_store_there_by_register", 2, [4, 4, 4]),
    // M0, M0+: 2+1. Others: 1+1.
    ("store_alone", 2, [3, 3, 2]),
    ("store_three", 3, [6, 6, 3]),
    // 2+1 everywhere.
    ("store_by_register", 2, [3, 3, 3]),
    // Others: 2+2: the second is behind no load.
    ("store_by_register_twice", 2, [4, 4, 4]),
    // Others: 1+2: a load does not pair with a store.
    ("store_then_load", 2, [4, 4, 3]),
    // Others: 2+1+2: nothing pairs behind the store.
    ("load_store_load", 3, [6, 6, 5]),
    // M0, M0+: 5*2. Others: 2+4*1.
    ("narrow_loads", 5, [10, 10, 6]),
    // Others: immediate 1+1, by register 2+2.
    ("narrow_stores", 4, [8, 8, 6]),
    // M0, M0+: 1+2. Others: 1, load 2 and 1 for its address.
    ("address_written", 2, [3, 3, 4]),
    ("address_written_before", 3, [4, 4, 4]),
    ("address_moved", 2, [3, 3, 4]),
    ("address_multiplied", 2, [3, 3, 4]),
    ("address_formed", 2, [3, 3, 4]),
    ("index_written", 2, [3, 3, 4]),
    // Others: 1, store 1 and 1 for its address.
    ("store_address_written", 2, [3, 3, 3]),
    // Others: 1, store by register 2 and 1 for its address.
    ("store_index_written", 2, [3, 3, 4]),
    // Others: 1+1.
    ("store_data_written", 2, [3, 3, 2]),
    // 1+2 everywhere.
    ("address_compared", 2, [3, 3, 3]),
    // M0, M0+: 1+2+2+1. Others: sub 1, store 1 and 1 for its address, load 2, add 1.
    ("stack_address_written", 4, [6, 6, 6]),
    // push 1+1, load 2 everywhere: no stall for what a store wrote back.
    ("stack_address_pushed", 2, [4, 4, 4]),
    ("literal_alone", 2, [3, 3, 3]),
    ("literal_pair", 2, [4, 4, 3]),
    ("literal_behind_alu", 2, [3, 3, 3]),
    // 1+1, 1, 1+1.
    ("push_pop_one", 3, [5, 5, 5]),
    // 1+3, 1+3.
    ("push_pop_adjacent", 2, [8, 8, 8]),
    // 1+3, 1, 1+3.
    ("push_pop_three", 3, [9, 9, 9]),
    // 1+5, 1, 1+4, 1.
    ("push_pop_with_lr", 4, [13, 13, 13]),
    // 1+3, 1, 1+3.
    ("multiple_three", 3, [9, 9, 9]),
    // 1+1, 1, 1+6.
    ("multiple_one_and_six", 3, [10, 10, 10]),
    // 1+2, 2.
    ("multiple_then_load", 2, [5, 5, 5]),
    // 2, 1+2.
    ("load_then_multiple", 2, [5, 5, 5]),
    // 1, 1+2; others: 1 more for the address.
    ("multiple_address_written", 2, [4, 4, 5]),
    // 19 times 1 and a load: M0, M0+: 2, others: 2 and 1 for its address.
    ("address_by_every_narrow", 38, [57, 57, 76]),
    // Seven times 1, load 2; store (M0, M0+: 2, others: 1), load 2; push 1+1, load 2; add 1, load 2.
    ("address_by_none_narrow", 20, [32, 32, 31]),
    // Three times 1+2; two loads 2; store (M0, M0+: 2, others: 1).
    ("base_written_back", 6, [15, 15, 14]),
    // 1+1, 2.
    ("pop_then_load_there", 2, [4, 4, 4]),
    // Branch, nop 1. M0: 3. M0+: 2. Others: 1+1.
    ("branch_always", 2, [4, 3, 3]),
    ("branch_to_next", 2, [4, 3, 3]),
    ("branch_not_taken", 3, [3, 3, 3]),
    // cmp 1, branch, nop 1. M0: 3. M0+: 2. Others: 1+1.
    ("branch_taken", 3, [5, 4, 4]),
    // Branch, dmb. M0: 3+4. M0+: 2+3. Others: 2+1.
    ("branch_to_wide", 2, [7, 5, 3]),
    // Others: 1+(1+1), dmb 1.
    ("branch_to_wide_off_word", 2, [7, 5, 4]),
    ("branch_to_narrow_off_word", 2, [4, 3, 3]),
    // movs 1, ten subs, nine branches taken, one not 1. M0: 9*3. Others: 9*2.
    ("loop_of_10", 21, [39, 30, 30]),
    // movs 1, ten turns of 20+1, branches as above.
    ("loop_of_10_long", 221, [239, 230, 230]),
    // movs 1, ten turns of load, add, store, sub; branches as above. M0, M0+: 2+1+2+1. Others: 2+1+1+1.
    ("loop_of_10_with_memory", 51, [1 + 60 + 28, 1 + 60 + 19, 1 + 50 + 19]),
    // movs 1; three turns of movs 1, four subs, three branches taken and one not, subs 1; two branches taken and one not.
    ("loop_in_loop", 34, [1 + 3 * (1 + 4 + 10 + 1) + 7, 1 + 3 * (1 + 4 + 7 + 1) + 5, 1 + 3 * (1 + 4 + 7 + 1) + 5]),
    // Branch, nop 1. M0: 3. M0+: 2. Others: 1+2.
    ("move_pc", 2, [4, 3, 4]),
    ("add_pc", 2, [4, 3, 4]),
    ("branch_exchange", 2, [4, 3, 4]),
    // bl, bx, nop. M0: 4+3+1. M0+: 3+2+1. Others: 2+3+1.
    ("call_and_return", 3, [8, 6, 6]),
    // blx, bx, nop. M0: 3+3+1. M0+: 2+2+1. Others: 3+3+1.
    ("call_by_register", 3, [7, 5, 7]),
    // bl, push of two 1+2, nop 1, pop of two, nop 1. M0: 4, 4+2. M0+: 3, 3+2. Others: 2, 1+2+2.
    ("call_with_pop", 5, [15, 13, 12]),
    // bl, push of one 1+1, nop 1, pop of one, nop 1. M0: 4, 4+1. M0+: 3, 3+1. Others: 2, 1+1+2.
    ("call_with_pop_alone", 5, [13, 11, 10]),
    // Five bl, three push of two 3*3, two adds, two bx, three pop of two, nop 1. M0: 5*4, 2*3, 3*6. M0+: 5*3, 2*2, 3*5.
    // Others: 5*2, 2*3, 3*5, and 1: the first inner pop returns to the second bl, at 2 mod 4.
    ("calls_nested", 16, [20 + 9 + 2 + 6 + 18 + 1, 15 + 9 + 2 + 4 + 15 + 1, 10 + 9 + 2 + 6 + 16 + 1]),
    // bl, nop 1. M0: 4. M0+: 3. Others: 1+1.
    ("call_of_next", 2, [5, 4, 3]),
    // bl, mov, nop 1. M0: 4+3. M0+: 3+2. Others: 2+3.
    ("call_with_move", 3, [8, 6, 6]),
    // 1, branch, load 2. M0: 3. Others: 2.
    ("address_written_before_branch", 3, [6, 5, 5]),
    // load 2, branch, load 2. M0: 3. Others: 2.
    ("loads_around_branch", 3, [7, 6, 6]),
    ("special_registers", 3, [12, 9, 6]),
    // M0, M0+: 1+1. Others: 2+2.
    ("interrupts_off_and_on", 2, [2, 2, 4]),
    ("barriers", 2, [8, 6, 2]),
    ("barrier_of_instructions", 1, [4, 3, 1]),
    ("hints", 4, [4, 4, 4]),
    // 4*1, load 2.
    ("device_read", 5, [6, 6, 6]),
    // 2*1, loads: M0, M0+: 2+2, others: 2+1.
    ("device_read_pair", 4, [6, 6, 5]),
    // 2*1. M0, M0+: 2+2. Others: 1+2.
    ("device_write_and_read", 4, [6, 6, 5]),
    // movs 1, ten turns of 1+2+1, branches. M0: 9*3+1. Others: 9*2+1.
    ("device_read_in_loop", 41, [69, 60, 60]),
    // nop 1, cps, entry, the bx that returns, 2*1. M0: 1+16+(1+16). M0+: 1+15+(1+15). Others: 2+12+(1+12).
    ("exception", 5, [37, 35, 30]),
    // nop 1, str, entry, the bx that returns, 2*1. M0: 2+16+(1+16). M0+: 2+15+(1+15). Others: 1+12+(1+12).
    ("exception_behind_device_write", 5, [38, 36, 29]),
    // 1, load 2, 1; others: 1 more for its address.
    ("device_address_written", 3, [4, 4, 5]),
    // M0, M0+: 3*2. Others: 2, 2, then 1 behind a load.
    ("device_chain", 3, [6, 6, 5]),
    // 5*1, dmb. M0: 4. M0+: 3. Others: 1.
    ("page_border", 6, [9, 8, 6]),
    // Branch, dmb, nop. M0: 3+4+1. M0+: 2+3+1. Others: 1+(1+1), 1, 1: the target is at 2 mod 4.
    ("page_border_branch", 3, [8, 6, 5]),
    // 3*1, bl, bx, 1. M0: 4+3. M0+: 3+2. Others: 2+3.
    ("page_border_call", 6, [11, 9, 9]),
    ("page_border_narrow", 8, [8, 8, 8]),
    ("straight_600", 600, [600, 600, 600]),
    // 200 times: M0, M0+: 2+1+2. Others: 2+1+1.
    ("straight_600_with_memory", 600, [1000, 1000, 800]),
    // 3*1, loads: M0, M0+: 2+2, others: 2+1.
    ("page_border_pair", 5, [7, 7, 6]),
    // 4*1, load 2; others: 1 more for its address.
    ("page_border_address", 5, [6, 6, 7]),
    // M0, M0+: 600*2. Others: 2, then 599*1 behind a load.
    ("straight_600_loads", 600, [1200, 1200, 601]),
    // 1, 300 times 1 and a load: M0, M0+: 2, others: 2 and 1 for its address.
    ("straight_601_addresses", 601, [901, 901, 1201]),
];

/// The tick timer's, which the micro:bit does not have.
#[rustfmt::skip]
pub const TICK_TIMER: &[Row] = &[
    // 1+2+1.
    ("timer_read", 3, [4, 4, 4]),
    // 2+1+1+2+1.
    ("timer_read_twice", 5, [7, 7, 7]),
];
