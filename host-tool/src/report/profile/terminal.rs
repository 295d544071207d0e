//! A profile as text.

use comfy_table::{Attribute, Cell, Color, Table};

use super::basis::{Basis, figures_are, has_instructions, operator_label, total_macs, wait_states_text};
use super::grade::Grade;
use super::{Cost, OperatorProfile, ProfileReport};
use crate::report::figures::{
    common_folder, duration, frequency, grouped, percent, printable, share, shorten, two_decimals,
};
use crate::report::table::{align_right, bar, plain_table, set_colour, to_text};

/// Longer names are shortened in the middle, unless everything is asked for.
const NAME_WIDTH_MAX: usize = 30;
/// The same for functions, which have a line nearly to themselves.
const FUNCTION_WIDTH_MAX: usize = 64;
/// How many of the dearest functions are shown.
const FUNCTIONS_MAX: usize = 8;

/// How the text looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextStyle {
    /// Escape sequences for colours: only a terminal shows them.
    pub colour: bool,
    /// Whole names, all assumptions, all functions.
    pub verbose: bool,
}

/// Operators, totals, memory, the dearest functions, and what the figures rest on.
pub fn render_text(report: &ProfileReport, style: TextStyle) -> String {
    let operators = OperatorTable::of(report, style).to_text();
    let parts = [operators, summary(report), functions(report, style), assumptions(report, style)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The table of operators. Columns that would be empty in every row are left out.
struct OperatorTable<'a> {
    report: &'a ProfileReport,
    style: TextStyle,
    basis: Basis,
    has_instructions: bool,
    has_best: bool,
    /// What all names start with, up to a `/`, where a name is too long with it.
    folder: Option<&'a str>,
}

impl<'a> OperatorTable<'a> {
    fn of(report: &'a ProfileReport, style: TextStyle) -> Self {
        let basis = Basis::of(report);
        let has_best = report.operators.iter().any(|operator| operator.best_cycles_per_mac.is_some());
        let has_instructions = has_instructions(report);
        let names = || report.operators.iter().map(|operator| operator.name.as_str());
        let is_long = !style.verbose && names().any(|name| name.chars().count() > NAME_WIDTH_MAX);
        let folder = is_long.then(|| common_folder(names())).filter(|folder| !folder.is_empty());
        OperatorTable { report, style, basis, has_instructions, has_best: has_best && basis.is_cycles(), folder }
    }

    fn to_text(&self) -> String {
        let per_mac = format!("{}/MAC", self.basis.unit());
        let mut header = vec!["#", "operator", "kernel", "MACs"];
        header.extend(self.has_instructions.then_some("instructions"));
        header.extend(self.basis.is_cycles().then_some("cycles"));
        header.push(&per_mac);
        header.extend(self.has_best.then_some("best"));
        header.extend(["share", ""]);
        let mut table = plain_table(&header);
        set_colour(&mut table, self.style.colour);
        align_right(&mut table, [0].into_iter().chain(3..header.len() - 1));
        let longest = self.report.operators.iter().map(|operator| self.basis.operator(operator)).max().unwrap_or(0);
        for operator in &self.report.operators {
            table.add_row(self.operator_row(operator, longest));
        }
        self.add_sums(&mut table);
        to_text(&table)
    }

    fn operator_row(&self, operator: &OperatorProfile, longest: u64) -> Vec<Cell> {
        let amount = self.basis.operator(operator);
        let cost = Cost { instructions: operator.instructions, cycles: operator.cycles };
        let macs = if operator.macs == 0 { "-".to_owned() } else { grouped(operator.macs) };
        let mut row = vec![
            Cell::new(operator.index),
            Cell::new(self.operator_name(&operator.name)),
            Cell::new(printable(&operator.kernel)),
            Cell::new(macs),
        ];
        row.extend(self.figures(cost, self.basis.per_mac(operator), operator.best_cycles_per_mac));
        let colour = match Grade::of(operator, self.basis) {
            Grade::Good => Color::Green,
            Grade::Fair => Color::Yellow,
            Grade::Poor => Color::Red,
        };
        row.push(Cell::new(bar(share(amount, longest))).fg(colour));
        row
    }

    fn operator_name(&self, whole: &str) -> String {
        match self.folder.and_then(|folder| whole.strip_prefix(folder)) {
            Some(rest) => name(&format!("…{rest}"), NAME_WIDTH_MAX, self.style),
            None => name(whole, NAME_WIDTH_MAX, self.style),
        }
    }

    fn add_sums(&self, table: &mut Table) {
        let overhead = self.report.overhead;
        let total = Cost { instructions: self.report.instructions, cycles: self.report.cycles };
        let macs = total_macs(self.report);
        let per_mac = (macs > 0).then(|| share(self.basis.total, macs));
        for (word, macs, cost, per_mac) in [("overhead", 0, overhead, None), ("total", macs, total, per_mac)] {
            let macs = if macs == 0 { String::new() } else { grouped(macs) };
            let mut row = vec![Cell::new(""), Cell::new(word), Cell::new(""), Cell::new(macs)];
            row.extend(self.figures(cost, per_mac, None));
            if word == "total" {
                row = row.into_iter().map(|cell| cell.add_attribute(Attribute::Bold)).collect();
            }
            table.add_row(row);
        }
    }

    /// Instructions, cycles, for each multiply-accumulate, the best, share: as many as the table has.
    fn figures(&self, cost: Cost, per_mac: Option<f64>, best: Option<f64>) -> Vec<Cell> {
        let number = |value: Option<f64>| Cell::new(value.map_or_else(|| "-".to_owned(), two_decimals));
        let mut cells = Vec::new();
        cells.extend(self.has_instructions.then(|| Cell::new(grouped(cost.instructions))));
        cells.extend(self.basis.is_cycles().then(|| Cell::new(grouped(self.basis.amount(cost)))));
        cells.push(number(per_mac));
        cells.extend(self.has_best.then(|| number(best)));
        cells.push(Cell::new(percent(self.basis.share(self.basis.amount(cost)))));
        cells
    }
}

/// What one inference costs in time and memory.
fn summary(report: &ProfileReport) -> String {
    let basis = Basis::of(report);
    let (model, board) = (printable(&report.title()), printable(&report.board));
    let wait_states = wait_states_text(report).map(|text| format!(", {text}")).unwrap_or_default();
    let core = format!("{} at {}{wait_states}", printable(&report.core), frequency(report.clock_hz));
    let mut text = format!("{model} on {board} ({core}): {} {}", grouped(basis.total), figures_are(report));
    match report.latency_us.map(duration) {
        Some((time, unit)) => text += &format!(", {time} {unit} per inference"),
        None => text += " per inference",
    }
    if basis.is_cycles() && has_instructions(report) {
        text += &format!(", {} instructions", grouped(report.instructions));
    }
    text += "\n";
    if !basis.is_cycles() {
        let core = printable(&report.core);
        text += &format!("{core} has no model of cycles: instructions are counted, which say little about time\n");
    }
    if let Some([least, most]) = report.cycles_range.filter(|[least, most]| least != most) {
        text += &format!("{} inferences: {} to {} cycles\n", report.counts.len(), grouped(least), grouped(most));
    }
    let [arena, stack, flash, ram] =
        [report.arena_bytes, report.stack_bytes, report.flash_bytes, report.ram_bytes].map(grouped);
    text += &format!("arena {arena} bytes, stack {stack} bytes used; ");
    text + &format!("flash {flash} bytes, RAM {ram} bytes, runner included\n")
}

/// The functions in which most is spent.
fn functions(report: &ProfileReport, style: TextStyle) -> String {
    if report.functions.is_empty() {
        return String::new();
    }
    let basis = Basis::of(report);
    let shown = if style.verbose { report.functions.len() } else { FUNCTIONS_MAX };
    let mut table = plain_table(&["hottest functions", basis.unit(), "share", "most in"]);
    set_colour(&mut table, style.colour);
    align_right(&mut table, [1, 2]);
    for function in report.functions.iter().take(shown) {
        let amount = basis.amount(function.cost);
        table.add_row([
            name(&function.name, FUNCTION_WIDTH_MAX, style),
            grouped(amount),
            percent(basis.share(amount)),
            name(&operator_label(report, function.operator), NAME_WIDTH_MAX, style),
        ]);
    }
    to_text(&table)
}

/// What the figures rest on: the first sentence, or all of them.
fn assumptions(report: &ProfileReport, style: TextStyle) -> String {
    let sentences: Vec<String> = report.assumptions.iter().map(|sentence| printable(sentence)).collect();
    match sentences.as_slice() {
        [] => String::new(),
        [only] => format!("rests on: {only}\n"),
        all if style.verbose => {
            let lines: String = all.iter().map(|sentence| format!("  {sentence}\n")).collect();
            format!("rests on:\n{lines}")
        }
        [first, others @ ..] => format!("rests on: {first} And {} more: -v lists them\n", others.len()),
    }
}

fn name(text: &str, width_max: usize, style: TextStyle) -> String {
    let text = printable(text);
    if style.verbose { text } else { shorten(&text, width_max) }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{sample_report, sample_without_cycles};
    use super::*;

    const PLAIN: TextStyle = TextStyle { colour: false, verbose: false };

    #[test]
    fn the_whole_text() {
        let text = render_text(&sample_report(), PLAIN);
        assert_eq!(text, include_str!("terminal.golden.txt"), "\n{text}");
    }

    #[test]
    fn instructions_stand_where_cycles_are_unknown() {
        let text = render_text(&sample_without_cycles(), PLAIN);
        assert_eq!(text, include_str!("terminal_instructions.golden.txt"), "\n{text}");
    }

    #[test]
    fn a_board_that_counts_no_instructions_has_no_column_of_them() {
        let mut report = sample_report();
        report.instructions = 0;
        report.cycles_are = Some(super::super::CyclesAre::Measured);
        let text = render_text(&report, PLAIN);
        assert!(!text.contains("instructions"), "{text}");
        assert!(text.contains("5,926,850 measured cycles"), "{text}");
    }

    #[test]
    fn everything_is_shown_when_asked_for() {
        let mut report = sample_report();
        report.operators[0].name = "x".repeat(200);
        let short = render_text(&report, PLAIN);
        let long = render_text(&report, TextStyle { verbose: true, ..PLAIN });
        for (text, verbose) in [(short, false), (long, true)] {
            assert_eq!(text.contains(&report.operators[0].name), verbose, "{text}");
            assert_eq!(report.assumptions.iter().all(|sentence| text.contains(sentence)), verbose, "{text}");
            assert_eq!(report.functions.iter().all(|function| text.contains(&function.name)), verbose, "{text}");
        }
    }

    #[test]
    fn colours_only_where_they_are_wanted() {
        let mut report = sample_report();
        report.operators[0].name = "\u{1b}[31mred".into();
        assert!(!render_text(&report, PLAIN).contains('\u{1b}'));
        let coloured = render_text(&report, TextStyle { colour: true, ..PLAIN });
        assert!(coloured.contains('\u{1b}') && !coloured.contains("\u{1b}[31mred"), "{coloured}");
    }
}
