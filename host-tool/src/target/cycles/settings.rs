//! The plugin's settings file; its format is described where it is read, in `cycles-plugin/src/settings.rs`.

use std::fmt::Write as _;

use peacrab_cycles_model::Mark;

use super::{RESULTS_FILE, core_model};
use crate::target::board::{Board, WeightsIn};

/// Where things lie that the timing asks for.
pub struct Places {
    pub program_start: u64,
    pub program_bytes: u64,
    pub arena_start: u64,
    pub arena_bytes: u64,
}

/// The file's text.
pub fn text(board: &Board, places: &Places, marks: &[(u32, Mark)]) -> String {
    let timing = &board.timing;
    let architecture = if board.target.is_arm() { "thumb" } else { "riscv" };
    let mut text = format!("output {RESULTS_FILE}\narchitecture {architecture}\n");
    // Writing to a string does not fail.
    let mut put = |line: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{line}");
    };
    if core_model(board).is_some() {
        put(format_args!("core {}", board.core));
    }
    put(format_args!("flash {} {}", board.flash.origin, board.flash.bytes));
    put(format_args!("wait_states {}", timing.wait_states));
    put(format_args!("prefetch {}", u32::from(timing.prefetch)));
    put(format_args!("line_bytes {}", timing.line_bytes));
    put(format_args!("instruction_cache_lines {}", timing.instruction_cache_lines));
    put(format_args!("data_cache_lines {}", timing.data_cache_lines));
    if timing.weights_in == WeightsIn::Ram {
        put(format_args!("moved {} {}", places.program_start, places.program_bytes));
    }
    if timing.arena_wait_states > 0 {
        put(format_args!("slow {} {} {}", places.arena_start, places.arena_bytes, timing.arena_wait_states));
    }
    if !timing.unaligned {
        put(format_args!("aligned"));
    }
    for (address, mark) in marks {
        put(format_args!("mark {address} {}", mark.number()));
    }
    text
}
