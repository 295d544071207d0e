//! `peacrab completions`: a completion script for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{CommandResult, output};

/// Prints a completion script for a shell
#[derive(Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the script of the command `C`.
    pub fn run<C: CommandFactory>(&self) -> CommandResult {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut C::command(), "peacrab", &mut script);
        Ok(output::print(&String::from_utf8_lossy(&script))?)
    }
}
