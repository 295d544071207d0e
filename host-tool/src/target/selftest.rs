//! The kernel suite on a board: the kernels of its backend against the naive references, on its core.

use std::fs::File;
use std::process::Stdio;

use super::board::Board;
use super::error::TargetError;
use super::qemu::{LOG_FILE, QemuError};
use super::run::{IMAGE_FILE, RunOptions, Session, new_folder, write_file};
use super::runner::{Binary, Runner};

/// Stack of the suite and its references, which need more than the runner.
const STACK_BYTES: u64 = 4096;

/// A suite that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Cases that agreed with the reference.
    pub cases: u64,
    /// Output elements that were compared.
    pub elements: u64,
    /// Cases that need more memory than the board has.
    pub skipped: u64,
}

/// Runs every case of the kernel suite that fits a QEMU board's memory.
///
/// # Errors
///
/// [`TargetError::SelftestFailed`] names kernel, case and mismatch; otherwise the selftest could not be built or run.
pub fn run(board: &Board, say: &mut dyn FnMut(&str)) -> Result<Summary, TargetError> {
    let board = Board { stack_bytes: board.stack_bytes.max(STACK_BYTES), ..board.clone() };
    let selftest = Runner::binary_for_board(Binary::Selftest, &board, say)?;
    let folder = new_folder()?;
    write_file(folder.path(), IMAGE_FILE, &selftest.elf)?;
    let log_path = folder.path().join(LOG_FILE);
    let file_error = |source| QemuError::File { path: log_path.clone(), source };
    let stdout = File::create(&log_path).map_err(file_error)?;
    let stall_limit = RunOptions::default().stall_limit;
    let mut session = Session { board: &board, folder: folder.path(), stall_limit, extra: &[] };
    session.run(&folder.path().join(IMAGE_FILE), Stdio::from(stdout), |_| {
        Ok(log_path.metadata().map_or(0, |metadata| metadata.len() as usize))
    })?;
    let log = std::fs::read(&log_path).map_err(file_error)?;
    let log = String::from_utf8_lossy(&log);
    let last = log.lines().last().unwrap_or("it said nothing");
    summary(last).ok_or_else(|| TargetError::SelftestFailed { board: board.name.clone(), words: last.to_owned() })
}

/// The figures of `passed cases=1 elements=2 skipped=3`.
fn summary(line: &str) -> Option<Summary> {
    let mut words = line.strip_prefix("passed ")?.split(' ');
    let mut figure = |name: &str| words.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
    Some(Summary { cases: figure("cases")?, elements: figure("elements")?, skipped: figure("skipped")? })
}
