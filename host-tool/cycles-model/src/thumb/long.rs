//! Instructions of 32 bits: `first` and `second` are their halfwords.

use super::{bits, fpu, signed};
use crate::{Instruction, Kind, Registers};

const PC: u32 = 15;

pub(super) fn decode(address: u32, first: u32, second: u32) -> Instruction {
    let operation = bits(first, 4, 7);
    match bits(first, 11, 2) {
        0b01 if operation & 0b110_0100 == 0b000_0000 => multiple(first, second),
        0b01 if operation & 0b110_0100 == 0b000_0100 => double_or_exclusive(first, second),
        0b01 if operation & 0b110_0000 == 0b010_0000 => data_processing(second),
        0b10 if bits(second, 15, 1) == 1 => branch_or_control(address, first, second),
        0b10 => data_processing(second),
        0b11 if operation & 0b111_0001 == 0b000_0000 => single(first, second, false),
        0b11 if operation & 0b110_0001 == 0b000_0001 => single(first, second, true),
        0b11 if operation & 0b111_0000 == 0b010_0000 => data_processing(second),
        0b11 if operation & 0b111_1000 == 0b011_0000 => multiply(first, second),
        0b11 if operation & 0b111_1000 == 0b011_1000 => multiply_long(first, second),
        _ => fpu::decode(first, second),
    }
}

const fn long(kind: Kind) -> Instruction {
    Instruction::new(4, kind)
}

/// The register named in four bits.
const fn register(word: u32, low: u32) -> Registers {
    Registers::core(bits(word, low, 4))
}

/// Comparisons name the program counter as their result: they have none.
fn data_processing(second: u32) -> Instruction {
    let is_comparison = bits(second, 8, 4) == PC;
    long(Kind::Alu).writing(if is_comparison { Registers::NONE } else { register(second, 8) })
}

fn multiple(first: u32, second: u32) -> Instruction {
    let registers = second.count_ones();
    let is_load = bits(first, 4, 1) == 1;
    let kind = match (is_load, bits(second, PC, 1)) {
        (true, 1) => Kind::PopPc { registers },
        (true, _) => Kind::LoadMultiple { registers },
        (false, _) => Kind::StoreMultiple { registers },
    };
    long(kind).addressing(register(first, 0))
}

fn double_or_exclusive(first: u32, second: u32) -> Instruction {
    let is_load = bits(first, 4, 1) == 1;
    let base = register(first, 0);
    match (bits(first, 7, 2), bits(first, 4, 3)) {
        // SG lies in the space of LDRD.
        _ if first == 0xE97F && second == 0xE97F => long(Kind::Hint),
        (0b01, 0b101) if bits(second, 5, 11) == 0b111_1000_0000 => {
            long(Kind::TableBranch).addressing(base.and(register(second, 0)))
        }
        // TT.
        (0b00, 0b100) if bits(second, 12, 4) == PC => long(Kind::System).writing(register(second, 8)),
        (0b00 | 0b01, 0b100 | 0b101) => exclusive(second, is_load, base),
        _ if is_load => long(Kind::LoadDouble).writing(register(second, 12).and(register(second, 8))).addressing(base),
        _ => long(Kind::StoreDouble).addressing(base),
    }
}

/// Exclusive, acquiring and releasing accesses of any width: all are aligned.
fn exclusive(second: u32, is_load: bool, base: Registers) -> Instruction {
    let load = long(Kind::Load { bytes: 1 }).writing(register(second, 12));
    // A conditional store takes as long as one that has to form its address: it answers.
    let store = long(Kind::Store { bytes: 1, register_offset: true });
    (if is_load { load } else { store }).addressing(base)
}

/// Loads and stores of one register: with an immediate of 12 bits, with a register, or of 8 bits with all else.
fn single(first: u32, second: u32, is_load: bool) -> Instruction {
    let bytes = 1 << bits(first, 5, 2);
    let base = bits(first, 0, 4);
    let register_offset = base != PC && bits(first, 7, 1) == 0 && bits(second, 6, 6) == 0;
    let offset = if register_offset { register(second, 0) } else { Registers::NONE };
    let address = if base == PC { Registers::NONE } else { Registers::core(base) }.and(offset);
    let kind = match (is_load, bits(second, 12, 4)) {
        (true, PC) if bytes == 4 => Kind::LoadPc,
        // Preload.
        (true, PC) => Kind::Hint,
        (true, _) => Kind::Load { bytes },
        (false, _) => Kind::Store { bytes, register_offset },
    };
    let writes = if matches!(kind, Kind::Load { .. }) { register(second, 12) } else { Registers::NONE };
    long(kind).writing(writes).addressing(address)
}

fn multiply(first: u32, second: u32) -> Instruction {
    let accumulates = bits(second, 12, 4) != PC;
    let kind = match (bits(first, 4, 3), bits(second, 4, 4)) {
        (0, 0) if accumulates => Kind::MultiplyAccumulate,
        (0, 1) => Kind::MultiplyAccumulate,
        _ => Kind::Multiply,
    };
    long(kind).writing(register(second, 8))
}

fn multiply_long(first: u32, second: u32) -> Instruction {
    let both = register(second, 12).and(register(second, 8));
    match bits(first, 4, 3) {
        0b000 | 0b010 => long(Kind::MultiplyLong).writing(both),
        operation @ (0b001 | 0b011) => long(Kind::Divide { signed: operation == 0b001 }).writing(register(second, 8)),
        _ => long(Kind::MultiplyLongAccumulate).writing(both),
    }
}

fn branch_or_control(address: u32, first: u32, second: u32) -> Instruction {
    let next = address.wrapping_add(4);
    let branch =
        |offset, conditional, link| long(Kind::Branch { target: next.wrapping_add(offset), conditional, link });
    match bits(second, 12, 3) {
        0b001 | 0b011 => branch(far_offset(first, second), false, false),
        0b101 | 0b111 => branch(far_offset(first, second), false, true),
        // The loops of ARMv8.1-M, which no core with a table has.
        0b100 | 0b110 => long(Kind::Unknown),
        _ if bits(first, 7, 3) != 0b111 => branch(near_offset(first, second), true, false),
        _ => control(first, second),
    }
}

fn control(first: u32, second: u32) -> Instruction {
    match bits(first, 4, 7) {
        0b011_1000 | 0b011_1001 => long(Kind::System),
        0b011_1010 => long(Kind::Hint),
        0b011_1011 => long(Kind::Barrier),
        0b011_1110 | 0b011_1111 => long(Kind::System).writing(register(second, 8)),
        _ => long(Kind::Trap),
    }
}

/// Offset of a conditional branch: S, J2, J1, 6 and 11 bits.
const fn near_offset(first: u32, second: u32) -> u32 {
    let high = bits(first, 10, 1) << 19 | bits(second, 11, 1) << 18 | bits(second, 13, 1) << 17;
    signed((high | bits(first, 0, 6) << 11 | bits(second, 0, 11)) << 1, 21)
}

/// Offset of an unconditional branch: S, I1, I2, 10 and 11 bits, where I is J exclusive-or not S.
const fn far_offset(first: u32, second: u32) -> u32 {
    let sign = bits(first, 10, 1);
    let i1 = 1 ^ bits(second, 13, 1) ^ sign;
    let i2 = 1 ^ bits(second, 11, 1) ^ sign;
    signed((sign << 23 | i1 << 22 | i2 << 21 | bits(first, 0, 10) << 11 | bits(second, 0, 11)) << 1, 25)
}
