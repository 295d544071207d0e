//! Writing results: JSON to standard output, files through a temporary file.

use std::io::Write;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::Serialize;
use thiserror::Error;

/// Why a result could not be written.
#[derive(Debug, Error, Diagnostic)]
pub enum OutputError {
    /// The file cannot be written.
    #[error("cannot write `{}`", path.display())]
    #[diagnostic(
        code(output::file),
        help("check that the folder exists and may be written to; an older file of that name is still whole")
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write the result to standard output")]
    #[diagnostic(code(output::stdout))]
    Stdout(#[source] std::io::Error),
}

/// Writes a whole file or none: into a temporary file beside it, which then takes its name.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().permissions(readable()).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| OutputError::File { path: path.to_owned(), source })
}

/// A temporary file is private by default; a result is not.
#[cfg(unix)]
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// Prints a value as JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), OutputError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| OutputError::Stdout(error.into()))?;
    print(&text)
}

/// Prints text and a line end.
pub fn print(text: &str) -> Result<(), OutputError> {
    writeln!(std::io::stdout().lock(), "{text}").map_err(OutputError::Stdout)
}
