//! A program on a board: samples in, outputs and counts out.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use peacrab_frames::{CHUNK_BYTES_MAX, Failure, Message, Sender};
use serde::Serialize;
use tempfile::TempDir;

use super::board::Board;
use super::contents::Contents;
use super::error::TargetError;
use super::image::{self, Footprint, Sample};
use super::outputs::Outputs;
use super::qemu::{DOWN_FILE, LOG_FILE, Machine, QemuError};
use super::runner::Runner;
use super::telemetry::{self, Log, Record};

pub(super) const IMAGE_FILE: &str = "image.elf";

/// How often a running machine is looked at.
const POLL: Duration = Duration::from_millis(5);

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Inferences per sample, at least 1.
    pub repeat: u32,
    /// Longest time without a finished inference.
    pub stall_limit: Duration,
    /// Whether the image has the program's kernels only, compiled for size.
    pub is_small: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { repeat: 1, stall_limit: Duration::from_secs(180), is_small: false }
    }
}

/// What is happening, for whoever shows it.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A line of the runner's build.
    Building(&'a str),
    /// Inferences finished, of all.
    Inferences {
        /// So far.
        done: usize,
        /// All.
        total: usize,
    },
}

/// What a run gave.
#[derive(Clone, Debug, Serialize)]
pub struct BoardRun {
    /// What the counts count.
    pub counter: CounterInfo,
    /// One per sample.
    pub inferences: Vec<InferenceRecord>,
    /// Arena of the program.
    pub arena_bytes: u64,
    /// High-water mark of the arena: never more than `arena_bytes`.
    pub arena_bytes_used: u64,
    /// High-water mark of the stack.
    pub stack_bytes: u64,
    /// Bytes reserved for the stack.
    pub stack_bytes_reserved: u64,
    /// Runner and program.
    pub flash_bytes: u64,
    /// Stack, statics and arena.
    pub ram_bytes: u64,
}

/// What the counts of a run count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CounterInfo {
    /// The runner's own name of it.
    pub name: String,
    /// `instructions` in QEMU, `cycles` on hardware.
    pub unit: &'static str,
    /// Units per tick: counts are multiples of it, rounded.
    pub resolution: f64,
}

/// One sample on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InferenceRecord {
    /// Output tensors.
    pub outputs: Vec<Vec<i8>>,
    /// One count per repeat.
    pub counts: Vec<u64>,
    /// One count per operator, of the last repeat.
    pub operator_counts: Vec<u64>,
}

/// What a stand-alone image reported.
#[derive(Clone, Debug, Serialize)]
pub struct StandAloneRun {
    /// What the counts count.
    pub counter: CounterInfo,
    /// Inferences that ran.
    pub inferences: u64,
    /// All of them together.
    pub total_count: u64,
    /// The last one.
    pub count: u64,
    /// Its operators.
    pub operator_counts: Vec<u64>,
}

/// Runs every sample of `inputs` (sample, input tensor, bytes) on a QEMU board, and reports outputs and counts.
///
/// # Errors
///
/// The program is for another target or does not fit, nothing on this machine builds the runner, QEMU is missing, or what
/// came back is incomplete.
pub fn run_on_board(
    board: &Board,
    program: &[u8],
    inputs: &[Vec<Vec<i8>>],
    options: RunOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<BoardRun, TargetError> {
    prepare(board, program, inputs, options, progress)?.run(inputs, options, &[], progress)
}

/// A run that has everything it needs: its folder holds the image and every frame that the runner will read.
pub(super) struct Prepared<'a> {
    board: &'a Board,
    pub(super) runner: Runner,
    pub(super) elf: Vec<u8>,
    pub(super) footprint: Footprint,
    pub(super) folder: TempDir,
}

pub(super) fn prepare<'a>(
    board: &'a Board,
    program: &[u8],
    inputs: &[Vec<Vec<i8>>],
    options: RunOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Prepared<'a>, TargetError> {
    let device = image::device_part(program)?;
    image::check_target(board, device)?;
    check_inputs(inputs, &image::input_lengths(device)?)?;
    let contents = if options.is_small { image::contents(device)?.small(true) } else { Contents::any_program(board) };
    let runner = Runner::with(&contents, board, &mut |line| progress(Progress::Building(line)))?;
    let (elf, footprint) = image::assemble(board, &runner, program, None)?;
    let folder = new_folder()?;
    write_file(folder.path(), DOWN_FILE, &commands(inputs, options.repeat))?;
    write_file(folder.path(), IMAGE_FILE, &elf)?;
    Ok(Prepared { board, runner, elf, footprint, folder })
}

impl Prepared<'_> {
    /// Runs it; `extra` are further arguments of QEMU's.
    pub(super) fn run(
        &self,
        inputs: &[Vec<Vec<i8>>],
        options: RunOptions,
        extra: &[String],
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<BoardRun, TargetError> {
        let (board, folder) = (self.board, self.folder.path());
        let repeat = options.repeat.max(1) as usize;
        let total = inputs.len() * repeat;
        let mut outputs = Outputs::new(board);
        let mut session = Session { board, folder, stall_limit: options.stall_limit, extra };
        session.run(&folder.join(IMAGE_FILE), Stdio::null(), |folder| {
            outputs.read_more(folder)?;
            progress(Progress::Inferences { done: outputs.finished(), total });
            Ok(outputs.finished())
        })?;
        let log = session.read_log(&self.elf)?;
        let outputs = outputs.complete(total)?;
        Report { board, log: &log, repeat }.board_run(outputs, self.footprint)
    }
}

pub(super) fn new_folder() -> Result<TempDir, QemuError> {
    tempfile::tempdir().map_err(|source| QemuError::File { path: std::env::temp_dir(), source })
}

/// Makes a stand-alone image: it runs `sample` by itself and reports once, after the last inference. It has the program's kernels only.
///
/// # Errors
///
/// As for [`run_on_board`].
pub fn stand_alone_image(
    board: &Board,
    program: &[u8],
    sample: Sample<'_>,
    is_small: bool,
    say: &mut dyn FnMut(&str),
) -> Result<(Vec<u8>, Footprint), TargetError> {
    let device = image::device_part(program)?;
    image::check_target(board, device)?;
    check_inputs(&[sample.inputs.to_vec()], &image::input_lengths(device)?)?;
    let contents = image::contents(device)?.stand_alone().small(is_small);
    let runner = Runner::with(&contents, board, say)?;
    Ok(image::assemble(board, &runner, program, Some(sample))?)
}

/// Runs a stand-alone image on a QEMU board and decodes what it reports.
///
/// # Errors
///
/// QEMU is missing, the image fails, or its report is incomplete.
pub fn run_stand_alone(board: &Board, elf: &[u8], options: RunOptions) -> Result<StandAloneRun, TargetError> {
    let folder = new_folder()?;
    write_file(folder.path(), IMAGE_FILE, elf)?;
    let log_path = folder.path().join(LOG_FILE);
    let stdout = File::create(&log_path).map_err(|source| QemuError::File { path: log_path, source })?;
    let mut session = Session { board, folder: folder.path(), stall_limit: options.stall_limit, extra: &[] };
    session.run(&folder.path().join(IMAGE_FILE), Stdio::from(stdout), |_| Ok(0))?;
    let log = session.read_log(elf)?;
    Report { board, log: &log, repeat: 1 }.stand_alone_run()
}

pub(super) fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), QemuError> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).map_err(|source| QemuError::File { path, source })
}

fn check_inputs(inputs: &[Vec<Vec<i8>>], expected: &[usize]) -> Result<(), TargetError> {
    for (sample, tensors) in inputs.iter().enumerate() {
        let given: Vec<_> = tensors.iter().map(Vec::len).collect();
        if given != expected {
            return Err(TargetError::WrongInputs { sample, given, expected: expected.to_vec() });
        }
    }
    Ok(())
}

/// Every frame that the runner will read.
fn commands(inputs: &[Vec<Vec<i8>>], repeat: u32) -> Vec<u8> {
    let mut sender = Sender::new();
    let mut bytes = Vec::new();
    // A message that did not fit a frame would be missing, and the runner says so; chunks are cut so that all fit.
    let mut put = |message: &Message<'_>| {
        let _ = sender.send(message, |part| bytes.extend(part));
    };
    for tensors in inputs {
        for _ in 0..repeat.max(1) {
            for (tensor, elements) in (0..=u8::MAX).zip(tensors) {
                put_input(tensor, bytemuck::cast_slice(elements), &mut put);
            }
            put(&Message::Run);
        }
    }
    put(&Message::Finish);
    bytes
}

fn put_input(tensor: u8, elements: &[u8], put: &mut dyn FnMut(&Message<'_>)) {
    let mut offset = 0u32;
    for bytes in elements.chunks(CHUNK_BYTES_MAX) {
        put(&Message::Input { tensor, offset, bytes });
        offset = offset.wrapping_add(bytes.len() as u32);
    }
}

/// One QEMU run in one folder.
pub(super) struct Session<'a> {
    pub(super) board: &'a Board,
    pub(super) folder: &'a Path,
    pub(super) stall_limit: Duration,
    /// Further arguments of QEMU's.
    pub(super) extra: &'a [String],
}

impl Session<'_> {
    /// Runs the image to its end; `advance` looks at the folder and says how far the run is.
    pub(super) fn run(
        &mut self,
        image: &Path,
        stdout: Stdio,
        mut advance: impl FnMut(&Path) -> Result<usize, TargetError>,
    ) -> Result<(), TargetError> {
        let mut machine = Machine::start(self.board, image, self.folder, stdout, self.extra)?;
        let mut last = (0, Instant::now());
        loop {
            let status = machine.poll()?;
            let reached = advance(self.folder)?;
            if reached != last.0 {
                last = (reached, Instant::now());
            }
            match status {
                // Status 1 is the runner giving up: the log says why.
                Some(status) if matches!(status.code(), Some(0 | 1)) && machine.messages().is_empty() => return Ok(()),
                Some(status) => return Err(QemuError::Ended { status, messages: machine.messages() }.into()),
                None if last.1.elapsed() > self.stall_limit => return Err(self.stalled(&machine).into()),
                None => std::thread::sleep(POLL),
            }
        }
    }

    fn stalled(&self, machine: &Machine) -> QemuError {
        let (board, seconds) = (self.board.name.clone(), self.stall_limit.as_secs());
        QemuError::Stalled { board, seconds, messages: machine.messages() }
    }

    /// The log, if the runner ended well.
    fn read_log(&self, elf: &[u8]) -> Result<Log, TargetError> {
        let path = self.folder.join(LOG_FILE);
        let bytes = std::fs::read(&path).map_err(|source| QemuError::File { path, source })?;
        let log = telemetry::decode(elf, &bytes)?;
        match log.records.last() {
            Some(Record::Memory { .. }) => Ok(log),
            Some(Record::Failed { code, detail }) => Err(TargetError::Stopped {
                board: self.board.name.clone(),
                failure: failure_name(*code),
                detail: *detail,
            }),
            _ => Err(incomplete(self.board, "a log without an end")),
        }
    }
}

fn failure_name(code: u64) -> String {
    let known = u8::try_from(code).ok().and_then(Failure::from_code);
    known.map_or_else(|| format!("failure {code}"), |failure| failure.to_string())
}

pub(super) fn incomplete(board: &Board, what: impl Into<String>) -> TargetError {
    TargetError::Incomplete { board: board.name.clone(), what: what.into() }
}

/// Turns the records of a run into its figures.
struct Report<'a> {
    board: &'a Board,
    log: &'a Log,
    repeat: usize,
}

/// The records of one inference.
#[derive(Default)]
struct Inference {
    count: u64,
    operator_counts: Vec<u64>,
}

impl Report<'_> {
    fn board_run(&self, outputs: Vec<Vec<Vec<i8>>>, footprint: Footprint) -> Result<BoardRun, TargetError> {
        let inferences = self.inferences();
        if inferences.len() != outputs.len() {
            let what = format!("{} outputs, but counts of {} inferences", outputs.len(), inferences.len());
            return Err(incomplete(self.board, what));
        }
        let mut run = BoardRun {
            counter: self.counter(),
            inferences: self.per_sample(outputs, &inferences)?,
            arena_bytes: footprint.arena_bytes,
            arena_bytes_used: 0,
            stack_bytes: 0,
            stack_bytes_reserved: 0,
            flash_bytes: footprint.flash_bytes,
            ram_bytes: footprint.ram_bytes,
        };
        if let Some(Record::Memory { arena_bytes_used, stack_bytes_used, stack_bytes }) = self.log.records.last() {
            run.arena_bytes_used = *arena_bytes_used;
            run.stack_bytes = *stack_bytes_used;
            run.stack_bytes_reserved = *stack_bytes;
        }
        if run.arena_bytes_used > run.arena_bytes {
            let what = format!("{} bytes of arena written, of {}", run.arena_bytes_used, run.arena_bytes);
            return Err(incomplete(self.board, what));
        }
        Ok(run)
    }

    /// Groups repeats by sample; their outputs must be the same.
    fn per_sample(
        &self,
        outputs: Vec<Vec<Vec<i8>>>,
        inferences: &[Inference],
    ) -> Result<Vec<InferenceRecord>, TargetError> {
        let samples = outputs.chunks(self.repeat).zip(inferences.chunks(self.repeat)).enumerate();
        samples
            .map(|(sample, (outputs, inferences))| {
                let first = outputs.first().cloned().unwrap_or_default();
                if let Some(repeat) = outputs.iter().position(|output| *output != first) {
                    return Err(TargetError::NotDeterministic { board: self.board.name.clone(), sample, repeat });
                }
                let last = inferences.last().map(|last| last.operator_counts.clone());
                Ok(InferenceRecord {
                    outputs: first,
                    counts: inferences.iter().map(|inference| inference.count).collect(),
                    operator_counts: last.unwrap_or_default(),
                })
            })
            .collect()
    }

    fn stand_alone_run(&self) -> Result<StandAloneRun, TargetError> {
        let total = self.log.records.iter().find_map(|record| match record {
            Record::Total { inferences, ticks } => Some((*inferences, self.count(*ticks))),
            _ => None,
        });
        let last = self.inferences().pop();
        let (Some((inferences, total_count)), Some(last)) = (total, last) else {
            return Err(incomplete(self.board, "no count"));
        };
        let Inference { count, operator_counts } = last;
        Ok(StandAloneRun { counter: self.counter(), inferences, total_count, count, operator_counts })
    }

    fn inferences(&self) -> Vec<Inference> {
        let mut operator_counts = Vec::new();
        let mut inferences = Vec::new();
        for record in &self.log.records {
            match record {
                Record::Operator { ticks, .. } => operator_counts.push(self.count(*ticks)),
                Record::Inference { ticks, .. } => inferences.push(Inference {
                    count: self.count(*ticks),
                    operator_counts: std::mem::take(&mut operator_counts),
                }),
                _ => {}
            }
        }
        inferences
    }

    fn counter(&self) -> CounterInfo {
        let unit = if self.board.qemu.is_some() { "instructions" } else { "cycles" };
        CounterInfo { name: self.log.counter.clone(), unit, resolution: self.board.counts_per_tick() }
    }

    fn count(&self, ticks: u64) -> u64 {
        (ticks as f64 * self.board.counts_per_tick()).round() as u64
    }
}
