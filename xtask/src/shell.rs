//! Running other programs, and saying so.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// Runs a program in the checkout; its output is this one's.
pub fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    run_command(Command::new(program).args(arguments))
}

/// Runs a prepared command, after printing it.
pub fn run_command(command: &mut Command) -> anyhow::Result<()> {
    if command.get_current_dir().is_none() {
        command.current_dir(checkout());
    }
    let line = describe(command);
    println!("$ {line}");
    let status = command.status().with_context(|| format!("`{line}` does not start"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// The folder of the workspace.
pub fn checkout() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The command as one would type it.
pub fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Writes a file of the checkout whole or not at all.
pub fn write(name: &str, text: &str) -> anyhow::Result<()> {
    let path = checkout().join(name);
    let temporary = path.with_extension("new");
    std::fs::write(&temporary, text).with_context(|| format!("cannot write {}", temporary.display()))?;
    std::fs::rename(&temporary, &path).with_context(|| format!("cannot write {}", path.display()))
}
