//! What the tests of the whole road share: the models they run, and how they speak when something is missing.

pub mod browser;
mod models;
pub mod programs;
pub mod random;

use std::io::Write as _;

use miette::Diagnostic;

pub use models::{Model, Slimming, benchmarks, examples};

/// An error as the command line shows it: what, why, and what to do.
pub fn explain(error: &dyn Diagnostic) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!("\n  because: {error}");
        cause = error.source();
    }
    if let Some(help) = error.help() {
        text += &format!("\n  help: {help}");
    }
    text
}

/// Says something that is seen whether or not the test passes: `println!` is shown for failed tests only.
pub fn announce(text: &str) {
    // Where standard error is closed, nobody can be told.
    let _ = writeln!(std::io::stderr(), "{text}");
}
