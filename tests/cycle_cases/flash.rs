//! Flash with five wait states and lines of 8 bytes. A case's first line is the one behind the line before, which holds four
//! instructions of one cycle, and neither cache has seen it.
//!
//! With caches an instruction line costs 5, or 4 if it follows, or nothing if it is cached; with prefetch one that follows costs 5 less
//! the cycles of the line before: 1 behind four instructions of one cycle. A load costs 5, or nothing if it is cached.

use peacrab::target::board::Timing;

/// The flash of each column of [`Row`], and what to call it.
pub fn timings() -> [(&'static str, Timing); 5] {
    let bare = Timing {
        wait_states: 5,
        instruction_cache_lines: 0,
        data_cache_lines: 0,
        prefetch: false,
        ..Timing::default()
    };
    // As ST has them.
    let caches = Timing { instruction_cache_lines: 128, data_cache_lines: 32, ..bare };
    [
        ("no caches", bare),
        ("caches", caches),
        ("prefetch", Timing { prefetch: true, ..bare }),
        ("caches and prefetch", Timing { prefetch: true, ..caches }),
        ("two lines", Timing { instruction_cache_lines: 2, ..bare }),
    ]
}

/// Name, instructions, cycles without waiting on M0, on M0+ and on the others (Hazard3: one figure), cycles of waiting for each of
/// [`timings`]; `None` where the table does not say.
pub type Row = (&'static str, u64, [u64; 3], [Option<u64>; 5]);

/// On Arm cores.
#[rustfmt::skip]
pub const ARM: &[Row] = &[
    // Four lines of 4, with prefetch of 1.
    ("flash_straight", 16, [16, 16, 16], [Some(16), Some(16), Some(4), Some(4), Some(16)]),
    // 4*1, two turns of 11*1, a branch of 3 or 2, one of 1.
    // A line 4, three lines 4; back: 5, 4, 4 (or cached). Prefetch: 1, 3*1; back: 5, 1, 1 (or cached).
    ("flash_loop", 28, [30, 29, 29], [Some(29), Some(16), Some(11), Some(4), Some(29)]),
    // 4*1; two turns of 508 nops, sub, beq, and b or nop: 4+2*510+1, and two branches of 3 or 2.
    // A line 4, 128 lines 4; back: 5, 127 lines 4 (or cached). Prefetch: 1, 128*1; back: 5, 127*1 (or cached).
    ("flash_loop_of_128_lines", 1026, [1030, 1028, 1028],
        [Some(4 + 512 + 513), Some(4 + 512), Some(1 + 128 + 132), Some(1 + 128), Some(4 + 512 + 513)]),
    // As before with 512 nops; a line 4, 129 lines 4; back: 5, 128 lines 4: each was forgotten before it came again.
    ("flash_loop_of_129_lines", 1034, [1038, 1036, 1036],
        [Some(4 + 516 + 517), Some(4 + 516 + 517), Some(1 + 129 + 133), Some(1 + 129 + 133), Some(4 + 516 + 517)]),
    // Branch 3 or 2, 4*1. A line 4 (prefetch 1), the target 5.
    ("flash_branch", 5, [7, 6, 6], [Some(9), Some(9), Some(6), Some(6), Some(9)]),
    // Branch 3 or 2, 6*1. A line 4 (prefetch 1), the target 5, the next line 4 (prefetch: 5 less the two nops).
    ("flash_branch_into", 7, [9, 8, 8], [Some(13), Some(13), Some(9), Some(9), Some(13)]),
    // Loads from RAM: M0, M0+ 4*2, others 2+1+1+1; 4*1. Two lines 4. Prefetch: 1, and 0 behind at least five cycles.
    ("flash_behind_slow", 8, [12, 12, 9], [Some(8), Some(8), Some(1), Some(1), Some(8)]),
    // bl, bx, 2*1. A line 4 (prefetch 1), the function 5, back 5 (or cached).
    ("flash_call", 4, [9, 7, 7], [Some(14), Some(9), Some(11), Some(6), Some(9)]),
    // Two blx, two bx, 6*1. A line 4 (prefetch 1), a function 5, back 5 (or cached), a function 5, back 5 (or cached), the next line 4
    // (prefetch: 5 less the two nops). Two lines of cache keep the caller: it was used after the first function.
    ("flash_calls", 10, [18, 14, 18], [Some(28), Some(18), Some(24), Some(14), Some(18)]),
    // Loads 2, 2, nops. A line 4 (prefetch 1); loads 5 and 5 (or cached).
    ("flash_literals", 4, [6, 6, 6], [Some(14), Some(9), Some(11), Some(6), Some(14)]),
    // The same, the loads 2 and 1 on M3 and M4.
    ("flash_literal_pair", 4, [6, 6, 5], [Some(14), Some(9), Some(11), Some(6), Some(14)]),
    // Load 2, store 2 or 1, 2*1. A line 4 (prefetch 1).
    ("flash_load_from_ram", 4, [6, 6, 5], [Some(4), Some(4), Some(1), Some(1), Some(4)]),
    // 4*1; twice 4*1, 32 loads 2, 64*1, 31 branches taken and one not, sub 1; one branch taken and one
    // not; 2*1: 275 and 63 branches taken of 3 or 2.
    // Lines: 4+4+4+4 (the loop is a line), back: 5+4+4 (or cached). Prefetch: 1+1+1+0, back: 5+1+0 (or cached).
    // Loads: 64 of 5; with the cache 32 of 5, and the second pass finds them all.
    ("flash_table_of_32_lines", 274, [464, 401, 401], [Some(29 + 320), Some(16 + 160), Some(9 + 320), Some(3 + 160), Some(29 + 320)]),
    // One turn more in each pass: 283 and 65 branches. 66 loads of 5, with the cache too: each line was forgotten before it came again.
    ("flash_table_of_33_lines", 282, [478, 413, 413], [Some(29 + 330), Some(16 + 330), Some(9 + 330), Some(3 + 330), Some(29 + 330)]),
];

/// On Arm cores with 32-bit instructions.
#[rustfmt::skip]
pub const THUMB2: &[Row] = &[
    // Four lines of 4, whatever lies across their borders. With prefetch it would matter when a line is asked for.
    ("flash_wide", 9, [9, 9, 9], [Some(16), Some(16), None, None, Some(16)]),
];

/// On Hazard3.
#[rustfmt::skip]
pub const RISCV: &[Row] = &[
    ("flash_straight", 16, [16; 3], [Some(16), Some(16), Some(4), Some(4), Some(16)]),
    // 4*1, two turns of 11*1, branches 2 and 2: both predicted wrongly. Waiting as on Arm.
    ("flash_loop", 28, [30; 3], [Some(29), Some(16), Some(11), Some(4), Some(29)]),
    // Jump 2, 4*1.
    ("flash_jump", 5, [6; 3], [Some(9), Some(9), Some(6), Some(6), Some(9)]),
    // Two loads, two nops.
    ("flash_table", 4, [4; 3], [Some(14), Some(9), Some(11), Some(6), Some(14)]),
];
