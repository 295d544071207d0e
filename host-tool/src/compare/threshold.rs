//! `--fail-above`: what may not get worse by more than so many percent.

use std::fmt;
use std::str::FromStr;

use miette::Diagnostic;
use serde::Serialize;
use thiserror::Error;

use super::column::Column;
use super::facts::Value;
use super::figure::{Figure, Role};
use super::table::{differences, whole_where_whole};

/// Rounding of decimal fractions does not make a figure exceed its limit.
const ROUNDING: f64 = 1e-9;

/// A limit: for costs percent of the first column's, for accuracies percentage points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Percent(f64);

/// Why a text is no limit.
#[derive(Debug, Error, Diagnostic, PartialEq, Eq)]
#[error("a limit is a number of percent of 0 or more, as in `2%` or `0.5`")]
#[diagnostic(code(compare::limit))]
pub struct NoPercent;

impl FromStr for Percent {
    type Err = NoPercent;

    fn from_str(text: &str) -> Result<Self, NoPercent> {
        let text = text.trim();
        let number: f64 = text.strip_suffix('%').unwrap_or(text).trim_end().parse().map_err(|_| NoPercent)?;
        // Adding 0 makes -0 a 0.
        if number.is_finite() && number >= 0.0 { Ok(Percent(number + 0.0)) } else { Err(NoPercent) }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// How one figure of a later column stands against the first column's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// Label of the later column.
    pub column: String,
    /// Which figure.
    pub figure: Figure,
    /// The first column's value.
    #[serde(serialize_with = "whole_where_whole")]
    pub first: f64,
    /// The later column's.
    #[serde(serialize_with = "whole_where_whole")]
    pub value: f64,
    /// How much worse it is: of a cost in percent of the first, of an accuracy in percentage points. Below 0 it is better; absent where a
    /// cost was nothing and now is something.
    pub worse: Option<f64>,
    /// Whether that is more than the limit.
    pub exceeds: bool,
}

/// A figure that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotJudged {
    /// Label of the later column.
    pub column: String,
    /// Which figure.
    pub figure: Figure,
    /// Why not.
    pub reason: String,
}

/// What a limit says of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The limit.
    pub percent: Percent,
    /// What was judged.
    pub judged: Vec<Judged>,
    /// What was not, and why: figures that only one of the two columns has, or that cannot be compared like for like.
    pub not_judged: Vec<NotJudged>,
}

/// Judges every later column against the first.
pub(super) fn judge(columns: &[Column], percent: Percent) -> Verdict {
    let mut verdict = Verdict { percent, judged: Vec::new(), not_judged: Vec::new() };
    if let Some((first, later)) = columns.split_first() {
        for column in later {
            verdict.judge(first, column);
        }
    }
    verdict
}

impl Verdict {
    /// What exceeds the limit.
    pub fn offenders(&self) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(|judged| judged.exceeds)
    }

    /// Whether any figure of a column was judged.
    #[must_use]
    pub fn judges(&self, label: &str) -> bool {
        self.judged.iter().any(|judged| judged.column == label)
    }

    fn judge(&mut self, first: &Column, column: &Column) {
        let costs = Figure::ROWS.into_iter().filter(|figure| figure.traits().role == Role::Cost);
        for figure in first.metric.or(column.metric).into_iter().chain(costs) {
            match comparable(figure, first, column) {
                Ok(Some((a, b))) => self.judged.push(self.percent.judge(figure, &column.label, a, b)),
                Ok(None) => {}
                Err(reason) => self.not_judged.push(NotJudged { column: column.label.clone(), figure, reason }),
            }
        }
    }
}

/// The two values of a figure, if they can be compared; none, if neither column has it.
fn comparable<'a>(
    figure: Figure,
    first: &'a Column,
    column: &'a Column,
) -> Result<Option<(&'a Value, &'a Value)>, String> {
    let missing = |column: &Column| format!("not in `{}`", column.label);
    match (first.figures.get(&figure), column.figures.get(&figure)) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(missing(first)),
        (Some(_), None) => Err(missing(column)),
        (Some(a), Some(b)) if differences(&a.basis, &b.basis).is_some() => Err("not like for like".to_owned()),
        (Some(a), Some(b)) => Ok(Some((a, b))),
    }
}

impl Percent {
    fn judge(self, figure: Figure, column: &str, first: &Value, value: &Value) -> Judged {
        let (first, value) = (first.number, value.number);
        let worse = match figure.traits().role {
            Role::Metric => Some(100.0 * (first - value)),
            _ if first > 0.0 => Some(100.0 * (value - first) / first),
            _ => (value <= 0.0).then_some(0.0),
        };
        let exceeds = worse.is_none_or(|worse| worse > self.0 + ROUNDING * self.0.max(1.0));
        Judged { column: column.to_owned(), figure, first, value, worse, exceeds }
    }
}
