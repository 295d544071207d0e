//! `peacrab run`: a program on a board.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::inference::Inference;
use super::progress::Bar;
use super::{CommandResult, output};
use crate::emit::{OperatorMetadata, ProgramFile};
use crate::report::counts::{CountsTable, OperatorCount};
use crate::report::outputs::{OutputReport, outputs_of};
use crate::report::statistics::median;
use crate::simulate::Simulator;
use crate::target::{Board, BoardRun, Progress, run_on_board};

/// Runs a program on a board: outputs and counts
#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    inference: Inference,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What `run --json` prints.
#[derive(Serialize)]
pub struct RunReport {
    board: String,
    program: PathBuf,
    /// Name of the board's counter.
    counter: String,
    /// What is counted: `instructions` in QEMU, `cycles` on hardware.
    unit: &'static str,
    /// Units in one tick of the counter: counts are multiples of it.
    resolution: f64,
    /// Median of one inference.
    count: u64,
    /// Every inference.
    counts: Vec<u64>,
    operators: Vec<OperatorCount>,
    arena_bytes: u64,
    stack_bytes: u64,
    flash_bytes: u64,
    ram_bytes: u64,
    /// Quantized and real values, for each sample.
    outputs: Vec<Vec<OutputReport>>,
}

impl Run {
    /// Runs and reports.
    pub fn run(&self) -> CommandResult {
        let board = self.inference.board()?;
        let file = ProgramFile::read(&self.inference.program)?;
        let simulator = Simulator::new(&file)?;
        let inputs = self.inference.inputs(&simulator)?;
        let options = self.inference.options(simulator.file());
        let bar = Bar::new("running", inputs.len() * options.repeat as usize);
        let run =
            run_on_board(&board, simulator.file().device_part(), &inputs, options, &mut |progress| match progress {
                Progress::Building(line) => bar.say(line),
                Progress::Inferences { done, .. } => bar.set(done),
            })?;
        drop(bar);
        let report = self.report(&board, &simulator, run);
        if self.json {
            return Ok(output::print_json(&report)?);
        }
        Ok(output::print(&report.to_text())?)
    }

    fn report(&self, board: &Board, simulator: &Simulator, run: BoardRun) -> RunReport {
        let metadata = &simulator.file().metadata;
        let counts: Vec<u64> = run.inferences.iter().flat_map(|inference| inference.counts.clone()).collect();
        let operator = |(index, operator): (usize, &OperatorMetadata)| OperatorCount {
            index,
            name: operator.name.clone(),
            kernel: operator.kernel.clone(),
            macs: operator.macs,
            count: median(run.inferences.iter().filter_map(|run| run.operator_counts.get(index).copied()).collect()),
        };
        RunReport {
            board: board.name.clone(),
            program: self.inference.program.clone(),
            count: median(counts.clone()),
            counts,
            operators: metadata.operators.iter().enumerate().map(operator).collect(),
            arena_bytes: run.arena_bytes,
            stack_bytes: run.stack_bytes,
            flash_bytes: run.flash_bytes,
            ram_bytes: run.ram_bytes,
            outputs: outputs_of(simulator, &run),
            counter: run.counter.name,
            unit: run.counter.unit,
            resolution: run.counter.resolution,
        }
    }
}

impl RunReport {
    fn to_text(&self) -> String {
        let unit = self.unit;
        let table = CountsTable { unit, total: self.count, operators: &self.operators };
        let mut text = format!("{table}\n");
        text += &format!("{}: {} {unit} per inference, median of {}", self.board, self.count, self.counts.len());
        text += &format!(" (counter {}, resolution {} {unit})\n", self.counter, self.resolution);
        text += &format!("arena {} bytes, stack {} bytes used; ", self.arena_bytes, self.stack_bytes);
        text += &format!("flash {} bytes, RAM {} bytes, runner included", self.flash_bytes, self.ram_bytes);
        for output in self.outputs.iter().take(1).flatten() {
            let real: Vec<String> = output.real.iter().take(16).map(|value| format!("{value:.3}")).collect();
            let more = if output.real.len() > 16 { ", ..." } else { "" };
            text += &format!("\noutput `{}`: {}{more}", output.name, real.join(", "));
        }
        text
    }
}
