//! One column: what all of its files say together.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::CompareError;
use super::facts::{Facts, Kind, Operators, Setting, Value};
use super::figure::Figure;

/// Counts in steps of more than this share of themselves are said to be coarse.
const COARSE_SHARE: f64 = 0.005;

/// What several files say of one program.
#[derive(Debug, Clone)]
pub struct Column {
    /// What it is called.
    pub label: String,
    /// Its files, in the order given.
    pub files: Vec<ColumnFile>,
    /// Circumstances.
    pub settings: BTreeMap<Setting, String>,
    /// Figures.
    pub figures: BTreeMap<Figure, Value>,
    /// Figures of operators.
    pub operators: BTreeMap<Figure, Operators>,
    /// The figure that its evaluation is about.
    pub metric: Option<Figure>,
    /// What a reader must know of this column alone.
    pub notes: Vec<String>,
}

/// A file of a column.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnFile {
    /// Where it is.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

impl Column {
    /// Joins what several files say of one program.
    ///
    /// # Errors
    /// They are of different programs or boards, or two are of the same kind.
    pub fn join(label: String, files: Vec<Facts>) -> Result<Self, CompareError> {
        let heads = files.iter().map(|facts| ColumnFile { path: facts.path.display().to_string(), kind: facts.kind });
        let heads = heads.collect();
        let mut by_kind = files;
        by_kind.sort_by_key(|facts| facts.kind);
        check(&label, &by_kind)?;
        let mut column = Column {
            notes: notes(&label, &by_kind),
            label,
            files: heads,
            settings: BTreeMap::new(),
            figures: BTreeMap::new(),
            operators: BTreeMap::new(),
            metric: None,
        };
        for facts in by_kind {
            add_missing(&mut column.settings, facts.settings);
            add_missing(&mut column.figures, facts.figures);
            add_missing(&mut column.operators, facts.operators);
            column.metric = column.metric.or(facts.metric);
        }
        column.derive(Figure::Instructions, Figure::InstructionsPerMac);
        column.derive(Figure::Cycles, Figure::CyclesPerMac);
        column.notes.extend(column.coarse_counter());
        Ok(column)
    }

    fn derive(&mut self, cost: Figure, per_mac: Figure) {
        let macs = self.figures.get(&Figure::Macs).map(|macs| macs.number).filter(|&macs| macs > 0.0);
        if let (Some(cost), Some(macs)) = (self.figures.get(&cost), macs) {
            let value = Value { number: cost.number / macs, ..cost.clone() };
            self.figures.insert(per_mac, value);
        }
    }

    fn coarse_counter(&self) -> Option<String> {
        let value = self.figures.get(&Figure::Instructions)?;
        let step = value.resolution.filter(|step| *step > value.number * COARSE_SHARE)?;
        let share = 100.0 * step / value.number.max(1.0);
        Some(format!(
            "`{}` counts in steps of {step} instructions, {share:.1} % of the whole: smaller differences may be none",
            self.label
        ))
    }
}

fn add_missing<K: Ord, V>(to: &mut BTreeMap<K, V>, from: BTreeMap<K, V>) {
    for (key, value) in from {
        to.entry(key).or_insert(value);
    }
}

/// Refuses files that cannot be of one program.
fn check(label: &str, by_kind: &[Facts]) -> Result<(), CompareError> {
    let label = || label.to_owned();
    for (index, other) in by_kind.iter().enumerate() {
        for facts in by_kind.iter().take(index) {
            let paths = || (facts.path.clone(), other.path.clone());
            if facts.kind == other.kind {
                let (first, second) = paths();
                return Err(CompareError::SameKind { label: label(), kind: facts.kind, first, second });
            }
            if let Some((figure, value, other_value)) = contradiction(facts, other) {
                let (path, other_path) = paths();
                return Err(CompareError::DifferentPrograms {
                    label: label(),
                    figure,
                    path,
                    value,
                    other_path,
                    other_value,
                });
            }
            if let Some((board, other_board)) = boards_that_differ(facts, other) {
                let (path, other_path) = paths();
                return Err(CompareError::DifferentBoards { label: label(), path, board, other_path, other_board });
            }
        }
    }
    Ok(())
}

/// A figure that every report of a program has alike, and these two have not.
fn contradiction(a: &Facts, b: &Facts) -> Option<(Figure, f64, f64)> {
    [Figure::Macs, Figure::ArenaBytes, Figure::ProgramBytes].into_iter().find_map(|figure| {
        let (a, b) = (a.figures.get(&figure)?.number, b.figures.get(&figure)?.number);
        (a != b).then_some((figure, a, b))
    })
}

/// The boards that two reports ran on, where they differ. What a program was converted for may be another board of the same core.
fn boards_that_differ(a: &Facts, b: &Facts) -> Option<(String, String)> {
    let ran = |facts: &Facts| matches!(facts.kind, Kind::Run | Kind::Profile);
    let (a, b) = Some((a, b)).filter(|(a, b)| ran(a) && ran(b))?;
    let (a, b) = (a.settings.get(&Setting::Board)?, b.settings.get(&Setting::Board)?);
    (a != b).then(|| (a.clone(), b.clone()))
}

fn notes(label: &str, by_kind: &[Facts]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut programs: Vec<&str> = by_kind.iter().filter_map(|facts| facts.program.as_deref()).collect();
    programs.sort_unstable();
    programs.dedup();
    if programs.len() > 1 {
        notes
            .push(format!("`{label}` joins reports of files called {}: are they one program?", programs.join(" and ")));
    }
    if let Some((board, _)) = by_kind.iter().filter_map(|facts| facts.bit_identical.as_ref()).find(|(_, same)| !same) {
        notes
            .push(format!("`{label}`: on {board} the outputs differ from the host's; this is a bug, please report it"));
    }
    notes
}
