//! Counts per operator, with bars.

use std::fmt;

use serde::Serialize;

use super::table::{align_right, plain_table, to_text};

/// Width of the longest bar, in characters.
const BAR_WIDTH: f64 = 24.0;

/// What one operator cost.
#[derive(Debug, Clone, Serialize)]
pub struct OperatorCount {
    /// Position in the program.
    pub index: usize,
    /// The model's name of it.
    pub name: String,
    /// The kernel.
    pub kernel: String,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Median over the samples.
    pub count: u64,
}

/// A table of operators.
pub struct CountsTable<'a> {
    /// What is counted.
    pub unit: &'a str,
    /// Of one inference.
    pub total: u64,
    /// Every operator.
    pub operators: &'a [OperatorCount],
}

impl fmt::Display for CountsTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_mac = format!("{} / MAC", self.unit);
        let mut table = plain_table(&["#", "operator", "kernel", "MACs", self.unit, &per_mac, "share", ""]);
        for operator in self.operators {
            let share = operator.count as f64 / self.total.max(1) as f64;
            table.add_row([
                operator.index.to_string(),
                operator.name.clone(),
                operator.kernel.clone(),
                operator.macs.to_string(),
                operator.count.to_string(),
                if operator.macs == 0 {
                    "-".into()
                } else {
                    format!("{:.2}", operator.count as f64 / operator.macs as f64)
                },
                format!("{:.1} %", share * 100.0),
                "█".repeat((share * BAR_WIDTH).round() as usize),
            ]);
        }
        align_right(&mut table, [0, 3, 4, 5, 6]);
        f.write_str(&to_text(&table))
    }
}
