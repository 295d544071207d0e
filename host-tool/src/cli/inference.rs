//! Arguments of the commands that run a program's inferences on a board.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::samples::SampleOptions;
use crate::emit::ProgramFile;
use crate::plan::Optimize;
use crate::simulate::Simulator;
use crate::target::{Board, RunOptions};

/// A program, where it runs, and on what.
#[derive(Args)]
pub struct Inference {
    /// The program
    pub program: PathBuf,
    /// The board: a name (`peacrab boards`) or a TOML file
    #[arg(long, value_name = "BOARD")]
    board: String,
    /// Samples; without it one calibration sample runs, which the program carries
    #[arg(long, value_name = "X")]
    input: Option<PathBuf>,
    /// Inferences of each sample
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    #[command(flatten)]
    samples: SampleOptions,
}

impl Inference {
    /// The board.
    pub fn board(&self) -> Result<Board, Failure> {
        Board::find(&self.board).map_err(|error| Failure::from(error).with_exit_code(2))
    }

    /// The samples, quantized for the program.
    pub fn inputs(&self, simulator: &Simulator<'_>) -> Result<Vec<Vec<Vec<i8>>>, Failure> {
        self.samples.quantized(self.input.as_deref(), simulator)
    }

    /// How the program runs.
    pub fn options(&self, file: &ProgramFile) -> RunOptions {
        let is_small = file.metadata.optimize == Optimize::Size;
        RunOptions { repeat: self.repeat, is_small, ..RunOptions::default() }
    }
}
