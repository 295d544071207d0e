//! What the host appended to this image: the program, then a trailer with the sample of a stand-alone image.
//!
//! Little endian, each part 16-byte aligned:
//!
//! | part | bytes |
//! |---|---|
//! | program | its device part; magic `PEA1` at 0, its length (u32) at 12 |
//! | trailer | magic `PEAS`, inferences (u32, 0: the host drives), sample length (u32), CRC-32 of the sample (u32) |
//! | sample | the input tensors, one after the other |

use peacrab_frames::{Failure, crc32};

use crate::Stop;

const PROGRAM_MAGIC: [u8; 4] = *b"PEA1";
const TRAILER_MAGIC: [u8; 4] = *b"PEAS";
const TRAILER_BYTES: usize = 16;
const ALIGNMENT: usize = 16;

/// The appended parts.
pub struct Image {
    /// The device part of the program; the runtime checks it.
    pub program: &'static [u8],
    /// Present in a stand-alone image.
    pub sample: Option<Sample>,
}

/// The input of a stand-alone image.
pub struct Sample {
    /// All input tensors, one after the other.
    pub bytes: &'static [u8],
    /// How many times to run it, at least 1.
    pub inferences: u32,
}

impl Image {
    /// Finds the parts in the flash behind the runner.
    ///
    /// # Errors
    ///
    /// No program or trailer is there, or the sample is damaged.
    pub fn find(flash: &'static [u8]) -> Result<Self, Stop> {
        let (program, rest) = split_program(flash).ok_or(Stop::new(Failure::NoProgram))?;
        let sample = read_sample(rest).ok_or(Stop::new(Failure::SampleRefused))?;
        Ok(Self { program, sample: (sample.inferences > 0).then_some(sample) })
    }
}

fn split_program(flash: &'static [u8]) -> Option<(&'static [u8], &'static [u8])> {
    if !flash.starts_with(&PROGRAM_MAGIC) {
        return None;
    }
    let length = word(flash, 12)? as usize;
    let trailer_at = length.checked_next_multiple_of(ALIGNMENT)?;
    Some((flash.get(..length)?, flash.get(trailer_at..)?))
}

fn read_sample(rest: &'static [u8]) -> Option<Sample> {
    if !rest.starts_with(&TRAILER_MAGIC) {
        return None;
    }
    let length = word(rest, 8)? as usize;
    let bytes = rest.get(TRAILER_BYTES..)?.get(..length)?;
    (crc32(bytes) == word(rest, 12)?).then_some(Sample { bytes, inferences: word(rest, 4)? })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}
