//! The page's table of functions.

use super::operators::percentage;
use crate::report::figures::{grouped, percent, printable, share};
use crate::report::profile::basis::{Basis, operator_label};
use crate::report::profile::{FunctionProfile, ProfileReport};

/// More functions than this are left to the JSON.
const FUNCTIONS_MAX: usize = 25;
/// So many are shown whatever they cost.
const FUNCTIONS_MIN: usize = 8;
/// Functions below this share would be shown as nothing.
const SHARE_MIN: f64 = 0.0005;

/// All that the table shows.
pub(super) struct FunctionTable {
    pub rows: Vec<Row>,
    /// How many are left out.
    pub others: usize,
}

/// One function.
pub(super) struct Row {
    pub name: String,
    /// The name in pieces between which a line may break.
    pub pieces: Vec<String>,
    pub operator: String,
    pub amount: String,
    pub value: u64,
    pub share: String,
    /// Length of its bar, in percent of the longest.
    pub bar: String,
}

impl FunctionTable {
    pub fn of(report: &ProfileReport) -> Self {
        let basis = Basis::of(report);
        let longest = report.functions.iter().map(|function| basis.amount(function.cost)).max().unwrap_or(0);
        let row = |function: &FunctionProfile| {
            let value = basis.amount(function.cost);
            Row {
                pieces: printable(&function.name).split_inclusive("::").map(str::to_owned).collect(),
                name: printable(&function.name),
                operator: operator_label(report, function.operator),
                amount: grouped(value),
                value,
                share: percent(basis.share(value)),
                bar: percentage(share(value, longest)),
            }
        };
        let notable = |function: &&FunctionProfile| basis.share(basis.amount(function.cost)) >= SHARE_MIN;
        let shown = report.functions.iter().take_while(notable).count().clamp(FUNCTIONS_MIN, FUNCTIONS_MAX);
        FunctionTable {
            rows: report.functions.iter().take(shown).map(row).collect(),
            others: report.functions.len().saturating_sub(shown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::profile::Cost;
    use crate::report::profile::sample::sample_report;

    #[test]
    fn functions_that_cost_nothing_to_speak_of_are_left_to_the_json() {
        let mut report = sample_report();
        let function = |cycles| FunctionProfile {
            name: "a::b".into(),
            cost: Cost { instructions: 0, cycles: Some(cycles) },
            operator: None,
        };
        let mut counted = |dear: usize, cheap: usize| {
            let functions = [vec![function(1_000_000); dear], vec![function(1); cheap]].concat();
            report.functions = functions;
            let table = FunctionTable::of(&report);
            (table.rows.len(), table.others)
        };
        let cases = [(3, 40), (12, 40), (40, 0), (2, 1)];
        assert_eq!(cases.map(|(dear, cheap)| counted(dear, cheap)), [(8, 35), (12, 40), (25, 15), (3, 0)]);
    }
}
