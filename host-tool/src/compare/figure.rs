//! The figures that columns are compared by: what each is called, which way is better, and whether a threshold judges it.

use serde::Serialize;

/// One row of a comparison. The order is that of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Accuracy of the float model.
    AccuracyFloat,
    /// Accuracy of the program.
    AccuracyFixed,
    /// What fixed point cost of it.
    AccuracyLost,
    /// AUC of the float model.
    AucFloat,
    /// AUC of the program.
    AucFixed,
    /// What fixed point cost of it.
    AucLost,
    /// Mean squared error of the float model.
    MseFloat,
    /// Mean squared error of the program.
    MseFixed,
    /// How far float model and program say the same.
    Agreement,
    /// Instructions of one inference.
    Instructions,
    /// Cycles of one inference.
    Cycles,
    /// Time of one inference at the board's clock, in microseconds.
    LatencyUs,
    /// Multiply-accumulates of one inference.
    Macs,
    /// Instructions per multiply-accumulate.
    InstructionsPerMac,
    /// Cycles per multiply-accumulate.
    CyclesPerMac,
    /// Size of the arena.
    ArenaBytes,
    /// High-water mark of the stack.
    StackBytes,
    /// Runner and program.
    FlashBytes,
    /// Stack, statics and arena.
    RamBytes,
    /// The program alone, in flash.
    ProgramBytes,
    /// Signal-to-quantization-noise ratio of an operator's output.
    SqnrDb,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, 0 to 1, shown in percent.
    Share,
    /// A difference of shares, shown in percentage points.
    Points,
    /// A number without a unit.
    Number,
    /// Whole things.
    Count,
    /// Microseconds.
    Microseconds,
    /// Decibels.
    Decibels,
}

/// How a later column relates to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// By its multiple.
    Ratio,
    /// By its difference.
    Difference,
    /// Not at all: it is a difference itself.
    None,
}

/// Whether a threshold judges a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A cost, which may not grow.
    Cost,
    /// An accuracy, which may not fall, where it is the one that the evaluation is about.
    Metric,
    /// Only shown.
    Shown,
}

/// What is known of a figure.
#[derive(Debug, Clone, Copy)]
pub struct Traits {
    /// As in the table.
    pub label: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// How later columns relate to the first.
    pub relation: Relation,
    /// Whether more is better.
    pub more_is_better: bool,
    /// Whether a threshold judges it.
    pub role: Role,
}

impl Figure {
    /// All rows of the table, in order.
    pub const ROWS: [Figure; 20] = [
        Figure::AccuracyFloat,
        Figure::AccuracyFixed,
        Figure::AccuracyLost,
        Figure::AucFloat,
        Figure::AucFixed,
        Figure::AucLost,
        Figure::MseFloat,
        Figure::MseFixed,
        Figure::Agreement,
        Figure::Instructions,
        Figure::Cycles,
        Figure::LatencyUs,
        Figure::Macs,
        Figure::InstructionsPerMac,
        Figure::CyclesPerMac,
        Figure::ArenaBytes,
        Figure::StackBytes,
        Figure::FlashBytes,
        Figure::RamBytes,
        Figure::ProgramBytes,
    ];

    /// What is known of it.
    #[must_use]
    pub fn traits(self) -> Traits {
        use Unit::{Count, Decibels, Microseconds, Number, Share};
        match self {
            Figure::AccuracyFloat => accuracy("accuracy, float", Share, Role::Shown),
            Figure::AccuracyFixed => accuracy("accuracy, fixed", Share, Role::Metric),
            Figure::AccuracyLost => lost("accuracy lost"),
            Figure::AucFloat => accuracy("AUC, float", Number, Role::Shown),
            Figure::AucFixed => accuracy("AUC, fixed", Number, Role::Metric),
            Figure::AucLost => lost("AUC lost"),
            Figure::MseFloat => cost("mean squared error, float", Number, Role::Shown),
            Figure::MseFixed => cost("mean squared error, fixed", Number, Role::Shown),
            Figure::Agreement => accuracy("agreement", Share, Role::Metric),
            Figure::Instructions => cost("instructions", Count, Role::Cost),
            Figure::Cycles => cost("cycles", Count, Role::Cost),
            Figure::LatencyUs => cost("latency", Microseconds, Role::Shown),
            Figure::Macs => cost("MACs", Count, Role::Shown),
            Figure::InstructionsPerMac => cost("instructions / MAC", Number, Role::Shown),
            Figure::CyclesPerMac => cost("cycles / MAC", Number, Role::Shown),
            Figure::ArenaBytes => cost("arena, bytes", Count, Role::Cost),
            Figure::StackBytes => cost("stack, bytes", Count, Role::Cost),
            Figure::FlashBytes => cost("flash, bytes", Count, Role::Cost),
            Figure::RamBytes => cost("RAM, bytes", Count, Role::Cost),
            Figure::ProgramBytes => cost("program, bytes", Count, Role::Cost),
            Figure::SqnrDb => accuracy("SQNR, dB", Decibels, Role::Shown),
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn name(self) -> String {
        let label = self.traits().label;
        match label.split_once(", ") {
            Some((what, "bytes" | "dB")) => what.to_owned(),
            Some((what, side)) => format!("{side} {what}"),
            None => label.to_owned(),
        }
    }
}

fn cost(label: &'static str, unit: Unit, role: Role) -> Traits {
    Traits { label, unit, relation: Relation::Ratio, more_is_better: false, role }
}

fn accuracy(label: &'static str, unit: Unit, role: Role) -> Traits {
    Traits { label, unit, relation: Relation::Difference, more_is_better: true, role }
}

fn lost(label: &'static str) -> Traits {
    Traits { label, unit: Unit::Points, relation: Relation::None, more_is_better: false, role: Role::Shown }
}
