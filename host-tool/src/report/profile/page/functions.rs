//! The page's table of functions.

use super::operators::{percentage, pieces};
use crate::report::figures::{grouped, percent, printable, share};
use crate::report::profile::ProfileReport;
use crate::report::profile::basis::{Basis, operator_label};

/// More functions than this are left to the JSON.
const FUNCTIONS_MAX: usize = 25;

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
        let row = |function: &crate::report::profile::FunctionProfile| {
            let value = basis.amount(function.cost);
            Row {
                pieces: pieces(&printable(&function.name), "::"),
                name: printable(&function.name),
                operator: operator_label(report, function.operator),
                amount: grouped(value),
                value,
                share: percent(basis.share(value)),
                bar: percentage(share(value, longest)),
            }
        };
        FunctionTable {
            rows: report.functions.iter().take(FUNCTIONS_MAX).map(row).collect(),
            others: report.functions.len().saturating_sub(FUNCTIONS_MAX),
        }
    }
}
