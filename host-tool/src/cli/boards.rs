//! `peacrab boards`: the boards there are.

use clap::Args;

use super::{CommandResult, output};
use crate::report::table::{plain_table, to_text};
use crate::target::board::Board;

/// Lists the boards
#[derive(Args)]
pub struct Boards {
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Boards {
    /// Prints the boards.
    pub fn run(&self) -> CommandResult {
        let boards = Board::all()?;
        if self.json {
            return Ok(output::print_json(&boards)?);
        }
        let mut table = plain_table(&["board", "core", "flash", "RAM", "clock", "description"]);
        for board in &boards {
            table.add_row([
                board.name.clone(),
                board.core.clone(),
                format!("{} KB", board.flash.bytes / 1024),
                format!("{} KB", board.ram.bytes / 1024),
                format!("{} MHz", board.clock_hz / 1_000_000),
                board.description.clone(),
            ]);
        }
        Ok(output::print(&to_text(&table))?)
    }
}
