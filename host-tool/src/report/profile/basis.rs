//! Which figure a profile is drawn by: cycles where the core has them, else instructions.

use super::{Cost, CyclesAre, OperatorProfile, ProfileReport};
use crate::report::figures;

/// The figure that bars, shares and flames stand for.
#[derive(Clone, Copy)]
pub(super) struct Basis {
    is_cycles: bool,
    /// Of one inference.
    pub total: u64,
}

impl Basis {
    pub fn of(report: &ProfileReport) -> Self {
        Basis { is_cycles: report.cycles.is_some(), total: report.cycles.unwrap_or(report.instructions) }
    }

    /// Whether the core has a model or a counter of cycles.
    pub fn is_cycles(self) -> bool {
        self.is_cycles
    }

    /// `cycles` or `instructions`.
    pub fn unit(self) -> &'static str {
        if self.is_cycles { "cycles" } else { "instructions" }
    }

    /// The same as a title.
    pub fn unit_title(self) -> &'static str {
        if self.is_cycles { "Cycles" } else { "Instructions" }
    }

    pub fn amount(self, cost: Cost) -> u64 {
        if self.is_cycles { cost.cycles.unwrap_or(0) } else { cost.instructions }
    }

    pub fn operator(self, operator: &OperatorProfile) -> u64 {
        self.amount(Cost { instructions: operator.instructions, cycles: operator.cycles })
    }

    /// The amount for each multiply-accumulate, of operators that have any.
    pub fn per_mac(self, operator: &OperatorProfile) -> Option<f64> {
        (operator.macs > 0).then(|| figures::share(self.operator(operator), operator.macs))
    }

    /// The share of one inference.
    pub fn share(self, amount: u64) -> f64 {
        figures::share(amount, self.total)
    }
}

/// What the figures are, in the words that hold everywhere.
pub(super) fn figures_are(report: &ProfileReport) -> &'static str {
    match (report.cycles, report.cycles_are) {
        (None, _) => "instructions",
        (Some(_), Some(CyclesAre::Modelled)) => "modelled cycles",
        (Some(_), Some(CyclesAre::Measured)) => "measured cycles",
        (Some(_), None) => "cycles",
    }
}

/// Multiply-accumulates of one inference.
pub(super) fn total_macs(report: &ProfileReport) -> u64 {
    report.operators.iter().map(|operator| operator.macs).sum()
}

/// Whether instructions were counted: a board's own counter does not see them.
pub(super) fn has_instructions(report: &ProfileReport) -> bool {
    report.instructions > 0
}

/// How long the modelled flash makes the core wait; a measurement has no need to know.
pub(super) fn wait_states_text(report: &ProfileReport) -> Option<String> {
    let text = match report.wait_states {
        0 => "no wait states".to_owned(),
        1 => "1 wait state".to_owned(),
        count => format!("{count} wait states"),
    };
    (report.cycles.is_some() && report.cycles_are == Some(CyclesAre::Modelled)).then_some(text)
}

/// An operator as call stacks name it: `3 conv2d`.
pub(super) fn operator_label(report: &ProfileReport, index: Option<usize>) -> String {
    let Some(index) = index else { return "overhead".to_owned() };
    match report.operators.get(index) {
        Some(operator) => format!("{index} {}", figures::printable(&operator.kernel)),
        None => index.to_string(),
    }
}
