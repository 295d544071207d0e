//! The program format, `.pea`: a zero-copy view that is checked once and then cannot fail.
//!
//! A program is little endian and laid out as
//!
//! ```text
//! Header | TensorRecord.. | OperatorRecord.. | PortRecord.. | data (operands, parameters, weights)   <- the device part
//! metadata (JSON: names, scales, host only)                                                          <- not needed on a device
//! ```
//!
//! Every record is plain old data of 32-bit words, so reading one is a bounds check and no parsing. [`Program::load`] checks the
//! structure: lengths, offsets, alignment, checksum, every tensor inside the arena. What a kernel needs of its own record is
//! checked by the runtime, which knows the kernels. See `docs/program-format.md`.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(target_endian = "big")]
compile_error!("programs are little endian and read in place: big-endian cores are not supported");

mod checksum;
mod kernel_id;
mod program;
mod records;

pub use checksum::{checksum, checksum_of_program};
pub use kernel_id::{KernelId, Target};
pub use program::{FormatError, Operator, Program, TensorView};
pub use records::*;

/// The first four bytes of every program.
pub const MAGIC: [u8; 4] = *b"PEA1";

/// Version of the layout described here; a program of another version is refused.
pub const VERSION: u16 = 1;

/// A program and the arena start at a multiple of this many bytes.
pub const ALIGNMENT: usize = 16;
