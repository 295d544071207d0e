//! Instructions of the FPU, FPv4 and FPv5; everything else in their space is unknown.

use super::bits;
use crate::{FpuKind, Instruction, Kind, Registers};

pub(super) fn decode(first: u32, second: u32) -> Instruction {
    let is_fpu = bits(second, 9, 3) == 0b101;
    match bits(first, 8, 8) {
        0xEC | 0xED if is_fpu => transfer_memory(first, second),
        0xEE if is_fpu && bits(second, 4, 1) == 1 => transfer_core(first, second),
        0xEE if is_fpu => data_processing(first, second),
        // FPv5: selection, minimum, rounding.
        0xFE if is_fpu => arithmetic(first, second, FpuKind::Arithmetic, true),
        _ => Instruction::new(4, Kind::Unknown),
    }
}

const fn fpu(kind: FpuKind) -> Instruction {
    Instruction::new(4, Kind::Fpu(kind))
}

/// A register of either width: four bits, and one that is the lowest of a single and the highest of a double.
const fn register(double: bool, four: u32, one: u32) -> Registers {
    if double { Registers::double(one << 4 | four) } else { Registers::single(four << 1 | one) }
}

const fn is_double(second: u32) -> bool {
    bits(second, 8, 1) == 1
}

const fn destination(first: u32, second: u32) -> Registers {
    register(is_double(second), bits(second, 12, 4), bits(first, 6, 1))
}

fn transfer_memory(first: u32, second: u32) -> Instruction {
    let double = is_double(second);
    let is_load = bits(first, 4, 1) == 1;
    let base = Registers::core(bits(first, 0, 4));
    let words = bits(second, 0, 8);
    match (bits(first, 5, 4), bits(first, 8, 1)) {
        // P, U, W clear: between the core and two singles or one double.
        (0b0010, 0) => transfer_double(first, second),
        (flags, 1) if flags & 1 == 0 => {
            let instruction = if is_load {
                fpu(FpuKind::Load { double }).writing(destination(first, second))
            } else {
                fpu(FpuKind::Store { double }).reading(destination(first, second))
            };
            instruction.addressing(base)
        }
        _ if is_load => fpu(FpuKind::LoadMultiple { words }).addressing(base),
        _ => fpu(FpuKind::StoreMultiple { words }).addressing(base).reading(list(first, second, words)),
    }
}

/// The singles of a multiple: as many words from the first register up.
fn list(first: u32, second: u32, words: u32) -> Registers {
    let (four, one) = (bits(second, 12, 4), bits(first, 6, 1));
    let start = if is_double(second) { 2 * (one << 4 | four) } else { four << 1 | one };
    (start..start + words).map(Registers::single).fold(Registers::NONE, Registers::and)
}

/// Between two core registers and two singles or one double.
fn transfer_double(first: u32, second: u32) -> Instruction {
    let core = Registers::core(bits(second, 12, 4)).and(Registers::core(bits(first, 0, 4)));
    let (four, one) = (bits(second, 0, 4), bits(second, 5, 1));
    let single = four << 1 | one;
    let pair = Registers::single(single).and(Registers::single(single + 1));
    let float = if is_double(second) { register(true, four, one) } else { pair };
    let to_core = bits(first, 4, 1) == 1;
    let (reads, writes) = if to_core { (float, core) } else { (core, float) };
    fpu(FpuKind::MoveDouble).reading(reads).writing(writes)
}

/// Between a core register and a single, or the status register.
fn transfer_core(first: u32, second: u32) -> Instruction {
    let to_core = bits(first, 4, 1) == 1;
    // The status register has no number among them.
    let is_status = bits(first, 5, 3) == 0b111;
    let single = Registers::single(bits(first, 0, 4) << 1 | bits(second, 7, 1));
    let single = if is_status { Registers::NONE } else { single };
    let core = Registers::core(bits(second, 12, 4));
    let (reads, writes) = if to_core { (single, core) } else { (core, single) };
    fpu(FpuKind::Move).reading(reads).writing(writes)
}

fn data_processing(first: u32, second: u32) -> Instruction {
    match bits(first, 4, 4) & 0b1011 {
        0b0000 | 0b0001 | 0b1001 | 0b1010 => arithmetic(first, second, FpuKind::MultiplyAccumulate, true),
        0b0010 | 0b0011 => arithmetic(first, second, FpuKind::Arithmetic, true),
        0b1000 => arithmetic(first, second, FpuKind::Divide, true),
        _ => other(first, second),
    }
}

/// The operations with at most one source.
fn other(first: u32, second: u32) -> Instruction {
    match (bits(first, 0, 4), bits(second, 6, 2)) {
        (_, 0b00 | 0b10) => fpu(FpuKind::Move).writing(destination(first, second)),
        (0b0000, 0b01) => arithmetic(first, second, FpuKind::Move, false),
        (0b0001, 0b11) => arithmetic(first, second, FpuKind::Divide, false),
        // Comparison with 0.
        (0b0101, _) => fpu(FpuKind::Arithmetic).reading(destination(first, second)),
        _ => arithmetic(first, second, FpuKind::Arithmetic, false),
    }
}

fn arithmetic(first: u32, second: u32, kind: FpuKind, two_sources: bool) -> Instruction {
    let double = is_double(second);
    let m = register(double, bits(second, 0, 4), bits(second, 5, 1));
    let n = register(double, bits(first, 0, 4), bits(second, 7, 1));
    let d = destination(first, second);
    let is_comparison = !two_sources && bits(first, 1, 3) == 0b010;
    let reads = if two_sources { m.and(n) } else { m };
    let reads = if is_comparison || kind == FpuKind::MultiplyAccumulate { reads.and(d) } else { reads };
    fpu(kind).reading(reads).writing(if is_comparison { Registers::NONE } else { d })
}
