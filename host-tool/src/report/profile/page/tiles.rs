//! The figures on top of the page.

use crate::report::figures::{duration, frequency, grouped, share, significant, size, two_decimals};
use crate::report::profile::ProfileReport;
use crate::report::profile::basis::{Basis, figures_are, has_instructions, total_macs};

/// One figure.
#[derive(Clone)]
pub(super) struct Tile {
    pub label: String,
    pub value: String,
    pub unit: &'static str,
    pub note: String,
    /// Whether it is what the page is about.
    pub is_main: bool,
}

/// What one inference takes.
pub(super) fn time(report: &ProfileReport) -> Vec<Tile> {
    let mut tiles = vec![main(report)];
    tiles.extend(latency(report));
    tiles.push(per_mac(report));
    if Basis::of(report).is_cycles() && has_instructions(report) {
        tiles.push(instructions(report));
    }
    tiles
}

/// What it needs.
pub(super) fn memory(report: &ProfileReport) -> Vec<Tile> {
    let memory = [
        ("Arena", report.arena_bytes, "activations and scratch"),
        ("Stack", report.stack_bytes, "high-water mark"),
        ("Flash", report.flash_bytes, "runner and program"),
        ("RAM", report.ram_bytes, "stack, statics and arena"),
    ];
    let tile = |(label, bytes, what): (&str, u64, &str)| Tile {
        label: label.to_owned(),
        value: grouped(bytes),
        unit: "bytes",
        note: if bytes < 1024 { what.to_owned() } else { format!("{} · {what}", size(bytes)) },
        is_main: false,
    };
    memory.map(tile).to_vec()
}

fn main(report: &ProfileReport) -> Tile {
    let words = figures_are(report);
    let mut letters = words.chars();
    let capital = letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter();
    Tile {
        label: capital.chain(letters).collect(),
        value: grouped(Basis::of(report).total),
        unit: "",
        note: match report.cycles_range.filter(|[least, most]| least != most) {
            Some([least, most]) => {
                format!("{} to {} in {} inferences", grouped(least), grouped(most), report.counts.len())
            }
            None => "per inference".to_owned(),
        },
        is_main: true,
    }
}

fn latency(report: &ProfileReport) -> Option<Tile> {
    let us = report.latency_us?;
    let (value, unit) = duration(us);
    let rate = if us > 0.0 { format!(" · {} per second", significant(1e6 / us)) } else { String::new() };
    let note = format!("at {}{rate}", frequency(report.clock_hz));
    Some(Tile { label: "Latency".to_owned(), value, unit, note, is_main: true })
}

fn per_mac(report: &ProfileReport) -> Tile {
    let (basis, macs) = (Basis::of(report), total_macs(report));
    Tile {
        label: format!("{} per MAC", basis.unit_title()),
        value: if macs == 0 { "-".to_owned() } else { two_decimals(share(basis.total, macs)) },
        unit: "",
        note: format!("{} MACs", grouped(macs)),
        is_main: false,
    }
}

fn instructions(report: &ProfileReport) -> Tile {
    let per_instruction = share(report.cycles.unwrap_or(0), report.instructions);
    Tile {
        label: "Instructions".to_owned(),
        value: grouped(report.instructions),
        unit: "",
        note: format!("{} cycles each", two_decimals(per_instruction)),
        is_main: false,
    }
}
