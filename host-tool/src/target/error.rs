//! Why a program did not run on a board.

use miette::Diagnostic;
use thiserror::Error;

use super::board::BoardError;
use super::cycles::CyclesError;
use super::image::ImageError;
use super::qemu::QemuError;
use super::runner::RunnerError;
use super::telemetry::TelemetryError;

/// Why a program did not run on a board.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum TargetError {
    /// The board.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Board(#[from] BoardError),
    /// The runner.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Runner(#[from] RunnerError),
    /// The image.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Image(#[from] ImageError),
    /// QEMU.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Qemu(#[from] QemuError),
    /// The log.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The counts of the cycles plugin.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Cycles(#[from] CyclesError),
    /// The runner gave up.
    #[error("the runner on {board} stopped: {failure} (detail {detail})")]
    #[diagnostic(code(target::stopped), help("docs/runner.md lists the failures and their details"))]
    Stopped {
        /// The board.
        board: String,
        /// Why.
        failure: String,
        /// What it explains.
        detail: u64,
    },
    /// A kernel differs from its reference on the board's core.
    #[error("the selftest on {board} failed: {words}")]
    #[diagnostic(
        code(target::selftest),
        help(
            "this is a bug in a kernel: please report it; `run_case` of the kernel suite runs one case by its number"
        )
    )]
    SelftestFailed {
        /// The board.
        board: String,
        /// The selftest's own words.
        words: String,
    },
    /// Outputs or records are missing although the runner ended well.
    #[error("{board} returned {what}")]
    #[diagnostic(code(target::incomplete), help("run it again; if it happens again, please report it"))]
    Incomplete {
        /// The board.
        board: String,
        /// What is wrong.
        what: String,
    },
    /// The same input gave two outputs.
    #[error("{board} gave different outputs for the same input (sample {sample}, repeat {repeat})")]
    #[diagnostic(
        code(target::not_deterministic),
        help("this is a bug in a kernel or in the memory plan: please report it")
    )]
    NotDeterministic {
        /// The board.
        board: String,
        /// The sample.
        sample: usize,
        /// The repeat that differs from the first.
        repeat: usize,
    },
    /// A sample has other tensors than the program's inputs.
    #[error("sample {sample} has inputs of {given:?} elements; the program takes {expected:?}")]
    #[diagnostic(code(target::wrong_inputs), help("give every sample one tensor per input, of the input's shape"))]
    WrongInputs {
        /// The sample.
        sample: usize,
        /// Elements per tensor.
        given: Vec<usize>,
        /// Elements per input.
        expected: Vec<usize>,
    },
}
