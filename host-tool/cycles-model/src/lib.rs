//! Instructions to cycles: decoders, the cores' published timings, flash and caches. `docs/cycles.md` has the tables.
//!
//! The crate knows nothing of QEMU: a [`Meter`] is told of the blocks of code that run, in order, and keeps the counts.
#![forbid(unsafe_code)]

mod block;
mod core;
mod flash;
mod hot;
mod instruction;
mod memory;
mod meter;
mod riscv;
mod thumb;
mod timing;
mod transition;

pub use block::{Block, BlockId};
pub use core::{Architecture, Core};
pub use flash::FlashTiming;
pub use instruction::{FpuKind, Instruction, Kind, Registers};
pub use memory::{Memory, Region};
pub use meter::{AddressCount, Event, Mark, Meter};
