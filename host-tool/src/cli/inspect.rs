//! `peacrab inspect`: what is in a model, what it costs, what is unsupported.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::{CommandResult, output};
use crate::graph::print;
use crate::graph::summary::{Summary, summarize};
use crate::import::{self, Survey};
use crate::passes;
use crate::report::table::{numeric_table, to_text};

/// Shows a model's operators, shapes, costs, and what is unsupported
#[derive(Args)]
pub struct Inspect {
    /// The model, ONNX
    model: PathBuf,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What `inspect --json` prints.
#[derive(Serialize)]
struct InspectReport {
    #[serde(flatten)]
    survey: Survey,
    /// Costs of the prepared graph; absent where something is unsupported.
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<Summary>,
}

impl Inspect {
    /// Prints the model; what is unsupported is a failure, after everything else was printed.
    pub fn run(&self, verbose: bool) -> CommandResult {
        let survey = import::survey(&self.model)?;
        let graph = match survey.unsupported.is_empty() {
            true => Some(passes::prepare(&import::load(&self.model)?)?),
            false => None,
        };
        let costs = graph.as_ref().map(summarize);
        if self.json {
            output::print_json(&InspectReport { survey, costs })?;
        } else {
            output::print(&survey_text(&survey))?;
            if let Some(costs) = &costs {
                output::print(&costs_text(costs))?;
            }
            if let Some(graph) = graph.as_ref().filter(|_| verbose) {
                output::print(&print::text(graph))?;
            }
        }
        match graph {
            Some(_) => Ok(()),
            None => Err(import::load(&self.model).map(|_| ()).err().map_or_else(
                || Failure::failed("some operators are unsupported", "see the list above"),
                Failure::from,
            )),
        }
    }
}

fn survey_text(survey: &Survey) -> String {
    let mut text = format!("{}, opset {}, written by {}", survey.name, survey.opset, survey.producer);
    for input in &survey.inputs {
        text += &format!("\ninput `{}` {} [{}]", input.name, input.element, input.shape.join(", "));
    }
    text += &format!("\noutputs {}", survey.outputs.join(", "));
    let operators: Vec<String> = survey.operators.iter().map(|(name, count)| format!("{name} {count}")).collect();
    text += &format!("\noperators: {}", operators.join(", "));
    for note in &survey.notes {
        text += &format!("\nnote: {note}");
    }
    text
}

fn costs_text(costs: &Summary) -> String {
    let mut table = numeric_table(&["operator", "kind", "output", "MACs", "parameters", "output bytes"]);
    for node in &costs.nodes {
        let output: Vec<String> = node.output.iter().map(usize::to_string).collect();
        table.add_row([
            node.name.clone(),
            node.operator.to_owned(),
            output.join("x"),
            node.macs.to_string(),
            node.parameters.to_string(),
            node.output_bytes.to_string(),
        ]);
    }
    let peak = costs.peak_node.as_deref().unwrap_or("-");
    format!(
        "{}\n{} MACs, {} parameters; at int8 at most {} bytes of activations are live at once, at `{peak}`",
        to_text(&table),
        costs.macs,
        costs.parameters,
        costs.activation_bytes_peak,
    )
}
