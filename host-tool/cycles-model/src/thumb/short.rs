//! Instructions of 16 bits.

use super::{bits, signed};
use crate::{Instruction, Kind, Registers};

const PC: u32 = 15;
const SP: u32 = 13;

pub(super) fn decode(address: u32, word: u32) -> Instruction {
    match word >> 12 {
        0b0000 | 0b0001 => alu(register(word, 0)),
        0b0010 if bits(word, 11, 1) == 1 => alu(Registers::NONE),
        0b0010 | 0b0011 => alu(register(word, 8)),
        0b0100 => data_processing(word),
        0b0101 => with_register_offset(word),
        0b0110 => with_offset(word, 4),
        0b0111 => with_offset(word, 1),
        0b1000 => with_offset(word, 2),
        0b1001 => load_or_store(word, 4, register(word, 8), Registers::core(SP), false),
        // ADR, ADD from SP.
        0b1010 => alu(register(word, 8)),
        0b1011 => miscellaneous(address, word),
        0b1100 => multiple(word),
        0b1101 => conditional_branch(address, word),
        _ => branch(address.wrapping_add(4).wrapping_add(signed(bits(word, 0, 11) << 1, 12)), false),
    }
}

const fn short(kind: Kind) -> Instruction {
    Instruction::new(2, kind)
}

const fn alu(writes: Registers) -> Instruction {
    short(Kind::Alu).writing(writes)
}

const fn register(word: u32, low: u32) -> Registers {
    Registers::core(bits(word, low, 3))
}

const fn branch(target: u32, conditional: bool) -> Instruction {
    short(Kind::Branch { target, conditional, link: false })
}

fn data_processing(word: u32) -> Instruction {
    match bits(word, 10, 2) {
        0b00 => match bits(word, 6, 4) {
            // TST, CMP, CMN.
            0b1000 | 0b1010 | 0b1011 => alu(Registers::NONE),
            0b1101 => short(Kind::Multiply).writing(register(word, 0)),
            _ => alu(register(word, 0)),
        },
        0b01 => high_registers(word),
        _ => short(Kind::Load { bytes: 4 }).writing(register(word, 8)),
    }
}

/// ADD, CMP, MOV of any register; BX, BLX.
fn high_registers(word: u32) -> Instruction {
    let destination = bits(word, 7, 1) << 3 | bits(word, 0, 3);
    match bits(word, 8, 2) {
        0b01 => alu(Registers::NONE),
        0b11 => short(Kind::BranchIndirect),
        _ if destination == PC => short(Kind::BranchIndirect),
        _ => alu(Registers::core(destination)),
    }
}

fn load_or_store(word: u32, bytes: u32, data: Registers, address: Registers, register_offset: bool) -> Instruction {
    let is_load = bits(word, 11, 1) == 1;
    let load = short(Kind::Load { bytes }).writing(data);
    let store = short(Kind::Store { bytes, register_offset });
    (if is_load { load } else { store }).addressing(address)
}

fn with_offset(word: u32, bytes: u32) -> Instruction {
    load_or_store(word, bytes, register(word, 0), register(word, 3), false)
}

fn with_register_offset(word: u32) -> Instruction {
    let address = register(word, 3).and(register(word, 6));
    let load = |bytes| short(Kind::Load { bytes }).writing(register(word, 0)).addressing(address);
    let store = |bytes| short(Kind::Store { bytes, register_offset: true }).addressing(address);
    match bits(word, 9, 3) {
        0 => store(4),
        1 => store(2),
        2 => store(1),
        3 | 6 => load(1),
        4 => load(4),
        _ => load(2),
    }
}

fn miscellaneous(address: u32, word: u32) -> Instruction {
    match bits(word, 8, 4) {
        // ADD, SUB of SP.
        0b0000 => alu(Registers::core(SP)),
        // CBZ, CBNZ.
        0b0001 | 0b0011 | 0b1001 | 0b1011 => {
            let offset = bits(word, 9, 1) << 6 | bits(word, 3, 5) << 1;
            branch(address.wrapping_add(4).wrapping_add(offset), true)
        }
        0b0100 | 0b0101 => {
            short(Kind::StoreMultiple { registers: word_count(word, 9) }).addressing(Registers::core(SP))
        }
        0b0110 => short(Kind::InterruptMask),
        0b1100 => short(Kind::LoadMultiple { registers: word_count(word, 8) }).addressing(Registers::core(SP)),
        0b1101 => short(Kind::PopPc { registers: word_count(word, 9) }).addressing(Registers::core(SP)),
        0b1110 => short(Kind::Trap),
        // The lowest bit that is set ends the list of conditions.
        0b1111 if bits(word, 0, 4) != 0 => short(Kind::It { instructions: 4 - bits(word, 0, 4).trailing_zeros() }),
        0b1111 => short(Kind::Hint),
        // Extensions, REV.
        _ => alu(register(word, 0)),
    }
}

/// Registers named in the low `width` bits.
const fn word_count(word: u32, width: u32) -> u32 {
    bits(word, 0, width).count_ones()
}

fn multiple(word: u32) -> Instruction {
    let registers = word_count(word, 8);
    let kind =
        if bits(word, 11, 1) == 1 { Kind::LoadMultiple { registers } } else { Kind::StoreMultiple { registers } };
    short(kind).addressing(register(word, 8))
}

fn conditional_branch(address: u32, word: u32) -> Instruction {
    if bits(word, 8, 4) >= 0b1110 {
        return short(Kind::Trap);
    }
    branch(address.wrapping_add(4).wrapping_add(signed(bits(word, 0, 8) << 1, 9)), true)
}
