//! Instructions and modelled cycles of a run in QEMU: builds the plugin, tells it of board, program and marks, reads what it counted.

pub mod cases;
mod marks;
mod plugin;
mod results;
mod settings;

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use peacrab_cycles_model::Core;
use thiserror::Error;

use super::board::Board;
use super::error::TargetError;
use super::run::{BoardRun, Progress, RunOptions, prepare};

pub use plugin::{Interface, Plugin};
pub use results::{AddressCost, Counts, InferenceCost};

const SETTINGS_FILE: &str = "cycles.settings";
const RESULTS_FILE: &str = "cycles.results";

/// Why there are no counts.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum CyclesError {
    /// The plugin's sources are not there.
    #[error("the sources of the cycles plugin are not at {}", path.display())]
    #[diagnostic(
        code(cycles::no_sources),
        help("run `peacrab` from the checkout that it was built in, or build it again there")
    )]
    NoSources {
        /// Where they were looked for.
        path: PathBuf,
    },
    /// A file of the cache or the sources cannot be used.
    #[error("cannot {action} {}", path.display())]
    #[diagnostic(code(cycles::file), help("check permissions and space; PEACRAB_CACHE chooses another cache folder"))]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// cargo did not start or failed.
    #[error("building the cycles plugin failed\n{output}")]
    #[diagnostic(
        code(cycles::build),
        help("the compiler's own words are above; it is built with the `cargo` that PATH has first")
    )]
    Build {
        /// The compiler's messages.
        output: String,
    },
    /// The image has no marks.
    #[error("the image does not say where inferences begin and end: {what}")]
    #[diagnostic(
        code(cycles::no_marks),
        help("delete the cached runner (`peacrab doctor` says where): it is built again")
    )]
    NoMarks {
        /// What is missing.
        what: &'static str,
    },
    /// There is no plugin for this QEMU.
    #[error("there is no cycles plugin for `{program}`, which says that it is `{version}`")]
    #[diagnostic(
        code(cycles::unknown_qemu),
        help("use QEMU 7.2 to 8.2, or 9.1 and later; `peacrab run` counts instructions without the plugin")
    )]
    UnknownQemu {
        /// QEMU's executable.
        program: &'static str,
        /// What it says of itself; empty where it does not start.
        version: String,
    },
    /// The plugin wrote nothing.
    #[error("QEMU ended without the results of the cycles plugin")]
    #[diagnostic(
        code(cycles::no_results),
        help(
            "check that `{program} --help` knows `-plugin`; if it does, please report this with `{program} --version`"
        )
    )]
    NoResults {
        /// QEMU's executable.
        program: &'static str,
    },
    /// The results are not what the plugin writes.
    #[error("the results of the cycles plugin are damaged: {what}")]
    #[diagnostic(code(cycles::damaged), help("run it again; if it happens again, please report it"))]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The counts are not exact.
    #[error("the cycles plugin lost track of the execution {times} times: its counts are not exact")]
    #[diagnostic(code(cycles::lost), help("this is a bug: please report it with the board and the program"))]
    Lost {
        /// How often.
        times: u64,
    },
}

/// The model of a board's core; `None` where nothing is published.
#[must_use]
pub fn core_model(board: &Board) -> Option<Core> {
    Core::from_name(&board.core)
}

/// A run under the plugin.
#[derive(Debug)]
pub struct CountedRun {
    /// As without it.
    pub run: BoardRun,
    /// What the plugin counted.
    pub counts: Counts,
    /// The image that ran, with its symbols.
    pub elf: Vec<u8>,
}

/// Runs every sample of `inputs` on a QEMU board as [`super::run_on_board`] does, and counts instructions and models cycles.
///
/// # Errors
///
/// As there; or the plugin cannot be built, or its counts are incomplete.
pub fn count_on_board(
    board: &Board,
    program: &[u8],
    inputs: &[Vec<Vec<i8>>],
    options: RunOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<CountedRun, TargetError> {
    super::qemu::machine(board)?;
    let plugin = Plugin::find(board, &mut |line| progress(Progress::Building(line)))?;
    let prepared = prepare(board, program, inputs, options, progress)?;
    let places = settings::Places {
        program_start: prepared.runner.program_start,
        program_bytes: program.len() as u64,
        arena_start: prepared.runner.arena_start,
        arena_bytes: prepared.footprint.arena_bytes,
    };
    let (run, counts) = count(board, &plugin, &prepared.elf, prepared.folder.path(), places, |arguments| {
        prepared.run(inputs, options, &arguments, progress)
    })?;
    let expected = inputs.len() * options.repeat.max(1) as usize;
    if counts.inferences.len() != expected {
        let what = format!("{} inferences of {expected}", counts.inferences.len());
        return Err(CyclesError::Damaged { what }.into());
    }
    Ok(CountedRun { run, counts, elf: prepared.elf })
}

/// Runs an image under the plugin, in a folder of its own.
fn count<T>(
    board: &Board,
    plugin: &Plugin,
    elf: &[u8],
    folder: &Path,
    places: settings::Places,
    run: impl FnOnce(Vec<String>) -> Result<T, TargetError>,
) -> Result<(T, Counts), TargetError> {
    let marks = marks::read(elf)?;
    let settings = settings::text(board, &places, &marks);
    super::run::write_file(folder, SETTINGS_FILE, settings.as_bytes())?;
    let ran = run(plugin.arguments())?;
    Ok((ran, read(board, folder)?))
}

fn read(board: &Board, folder: &Path) -> Result<Counts, CyclesError> {
    let path = folder.join(RESULTS_FILE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Err(CyclesError::NoResults { program: super::qemu::executable(board).0 });
    };
    results::parse(&text, core_model(board).is_some())
}
