//! The figures as a page.

use std::fmt::Write as _;

use peacrab::report::figures::grouped;

use super::figures::{Bench, Row};

const HEAD: &str = "\
# Bench

Made by `cargo xtask bench`; `cargo xtask bench --check`, which CI runs, measures again and fails when a figure changed by more than 1 % with the same
compiler. `figures.json` beside this page has the same figures.

One inference of one calibration sample, the program packed for the board's core, ranges from 16 calibration samples. Instructions are exact counts in
QEMU; cycles are modelled ([cycles.md](../cycles.md)) without wait states, and, for the Cortex-M4, with the five wait states and the caches of an
STM32L4R5. M7 and M55 have no model. Stack and flash are with the runner. The four benchmarks of MLPerf Tiny are kws, vww, ic and ad.
";

/// The page: a table for each board.
pub fn markdown(bench: &Bench) -> String {
    let mut text = HEAD.to_owned();
    let mut boards: Vec<&str> = bench.rows.iter().map(|row| row.board.as_str()).collect();
    boards.sort_unstable();
    boards.dedup();
    for board in boards {
        let rows: Vec<&Row> = bench.rows.iter().filter(|row| row.board == board).collect();
        text += &board_table(board, &rows, bench);
    }
    text
}

fn board_table(board: &str, rows: &[&Row], bench: &Bench) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let compiler = bench.compilers.get(&first.target).map_or("unknown compiler", String::as_str);
    let mut text = format!("\n## {board}: {}\n\n{}, {compiler}\n\n", first.core, first.target);
    let has = |figure: fn(&Row) -> Option<u64>| rows.iter().any(|row| figure(row).is_some());
    let (has_cycles, has_waits) = (has(|row| row.cycles), has(|row| row.cycles_wait_5));
    let mut head = vec!["model", "MACs", "instructions", "per MAC"];
    head.extend(has_cycles.then_some(["modelled cycles", "per MAC"]).into_iter().flatten());
    head.extend(has_waits.then_some(["modelled cycles, 5 wait states", "per MAC"]).into_iter().flatten());
    head.extend(["arena, bytes", "stack, bytes", "flash, bytes"]);
    line(&mut text, head.iter().map(|cell| (*cell).to_owned()));
    line(&mut text, head.iter().enumerate().map(|(index, _)| if index == 0 { "---" } else { "--:" }.to_owned()));
    for row in rows {
        let mut cells =
            vec![row.model.clone(), grouped(row.macs), grouped(row.instructions), per_mac(row, Some(row.instructions))];
        for (shown, figure) in [(has_cycles, row.cycles), (has_waits, row.cycles_wait_5)] {
            if shown {
                cells.extend([figure.map_or_else(|| "-".to_owned(), grouped), per_mac(row, figure)]);
            }
        }
        cells.extend([row.arena_bytes, row.stack_bytes, row.flash_bytes].map(grouped));
        line(&mut text, cells);
    }
    text
}

fn line(text: &mut String, cells: impl IntoIterator<Item = String>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "));
}

fn per_mac(row: &Row, figure: Option<u64>) -> String {
    match figure {
        Some(figure) if row.macs > 0 => format!("{:.2}", figure as f64 / row.macs as f64),
        _ => "-".to_owned(),
    }
}
