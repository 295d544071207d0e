//! Instructions of RV32IMAC.
//!
//! Encodings: The RISC-V Instruction Set Manual, volume I, chapters on RV32I, M, A, Zicsr and C.

use crate::{Instruction, Kind, Registers};

const ZERO: u32 = 0;
const RETURN_ADDRESS: u32 = 1;
const SP: u32 = 2;

/// Decodes the instruction at `address`: `bytes` begins with it. `None` if it is cut off.
pub(crate) fn decode(address: u32, bytes: &[u8]) -> Option<Instruction> {
    let half = |at: usize| bytes.get(at..)?.first_chunk::<2>().map(|bytes| u32::from(u16::from_le_bytes(*bytes)));
    let first = half(0)?;
    if first & 3 == 3 { Some(long(address, half(2)? << 16 | first)) } else { Some(short(address, first)) }
}

const fn bits(word: u32, low: u32, width: u32) -> u32 {
    (word >> low) & ((1 << width) - 1)
}

const fn signed(value: u32, width: u32) -> u32 {
    ((value << (32 - width)) as i32 >> (32 - width)) as u32
}

/// Register 0 is no register: nothing waits for it.
const fn register(index: u32) -> Registers {
    if index == ZERO { Registers::NONE } else { Registers::core(index) }
}

const fn access(low_bits: u32) -> u32 {
    1 << (low_bits & 3)
}

fn long(address: u32, word: u32) -> Instruction {
    let rd = register(bits(word, 7, 5));
    let rs1 = register(bits(word, 15, 5));
    let rs2 = register(bits(word, 20, 5));
    let function = bits(word, 12, 3);
    let new = |kind| Instruction::new(4, kind);
    match bits(word, 2, 5) {
        // LUI, AUIPC.
        0b01101 | 0b00101 => new(Kind::Alu).writing(rd),
        0b00100 => new(Kind::Alu).reading(rs1).writing(rd),
        0b01100 if bits(word, 25, 7) == 1 => new(multiply(function)).reading(rs1.and(rs2)).writing(rd),
        0b01100 => new(Kind::Alu).reading(rs1.and(rs2)).writing(rd),
        0b00000 => new(Kind::Load { bytes: access(function) }).addressing(rs1).writing(rd),
        0b01000 => new(Kind::Store { bytes: access(function), register_offset: false }).addressing(rs1),
        0b11000 => new(branch(address.wrapping_add(branch_offset(word)), true, ZERO)).reading(rs1.and(rs2)),
        0b11011 => new(branch(address.wrapping_add(jump_offset(word)), false, bits(word, 7, 5))).writing(rd),
        0b11001 => new(Kind::BranchIndirect).reading(rs1).writing(rd),
        0b00011 => new(Kind::Barrier),
        0b01011 => new(Kind::Atomic).addressing(rs1).reading(rs2).writing(rd),
        0b11100 if function == 0 => new(system(word)),
        // The immediate forms of a CSR access name no register.
        0b11100 => new(Kind::System).reading(if function < 4 { rs1 } else { Registers::NONE }).writing(rd),
        _ => new(Kind::Unknown),
    }
}

const fn multiply(function: u32) -> Kind {
    match function {
        0 => Kind::Multiply,
        1..4 => Kind::MultiplyLong,
        _ => Kind::Divide { signed: function & 1 == 0 },
    }
}

const fn branch(target: u32, conditional: bool, link: u32) -> Kind {
    Kind::Branch { target, conditional, link: link != ZERO }
}

/// ECALL, EBREAK; MRET, which jumps; WFI.
const fn system(word: u32) -> Kind {
    match bits(word, 20, 12) {
        0 | 1 => Kind::Trap,
        0x302 => Kind::BranchIndirect,
        _ => Kind::Hint,
    }
}

const fn branch_offset(word: u32) -> u32 {
    let offset = bits(word, 31, 1) << 12 | bits(word, 7, 1) << 11 | bits(word, 25, 6) << 5 | bits(word, 8, 4) << 1;
    signed(offset, 13)
}

const fn jump_offset(word: u32) -> u32 {
    let offset = bits(word, 31, 1) << 20 | bits(word, 12, 8) << 12 | bits(word, 20, 1) << 11 | bits(word, 21, 10) << 1;
    signed(offset, 21)
}

fn short(address: u32, word: u32) -> Instruction {
    let new = |kind| Instruction::new(2, kind);
    let rd = register(bits(word, 7, 5));
    let rs2 = register(bits(word, 2, 5));
    let low = register(8 + bits(word, 2, 3));
    let high = register(8 + bits(word, 7, 3));
    let jump = |link| new(branch(address.wrapping_add(short_jump_offset(word)), false, link)).writing(register(link));
    match (word & 3, bits(word, 13, 3)) {
        (0, 0) => new(if word == 0 { Kind::Unknown } else { Kind::Alu }).reading(register(SP)).writing(low),
        (0, 2) => new(Kind::Load { bytes: 4 }).addressing(high).writing(low),
        (0, 6) => new(Kind::Store { bytes: 4, register_offset: false }).addressing(high),
        (1, 0) => new(Kind::Alu).reading(rd).writing(rd),
        (1, 1) => jump(RETURN_ADDRESS),
        // C.ADDI16SP writes SP, its rd.
        (1, 3) if bits(word, 7, 5) == SP => new(Kind::Alu).reading(rd).writing(rd),
        (1, 2 | 3) => new(Kind::Alu).writing(rd),
        (1, 4) if bits(word, 10, 2) == 3 => new(Kind::Alu).reading(high.and(low)).writing(high),
        (1, 4) => new(Kind::Alu).reading(high).writing(high),
        (1, 5) => jump(ZERO),
        (1, _) => new(branch(address.wrapping_add(short_branch_offset(word)), true, ZERO)).reading(high),
        (2, 0) => new(Kind::Alu).reading(rd).writing(rd),
        (2, 2) => new(Kind::Load { bytes: 4 }).addressing(register(SP)).writing(rd),
        (2, 4) => short_register(word, rd, rs2),
        (2, 6) => new(Kind::Store { bytes: 4, register_offset: false }).addressing(register(SP)),
        _ => new(Kind::Unknown),
    }
}

/// C.JR, C.MV, C.EBREAK, C.JALR, C.ADD.
fn short_register(word: u32, rd: Registers, rs2: Registers) -> Instruction {
    let new = |kind| Instruction::new(2, kind);
    match (bits(word, 12, 1), bits(word, 7, 5), bits(word, 2, 5)) {
        (1, 0, 0) => new(Kind::Trap),
        (0, _, 0) => new(Kind::BranchIndirect).reading(rd),
        (1, _, 0) => new(Kind::BranchIndirect).reading(rd).writing(register(RETURN_ADDRESS)),
        (0, _, _) => new(Kind::Alu).reading(rs2).writing(rd),
        _ => new(Kind::Alu).reading(rd.and(rs2)).writing(rd),
    }
}

const fn short_jump_offset(word: u32) -> u32 {
    let high = bits(word, 12, 1) << 11 | bits(word, 8, 1) << 10 | bits(word, 9, 2) << 8 | bits(word, 6, 1) << 7;
    let low = bits(word, 7, 1) << 6 | bits(word, 2, 1) << 5 | bits(word, 11, 1) << 4 | bits(word, 3, 3) << 1;
    signed(high | low, 12)
}

const fn short_branch_offset(word: u32) -> u32 {
    let high = bits(word, 12, 1) << 8 | bits(word, 5, 2) << 6 | bits(word, 2, 1) << 5;
    let low = bits(word, 10, 2) << 3 | bits(word, 3, 2) << 1;
    signed(high | low, 9)
}
