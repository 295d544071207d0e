//! The image's table of marks: section `.peacrab.marks`, an address and a kind for each.

use object::{Object as _, ObjectSection as _};
use peacrab_cycles_model::Mark;

use super::CyclesError;

const SECTION: &str = ".peacrab.marks";
/// Two words.
const ENTRY_BYTES: usize = 8;

/// Every mark of an image, in the order of the table.
pub fn read(elf: &[u8]) -> Result<Vec<(u32, Mark)>, CyclesError> {
    let no_marks = |what| CyclesError::NoMarks { what };
    let file = object::File::parse(elf).map_err(|_| no_marks("it is not an ELF"))?;
    let section = file.section_by_name(SECTION).ok_or_else(|| no_marks("its section .peacrab.marks is missing"))?;
    let bytes = section.data().map_err(|_| no_marks("its section .peacrab.marks cannot be read"))?;
    let marks: Option<Vec<_>> = bytes.chunks(ENTRY_BYTES).map(mark).collect();
    let marks = marks.ok_or_else(|| no_marks("its section .peacrab.marks has an entry of an unknown kind"))?;
    let has = |wanted| marks.iter().any(|(_, mark)| *mark == wanted);
    if has(Mark::InferenceStart) && has(Mark::InferenceEnd) { Ok(marks) } else { Err(no_marks("a border is missing")) }
}

fn mark(entry: &[u8]) -> Option<(u32, Mark)> {
    let word = |at: usize| entry.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    // A label in Thumb code may carry bit 0.
    Some((word(0)? & !1, Mark::from_number(word(4)?)?))
}
