//! The model of cycles against numbers worked out by hand: the cases of `firmware/runner/src/cycle_cases`, on every core that QEMU gives.
//!
//! The arithmetic behind each number is beside it, by the tables of `docs/cycles.md`, which are the published ones. In it a number stands for
//! each instruction in its order; `n*c` are n instructions of c cycles.

use peacrab::target::board::{Board, Timing};
use peacrab::target::cycles::cases::{CaseCost, count_cases};
use peacrab_tests::{announce, explain};

/// Name, instructions, and cycles on M0, M0+, M3 and M4.
type Arm = (&'static str, u64, [u64; 4]);

/// What every Arm core has. M33 is as M4.
#[rustfmt::skip]
const THUMB1: &[Arm] = &[
    ("alu", 5, [5, 5, 5, 5]),
    ("muls", 2, [2, 2, 2, 2]),
    // M0, M0+: load 2, 1. Others: load 2, 1.
    ("load", 2, [3, 3, 3, 3]),
    // M0, M0+: 2+2+2. Others: 2, then 1 behind a load, 1 behind a load.
    ("loads_in_a_row", 3, [6, 6, 4, 4]),
    // The second load's address is the first one's result: nothing overlaps.
    ("load_from_loaded_address", 2, [4, 4, 4, 4]),
    // M0, M0+: 2+2. Others: 2, store 1.
    ("load_then_store", 2, [4, 4, 3, 3]),
    // Others: 2, the store at a register offset 1 behind a load.
    ("load_then_store_at_register_offset", 2, [4, 4, 3, 3]),
    // M0, M0+: 2+1. Others: 2 by itself, 1.
    ("store_at_register_offset", 2, [3, 3, 3, 3]),
    // M0, M0+: 2+2. Others: 1+1.
    ("stores", 2, [4, 4, 2, 2]),
    // M0, M0+: 5*2. Others: 2+1+1 loads, 1+1 stores.
    ("bytes_and_halfwords", 5, [10, 10, 6, 6]),
    // M0, M0+: 1+2. Others: 1, load 2 and 1 for its address.
    ("address_from_the_instruction_before", 2, [3, 3, 4, 4]),
    // M0, M0+: 1+1+2. Others: 1+1+2.
    ("address_from_two_instructions_before", 3, [4, 4, 4, 4]),
    // M0, M0+: 2+2. Others: 2+1.
    ("literals", 2, [4, 4, 3, 3]),
    // 1+3 and 1+3 everywhere.
    ("push_and_pop", 2, [8, 8, 8, 8]),
    // 1+2 and 1+2 everywhere.
    ("load_and_store_multiple", 2, [6, 6, 6, 6]),
    // bl, bx, b. M0: 4+3+3. M0+: 3+2+2. Others: 1+1, 1+2, 1+1.
    ("call_and_return", 3, [10, 7, 7, 7]),
    ("branch_not_taken", 3, [3, 3, 3, 3]),
    // cmp 1; M0: 3, M0+: 2, others: 1+1.
    ("branch_taken", 2, [4, 3, 3, 3]),
    // 1, ten subs 10*1, nine branches taken, one not. M0: 9*3+1. M0+: 9*2+1. Others: 9*2+1.
    ("loop", 21, [39, 30, 30, 30]),
    // adr 1, adds 1, push 1+1, pop of one: M0: 4+1. M0+: 3+1. Others: 1+1+2.
    ("pop_pc", 4, [9, 8, 8, 8]),
    // adr 1; M0: 3, M0+: 2, others: 1+2.
    ("mov_pc", 2, [4, 3, 4, 4]),
    // adr 1, adds 1, blx, bx, b. M0: 3*3. M0+: 3*2. Others: 3+3+2.
    ("blx", 5, [11, 8, 10, 10]),
    // M0: 2*4. M0+: 2*3. Others: 2*2.
    ("special_registers", 2, [8, 6, 4, 4]),
    // M0: 3*4. M0+: 3*3. Others: 3*1.
    ("barriers", 3, [12, 9, 3, 3]),
    // M0, M0+: 2*1. Others: 2*2.
    ("interrupt_mask", 2, [2, 2, 4, 4]),
    ("extensions", 3, [3, 3, 3, 3]),
    // Four nops and a barrier. M0: 4+4. M0+: 4+3. Others: 4+1.
    ("across_a_page", 5, [8, 7, 5, 5]),
    ("long_run", 600, [600, 600, 600, 600]),
    // 1+2+1+1 everywhere.
    ("device_in_a_block", 4, [5, 5, 5, 5]),
    // bl, push {lr}, bl, bx, pop {pc}, b. M0: 4+2+4+3+5+3. M0+: 3+2+3+2+4+2. Others: 2+2+2+3+4+2.
    ("calls_within_calls", 6, [21, 16, 15, 15]),
];

/// Name, instructions, and cycles on M3 and M4.
type Main = (&'static str, u64, [u64; 2]);

/// What ARMv7-M and ARMv8-M main add.
#[rustfmt::skip]
const THUMB2: &[Main] = &[
    // 1+1, ten subs 10*1, nine taken 9*2, one not 1.
    ("loop_to_a_long_instruction", 22, [31, 31]),
    // 1, 10*1, nine taken to a 32-bit instruction at 2 mod 4: 9*3, one not 1.
    ("loop_to_a_misaligned_long_instruction", 21, [39, 39]),
    // movs 1, cbnz not taken 1, cbz taken 1+1.
    ("compare_and_branch", 3, [4, 4]),
    // 1+1, tbb 3+3.
    ("table_branch", 3, [8, 8]),
    ("table_branch_of_halfwords", 3, [8, 8]),
    // 2+3.
    ("load_pc", 1, [5, 5]),
    // cmp 1, it 0, add 1.
    ("it_behind_a_short_instruction", 3, [2, 2]),
    // adds.w 1, it 1, mov 1.
    ("it_behind_a_long_instruction", 3, [3, 3]),
    // cmp 1, it 0, add 1 and load 2 as if they were executed.
    ("it_that_skips", 4, [4, 4]),
    // 3+3.
    ("doublewords", 2, [6, 6]),
    // 1+3 and 1+3.
    ("wide_multiple", 2, [8, 8]),
    // 2, then 1: the base that the first one updates is no result of data processing, and not what it loaded.
    ("loads_with_writeback", 2, [3, 3]),
    // 2+1.
    ("word_at_a_halfword", 1, [3, 3]),
    // 2+2.
    ("word_at_an_odd_address", 1, [4, 4]),
    // 2+1.
    ("halfword_at_an_odd_address", 1, [3, 3]),
    // 2, then 1+2.
    ("unaligned_in_a_row", 2, [5, 5]),
    // 1+1.
    ("store_of_a_word_at_a_halfword", 1, [2, 2]),
    // 1+2.
    ("store_of_a_word_at_an_odd_address", 1, [3, 3]),
    // 1+1.
    ("store_of_a_halfword_at_an_odd_address", 1, [2, 2]),
    // M3: 2*2. M4: 2*1.
    ("multiply_accumulate", 2, [4, 2]),
    // M3: 2*4. M4: 2*1.
    ("multiply_long", 2, [8, 2]),
    // M3: 2*5. M4: 2*1.
    ("multiply_long_accumulate", 2, [10, 2]),
    // 2*7.
    ("divide", 2, [14, 14]),
    ("wide_alu", 5, [5, 5]),
    ("load_at_a_shifted_offset", 1, [2, 2]),
];

/// Name, instructions, and cycles on M4: what its DSP extension and its FPU add.
#[rustfmt::skip]
const DSP_AND_FPU: &[(&str, u64, u64)] = &[
    ("dsp", 9, 9),
    // 2+1, 1, 1.
    ("dot_product", 4, 5),
    // 1, and 1 more for the result of the instruction before.
    ("fpu_result_used_at_once", 2, 3),
    ("fpu_result_used_later", 3, 3),
    // 3+3.
    ("fpu_multiply_accumulate", 2, 6),
    // 14+14.
    ("fpu_divide", 2, 28),
    ("fpu_moves", 4, 4),
    // 2+2.
    ("fpu_double_moves", 2, 4),
    // 2+2+3.
    ("fpu_loads", 3, 7),
    // 2+3.
    ("fpu_stores", 2, 5),
    // 2, then 1.
    ("load_behind_fpu_load", 2, 3),
    // 1+4 and 1+2.
    ("fpu_multiples", 2, 8),
];

/// Name, instructions, and cycles on Hazard3.
#[rustfmt::skip]
const RISCV: &[(&str, u64, u64)] = &[
    ("alu", 5, 5),
    // 1, and 1+1 for the use of what was loaded.
    ("load_then_use", 2, 3),
    ("load_then_other", 3, 3),
    // A store needs what was loaded a stage later.
    ("load_then_store", 2, 2),
    // 1, 1+1 for the address, 1.
    ("load_from_loaded_address", 3, 4),
    // Loads 1+1, stores 1+1.
    ("bytes_and_halfwords", 4, 4),
    ("multiply", 2, 2),
    // 19+18+19+18.
    ("divide", 4, 74),
    ("branch_not_taken", 2, 2),
    ("branch_taken", 1, 2),
    // 1+1, and 1 for the target; the target itself 1.
    ("branch_to_a_misaligned_instruction", 2, 4),
    // 1, ten addi 10*1; taken the first time 2, eight times as predicted 8*1, not taken against the prediction 2.
    ("loop", 21, 23),
    // li 1; three turns of li 1, addi 2*1, addi 1; the inner branch in each: 2 taken, 2 not taken against its prediction; the outer branch:
    // 2 taken, 2 taken (the inner branch's took its place), 1 not taken (its own place is the inner branch's, which is cleared).
    ("loop_in_a_loop", 22, 1 + 3 * 4 + 3 * 4 + 5),
    // jal, ret, j: 3*2.
    ("call_and_return", 3, 6),
    ("csr", 2, 2),
    ("across_a_page", 1, 1),
    ("long_run", 600, 600),
];

/// Name, instructions, and cycles on M4 with five wait states: with the caches of an STM32L4R5, without caches, and without caches with
/// prefetch. A case's first line is the one behind the line before it, which holds four instructions of one cycle.
#[rustfmt::skip]
const FLASH: &[(&str, u64, [u64; 3])] = &[
    // 16*1; four lines, each 5-1, with prefetch 5-4.
    ("flash_straight", 16, [32, 32, 20]),
    // 4*1, ten turns of 7*1, nine branches 2, one 1: 93. Caches: three lines 4. None: line 4; first turn 4+4; nine turns 5+4. Prefetch: line 1;
    // first turn 1+1; nine turns 5+1.
    ("flash_loop", 84, [93 + 12, 93 + 4 + 8 + 9 * 9, 93 + 1 + 2 + 9 * 6]),
    // 4*1, two turns of 129*4 nops, subs, nop 1+1 and a branch of 2 and 1: 4 + 2*518 + 3. Caches: line 4; 130 lines 4; the second turn finds
    // none of them: 5, and 129 lines 4. Without caches the same. Prefetch: line 1, 130 lines 1; 5, 129 lines 1.
    ("flash_loop_larger_than_the_cache", 1042, [1043 + 4 + 520 + 5 + 516, 1043 + 4 + 520 + 5 + 516, 1043 + 1 + 130 + 5 + 129]),
    // Loads 2+1, 1+1; the line 4 (prefetch 1); data: the first load waits 5, the second finds its line in the cache, without one it waits 5.
    ("flash_literals", 4, [5 + 4 + 5, 5 + 4 + 10, 5 + 1 + 10]),
];

#[test]
fn every_case_costs_what_was_worked_out_by_hand() {
    let mut checked = 0;
    for board in Board::all().expect("the built-in boards are valid") {
        let counted = count_cases(&board, &mut |_| ()).unwrap_or_else(|error| panic!("{}", explain(&error)));
        let expected = expected(&board.core);
        // Those with wait states have tests of their own.
        let counted: Vec<&CaseCost> = counted.iter().filter(|case| !case.name.starts_with("flash_")).collect();
        let names: Vec<_> = counted.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names, expected.iter().map(|case| case.0).collect::<Vec<_>>(), "{}", board.name);
        for (case, (name, instructions, cycles)) in counted.iter().zip(&expected) {
            assert_eq!(case.cost.instructions, *instructions, "instructions of {name} on {}", board.name);
            assert_eq!(case.cost.cycles, *cycles, "cycles of {name} on {}", board.name);
            checked += 1;
        }
        announce(&format!("cycle cases on {}: {} as worked out by hand", board.name, expected.len()));
    }
    assert_eq!(checked, 400);
}

/// The cases of a core, in their order.
fn expected(core: &str) -> Vec<(&'static str, u64, Option<u64>)> {
    if core == "rv32imc" {
        return RISCV.iter().map(|(name, instructions, cycles)| (*name, *instructions, Some(*cycles))).collect();
    }
    let column = match core {
        "cortex-m0" => 0,
        "cortex-m0plus" => 1,
        "cortex-m3" => 2,
        _ => 3,
    };
    let has_model = !["cortex-m7", "cortex-m55"].contains(&core);
    let cycles = |cycles: u64| has_model.then_some(cycles);
    let mut cases: Vec<_> =
        THUMB1.iter().map(|(name, count, by_core)| (*name, *count, cycles(by_core[column]))).collect();
    if column >= 2 {
        cases.extend(THUMB2.iter().map(|(name, count, by_core)| (*name, *count, cycles(by_core[column - 2]))));
    }
    if column == 3 {
        cases.extend(DSP_AND_FPU.iter().map(|(name, count, one)| (*name, *count, cycles(*one))));
    }
    cases
}

#[test]
fn a_flash_that_waits_costs_what_was_worked_out_by_hand() {
    let board = Board::find("qemu-mps2-an386").expect("built in");
    let waiting = Timing { wait_states: 5, instruction_cache_lines: 0, data_cache_lines: 0, ..Timing::default() };
    let timings = [
        ("caches", Timing { instruction_cache_lines: 128, data_cache_lines: 32, ..waiting }),
        ("no caches", waiting),
        ("prefetch", Timing { prefetch: true, ..waiting }),
    ];
    for (column, (what, timing)) in timings.into_iter().enumerate() {
        let board = Board { timing, ..board.clone() };
        let counted = count_cases(&board, &mut |_| ()).unwrap_or_else(|error| panic!("{}", explain(&error)));
        for (name, instructions, cycles) in FLASH {
            let case = counted.iter().find(|case| case.name == *name).expect(name);
            assert_eq!(case.cost.instructions, *instructions, "instructions of {name}");
            assert_eq!(case.cost.cycles, Some(cycles[column]), "cycles of {name} with {what}");
        }
    }
}
