//! Thumb instructions of ARMv6-M, ARMv7-M, ARMv7E-M and ARMv8-M, with the FPU; not MVE.
//!
//! Encodings: Arm ARM DDI 0403 (ARMv7-M), chapter A5, and DDI 0553 (ARMv8-M), chapter C2.

mod fpu;
mod long;
mod short;

use crate::Instruction;

/// Decodes the instruction at `address`: `bytes` begins with it. `None` if it is cut off.
pub(crate) fn decode(address: u32, bytes: &[u8]) -> Option<Instruction> {
    let first = half(bytes, 0)?;
    if first >> 11 < 0b11101 {
        return Some(short::decode(address, first));
    }
    Some(long::decode(address, first, half(bytes, 2)?))
}

fn half(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<2>().map(|bytes| u32::from(u16::from_le_bytes(*bytes)))
}

/// The `width` bits of `word` from bit `low` up.
const fn bits(word: u32, low: u32, width: u32) -> u32 {
    (word >> low) & ((1 << width) - 1)
}

/// The `width` low bits of `value` as a signed number.
const fn signed(value: u32, width: u32) -> u32 {
    ((value << (32 - width)) as i32 >> (32 - width)) as u32
}
