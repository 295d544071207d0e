//! `peacrab doctor`: what is installed, what is missing, how to get it.

use clap::Args;
use comfy_table::{Table, presets};

use super::{CommandResult, output};
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
        let mut table = Table::new();
        table.load_preset(presets::UTF8_BORDERS_ONLY).set_header(["", "what", "found", "needed for"]);
        for check in &checks {
            let mark = if check.found.is_some() { "ok" } else { "MISSING" };
            table.add_row([mark, &check.name, check.found.as_deref().unwrap_or("-"), &check.needed_for]);
        }
        output::print(&table.to_string())?;
        for check in checks.iter().filter(|check| check.found.is_none()) {
            output::print(&format!("{}: {}", check.name, check.how_to_get))?;
        }
        Ok(())
    }
}
