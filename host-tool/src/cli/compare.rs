//! `peacrab compare`: programs and saved reports side by side.

use std::path::Path;
use std::str::FromStr;

use clap::Args;

use super::failure::Failure;
use super::{CommandResult, output};
use crate::compare::threshold::Percent;
use crate::compare::{Comparison, request};
use crate::report::comparison::{offence, render_comparison};

const EXAMPLE: &str = "\
Example: two variants of a model, an evaluation and a profile of each
  peacrab eval model.onnx a.pea --inputs x.npy --labels y.npy --json > a-eval.json
  peacrab profile a.pea --board qemu-mps2-an386 --json > a-profile.json
  (the same for b.pea)
  peacrab compare a.pea,a-eval.json,a-profile.json \\
                  b.pea,b-eval.json,b-profile.json

Two reports, before and after a change:
  peacrab compare before=old/run.json after=new/run.json --fail-above 2%

What a file is, is seen from its content. Reports are what eval, run, profile
and convert print with --json.";

/// Compares programs and saved reports: accuracy beside cycles, flash and RAM
#[derive(Args)]
#[command(after_help = EXAMPLE)]
pub struct Compare {
    /// One column each: programs (.pea) and JSON reports of one program, joined by commas; two columns or more, compared with the first
    #[arg(required = true, num_args = 1.., value_name = "[NAME=]FILE[,FILE...]")]
    columns: Vec<String>,
    /// Ends with exit code 3 where a cost (instructions, cycles, arena, stack, flash, RAM, program) is more than P percent above the
    /// first column's, or the accuracy more than P percentage points below. Judges only what can be compared like for like
    #[arg(long, value_name = "P%", allow_hyphen_values = true)]
    fail_above: Option<Percent>,
    /// Shows the N operators that change most, `all` of them, or none (0); JSON has them all
    #[arg(long, value_name = "N", default_value = "10")]
    operators: OperatorsMax,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// How many operators are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OperatorsMax(usize);

impl FromStr for OperatorsMax {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(OperatorsMax(usize::MAX)),
            _ => text.parse().map(OperatorsMax).map_err(|_| "a number of operators, or `all`"),
        }
    }
}

impl Compare {
    /// Reads, compares, prints, judges.
    pub fn run(&self) -> CommandResult {
        let requests =
            request::parse(&self.columns, Path::is_file).map_err(|error| Failure::from(error).with_exit_code(2))?;
        let comparison = Comparison::read(&requests, self.fail_above)?;
        match self.json {
            true => output::print_json(&comparison)?,
            false => output::print(&render_comparison(&comparison, self.operators.0))?,
        }
        judge(&comparison)
    }
}

fn judge(comparison: &Comparison) -> CommandResult {
    let Some(verdict) = &comparison.fail_above else { return Ok(()) };
    let offences: Vec<String> = verdict.offenders().map(offence).collect();
    if !offences.is_empty() {
        return Err(Failure::threshold_missed(
            format!("worse than the first column by more than {}: {}", verdict.percent, offences.join("; ")),
            "see the table of operators for what changed; where it is worth its price, compare with a newer first column or raise --fail-above",
        ));
    }
    let first = comparison.columns.first().map(|column| column.label.as_str()).unwrap_or_default();
    match comparison.unjudged() {
        Some(column) => Err(Failure::failed(
            format!("nothing of `{}` can be judged against `{first}`", column.label),
            "give both the same kinds of reports, of the same board, wait states and samples; the lines under the table say what differs",
        )),
        None => Ok(()),
    }
}
