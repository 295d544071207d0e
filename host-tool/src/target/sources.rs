//! What building from this checkout's sources shares: a hash of what goes in, one build at a time, cargo's messages passed on.

use std::fs;
use std::hash::Hash;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Feeds every file of a folder that cargo builds from to a hasher, with its path in the folder.
///
/// # Errors
///
/// The file or folder that cannot be read, and why.
pub(super) fn hash(folder: &Path, hasher: &mut impl std::hash::Hasher) -> Result<(), (PathBuf, io::Error)> {
    let mut files = Vec::new();
    collect_files(folder, &mut files).map_err(|error| (folder.to_owned(), error))?;
    files.sort();
    for file in files {
        file.strip_prefix(folder).unwrap_or(&file).hash(hasher);
        match fs::read(&file) {
            Ok(bytes) => bytes.hash(hasher),
            Err(error) => return Err((file, error)),
        }
    }
    Ok(())
}

/// All files that cargo builds from; not its output, and not tests.
fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !["target", "tests", "benches", "fuzz", "examples"].contains(&&*name) {
                collect_files(&path, files)?;
            }
        } else if ["rs", "toml", "lock", "x", "s"].iter().any(|end| path.extension().is_some_and(|e| e == *end)) {
            files.push(path);
        }
    }
    Ok(())
}

/// Builds of several processes share a target folder, and boards share a triple: one at a time.
pub(super) fn lock(cache: &Path) -> io::Result<fs::File> {
    let file = fs::File::create(cache.join("lock"))?;
    file.lock()?;
    Ok(file)
}

/// Runs cargo, passing its messages on; the error is all of them.
pub(super) fn run_cargo(command: &mut Command, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cargo does not start: {error}"))?;
    let mut messages = Vec::new();
    for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
        let line = line.unwrap_or_default();
        say(&line);
        messages.push(line);
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(messages.join("\n")),
        Err(error) => Err(error.to_string()),
    }
}

/// Copies what was built to its place, whole or not at all.
pub(super) fn install(built: &Path, path: &Path) -> io::Result<()> {
    let temporary = path.with_extension("new");
    fs::copy(built, &temporary)?;
    fs::rename(&temporary, path)
}
