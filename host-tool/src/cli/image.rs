//! `peacrab image`: a stand-alone image of a program.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::progress::Bar;
use super::{CommandResult, output};
use crate::emit::ProgramFile;
use crate::plan::Optimize;
use crate::target::{Board, Footprint, Sample, stand_alone_image};

/// Makes an ELF that runs a program on a board by itself, on one sample that it carries
#[derive(Args)]
pub struct Image {
    /// The program
    program: PathBuf,
    /// The board: a name (`peacrab boards`) or a TOML file
    #[arg(long, value_name = "BOARD")]
    board: String,
    /// The image to write
    #[arg(short, long, value_name = "IMAGE.elf")]
    output: PathBuf,
    /// Inferences before it reports
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// What `image --json` prints.
#[derive(Serialize)]
struct ImageReport<'a> {
    board: &'a str,
    output: &'a PathBuf,
    repeat: u32,
    #[serde(flatten)]
    footprint: Footprint,
}

impl Image {
    /// Makes and writes the image.
    pub fn run(&self) -> CommandResult {
        let board = Board::find(&self.board).map_err(|error| Failure::from(error).with_exit_code(2))?;
        let file = ProgramFile::read(&self.program)?;
        let sample = Sample { inputs: &file.metadata.sample, inferences: self.repeat };
        let is_small = file.metadata.optimize == Optimize::Size;
        let bar = Bar::new("", 0);
        let (elf, footprint) =
            stand_alone_image(&board, file.device_part(), sample, is_small, &mut |line| bar.say(line))?;
        drop(bar);
        output::write_file(&self.output, &elf)?;
        if self.json {
            let report = ImageReport { board: &board.name, output: &self.output, repeat: self.repeat, footprint };
            return Ok(output::print_json(&report)?);
        }
        let Footprint { flash_bytes, ram_bytes, .. } = footprint;
        let text = format!(
            "wrote {}: flash {flash_bytes} bytes, RAM {ram_bytes} bytes on {}",
            self.output.display(),
            board.name
        );
        output::print(&text)?;
        Ok(output::print("its report is a defmt log: `defmt-print -e IMAGE.elf` decodes it")?)
    }
}
