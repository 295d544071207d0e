//! The image: a runner with a program, and perhaps a sample, appended as one more loadable segment.

use miette::Diagnostic;
use object::LittleEndian;
use object::elf::{FileHeader32, PF_R, PT_LOAD, ProgramHeader32};
use object::pod::{bytes_of, from_bytes, from_bytes_mut};
use object::{U16, U32};
use peacrab_format::{ALIGNMENT, MAGIC, Target};
use peacrab_frames::crc32;
use peacrab_runtime::{LoadError, Model};
use thiserror::Error;

use super::board::{Backend, Board};
use super::contents::Contents;
use super::runner::Runner;
use crate::aligned::AlignedBytes;

type Header = FileHeader32<LittleEndian>;
type Segment = ProgramHeader32<LittleEndian>;

const TRAILER_MAGIC: [u8; 4] = *b"PEAS";
/// RAM per operator: its tick mark.
const MARK_BYTES: u64 = 4;

/// What a program takes of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Footprint {
    /// Activations and scratch memory.
    pub arena_bytes: u64,
    /// Runner and program.
    pub flash_bytes: u64,
    /// Stack, statics, arena and one mark per operator.
    pub ram_bytes: u64,
}

/// The sample of a stand-alone image.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The input tensors, in order.
    pub inputs: &'a [Vec<i8>],
    /// How many times to run it, at least 1.
    pub inferences: u32,
}

/// Why there is no image.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ImageError {
    /// The bytes are not a program.
    #[error("this is not a program: {what}")]
    #[diagnostic(code(image::not_a_program), help("make one with `peacrab convert MODEL -o OUT.pea`"))]
    NotAProgram {
        /// What is wrong.
        what: String,
    },
    /// The program was packed for another kind of core.
    #[error("the program was packed for `{packed}`, but {board} runs `{backend}`")]
    #[diagnostic(
        code(image::wrong_target),
        help(
            "convert the model again, `peacrab convert MODEL -o OUT.pea --board {board}`, or without --board to run on every core"
        )
    )]
    WrongTarget {
        /// The program's target.
        packed: String,
        /// The board's backend.
        backend: &'static str,
        /// The board.
        board: String,
    },
    /// Too much for the flash.
    #[error("runner and program take {needed} bytes of flash; {board} has {available}: {} too many", needed - available)]
    #[diagnostic(
        code(image::flash_full),
        help("use a smaller model, fewer weight bits, or a larger board (`peacrab boards`)")
    )]
    FlashFull {
        /// The board.
        board: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        available: u64,
    },
    /// Too much for the RAM.
    #[error("stack, statics and an arena of {arena_bytes} bytes take {needed} bytes of RAM; {board} has {available}: {} too many", needed - available)]
    #[diagnostic(code(image::ram_full), help("use a smaller model or input, or a larger board (`peacrab boards`)"))]
    RamFull {
        /// The board.
        board: String,
        /// Bytes of the arena.
        arena_bytes: u64,
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        available: u64,
    },
    /// The runner's ELF cannot be extended.
    #[error("the runner {} is not a 32-bit little-endian ELF", path.display())]
    #[diagnostic(code(image::bad_runner), help("delete the file: it is built again"))]
    BadRunner {
        /// The file.
        path: std::path::PathBuf,
    },
}

/// The part of a `.pea` file that is flashed.
///
/// # Errors
///
/// The bytes are not a program.
pub fn device_part(program: &[u8]) -> Result<&[u8], ImageError> {
    let refused = |what: &str| ImageError::NotAProgram { what: what.to_owned() };
    if !program.starts_with(&MAGIC) {
        return Err(refused("it does not begin with `PEA1`"));
    }
    let length = word(program, 12).and_then(|length| usize::try_from(length).ok());
    length.and_then(|length| program.get(..length)).ok_or_else(|| refused("it is cut short"))
}

/// Refuses a program that was packed for another kind of core.
///
/// # Errors
///
/// The target does not fit; the help names the command to use.
pub fn check_target(board: &Board, device: &[u8]) -> Result<(), ImageError> {
    let number = word(device, 8).unwrap_or(u32::MAX);
    let packed = match Target::from_number(number) {
        Some(Target::Portable) => return Ok(()),
        Some(Target::Armv7em) if board.backend == Backend::Armv7em => return Ok(()),
        Some(target) => target.name().to_owned(),
        None => format!("target {number}"),
    };
    Err(ImageError::WrongTarget { packed, backend: board.backend.as_str(), board: board.name.clone() })
}

/// What `program` takes of `board`, to the byte.
///
/// # Errors
///
/// It does not fit, or is not a program.
pub fn footprint(board: &Board, runner: &Runner, program: &[u8]) -> Result<Footprint, ImageError> {
    let device = device_part(program)?;
    check_target(board, device)?;
    measure(board, runner, device, append(device, None).len())
}

/// Appends a program to a runner: the bytes of an ELF, and what it takes of the board.
///
/// With a sample the image stands alone; without one the host drives it.
///
/// # Errors
///
/// It does not fit the board, or is not a program.
pub fn assemble(
    board: &Board,
    runner: &Runner,
    program: &[u8],
    sample: Option<Sample<'_>>,
) -> Result<(Vec<u8>, Footprint), ImageError> {
    let device = device_part(program)?;
    check_target(board, device)?;
    let appended = append(device, sample);
    let footprint = measure(board, runner, device, appended.len())?;
    let elf = add_segment(&runner.elf, runner.program_start, &appended);
    Ok((elf.ok_or_else(|| ImageError::BadRunner { path: runner.path.clone() })?, footprint))
}

fn measure(board: &Board, runner: &Runner, device: &[u8], appended: usize) -> Result<Footprint, ImageError> {
    let (arena_bytes, operators) = with_model(device, |model| (model.arena_bytes(), model.operator_count()))?;
    let (arena_bytes, marks) = (arena_bytes as u64, operators as u64 * MARK_BYTES);
    let below_arena = runner.arena_start.saturating_sub(board.ram.origin);
    let ram_bytes = below_arena + arena_bytes.next_multiple_of(MARK_BYTES) + marks;
    let flash_bytes = runner.program_start.saturating_sub(board.flash.origin) + appended as u64;
    if flash_bytes > board.flash.bytes {
        let (board, available) = (board.name.clone(), board.flash.bytes);
        return Err(ImageError::FlashFull { board, needed: flash_bytes, available });
    }
    if ram_bytes > board.ram.bytes {
        let (board, available) = (board.name.clone(), board.ram.bytes);
        return Err(ImageError::RamFull { board, arena_bytes, needed: ram_bytes, available });
    }
    Ok(Footprint { arena_bytes, flash_bytes, ram_bytes })
}

/// Elements of each input of a program, in order.
///
/// # Errors
///
/// The bytes are not a program.
pub fn input_lengths(device: &[u8]) -> Result<Vec<usize>, ImageError> {
    with_model(device, |model| {
        let program = model.program();
        let tensors = program.inputs().iter().filter_map(|port| program.tensor(port.tensor));
        tensors.map(|tensor| tensor.elements).collect()
    })
}

/// What a program needs of a runner: the kernels that it names, and whether any of its layers is left over.
///
/// # Errors
///
/// The bytes are not a program.
pub fn contents(device: &[u8]) -> Result<Contents, ImageError> {
    with_model(device, |model| {
        let operators = (0..model.operator_count()).filter_map(|index| model.program().operator(index));
        Contents::only(operators.map(|operator| operator.kernel).collect(), model.has_left_over())
    })
}

/// Loads a program as the device will, in memory of the alignment that it needs.
fn with_model<T>(device: &[u8], read: impl FnOnce(&Model<'_>) -> T) -> Result<T, ImageError> {
    let aligned = AlignedBytes::new(device);
    let refused = |error: LoadError| ImageError::NotAProgram { what: error.to_string() };
    let model = Model::load_for_any_core(&aligned).map_err(refused)?;
    Ok(read(&model))
}

/// Program, trailer and sample, as the runner's `image` module reads them.
fn append(device: &[u8], sample: Option<Sample<'_>>) -> Vec<u8> {
    let inferences = sample.map_or(0, |sample| sample.inferences);
    let tensors = sample.map_or_else(Vec::new, |sample| sample.inputs.concat());
    let tensors: &[u8] = bytemuck::cast_slice(&tensors);
    let mut bytes = device.to_vec();
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    bytes.extend(TRAILER_MAGIC);
    bytes.extend(inferences.to_le_bytes());
    bytes.extend((tensors.len() as u32).to_le_bytes());
    bytes.extend(crc32(tensors).to_le_bytes());
    bytes.extend(tensors);
    bytes
}

/// The ELF with `bytes` loaded at `address`; its program headers move to the end of the file, where there is room for one
/// more. `None` if it is not a 32-bit little-endian ELF.
fn add_segment(elf: &[u8], address: u64, bytes: &[u8]) -> Option<Vec<u8>> {
    let (header, _) = from_bytes::<Header>(elf).ok()?;
    let is_elf32 = header.e_ident.magic == object::elf::ELFMAG
        && header.e_ident.class == object::elf::ELFCLASS32
        && header.e_ident.data == object::elf::ELFDATA2LSB;
    let count = header.e_phnum.get(LittleEndian);
    let start = header.e_phoff.get(LittleEndian) as usize;
    let old = elf.get(start..)?.get(..usize::from(count) * size_of::<Segment>())?;
    if !is_elf32 {
        return None;
    }

    let mut out = elf.to_vec();
    out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
    let segment = segment(out.len(), address, bytes.len())?;
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
    let table = u32::try_from(out.len()).ok()?;
    out.extend(old);
    out.extend(bytes_of(&segment));
    let (header, _) = from_bytes_mut::<Header>(&mut out).ok()?;
    header.e_phoff = U32::new(LittleEndian, table);
    header.e_phnum = U16::new(LittleEndian, count.checked_add(1)?);
    Some(out)
}

fn segment(offset: usize, address: u64, length: usize) -> Option<Segment> {
    let word = |value: u64| Some(U32::new(LittleEndian, u32::try_from(value).ok()?));
    Some(Segment {
        p_type: U32::new(LittleEndian, PT_LOAD),
        p_offset: word(offset as u64)?,
        p_vaddr: word(address)?,
        p_paddr: word(address)?,
        p_filesz: word(length as u64)?,
        p_memsz: word(length as u64)?,
        p_flags: U32::new(LittleEndian, PF_R),
        p_align: word(ALIGNMENT as u64)?,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}
