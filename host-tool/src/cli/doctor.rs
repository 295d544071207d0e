//! `peacrab doctor`: what is installed, what is missing, how to get it.

use clap::Args;

use super::{CommandResult, output};
use crate::report::table::{plain_table, to_text};
use crate::target::doctor;

/// Shows what this machine has, what it lacks, and how to get it
#[derive(Args)]
pub struct Doctor {
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Prints the checks; something missing is no failure of this command.
    pub fn run(&self) -> CommandResult {
        let checks = doctor::checks();
        if self.json {
            return Ok(output::print_json(&checks)?);
        }
        let mut table = plain_table(&["", "what", "found", "needed for"]);
        for check in &checks {
            let mark = if check.found.is_some() { "ok" } else { "MISSING" };
            table.add_row([mark, &check.name, check.found.as_deref().unwrap_or("-"), &check.needed_for]);
        }
        output::print(&to_text(&table))?;
        for check in checks.iter().filter(|check| check.found.is_none()) {
            output::print(&format!("{}: {}", check.name, check.how_to_get))?;
        }
        Ok(())
    }
}
