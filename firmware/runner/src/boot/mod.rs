//! Start-up: one file per architecture, everything before Rust may run and the way out when the core faults.
//!
//! Each paints the stack and the arena with [`PAINT`], copies the initial data, clears the statics, enables what the core
//! has (FPU, MVE) and calls [`crate::start`].

#[cfg_attr(target_arch = "arm", path = "cortex_m.rs")]
#[cfg_attr(target_arch = "riscv32", path = "riscv32.rs")]
mod core_start;

/// What unused stack and arena words hold; the assembly of each start-up loads the same constant.
pub const PAINT: u32 = 0xC5C5_C5C5;
