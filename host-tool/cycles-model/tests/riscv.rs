//! The RISC-V decoder against encodings that an assembler (GNU as 2.40) made: what the timing asks of each instruction.

use peacrab_cycles_model::Kind::{self, *};
use peacrab_cycles_model::{Architecture, Instruction, Registers};

/// Where the instructions lie: branches name their targets from here.
const ADDRESS: u32 = 0x8000_0000;

fn register(index: u32) -> Registers {
    if index == 0 { Registers::NONE } else { Registers::core(index) }
}

fn arithmetic(kind: Kind, reads: &[u32], writes: u32) -> Instruction {
    let reads = reads.iter().fold(Registers::NONE, |all, one| all.and(register(*one)));
    Instruction { reads, writes: register(writes), ..Instruction::new(0, kind) }
}

fn alu(reads: &[u32], writes: u32) -> Instruction {
    arithmetic(Alu, reads, writes)
}

fn plain(kind: Kind) -> Instruction {
    Instruction::new(0, kind)
}

fn load(bytes: u32, base: u32, writes: u32) -> Instruction {
    Instruction { address: register(base), ..arithmetic(Load { bytes }, &[], writes) }
}

fn store(bytes: u32, base: u32) -> Instruction {
    Instruction { address: register(base), ..plain(Store { bytes, register_offset: false }) }
}

fn atomic(base: u32, source: u32, writes: u32) -> Instruction {
    Instruction { address: register(base), ..arithmetic(Atomic, &[source], writes) }
}

fn branch(offset: i32, reads: &[u32]) -> Instruction {
    arithmetic(Branch { target: ADDRESS.wrapping_add_signed(offset), conditional: true, link: false }, reads, 0)
}

fn jump(offset: i32, link: u32) -> Instruction {
    arithmetic(Branch { target: ADDRESS.wrapping_add_signed(offset), conditional: false, link: link != 0 }, &[], link)
}

fn indirect(base: u32, link: u32) -> Instruction {
    arithmetic(BranchIndirect, &[base], link)
}

#[test]
#[rustfmt::skip]
fn every_encoding_is_what_the_assembler_meant() {
    let cases: &[(&str, &[u8], Instruction)] = &[
        ("add x1, x2, x3", &[0xb3, 0x00, 0x31, 0x00], alu(&[2, 3], 1)),
        ("addi x5, x6, 1000", &[0x93, 0x02, 0x83, 0x3e], alu(&[6], 5)),
        ("lui x5, 0x12345", &[0xb7, 0x52, 0x34, 0x12], alu(&[], 5)),
        ("auipc x5, 1", &[0x97, 0x12, 0x00, 0x00], alu(&[], 5)),
        ("slli x5, x6, 3", &[0x93, 0x12, 0x33, 0x00], alu(&[6], 5)),
        ("lw x5, 4(x6)", &[0x83, 0x22, 0x43, 0x00], load(4, 6, 5)),
        ("lbu x5, 4(x6)", &[0x83, 0x42, 0x43, 0x00], load(1, 6, 5)),
        ("lh x5, 4(x6)", &[0x83, 0x12, 0x43, 0x00], load(2, 6, 5)),
        ("sw x5, 4(x6)", &[0x23, 0x22, 0x53, 0x00], store(4, 6)),
        ("sb x5, 4(x6)", &[0x23, 0x02, 0x53, 0x00], store(1, 6)),
        ("sh x5, 4(x6)", &[0x23, 0x12, 0x53, 0x00], store(2, 6)),
        ("beq x5, x6, .+40", &[0x63, 0x84, 0x62, 0x02], branch(40, &[5, 6])),
        ("bgeu x5, x6, .-40", &[0xe3, 0xfc, 0x62, 0xfc], branch(-40, &[5, 6])),
        ("jal x1, .+2000", &[0xef, 0x00, 0x00, 0x7d], jump(2000, 1)),
        ("jal x0, .-2000", &[0x6f, 0xf0, 0x1f, 0x83], jump(-2000, 0)),
        ("jalr x1, 4(x6)", &[0xe7, 0x00, 0x43, 0x00], indirect(6, 1)),
        ("mul x5, x6, x7", &[0xb3, 0x02, 0x73, 0x02], arithmetic(Multiply, &[6, 7], 5)),
        ("mulhu x5, x6, x7", &[0xb3, 0x32, 0x73, 0x02], arithmetic(MultiplyLong, &[6, 7], 5)),
        ("div x5, x6, x7", &[0xb3, 0x42, 0x73, 0x02], arithmetic(Divide { signed: true }, &[6, 7], 5)),
        ("remu x5, x6, x7", &[0xb3, 0x72, 0x73, 0x02], arithmetic(Divide { signed: false }, &[6, 7], 5)),
        ("rem x5, x6, x7", &[0xb3, 0x62, 0x73, 0x02], arithmetic(Divide { signed: true }, &[6, 7], 5)),
        ("divu x5, x6, x7", &[0xb3, 0x52, 0x73, 0x02], arithmetic(Divide { signed: false }, &[6, 7], 5)),
        ("csrr x5, mcycle", &[0xf3, 0x22, 0x00, 0xb0], arithmetic(System, &[], 5)),
        ("csrw mtvec, x5", &[0x73, 0x90, 0x52, 0x30], arithmetic(System, &[5], 0)),
        ("csrwi mtvec, 5", &[0x73, 0xd0, 0x52, 0x30], arithmetic(System, &[], 0)),
        ("ecall", &[0x73, 0x00, 0x00, 0x00], plain(Trap)),
        ("ebreak", &[0x73, 0x00, 0x10, 0x00], plain(Trap)),
        ("mret", &[0x73, 0x00, 0x20, 0x30], plain(BranchIndirect)),
        ("wfi", &[0x73, 0x00, 0x50, 0x10], plain(Hint)),
        ("fence", &[0x0f, 0x00, 0xf0, 0x0f], plain(Barrier)),
        ("amoadd.w x5, x7, (x6)", &[0xaf, 0x22, 0x73, 0x00], atomic(6, 7, 5)),
        ("c.addi x5, 3", &[0x8d, 0x02], alu(&[5], 5)),
        ("c.li x5, 3", &[0x8d, 0x42], alu(&[], 5)),
        ("c.lui x5, 3", &[0x8d, 0x62], alu(&[], 5)),
        ("c.addi16sp x2, 32", &[0x05, 0x61], alu(&[2], 2)),
        ("c.addi4spn x8, x2, 16", &[0x00, 0x08], alu(&[2], 8)),
        ("c.mv x5, x6", &[0x9a, 0x82], alu(&[6], 5)),
        ("c.add x5, x6", &[0x9a, 0x92], alu(&[5, 6], 5)),
        ("c.sub x8, x9", &[0x05, 0x8c], alu(&[8, 9], 8)),
        ("c.and x10, x9", &[0x65, 0x8d], alu(&[9, 10], 10)),
        ("c.srai x8, 3", &[0x0d, 0x84], alu(&[8], 8)),
        ("c.andi x8, 3", &[0x0d, 0x88], alu(&[8], 8)),
        ("c.slli x5, 3", &[0x8e, 0x02], alu(&[5], 5)),
        ("c.lw x8, 4(x9)", &[0xc0, 0x40], load(4, 9, 8)),
        ("c.sw x8, 4(x9)", &[0xc0, 0xc0], store(4, 9)),
        ("c.lwsp x5, 4(x2)", &[0x92, 0x42], load(4, 2, 5)),
        ("c.swsp x5, 4(x2)", &[0x16, 0xc2], store(4, 2)),
        ("c.j .+100", &[0x95, 0xa0], jump(100, 0)),
        ("c.j .-1000", &[0x21, 0xb9], jump(-1000, 0)),
        ("c.jal .+100", &[0x95, 0x20], jump(100, 1)),
        ("c.beqz x8, .+60", &[0x15, 0xcc], branch(60, &[8])),
        ("c.bnez x9, .-200", &[0x85, 0xfc], branch(-200, &[9])),
        ("c.jr x5", &[0x82, 0x82], indirect(5, 0)),
        ("c.jalr x5", &[0x82, 0x92], indirect(5, 1)),
        ("c.nop", &[0x01, 0x00], alu(&[], 0)),
        ("c.ebreak", &[0x02, 0x90], plain(Trap)),
    ];
    for (text, bytes, expected) in cases {
        let decoded = Architecture::RiscV.decode(ADDRESS, bytes).expect(text);
        assert_eq!(decoded, Instruction { bytes: bytes.len() as u32, ..*expected }, "{text}");
    }
}

#[test]
fn what_is_cut_off_is_no_instruction() {
    assert_eq!(Architecture::RiscV.decode(0, &[0x13]), None);
    assert_eq!(Architecture::RiscV.decode(0, &[0x13, 0x00]), None);
    assert_eq!(Architecture::RiscV.decode(0, &[0x13, 0x00, 0x00]), None);
}
