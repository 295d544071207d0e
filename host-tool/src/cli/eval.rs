//! `peacrab eval`: accuracy, float reference beside fixed point.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::progress::Bar;
use super::samples::{SampleOptions, input_specs};
use super::{CommandResult, model, output};
use crate::emit::{PortMetadata, ProgramFile};
use crate::evaluate::board::OnBoard;
use crate::evaluate::data::{DataFiles, Dataset, Head};
use crate::evaluate::float::FloatReference;
use crate::evaluate::layers;
use crate::evaluate::{EvalReport, Evaluation, Predictor, Sides, Task};
use crate::graph::float::{Graph, Port};
use crate::report::render_evaluation;
use crate::simulate::Simulator;
use crate::target::Board;

/// Samples over which operators are compared: the first so many.
const LAYER_SAMPLES: usize = 64;

/// Evaluates a program against its float model
#[derive(Args)]
pub struct Eval {
    /// The model, ONNX
    model: PathBuf,
    /// The program made of it
    program: PathBuf,
    /// Samples: .npy, .npz, .csv or a folder of images
    #[arg(long, value_name = "X")]
    inputs: PathBuf,
    /// Labels: .npy, .npz or .csv
    #[arg(long, value_name = "Y")]
    labels: Option<PathBuf>,
    /// What the model is for
    #[arg(long, value_enum, default_value = "classify")]
    task: Task,
    /// Group (clip) of each sample (window): scores are averaged over a group
    #[arg(long, value_name = "G")]
    groups: Option<PathBuf>,
    #[command(flatten)]
    samples: SampleOptions,
    /// Runs the fixed-point side on this board, and says whether it equals the host bit for bit
    #[arg(long, value_name = "BOARD")]
    on: Option<String>,
    /// Takes the first N samples only
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// k of the top-k accuracy
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    /// Ends with exit code 3 where the fixed-point accuracy (AUC for reconstruct) is below this
    #[arg(long, value_name = "FIGURE")]
    at_least: Option<f64>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Eval {
    /// Evaluates and reports.
    pub fn run(&self, verbose: bool) -> CommandResult {
        let board =
            self.on.as_deref().map(Board::find).transpose().map_err(|error| Failure::from(error).with_exit_code(2))?;
        let graph = model::load(&self.model, verbose)?;
        let file = ProgramFile::read(&self.program)?;
        let simulator = Simulator::new(&file)?;
        self.check_belongs(&graph, &simulator)?;
        let dataset = self.read_dataset(&graph)?;
        let float = FloatReference::load(&self.model, &graph)?;
        if let Some(reason) = float.fallback_reason() {
            eprintln!("note: the float reference is Peacrab's own float interpreter: {reason}");
        }
        let on_board = board.as_ref().map(|board| run_on_board(board, &simulator, &dataset)).transpose()?;
        let fixed: &dyn Predictor = on_board.as_ref().map_or(&simulator, |on_board| on_board);
        let mut report = self.evaluate(&dataset, &graph, Sides { float: &float, fixed })?;
        let few: Vec<Vec<&[f32]>> =
            (0..dataset.count().min(LAYER_SAMPLES)).map(|index| dataset.sample(index)).collect();
        report.layers = layers::compare(&graph, &simulator, &few)?;
        report.board = board.map(|board| board.name);
        report.bit_identical = on_board.as_ref().map(OnBoard::is_bit_identical);
        if let Some(on_board) = &on_board {
            report.samples_per_second.fixed = on_board.samples_per_second();
        }
        self.print(&report)?;
        self.judge(&report)
    }

    fn read_dataset(&self, graph: &Graph) -> Result<Dataset, Failure> {
        let files = DataFiles { inputs: &self.inputs, labels: self.labels.as_deref(), groups: self.groups.as_deref() };
        let mut dataset = Dataset::read(files, &input_specs(graph), &self.samples.transform()?)?;
        if let Some(limit) = self.limit {
            dataset.truncate(limit.get());
        }
        Ok(dataset)
    }

    fn evaluate(&self, dataset: &Dataset, graph: &Graph, sides: Sides) -> Result<EvalReport, Failure> {
        let heads: Vec<Head> = graph.outputs.iter().map(head).collect();
        let evaluation = Evaluation {
            model: self.model.display().to_string(),
            program: self.program.display().to_string(),
            task: self.task,
            dataset,
            heads: &heads,
            top_k: self.top_k as usize,
        };
        let bar = Bar::new("evaluating", 2 * dataset.count());
        let per_side = dataset.count();
        Ok(crate::evaluate::run(&evaluation, sides, &|progress| {
            let before = if progress.side == crate::evaluate::Side::Float { 0 } else { per_side };
            bar.set(before + progress.done);
        })?)
    }

    /// A program of another model would give figures that mean nothing.
    fn check_belongs(&self, graph: &Graph, simulator: &Simulator) -> CommandResult {
        let metadata = &simulator.file().metadata;
        let same = |ports: &[Port], theirs: &[PortMetadata]| {
            let key = |port: &Port| (port.name.clone(), port.model_shape.clone());
            ports.iter().map(key).eq(theirs.iter().map(|port| key(&port.port)))
        };
        if same(&graph.inputs, &metadata.inputs) && same(&graph.outputs, &metadata.outputs) {
            return Ok(());
        }
        Err(Failure::failed(
            format!(
                "`{}` was not made from `{}`: their inputs or outputs differ",
                self.program.display(),
                self.model.display()
            ),
            "convert the model again, or name the model that the program was made from",
        ))
    }

    fn print(&self, report: &EvalReport) -> CommandResult {
        if self.json {
            return Ok(output::print_json(report)?);
        }
        Ok(output::print(&render_evaluation(report))?)
    }

    fn judge(&self, report: &EvalReport) -> CommandResult {
        if report.bit_identical == Some(false) {
            return Err(Failure::failed(
                "the board's outputs differ from the host's",
                "this is a bug: please report it with the program",
            ));
        }
        let (name, figure) = match self.task {
            Task::Reconstruct => ("AUC", report.fixed.auc),
            Task::Classify => ("accuracy", report.fixed.accuracy),
            Task::Regress => ("agreement", Some(report.agreement)),
        };
        match (self.at_least, figure) {
            (Some(least), Some(figure)) if figure < least => Err(Failure::threshold_missed(
                format!("fixed-point {name} is {figure:.4}, below {least}"),
                "see the table of operators for where accuracy is lost; more calibration samples or another --observer may help",
            )),
            (Some(_), None) => {
                Err(Failure::usage(format!("there is no {name} to compare with --at-least"), "give --labels"))
            }
            _ => Ok(()),
        }
    }
}

fn head(port: &Port) -> Head {
    Head { name: port.name.clone(), width: port.model_shape.iter().skip(1).product() }
}

fn run_on_board(board: &Board, simulator: &Simulator, dataset: &Dataset) -> Result<OnBoard, Failure> {
    let bar = Bar::new("running on the board", dataset.count());
    Ok(OnBoard::run(board, simulator, dataset, &mut |progress| match progress {
        crate::target::Progress::Building(line) => bar.say(line),
        crate::target::Progress::Inferences { done, .. } => bar.set(done),
    })?)
}
