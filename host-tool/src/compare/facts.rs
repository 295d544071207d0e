//! What one file says, whatever kind of file it is.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use peacrab_format::Target;
use serde::Serialize;

use super::document::{
    ConvertDocument, CounterUnit, CyclesAre, EvalDocument, MetricsDocument, OperatorDocument, RunDocument,
};
use super::figure::Figure;
use crate::emit::ProgramFile;
use crate::evaluate::Task;

/// Encloses phrases that are whole sentences.
pub const QUOTE: char = '"';

/// What a file is. Where two files of a column have the same figure, it is taken from the kind that comes first here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `profile --json`.
    Profile,
    /// `run --json`.
    Run,
    /// `eval --json`.
    Eval,
    /// `convert --json`.
    Convert,
    /// A program.
    Program,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Profile => "profile",
            Kind::Run => "run",
            Kind::Eval => "eval",
            Kind::Convert => "convert",
            Kind::Program => "program",
        })
    }
}

/// A circumstance that is no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// The board that it ran on, or is converted for.
    Board,
    /// The core that weights are packed for.
    Target,
    /// The observer that chose the ranges.
    Observer,
    /// Number of calibration samples.
    CalibrationSamples,
    /// Number of samples that were evaluated.
    Samples,
    /// Whether cycles were modelled or measured.
    CyclesAre,
    /// Wait states of the flash.
    WaitStates,
}

/// A figure, and what it was taken under.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The figure.
    pub number: f64,
    /// Phrases that say under what it was taken: `board qemu-microbit`, `modelled cycles`, `700 samples`. Two values with the same
    /// phrases can be compared like for like.
    pub basis: Vec<String>,
    /// What it is a multiple of, where its counter is coarse.
    pub resolution: Option<f64>,
}

/// A figure of every operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Operators {
    /// As of [`Value`].
    pub basis: Vec<String>,
    /// Name and figure, in the program's order.
    pub entries: Vec<(String, f64)>,
}

/// What one file says.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// File name of the program that it is of.
    pub program: Option<String>,
    /// Circumstances.
    pub settings: BTreeMap<Setting, String>,
    /// Figures.
    pub figures: BTreeMap<Figure, Value>,
    /// Figures of operators.
    pub operators: BTreeMap<Figure, Operators>,
    /// The figure that an evaluation is about.
    pub metric: Option<Figure>,
    /// Whether a board's outputs equal the host's, where that was tried: the board, and the answer.
    pub bit_identical: Option<(String, bool)>,
}

impl Facts {
    /// Of a program.
    pub(super) fn of_program(file: &ProgramFile) -> Self {
        let metadata = &file.metadata;
        let mut facts = Facts::new(&file.path, Kind::Program, file.path.to_str());
        facts.set(Setting::Board, metadata.board.as_ref());
        facts.set(Setting::Observer, Some(&metadata.observer).filter(|observer| !observer.is_empty()));
        facts.set(Setting::CalibrationSamples, Some(metadata.calibration_samples));
        let header = peacrab_format::Program::load(file.device_part()).map(|program| *program.header());
        if let Ok(header) = header {
            facts.set(Setting::Target, Target::from_number(header.target).map(Target::name));
            facts.put(Figure::ArenaBytes, Some(u64::from(header.arena_bytes)), &[]);
        }
        facts.put(Figure::ProgramBytes, Some(file.device_part().len() as u64), &[]);
        let macs: Vec<(String, f64)> =
            metadata.operators.iter().map(|operator| (operator.name.clone(), operator.macs as f64)).collect();
        facts.put(Figure::Macs, sum(metadata.operators.iter().map(|operator| operator.macs)), &[]);
        facts.operators.insert(Figure::Macs, Operators { basis: Vec::new(), entries: macs });
        facts
    }

    /// Of `convert --json`.
    pub(super) fn of_convert(path: &Path, document: &ConvertDocument) -> Self {
        let mut facts = Facts::new(path, Kind::Convert, document.output.as_deref());
        facts.set(Setting::Board, document.board.as_ref());
        facts.set(Setting::Target, document.target.as_ref());
        facts.set(Setting::Observer, document.observer.as_ref());
        facts.set(Setting::CalibrationSamples, document.calibration_samples);
        let board: Vec<String> = document.board.iter().map(|board| format!("board {board}")).collect();
        facts.put(Figure::Macs, document.macs, &[]);
        facts.put(Figure::ArenaBytes, document.arena_bytes, &[]);
        facts.put(Figure::ProgramBytes, document.program_bytes, &[]);
        facts.put(Figure::FlashBytes, document.flash_bytes, &board);
        facts.put(Figure::RamBytes, document.ram_bytes, &board);
        facts.put_operators(Figure::Macs, &document.operators, |operator| operator.macs, &[]);
        facts
    }

    /// Of `run --json` or `profile --json`.
    pub(super) fn of_run(path: &Path, kind: Kind, document: &RunDocument) -> Self {
        let mut facts = Facts::new(path, kind, document.program.as_deref());
        facts.set(Setting::Board, Some(&document.board));
        facts.set(Setting::WaitStates, document.wait_states);
        let board = [format!("board {}", document.board)];
        facts.put(Figure::ArenaBytes, document.arena_bytes, &[]);
        facts.put(Figure::StackBytes, document.stack_bytes, &board);
        facts.put(Figure::FlashBytes, document.flash_bytes, &board);
        facts.put(Figure::RamBytes, document.ram_bytes, &board);
        let macs = document.operators.iter().map(|operator| operator.macs.unwrap_or(0));
        facts.put(Figure::Macs, sum(macs).filter(|_| !document.operators.is_empty()), &[]);
        facts.put_operators(Figure::Macs, &document.operators, |operator| operator.macs, &[]);
        facts.put_cycles(document, &board);
        facts.put_instructions(document, &board);
        facts
    }

    fn put_instructions(&mut self, document: &RunDocument, board: &[String]) {
        let counted = document.unit == Some(CounterUnit::Instructions);
        // A board's own counter tells nothing of instructions; 0 stands for that.
        let exact = document.instructions.filter(|&instructions| instructions > 0);
        let instructions = exact.or(document.count.filter(|_| counted));
        self.put(Figure::Instructions, instructions, board);
        if let Some(value) = self.figures.get_mut(&Figure::Instructions).filter(|_| exact.is_none()) {
            value.resolution = document.resolution.filter(|&resolution| resolution > 1.0);
        }
        let of = |operator: &OperatorDocument| match exact {
            Some(_) => operator.instructions,
            None => operator.count.filter(|_| counted),
        };
        self.put_operators(Figure::Instructions, &document.operators, of, board);
    }

    fn put_cycles(&mut self, document: &RunDocument, board: &[String]) {
        let counted = document.unit == Some(CounterUnit::Cycles);
        let basis = cycles_basis(document, board);
        let cycles = document.cycles.or(document.count.filter(|_| counted));
        self.put(Figure::Cycles, cycles, &basis);
        self.set(Setting::CyclesAre, cycles.map(|_| origin(document).word()));
        let of = |operator: &OperatorDocument| operator.cycles.or(operator.count.filter(|_| counted));
        self.put_operators(Figure::Cycles, &document.operators, of, &basis);
        let clock = document.clock_hz.map(|hz| format!("a clock of {} MHz", hz as f64 / 1e6));
        self.put_number(Figure::LatencyUs, document.latency_us, &[&basis[..], clock.as_slice()].concat());
    }

    /// Of `eval --json`.
    pub(super) fn of_eval(path: &Path, document: &EvalDocument) -> Self {
        let mut facts = Facts::new(path, Kind::Eval, document.program.as_deref());
        facts.set(Setting::Samples, Some(document.samples));
        let basis = eval_basis(document);
        facts.put_sides(
            [Figure::AccuracyFloat, Figure::AccuracyFixed, Figure::AccuracyLost],
            [document.float.accuracy, document.fixed.accuracy],
            &basis,
        );
        facts.put_sides(
            [Figure::AucFloat, Figure::AucFixed, Figure::AucLost],
            [document.float.auc, document.fixed.auc],
            &basis,
        );
        facts.put_number(Figure::MseFloat, document.float.mse, &basis);
        facts.put_number(Figure::MseFixed, document.fixed.mse, &basis);
        facts.put_number(Figure::Agreement, document.agreement, &basis);
        facts.metric = Some(metric(document.task, &document.fixed));
        facts.bit_identical = document.board.clone().zip(document.bit_identical);
        let layers = document.layers.iter().filter_map(|layer| Some((layer.name.clone(), layer.sqnr_db?)));
        facts.operators.insert(Figure::SqnrDb, Operators { basis, entries: layers.collect() });
        facts
    }

    fn new(path: &Path, kind: Kind, program: Option<&str>) -> Self {
        Facts {
            path: path.to_owned(),
            kind,
            program: program.map(|program| program.rsplit(['/', '\\']).next().unwrap_or(program).to_owned()),
            settings: BTreeMap::new(),
            figures: BTreeMap::new(),
            operators: BTreeMap::new(),
            metric: None,
            bit_identical: None,
        }
    }

    fn set(&mut self, setting: Setting, value: Option<impl ToString>) {
        self.settings.extend(value.map(|value| (setting, value.to_string())));
    }

    fn put(&mut self, figure: Figure, count: Option<u64>, basis: &[String]) {
        self.put_number(figure, count.map(|count| count as f64), basis);
    }

    fn put_number(&mut self, figure: Figure, number: Option<f64>, basis: &[String]) {
        let value = |number| Value { number, basis: basis.to_vec(), resolution: None };
        self.figures.extend(number.map(|number| (figure, value(number))));
    }

    fn put_sides(&mut self, figures: [Figure; 3], sides: [Option<f64>; 2], basis: &[String]) {
        let [float, fixed, lost] = figures;
        let [of_float, of_fixed] = sides;
        self.put_number(float, of_float, basis);
        self.put_number(fixed, of_fixed, basis);
        self.put_number(lost, of_float.zip(of_fixed).map(|(float, fixed)| float - fixed), basis);
    }

    /// A figure of the operators, where any operator has it.
    fn put_operators(
        &mut self,
        figure: Figure,
        operators: &[OperatorDocument],
        of: impl Fn(&OperatorDocument) -> Option<u64>,
        basis: &[String],
    ) {
        let entry = |operator: &OperatorDocument| Some((operator.name.clone(), of(operator)? as f64));
        let entries: Vec<(String, f64)> = operators.iter().filter_map(entry).collect();
        if !entries.is_empty() {
            self.operators.insert(figure, Operators { basis: basis.to_vec(), entries });
        }
    }
}

/// Where the cycles of a report come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Modelled,
    Measured,
    Unknown,
}

impl Origin {
    fn word(self) -> &'static str {
        match self {
            Origin::Modelled => "modelled",
            Origin::Measured => "measured",
            Origin::Unknown => "unknown",
        }
    }
}

fn origin(document: &RunDocument) -> Origin {
    match (document.cycles, document.cycles_are) {
        // By the board's own counter.
        (None, _) => Origin::Measured,
        (Some(_), Some(CyclesAre::Measured)) => Origin::Measured,
        (Some(_), Some(CyclesAre::Modelled)) => Origin::Modelled,
        (Some(_), None) => Origin::Unknown,
    }
}

/// What cycles rest on. What was measured is what it is; what was modelled depends on what the model assumes.
fn cycles_basis(document: &RunDocument, board: &[String]) -> Vec<String> {
    let origin = origin(document);
    let mut basis = [&[format!("{} cycles", origin.word())], board].concat();
    if origin != Origin::Measured {
        basis.extend(document.wait_states.map(|states| format!("{states} wait states")));
        basis.extend(document.assumptions.iter().map(|sentence| quoted(sentence)));
    }
    basis
}

/// A sentence as a phrase.
fn quoted(sentence: &str) -> String {
    format!("{QUOTE}{sentence}{QUOTE}")
}

/// What an evaluation rests on: as much of its data set as the report tells.
fn eval_basis(document: &EvalDocument) -> Vec<String> {
    let task = match document.task {
        Task::Classify => "classify",
        Task::Regress => "regress",
        Task::Reconstruct => "reconstruct",
    };
    // The labels of the data set are all that a report tells of which samples these are.
    let supports: Vec<u64> = document.fixed.classes.iter().map(|class| class.support).collect();
    let mut basis = vec![format!("task {task}"), format!("{} samples{}", document.samples, by_class(&supports))];
    basis.extend(document.groups.map(|groups| format!("{groups} groups")));
    basis
}

/// ` (10 classes of 70)`, or each class's number.
fn by_class(supports: &[u64]) -> String {
    match supports {
        [] => String::new(),
        [first, others @ ..] if others.iter().all(|other| other == first) => {
            format!(" ({} classes of {first})", supports.len())
        }
        _ => format!(" ({})", supports.iter().map(u64::to_string).collect::<Vec<_>>().join(" + ")),
    }
}

/// The figure that an evaluation is about; without labels that is whether the two sides agree.
fn metric(task: Task, fixed: &MetricsDocument) -> Figure {
    match task {
        Task::Classify if fixed.accuracy.is_some() => Figure::AccuracyFixed,
        Task::Reconstruct if fixed.auc.is_some() => Figure::AucFixed,
        _ => Figure::Agreement,
    }
}

fn sum(macs: impl Iterator<Item = u64>) -> Option<u64> {
    Some(macs.fold(0, u64::saturating_add))
}
