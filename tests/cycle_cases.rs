//! The model of cycles against numbers worked out by hand: the cases of `firmware/runner/src/cycle_cases`, on every core that QEMU gives.
//!
//! The arithmetic behind each number is beside it, by the tables of `docs/cycles.md` and the manuals that it cites, in the order of the
//! instructions.

#[path = "cycle_cases/flash.rs"]
mod flash;
#[path = "cycle_cases/riscv.rs"]
mod riscv;
#[path = "cycle_cases/thumb1.rs"]
mod thumb1;
#[path = "cycle_cases/thumb2.rs"]
mod thumb2;

use std::fmt::Write as _;

use peacrab::target::board::{Board, CounterKind};
use peacrab::target::cycles::cases::{CaseCost, count_cases};
use peacrab_tests::{announce, explain};

/// What a case must cost.
struct Expected {
    name: &'static str,
    instructions: u64,
    /// `None` where the core has no model.
    cycles: Option<u64>,
}

/// A kind of core, as the tables tell them apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    M0,
    M0Plus,
    M3,
    M4,
    /// As M4, but without cycles.
    NoModel,
    Hazard3,
}

impl Kind {
    fn of(board: &Board) -> Self {
        match board.core.as_str() {
            "cortex-m0" => Self::M0,
            "cortex-m0plus" => Self::M0Plus,
            "cortex-m3" => Self::M3,
            "cortex-m4f" | "cortex-m33" => Self::M4,
            "cortex-m7" | "cortex-m55" => Self::NoModel,
            "rv32imc" => Self::Hazard3,
            other => panic!("no table for {other}"),
        }
    }

    /// Column of the tables that every Arm core has.
    fn column(self) -> usize {
        match self {
            Self::M0 => 0,
            Self::M0Plus => 1,
            _ => 2,
        }
    }

    fn has_thumb2(self) -> bool {
        matches!(self, Self::M3 | Self::M4 | Self::NoModel)
    }

    fn has_dsp(self) -> bool {
        matches!(self, Self::M4 | Self::NoModel)
    }
}

/// The cases of a board with a flash that does not wait, in their order.
fn expected(board: &Board) -> Vec<Expected> {
    let kind = Kind::of(board);
    let case = |(name, instructions, cycles): (&'static str, u64, u64)| {
        let cycles = (kind != Kind::NoModel).then_some(cycles);
        Expected { name, instructions, cycles }
    };
    if kind == Kind::Hazard3 {
        let flash = flash::RISCV.iter().map(|row| (row.0, row.1, row.2[0]));
        return riscv::ROWS.iter().copied().chain(flash).map(case).collect();
    }
    let thumb1 = |row: &thumb1::Row| case((row.0, row.1, row.2[kind.column()]));
    let mut cases: Vec<_> = thumb1::ROWS.iter().map(thumb1).collect();
    cases.extend(flash::ARM.iter().map(|row| case((row.0, row.1, row.2[kind.column()]))));
    if board.counter.kind != CounterKind::Nrf51Timer {
        cases.extend(thumb1::TICK_TIMER.iter().map(thumb1));
    }
    if kind.has_thumb2() {
        let column = usize::from(kind != Kind::M3);
        cases.extend(thumb2::ROWS.iter().map(|row| case((row.0, row.1, row.2[column]))));
    }
    if kind.has_dsp() {
        cases.extend(thumb2::DSP.iter().chain(thumb2::FPU).copied().map(case));
    }
    cases
}

fn count(board: &Board) -> Vec<CaseCost> {
    count_cases(board, &mut |_| ()).unwrap_or_else(|error| panic!("{}: {}", board.name, explain(&error)))
}

/// A line for each case that did not cost what it must.
fn differences(what: &str, counted: &[CaseCost], expected: &[Expected]) -> String {
    let mut lines = String::new();
    for Expected { name, instructions, cycles } in expected {
        let Some(case) = counted.iter().find(|case| case.name == *name) else {
            writeln!(lines, "{what}: {name} did not run").expect("writes to memory");
            continue;
        };
        let cost = case.cost;
        if (cost.instructions, cost.cycles) != (*instructions, *cycles) {
            let (counted, modelled) = (cost.instructions, cost.cycles);
            writeln!(
                lines,
                "{what}: {name} has {counted} instructions of {instructions}, {modelled:?} cycles of {cycles:?}"
            )
            .expect("writes to memory");
        }
    }
    lines
}

#[test]
fn every_case_costs_what_was_worked_out_by_hand() {
    let (mut lines, mut checked) = (String::new(), 0);
    for board in Board::all().expect("the built-in boards are valid") {
        let (counted, expected) = (count(&board), expected(&board));
        for (case, expected) in counted.iter().zip(&expected) {
            assert_eq!(case.name, expected.name, "the order of the image and of the tables, {}", board.name);
        }
        assert_eq!(counted.len(), expected.len(), "{}", board.name);
        lines += &differences(&board.name, &counted, &expected);
        checked += expected.len();
        announce(&format!("cycle cases on {}: {} worked out by hand", board.name, expected.len()));
    }
    assert!(lines.is_empty(), "\n{lines}");
    assert_eq!(checked, CASES, "all boards are there");
}

/// Of all boards together.
const CASES: usize = 1454;

#[test]
fn a_flash_that_waits_costs_what_was_worked_out_by_hand() {
    let mut lines = String::new();
    for board in Board::all().expect("the built-in boards are valid") {
        let kind = Kind::of(&board);
        if kind == Kind::NoModel {
            continue;
        }
        let rows: Vec<flash::Row> = match kind {
            Kind::Hazard3 => flash::RISCV.to_vec(),
            _ if kind.has_thumb2() => flash::ARM.iter().chain(flash::THUMB2).copied().collect(),
            _ => flash::ARM.to_vec(),
        };
        for (column, (what, timing)) in flash::timings().into_iter().enumerate() {
            let waiting = Board { timing, ..board.clone() };
            let expected: Vec<_> = rows
                .iter()
                .filter_map(|(name, instructions, cycles, waits)| {
                    let cycles = Some(cycles[kind.column()] + waits[column]?);
                    Some(Expected { name, instructions: *instructions, cycles })
                })
                .collect();
            lines += &differences(&format!("{}, {what}", board.name), &count(&waiting), &expected);
        }
    }
    assert!(lines.is_empty(), "\n{lines}");
}
