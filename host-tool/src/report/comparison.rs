//! The terminal table of a comparison.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table};

use super::figures::{grouped, printable, shorten};
use super::table::{plain_table, to_text};
use crate::compare::facts::{QUOTE, Setting};
use crate::compare::figure::{Figure, Relation, Unit};
use crate::compare::table::{Caveat, Cell, OperatorRow, OperatorTable};
use crate::compare::threshold::{Judged, Verdict};
use crate::compare::{Comparison, SettingRow};

/// Longest label of a column, and longest name of an operator.
const NAME_WIDTH_MAX: usize = 32;

/// Longest circumstance in a caveat.
const PHRASE_WIDTH_MAX: usize = 72;

/// From this largest value of a row on, its counts are shown in millions.
const MILLIONS_FROM: f64 = 1e6;

/// The whole comparison, with at most so many operators.
pub fn render_comparison(comparison: &Comparison, operators_max: usize) -> String {
    let mut parts = vec![summary(comparison)];
    if operators_max > 0 {
        parts.extend(comparison.operators.iter().map(|table| operators(comparison, table, operators_max)));
    }
    parts.push(caveats(comparison));
    parts.push(verdict(comparison));
    parts.retain(|part| !part.is_empty());
    parts.join("\n").trim_end().to_owned()
}

/// How much worse a figure is than the limit allows.
pub fn offence(judged: &Judged) -> String {
    let unit = judged.figure.traits().unit;
    let texts = [judged.first, judged.value].map(|value| number(unit, value, Scale::of(unit, &[])));
    let change = match (judged.worse, unit) {
        (None, _) => "from nothing".to_owned(),
        (Some(worse), Unit::Share | Unit::Number) => format!("{:+.2} points", 0.0 - worse),
        (Some(worse), _) => format!("{worse:+.2} %"),
    };
    format!("`{}`: {} {} to {} ({change})", printable(&judged.column), judged.figure.name(), texts[0], texts[1])
}

fn summary(comparison: &Comparison) -> String {
    let mut table = empty_table(comparison, "");
    for row in comparison.settings.iter().filter(|row| is_told(row)) {
        let mut texts = vec![setting_label(row.setting).to_owned()];
        for value in &row.values {
            texts.extend([value.as_deref().map_or("-".to_owned(), printable), String::new()]);
        }
        table.add_row(texts);
    }
    for row in &comparison.rows {
        let unit = row.figure.traits().unit;
        let (scale, label) = scale_and_label(row.figure, &row.cells);
        add_cells(&mut table, label, row.figure, &row.cells, |value| number(unit, value, scale));
    }
    to_text(&table)
}

fn operators(comparison: &Comparison, of: &OperatorTable, operators_max: usize) -> String {
    let traits = of.figure.traits();
    let mut table = empty_table(comparison, &format!("operator: {}", traits.label));
    let shown: Vec<&OperatorRow> = of.operators.iter().take(operators_max).collect();
    for row in &shown {
        let name = shorten(&printable(&row.name), NAME_WIDTH_MAX);
        // As they are: small operators stand below large ones.
        add_cells(&mut table, name, of.figure, &row.cells, |value| number(traits.unit, value, Scale::One));
    }
    let mut text = to_text(&table);
    if shown.len() < of.operators.len() {
        text += &format!(" {} of {} operators, those that change most first\n", shown.len(), of.operators.len());
    }
    text
}

/// One column of names, then two for each column of the comparison: its values, and how they relate.
fn empty_table(comparison: &Comparison, corner: &str) -> Table {
    let mut header = vec![corner.to_owned()];
    for column in &comparison.columns {
        header.extend([shorten(&printable(&column.label), NAME_WIDTH_MAX), String::new()]);
    }
    let mut table = plain_table(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for (index, column) in table.column_iter_mut().enumerate().skip(1) {
        let is_value = index % 2 == 1;
        column.set_cell_alignment(if is_value { CellAlignment::Right } else { CellAlignment::Left });
        column.set_padding(if is_value { (2, 0) } else { (1, 0) });
    }
    table
}

fn add_cells(table: &mut Table, label: String, figure: Figure, cells: &[Option<Cell>], text: impl Fn(f64) -> String) {
    let mut texts = vec![label];
    for cell in cells {
        texts.extend(match cell {
            Some(cell) => [text(cell.value), relation(figure, cell)],
            None => ["-".to_owned(), String::new()],
        });
    }
    table.add_row(texts);
}

/// How a cell relates to the first: `0.44x *`, `1.02x ¹`.
fn relation(figure: Figure, cell: &Cell) -> String {
    let relation = match (cell.ratio, cell.difference) {
        (Some(ratio), _) => ratio_text(ratio),
        (None, Some(difference)) => difference_text(figure, difference),
        (None, None) => String::new(),
    };
    let best = if cell.best { "*".to_owned() } else { String::new() };
    let caveat = cell.caveat.map(superscript).unwrap_or_default();
    let parts = [relation, best, caveat];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Two decimals; three where two would hide that it is not quite the same.
fn ratio_text(ratio: f64) -> String {
    let text = format!("{ratio:.2}x");
    if text == "1.00x" && ratio != 1.0 { format!("{ratio:.3}x") } else { text }
}

fn difference_text(figure: Figure, difference: f64) -> String {
    let traits = figure.traits();
    match traits.unit {
        _ if traits.relation != Relation::Difference => String::new(),
        Unit::Share => format!("{:+.2}", zero_without_sign(100.0 * difference, 0.005)),
        Unit::Decibels => format!("{:+.1}", zero_without_sign(difference, 0.05)),
        _ => format!("{:+.4}", zero_without_sign(difference, 0.000_05)),
    }
}

/// What rounds to zero is shown as `+0`, not `-0`.
fn zero_without_sign(value: f64, half_step: f64) -> f64 {
    if value.abs() < half_step { 0.0 } else { value }
}

/// ¹, ², ... ¹⁰.
fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = |digit: char| digit.to_digit(10).and_then(|digit| DIGITS.get(digit as usize)).copied();
    number.to_string().chars().filter_map(digit).collect()
}

/// What the numbers of one row are shown in, so that they can be read against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// As they are.
    One,
    /// In thousands: of microseconds, which makes milliseconds.
    Thousands,
    /// In millions.
    Millions,
}

impl Scale {
    fn of(unit: Unit, values: &[f64]) -> Self {
        let largest = values.iter().copied().fold(0.0, f64::max);
        match unit {
            Unit::Count if largest >= MILLIONS_FROM => Scale::Millions,
            Unit::Microseconds if largest >= 1e3 => Scale::Thousands,
            _ => Scale::One,
        }
    }
}

fn scale_and_label(figure: Figure, cells: &[Option<Cell>]) -> (Scale, String) {
    let values: Vec<f64> = cells.iter().flatten().map(|cell| cell.value).collect();
    let traits = figure.traits();
    let scale = Scale::of(traits.unit, &values);
    let unit = match (traits.unit, scale) {
        (Unit::Microseconds, Scale::Thousands) => ", ms",
        (Unit::Microseconds, _) => ", µs",
        (Unit::Points, _) => ", points",
        _ => "",
    };
    (scale, format!("{}{unit}", traits.label))
}

fn number(unit: Unit, value: f64, scale: Scale) -> String {
    match (unit, scale) {
        (Unit::Share, _) => format!("{:.2} %", 100.0 * value),
        (Unit::Points, _) => format!("{:.2}", zero_without_sign(100.0 * value, 0.005)),
        (Unit::Decibels, _) => format!("{value:.1}"),
        (Unit::Number, _) => decimals(value),
        (Unit::Count, Scale::Millions) => format!("{} M", scaled(value / 1e6)),
        (Unit::Count, _) => grouped(value.max(0.0).round() as u64),
        (Unit::Microseconds, Scale::Thousands) => scaled(value / 1e3),
        (Unit::Microseconds, _) => scaled(value),
    }
}

/// Two decimals, below 1 three.
fn scaled(value: f64) -> String {
    if value.abs() < 1.0 { format!("{value:.3}") } else { format!("{value:.2}") }
}

/// Four digits or so: per-MAC figures and areas under a curve.
fn decimals(value: f64) -> String {
    match value.abs() {
        small if small != 0.0 && small < 1e-3 => format!("{value:.3e}"),
        large if large >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Board, samples and the origin of cycles are always told, others where they differ.
fn is_told(row: &SettingRow) -> bool {
    let mut known = row.values.iter().flatten();
    let first = known.next();
    let differ = known.any(|value| Some(value) != first);
    differ || matches!(row.setting, Setting::Board | Setting::Samples | Setting::CyclesAre)
}

fn setting_label(setting: Setting) -> &'static str {
    match setting {
        Setting::Board => "board",
        Setting::Target => "packed for",
        Setting::Observer => "ranges by",
        Setting::CalibrationSamples => "calibration samples",
        Setting::Samples => "samples",
        Setting::CyclesAre => "cycles are",
        Setting::WaitStates => "wait states",
    }
}

/// The legend, and everything that a reader must know.
fn caveats(comparison: &Comparison) -> String {
    let first = comparison.columns.first().map(|column| column.label.as_str()).unwrap_or_default();
    let mut text = String::new();
    if comparison.rows.iter().flat_map(|row| row.cells.iter().flatten()).any(|cell| cell.best) {
        text += if comparison.caveats.is_empty() { "* best of its row" } else { "* best of its row, like for like" };
        text.push('\n');
    }
    for (index, caveat) in comparison.caveats.iter().enumerate() {
        text += &format!("{} {}\n", superscript(index + 1), printable(&caveat_text(first, caveat)));
    }
    for note in &comparison.notes {
        text += &format!("note: {}\n", printable(note));
    }
    text
}

fn caveat_text(first: &str, caveat: &Caveat) -> String {
    // Sentences are told where nothing shorter says what differs.
    let is_short = |phrase: &&String| !phrase.starts_with(QUOTE);
    let short_only = caveat.first.iter().chain(&caveat.later).any(|phrase| is_short(&phrase));
    let side = |label: &str, phrases: &[String]| {
        let told = phrases.iter().filter(|phrase| !short_only || is_short(phrase));
        let told: Vec<String> = told.map(|phrase| shorten(phrase, PHRASE_WIDTH_MAX)).collect();
        if told.is_empty() { format!("`{label}` has not") } else { format!("`{label}` has {}", told.join("; ")) }
    };
    let mut sides = [side(first, &caveat.first), side(&caveat.column, &caveat.later)];
    if caveat.first.is_empty() {
        sides.reverse();
    }
    let figures: Vec<String> = caveat.figures.iter().map(|figure| figure.name()).collect();
    format!("not like for like: {} ({})", sides.join(", "), figures.join(", "))
}

/// What was judged, so that nothing passes in silence.
fn verdict(comparison: &Comparison) -> String {
    let Some(verdict) = &comparison.fail_above else { return String::new() };
    let labels = comparison.columns.iter().skip(1).map(|column| &column.label);
    labels.map(|label| format!("{}\n", printable(&verdict_of(verdict, label)))).collect()
}

fn verdict_of(verdict: &Verdict, column: &str) -> String {
    let names = |exceeds: bool| -> Vec<String> {
        let of_column = verdict.judged.iter().filter(|judged| judged.column == column && judged.exceeds == exceeds);
        of_column.map(|judged| judged.figure.name()).collect()
    };
    let mut parts = Vec::new();
    for (word, names) in [("within", names(false)), ("worse by more than", names(true))] {
        if !names.is_empty() {
            parts.push(format!("{word} {}: {}", verdict.percent, names.join(", ")));
        }
    }
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for not in verdict.not_judged.iter().filter(|not| not.column == column) {
        by_reason.entry(&not.reason).or_default().push(not.figure.name());
    }
    if !by_reason.is_empty() {
        let reasons = by_reason.iter().map(|(reason, figures)| format!("{} ({reason})", figures.join(", ")));
        parts.push(format!("not judged: {}", reasons.collect::<Vec<_>>().join(", ")));
    }
    if parts.is_empty() {
        parts.push("nothing to judge".to_owned());
    }
    format!("`{column}`: {}", parts.join("; "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_of_a_row_can_be_read_against_each_other() {
        let millions = Scale::of(Unit::Count, &[311_000.0, 3_421_880.0]);
        let texts = [311_000.0, 3_421_880.0].map(|value| number(Unit::Count, value, millions));
        assert_eq!(texts, ["0.311 M", "3.42 M"]);
        assert_eq!(number(Unit::Count, 999_999.0, Scale::of(Unit::Count, &[999_999.0])), "999,999");
        assert_eq!(number(Unit::Microseconds, 950.0, Scale::of(Unit::Microseconds, &[950.0, 28_230.0])), "0.950");
        assert_eq!(number(Unit::Share, 0.98426, Scale::One), "98.43 %");
        assert_eq!(number(Unit::Points, -1e-17, Scale::One), "0.00");
        assert_eq!([0.00012, 0.9031, 183.333].map(decimals), ["1.200e-4", "0.9031", "183.33"]);
    }

    #[test]
    fn what_is_not_the_same_does_not_look_the_same() {
        assert_eq!([1.0, 1.002, 0.9996, 0.444, 12.0].map(ratio_text), ["1.00x", "1.002x", "1.000x", "0.44x", "12.00x"]);
        assert_eq!(difference_text(Figure::AccuracyFixed, -0.0014), "-0.14");
        assert_eq!(difference_text(Figure::AccuracyFixed, -1e-17), "+0.00");
        assert_eq!(difference_text(Figure::AucFixed, 0.0031), "+0.0031");
        assert_eq!(difference_text(Figure::SqnrDb, -2.04), "-2.0");
        assert_eq!(difference_text(Figure::AccuracyLost, 0.5), "");
    }

    #[test]
    fn caveats_say_the_shortest_difference() {
        let phrases = |phrases: &[&str]| phrases.iter().map(ToString::to_string).collect::<Vec<String>>();
        let text = |first: &[&str], later: &[&str]| {
            let (first, later, figures) =
                (phrases(first), phrases(later), BTreeSet::from([Figure::AccuracyFixed, Figure::Cycles]));
            caveat_text("a", &Caveat { column: "b".into(), first, later, figures })
        };
        assert_eq!(
            text(&["0 wait states", "\"No waits.\""], &["5 wait states", "\"Waits.\""]),
            "not like for like: `a` has 0 wait states, `b` has 5 wait states (fixed accuracy, cycles)"
        );
        assert_eq!(
            text(&["\"No waits.\""], &[]),
            "not like for like: `a` has \"No waits.\", `b` has not (fixed accuracy, cycles)"
        );
        assert_eq!(text(&[], &["board x"]), "not like for like: `b` has board x, `a` has not (fixed accuracy, cycles)");
    }

    #[test]
    fn many_caveats_have_numbers_too() {
        assert_eq!([1, 9, 10, 23].map(superscript), ["¹", "⁹", "¹⁰", "²³"]);
    }
}
