//! `peacrab convert`: a trained model to a program.

use std::path::{Path, PathBuf};

use clap::Args;
use peacrab_format::Target;
use serde::Serialize;

use super::failure::Failure;
use super::progress::Bar;
use super::samples::{SampleOptions, random_samples};
use super::{CommandResult, model, output};
use crate::convert::{ConvertError, Converted, Options, convert};
use crate::emit::OperatorMetadata;
use crate::evaluate::data::Samples;
use crate::graph::float::Graph;
use crate::plan::{self, Considered, Optimize};
use crate::quantize::Observer;
use crate::report::figures::grouped;
use crate::report::program::{ProgramReport, program_report};
use crate::slim::{Change, SlimLayer, SlimReport};
use crate::target::image::{self, Footprint};
use crate::target::runner::{Runner, RunnerError};
use crate::target::{Board, Contents};

/// Converts a trained model to a fixed-point program
#[derive(Args)]
pub struct Convert {
    /// The model, ONNX
    model: PathBuf,
    /// The program to write
    #[arg(short, long, value_name = "OUT.pea")]
    output: PathBuf,
    /// Calibration samples: .npy, .npz, .csv or a folder of images; `random` guesses
    #[arg(long, value_name = "X")]
    calib: Option<PathBuf>,
    /// Packs the weights for this board's core and checks that the program fits it
    #[arg(long, value_name = "BOARD")]
    board: Option<String>,
    /// How the range of each tensor is chosen
    #[arg(long, value_enum, default_value_t)]
    observer: Observer,
    /// What is paid for what: RAM for cycles, RAM and flash for cycles, cycles for RAM, or cycles and RAM for flash
    #[arg(long, value_enum, default_value_t)]
    optimize: Optimize,
    /// Most bytes that the arena may have; the first layers are computed in bands of rows if they must
    #[arg(long, value_name = "BYTES")]
    ram_limit: Option<usize>,
    /// Keeps channels that change no output
    #[arg(long)]
    no_slim: bool,
    #[command(flatten)]
    samples: SampleOptions,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What `convert --json` prints.
#[derive(Serialize)]
struct ConvertReport<'a> {
    output: &'a Path,
    #[serde(flatten)]
    program: ProgramReport,
    /// Exact, runner included; absent without a board.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    footprint: Option<BoardFootprint>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct BoardFootprint {
    flash_bytes: u64,
    ram_bytes: u64,
}

impl Convert {
    /// Converts, checks against the board, writes.
    pub fn run(&self, verbose: bool) -> CommandResult {
        let board = self
            .board
            .as_deref()
            .map(Board::find)
            .transpose()
            .map_err(|error| Failure::from(error).with_exit_code(2))?;
        let Some(calib) = &self.calib else {
            return Err(Failure::usage(
                "no calibration samples: without them the range of every tensor would be a guess from random data",
                "give --calib X.npy with about a hundred real samples; --calib random converts all the same, with ranges that are guesses",
            ));
        };
        let graph = model::load(&self.model, verbose || !self.json)?;
        let samples = self.read_samples(calib, &graph)?;
        let converted = self.convert(&graph, &samples, board.as_ref())?;
        let footprint = board.as_ref().map(|board| check_fit(board, &converted)).transpose()?.flatten();
        output::write_file(&self.output, &converted.bytes)?;
        self.print(&graph, &converted, footprint, verbose)
    }

    fn read_samples(&self, calib: &Path, graph: &Graph) -> Result<Vec<Samples>, Failure> {
        if calib != Path::new("random") {
            return Ok(self.samples.read(calib, graph)?.samples);
        }
        eprintln!("WARNING: the ranges are GUESSED FROM RANDOM DATA. The accuracy of this program means nothing;");
        eprintln!("         its size and speed do. Give real samples with --calib X.npy.");
        Ok(random_samples(graph))
    }

    fn convert(&self, graph: &Graph, samples: &[Samples], board: Option<&Board>) -> Result<Converted, Failure> {
        let options = Options {
            observer: self.observer,
            target: board.map_or(Target::Portable, Board::program_target),
            board: board.map(|board| board.name.clone()),
            optimize: self.optimize,
            ram_limit: self.ram_limit,
            transform: self.samples.transform()?,
            slim: !self.no_slim,
        };
        let bar = Bar::new("calibrating", 2 * samples.first().map_or(0, Samples::count));
        convert(graph, samples, &options, &|| bar.step()).map_err(|error| match error {
            ConvertError::RamLimit { .. } => Failure::from(error).with_exit_code(3),
            error => error.into(),
        })
    }

    fn print(
        &self,
        graph: &Graph,
        converted: &Converted,
        footprint: Option<Footprint>,
        verbose: bool,
    ) -> CommandResult {
        let program = program_report(converted);
        if self.json {
            let footprint = footprint
                .map(|footprint| BoardFootprint { flash_bytes: footprint.flash_bytes, ram_bytes: footprint.ram_bytes });
            return Ok(output::print_json(&ConvertReport {
                output: &self.output,
                program,
                footprint,
                notes: &graph.notes,
            })?);
        }
        output::print(&program.to_string())?;
        if verbose {
            output::print(&choices_text(converted))?;
        }
        if let Some(slimming) = converted.slimming.iter().find(|report| verbose && !report.layers.is_empty()) {
            output::print(&layers_text(slimming))?;
        }
        if let (Some(footprint), Some(board)) = (footprint, &self.board) {
            output::print(&format!(
                "on {board}: flash {} bytes, RAM {} bytes, runner included",
                footprint.flash_bytes, footprint.ram_bytes
            ))?;
        }
        Ok(output::print(&format!("wrote {}", self.output.display()))?)
    }
}

/// One line for each operator for which the core has several kernels. Cycles are estimates, for a Cortex-M4 without wait states.
fn choices_text(converted: &Converted) -> String {
    let operators = converted.metadata.operators.iter().zip(plan::considered(&converted.fixed, &converted.plan));
    let line = |(operator, considered): (&OperatorMetadata, Considered)| {
        let mut others = considered.others;
        others.sort_by_key(|&(_, cycles)| cycles);
        let others: Vec<String> =
            others.iter().map(|(kernel, cycles)| format!("{} {}", kernel.name(), grouped(*cycles))).collect();
        let (name, kernel, cycles) = (&operator.name, &operator.kernel, grouped(considered.cycles));
        (!others.is_empty()).then(|| format!("chosen: `{name}` {kernel} {cycles}, against {}", others.join(", ")))
    };
    let head = "estimated Cortex-M4 cycles, no wait states:".to_owned();
    let lines: Vec<String> = operators.filter_map(line).collect();
    if lines.is_empty() {
        "chosen: every operator has one kernel on this core".to_owned()
    } else {
        format!("{head}\n{}", lines.join("\n"))
    }
}

/// One line for each operator that lost channels.
fn layers_text(slimming: &SlimReport) -> String {
    let line = |layer: &SlimLayer| match layer.channels {
        Change { before, after: 0 } => format!("slimmed: `{}` is gone ({before} channels)", layer.name),
        Change { before, after } => format!("slimmed: `{}` {before} -> {after} channels", layer.name),
    };
    slimming.layers.iter().map(line).collect::<Vec<String>>().join("\n")
}

/// What the image has in it that the program's footprint is taken with.
fn contents(board: &Board, converted: &Converted) -> Result<Contents, Failure> {
    if converted.metadata.optimize != Optimize::Size {
        return Ok(Contents::any_program(board));
    }
    Ok(image::contents(image::device_part(&converted.bytes)?)?.stand_alone().small(true))
}

/// Whether the program fits the board, to the byte; `None` where this machine cannot build the runner and so cannot tell.
fn check_fit(board: &Board, converted: &Converted) -> Result<Option<Footprint>, Failure> {
    let bar = Bar::new("", 0);
    let contents = contents(board, converted)?;
    let runner = match Runner::with(&contents, board, &mut |line| bar.say(line)) {
        Ok(runner) => runner,
        Err(RunnerError::Toolchain(error)) => {
            eprintln!("note: flash and RAM are not checked against {}: {error}", board.name);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    image::footprint(board, &runner, &converted.bytes).map(Some).map_err(|error| {
        let (step, bytes) = converted.plan.peak;
        let peak = converted.metadata.operators.get(step).map_or("", |operator| &operator.name);
        Failure::threshold_missed(
            format!("{error}"),
            format!("the peak is at operator {step} `{peak}`, where {bytes} bytes of the arena are live; choose a larger board (`peacrab boards`) or a smaller model; nothing was written"),
        )
    })
}
