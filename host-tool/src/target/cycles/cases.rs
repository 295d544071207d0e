//! The cycle cases: pieces of assembly on a board, each with what it cost. The image is `firmware/runner/src/cycle_cases.rs`.

use std::process::Stdio;

use object::{Object as _, ObjectSection as _};

use super::settings::Places;
use super::{CyclesError, Plugin, count};
use crate::report::profile::Cost;
use crate::target::board::Board;
use crate::target::error::TargetError;
use crate::target::run::{IMAGE_FILE, RunOptions, Session, new_folder, write_file};
use crate::target::runner::{Binary, Runner};

/// Names of the cases, each ended by a zero byte.
const SECTION: &str = ".peacrab.cases";

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCost {
    /// Its name.
    pub name: String,
    /// What it cost.
    pub cost: Cost,
}

/// Runs the cases of a QEMU board's core, with the board's timing.
///
/// # Errors
///
/// The image or the plugin cannot be built or run, or the counts are incomplete.
pub fn count_cases(board: &Board, say: &mut dyn FnMut(&str)) -> Result<Vec<CaseCost>, TargetError> {
    let plugin = Plugin::find(board, say)?;
    let image = Runner::binary_for_board(Binary::CycleCases, board, say)?;
    let folder = new_folder()?;
    write_file(folder.path(), IMAGE_FILE, &image.elf)?;
    let places = Places { program_start: 0, program_bytes: 0, arena_start: image.arena_start, arena_bytes: 0 };
    let ((), counts) = count(board, &plugin, &image.elf, folder.path(), places, |extra| {
        let stall_limit = RunOptions::default().stall_limit;
        let mut session = Session { board, folder: folder.path(), stall_limit, extra: &extra };
        session.run(&folder.path().join(IMAGE_FILE), Stdio::null(), |_| Ok(0))
    })?;
    let names = names(&image.elf).ok_or(CyclesError::NoMarks { what: "its section .peacrab.cases is missing" })?;
    let costs = counts.inferences.into_iter().flat_map(|inference| inference.operators);
    let cases: Vec<CaseCost> = names.iter().cloned().zip(costs).map(|(name, cost)| CaseCost { name, cost }).collect();
    if cases.len() != names.len() {
        return Err(CyclesError::Damaged { what: format!("{} cases of {}", cases.len(), names.len()) }.into());
    }
    Ok(cases)
}

fn names(elf: &[u8]) -> Option<Vec<String>> {
    let file = object::File::parse(elf).ok()?;
    let data = file.section_by_name(SECTION)?.data().ok()?;
    let text = std::str::from_utf8(data).ok()?;
    Some(text.split_terminator('\0').map(str::to_owned).collect())
}
