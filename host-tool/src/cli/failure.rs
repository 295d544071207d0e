//! Errors on their way out: what, where, what to do, and the exit code.

use std::process::ExitCode;

use miette::Diagnostic;

/// Why a command did not do what was asked.
pub struct Failure {
    exit_code: u8,
    error: Box<dyn Diagnostic + Send + Sync>,
}

/// What a command finds wrong by itself.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{what}")]
struct Finding {
    what: String,
    #[help]
    help: String,
}

impl Failure {
    /// Exit code 2: the command cannot be meant like this.
    pub fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Failure { exit_code: 2, error: Box::new(Finding { what: what.into(), help: help.into() }) }
    }

    /// Exit code 1, without an error type of its own.
    pub fn failed(what: impl Into<String>, help: impl Into<String>) -> Self {
        Failure { exit_code: 1, ..Self::usage(what, help) }
    }

    /// Exit code 3: everything worked, and the result is not good or small enough.
    pub fn threshold_missed(what: impl Into<String>, help: impl Into<String>) -> Self {
        Failure { exit_code: 3, ..Self::usage(what, help) }
    }

    /// Another exit code for the same error.
    pub fn with_exit_code(self, exit_code: u8) -> Self {
        Failure { exit_code, ..self }
    }

    /// Prints the error on standard error; returns its exit code.
    pub fn report(&self, verbose: bool) -> ExitCode {
        eprintln!("error: {}", self.error);
        let mut cause = self.error.source();
        while let Some(error) = cause {
            eprintln!("  because: {error}");
            cause = error.source();
        }
        if let Some(help) = self.error.help() {
            eprintln!("  help: {help}");
        }
        if let Some(code) = self.error.code().filter(|_| verbose) {
            eprintln!("  code: {code}");
        }
        ExitCode::from(self.exit_code)
    }
}

impl<E: Diagnostic + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure { exit_code: 1, error: Box::new(error) }
    }
}
