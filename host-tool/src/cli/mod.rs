//! The command line: one file per subcommand; the file tree is the command tree.
//!
//! A command gathers facts from the library, prints them (or their JSON), and turns errors into advice and an exit code: 0 done, 1
//! failure, 2 usage, 3 a threshold was missed.

mod boards;
mod compare;
mod completions;
mod convert;
mod doctor;
mod eval;
mod failure;
mod image;
mod inference;
mod inspect;
mod model;
mod output;
mod profile;
mod progress;
mod run;
mod samples;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Takes a trained model to fixed point, says what that cost, and runs it on a core.
#[derive(Parser)]
#[command(name = "peacrab", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Shows notes, and the causes behind an error
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    Inspect(inspect::Inspect),
    Convert(convert::Convert),
    Eval(eval::Eval),
    Run(run::Run),
    Profile(profile::Profile),
    Compare(compare::Compare),
    Image(image::Image),
    Boards(boards::Boards),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
}

/// Parses the arguments, runs the command, reports what went wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Inspect(command) => command.run(cli.verbose),
        Command::Convert(command) => command.run(cli.verbose),
        Command::Eval(command) => command.run(cli.verbose),
        Command::Run(command) => command.run(),
        Command::Profile(command) => command.run(cli.verbose),
        Command::Compare(command) => command.run(),
        Command::Image(command) => command.run(),
        Command::Boards(command) => command.run(),
        Command::Doctor(command) => command.run(),
        Command::Completions(command) => command.run::<Cli>(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(cli.verbose),
    }
}

/// What every command gives back.
type CommandResult = Result<(), Failure>;
