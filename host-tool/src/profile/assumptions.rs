//! What the figures of a profile rest on, in sentences.

use crate::target::board::{Board, Timing, WeightsIn};
use crate::target::cycles::{Counts, core_model};

/// Every assumption, the weightiest first.
pub fn sentences(board: &Board, counts: &Counts) -> Vec<String> {
    let timing = &board.timing;
    let mut sentences = vec!["Instructions are counted exactly, in QEMU.".to_owned()];
    let Some(core) = core_model(board) else {
        sentences.push(format!(
            "There are no cycles: for the core {} no timings are published from which they could be modelled.",
            board.core
        ));
        return sentences;
    };
    sentences.push(format!("{}.", core.source()));
    sentences.push(flash(timing));
    if timing.weights_in == WeightsIn::Ram {
        sentences.push("The program's weights and tables are taken to lie in RAM that does not wait.".to_owned());
    }
    sentences.push(match timing.arena_wait_states {
        0 => "RAM does not wait.".to_owned(),
        states => format!("RAM does not wait, but for the arena: every access takes {states} cycles more."),
    });
    if core.allows_unaligned() {
        let cost = if timing.unaligned { "cost one or two cycles more" } else { "are taken to cost nothing more" };
        sentences.push(format!("Unaligned loads {cost}."));
    }
    sentences.push(format!("Latency is at {} MHz.", board.clock_hz as f64 / 1e6));
    if !counts.unknown.is_empty() {
        sentences.push(format!(
            "{} executed instructions are not in the table and count as one cycle each, the first at {:#x}.",
            counts.unknown.len(),
            counts.unknown.first().copied().unwrap_or(0)
        ));
    }
    sentences
}

fn flash(timing: &Timing) -> String {
    if timing.wait_states == 0 {
        return "The flash has no wait states.".to_owned();
    }
    let cache = |name: &str, lines: u32| match lines {
        0 => format!("no {name} cache"),
        _ => format!("a {name} cache of {lines} lines"),
    };
    format!(
        "The flash has {} wait states, lines of {} bytes, {}, {}, {} prefetch; caches are fully associative and replace the line not used for longest.",
        timing.wait_states,
        timing.line_bytes,
        cache("instruction", timing.instruction_cache_lines),
        cache("data", timing.data_cache_lines),
        if timing.prefetch { "with" } else { "no" },
    )
}
