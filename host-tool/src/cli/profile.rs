//! `peacrab profile`: what an inference costs on a board, operator by operator and function by function.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::inference::Inference;
use super::progress::Bar;
use super::{CommandResult, output};
use crate::emit::ProgramFile;
use crate::profile::{Subject, report};
use crate::report::profile::{ProfileReport, TextStyle, render_flame, render_html, render_text};
use crate::simulate::Simulator;
use crate::target::Progress;
use crate::target::board::{Board, Timing, WAIT_STATES_MAX};
use crate::target::cycles::count_on_board;

/// Counts instructions and models cycles of a program on a board, by operator and function
#[derive(Args)]
pub struct Profile {
    #[command(flatten)]
    inference: Inference,
    /// Wait states of the flash, instead of the board's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=i64::from(WAIT_STATES_MAX)))]
    wait_states: Option<u32>,
    /// A key of the board file's [timing] table, instead of the board's value: `--timing prefetch=true`
    #[arg(long, value_name = "KEY=VALUE")]
    timing: Vec<String>,
    /// Writes a page with charts, memory map and functions
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
    /// Writes a flame graph
    #[arg(long, value_name = "FILE.svg")]
    flame: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Profile {
    /// Profiles and reports.
    pub fn run(&self, verbose: bool) -> CommandResult {
        let board = self.inference.board()?;
        let board = Board { timing: self.timing(&board)?, ..board };
        let file = ProgramFile::read(&self.inference.program)?;
        let simulator = Simulator::new(&file)?;
        let report = self.profile(&board, &simulator)?;
        if let Some(path) = &self.html {
            output::write_file(path, render_html(&report)?.as_bytes())?;
        }
        if let Some(path) = &self.flame {
            output::write_file(path, render_flame(&report)?.as_bytes())?;
        }
        if self.json {
            return Ok(output::print_json(&report)?);
        }
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        output::print(&render_text(&report, TextStyle { colour, verbose }))?;
        for path in [&self.html, &self.flame].into_iter().flatten() {
            output::print(&format!("wrote {}", path.display()))?;
        }
        Ok(())
    }

    fn profile(&self, board: &Board, simulator: &Simulator<'_>) -> Result<ProfileReport, Failure> {
        let inputs = self.inference.inputs(simulator)?;
        let options = self.inference.options(simulator.file());
        let bar = Bar::new("profiling", inputs.len() * options.repeat as usize);
        let program = simulator.file().device_part();
        let counted = count_on_board(board, program, &inputs, options, &mut |progress| match progress {
            Progress::Building(line) => bar.say(line),
            Progress::Inferences { done, .. } => bar.set(done),
        })?;
        drop(bar);
        Ok(report(Subject { path: &self.inference.program, simulator, board }, &counted)?)
    }

    /// The board's timing with what the options change.
    fn timing(&self, board: &Board) -> Result<Timing, Failure> {
        let wait_states = self.wait_states.map(|states| format!("wait_states={states}"));
        let mut board = board.clone();
        for change in self.timing.iter().chain(&wait_states) {
            let usage = |why: String| {
                Failure::usage(
                    format!("`--timing {change}` is not understood: {why}"),
                    "docs/adding-a-board.md lists the keys of [timing] and their values",
                )
            };
            board = board.with_timing(change).map_err(usage)?;
        }
        Ok(board.timing)
    }
}
