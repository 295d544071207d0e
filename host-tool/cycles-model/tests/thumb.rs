//! The Thumb decoder against encodings that an assembler (GNU as 2.40) made: what the timing asks of each instruction.

use peacrab_cycles_model::Kind::{self, *};
use peacrab_cycles_model::{Architecture, FpuKind, Instruction, Registers};

/// Where the instructions lie: branches name their targets from here.
const ADDRESS: u32 = 0x1000_0000;

/// What is expected of an instruction, in the words of its timing.
#[derive(Clone, Copy)]
struct Expected(Instruction);

impl Expected {
    fn writes(self, register: u32) -> Self {
        Self(Instruction { writes: self.0.writes.and(Registers::core(register)), ..self.0 })
    }

    fn reads(self, register: u32) -> Self {
        Self(Instruction { reads: self.0.reads.and(Registers::core(register)), ..self.0 })
    }

    fn at(self, register: u32) -> Self {
        Self(Instruction { address: self.0.address.and(Registers::core(register)), ..self.0 })
    }

    fn uses(self, singles: &[u32]) -> Self {
        Self(Instruction {
            reads: singles.iter().fold(self.0.reads, |all, one| all.and(Registers::single(*one))),
            ..self.0
        })
    }

    fn makes(self, singles: &[u32]) -> Self {
        Self(Instruction {
            writes: singles.iter().fold(self.0.writes, |all, one| all.and(Registers::single(*one))),
            ..self.0
        })
    }
}

fn short(kind: Kind) -> Expected {
    Expected(Instruction::new(2, kind))
}

fn long(kind: Kind) -> Expected {
    Expected(Instruction::new(4, kind))
}

fn fpu(kind: FpuKind) -> Expected {
    long(Fpu(kind))
}

fn alu(register: u32) -> Expected {
    short(Alu).writes(register)
}

fn alu_long(register: u32) -> Expected {
    long(Alu).writes(register)
}

fn none() -> Expected {
    short(Alu)
}

fn none_long() -> Expected {
    long(Alu)
}

fn jump(offset: i32, conditional: bool, link: bool) -> Kind {
    Branch { target: ADDRESS.wrapping_add_signed(offset), conditional, link }
}

#[test]
#[rustfmt::skip]
fn every_encoding_is_what_the_assembler_meant() {
    let cases: &[(&str, &[u8], Expected)] = &[
        ("adds r1, r2, r3", &[0xd1, 0x18], alu(1)),
        ("lsls r4, r5, #3", &[0xec, 0x00], alu(4)),
        ("subs r0, #200", &[0xc8, 0x38], alu(0)),
        ("movs r7, #1", &[0x01, 0x27], alu(7)),
        ("cmp r3, #4", &[0x04, 0x2b], none()),
        ("ands r2, r3", &[0x1a, 0x40], alu(2)),
        ("tst r2, r3", &[0x1a, 0x42], none()),
        ("cmp r1, r2", &[0x91, 0x42], none()),
        ("cmn r1, r2", &[0xd1, 0x42], none()),
        ("muls r6, r1, r6", &[0x4e, 0x43], short(Multiply).writes(6)),
        ("mov r8, r1", &[0x88, 0x46], alu(8)),
        ("add r10, r2", &[0x92, 0x44], alu(10)),
        ("cmp r9, r1", &[0x89, 0x45], none()),
        ("mov pc, r1", &[0x8f, 0x46], short(BranchIndirect)),
        ("add pc, r1", &[0x8f, 0x44], short(BranchIndirect)),
        ("bx lr", &[0x70, 0x47], short(BranchIndirect)),
        ("blx r3", &[0x98, 0x47], short(BranchIndirect)),
        ("ldr r2, [pc, #8]", &[0x02, 0x4a], short(Load { bytes: 4 }).writes(2)),
        ("str r1, [r2, r3]", &[0xd1, 0x50], short(Store { bytes: 4, register_offset: true }).at(2).at(3)),
        ("strh r1, [r2, r3]", &[0xd1, 0x52], short(Store { bytes: 2, register_offset: true }).at(2).at(3)),
        ("strb r1, [r2, r3]", &[0xd1, 0x54], short(Store { bytes: 1, register_offset: true }).at(2).at(3)),
        ("ldrsb r1, [r2, r3]", &[0xd1, 0x56], short(Load { bytes: 1 }).writes(1).at(2).at(3)),
        ("ldr r1, [r2, r3]", &[0xd1, 0x58], short(Load { bytes: 4 }).writes(1).at(2).at(3)),
        ("ldrh r1, [r2, r3]", &[0xd1, 0x5a], short(Load { bytes: 2 }).writes(1).at(2).at(3)),
        ("ldrb r1, [r2, r3]", &[0xd1, 0x5c], short(Load { bytes: 1 }).writes(1).at(2).at(3)),
        ("ldrsh r1, [r2, r3]", &[0xd1, 0x5e], short(Load { bytes: 2 }).writes(1).at(2).at(3)),
        ("str r1, [r2, #4]", &[0x51, 0x60], short(Store { bytes: 4, register_offset: false }).at(2)),
        ("ldr r1, [r2, #4]", &[0x51, 0x68], short(Load { bytes: 4 }).writes(1).at(2)),
        ("strb r1, [r2, #4]", &[0x11, 0x71], short(Store { bytes: 1, register_offset: false }).at(2)),
        ("ldrb r1, [r2, #4]", &[0x11, 0x79], short(Load { bytes: 1 }).writes(1).at(2)),
        ("strh r1, [r2, #4]", &[0x91, 0x80], short(Store { bytes: 2, register_offset: false }).at(2)),
        ("ldrh r1, [r2, #4]", &[0x91, 0x88], short(Load { bytes: 2 }).writes(1).at(2)),
        ("str r1, [sp, #4]", &[0x01, 0x91], short(Store { bytes: 4, register_offset: false }).at(13)),
        ("ldr r1, [sp, #4]", &[0x01, 0x99], short(Load { bytes: 4 }).writes(1).at(13)),
        ("add r1, sp, #8", &[0x02, 0xa9], alu(1)),
        ("adr r1, .+8", &[0x01, 0xa1], alu(1)),
        ("add sp, #8", &[0x02, 0xb0], alu(13)),
        ("sub sp, #8", &[0x82, 0xb0], alu(13)),
        ("cbz r1, .+20", &[0x41, 0xb1], short(jump(20, true, false))),
        ("cbnz r1, .+70", &[0x09, 0xbb], short(jump(70, true, false))),
        ("sxth r1, r2", &[0x11, 0xb2], alu(1)),
        ("uxtb r3, r2", &[0xd3, 0xb2], alu(3)),
        ("push {r0, r4, lr}", &[0x11, 0xb5], short(StoreMultiple { registers: 3 }).at(13)),
        ("pop {r0, r4}", &[0x11, 0xbc], short(LoadMultiple { registers: 2 }).at(13)),
        ("pop {r0, r4, pc}", &[0x11, 0xbd], short(PopPc { registers: 3 }).at(13)),
        ("cpsid i", &[0x72, 0xb6], short(InterruptMask)),
        ("rev r1, r2", &[0x11, 0xba], alu(1)),
        ("bkpt 0xab", &[0xab, 0xbe], short(Trap)),
        ("it eq", &[0x08, 0xbf], short(It { instructions: 1 })),
        ("ittee ne", &[0x19, 0xbf], short(It { instructions: 4 })),
        ("nop", &[0x00, 0xbf], short(Hint)),
        ("wfi", &[0x30, 0xbf], short(Hint)),
        ("stm r1!, {r2, r3}", &[0x0c, 0xc1], short(StoreMultiple { registers: 2 }).at(1)),
        ("ldm r1!, {r2, r3, r4}", &[0x1c, 0xc9], short(LoadMultiple { registers: 3 }).at(1)),
        ("beq .+30", &[0x0d, 0xd0], short(jump(30, true, false))),
        ("bne .-40", &[0xea, 0xd1], short(jump(-40, true, false))),
        ("svc 1", &[0x01, 0xdf], short(Trap)),
        ("udf 1", &[0x01, 0xde], short(Trap)),
        ("b.n .+200", &[0x62, 0xe0], short(jump(200, false, false))),
        ("b.n .-200", &[0x9a, 0xe7], short(jump(-200, false, false))),
        ("ldm.w r8!, {r0, r1, r9}", &[0xb8, 0xe8, 0x03, 0x02], long(LoadMultiple { registers: 3 }).at(8)),
        ("stmdb r8!, {r0, r1}", &[0x28, 0xe9, 0x03, 0x00], long(StoreMultiple { registers: 2 }).at(8)),
        ("ldmia.w sp!, {r4, r8, pc}", &[0xbd, 0xe8, 0x10, 0x81], long(PopPc { registers: 3 }).at(13)),
        ("ldrd r0, r1, [r2, #8]", &[0xd2, 0xe9, 0x02, 0x01], long(LoadDouble).writes(0).writes(1).at(2)),
        ("strd r0, r1, [r2, #8]!", &[0xe2, 0xe9, 0x02, 0x01], long(StoreDouble).at(2)),
        ("tbb [r1, r2]", &[0xd1, 0xe8, 0x02, 0xf0], long(TableBranch).at(1).at(2)),
        ("tbh [r1, r2, lsl #1]", &[0xd1, 0xe8, 0x12, 0xf0], long(TableBranch).at(1).at(2)),
        ("ldrex r1, [r2]", &[0x52, 0xe8, 0x00, 0x1f], long(Load { bytes: 1 }).writes(1).at(2)),
        ("ldrexb r1, [r2]", &[0xd2, 0xe8, 0x4f, 0x1f], long(Load { bytes: 1 }).writes(1).at(2)),
        ("add.w r8, r1, r2, lsl #3", &[0x01, 0xeb, 0xc2, 0x08], alu_long(8)),
        ("tst.w r1, r2", &[0x11, 0xea, 0x02, 0x0f], none_long()),
        ("cmp.w r8, r2, lsl #1", &[0xb8, 0xeb, 0x42, 0x0f], none_long()),
        ("pkhbt r1, r2, r3, lsl #16", &[0xc2, 0xea, 0x03, 0x41], alu_long(1)),
        ("mov.w r9, r2, asr #8", &[0x4f, 0xea, 0x22, 0x29], alu_long(9)),
        ("and r9, r1, #0xff00", &[0x01, 0xf4, 0x7f, 0x49], alu_long(9)),
        ("cmp r9, #1000", &[0xb9, 0xf5, 0x7a, 0x7f], none_long()),
        ("movw r9, #4660", &[0x41, 0xf2, 0x34, 0x29], alu_long(9)),
        ("addw r1, r2, #4095", &[0x02, 0xf6, 0xff, 0x71], alu_long(1)),
        ("ssat r1, #8, r2", &[0x02, 0xf3, 0x07, 0x01], alu_long(1)),
        ("usat r1, #8, r2", &[0x82, 0xf3, 0x08, 0x01], alu_long(1)),
        ("ubfx r1, r2, #3, #4", &[0xc2, 0xf3, 0xc3, 0x01], alu_long(1)),
        ("bfi r1, r2, #3, #4", &[0x62, 0xf3, 0xc6, 0x01], alu_long(1)),
        ("beq.w .+3000", &[0x00, 0xf0, 0xda, 0x85], long(jump(3000, true, false))),
        ("bne.w .-3000", &[0x7f, 0xf4, 0x22, 0xaa], long(jump(-3000, true, false))),
        ("b.w .+100000", &[0x18, 0xf0, 0x4e, 0xbb], long(jump(100000, false, false))),
        ("b.w .-100000", &[0xe7, 0xf7, 0xae, 0xbc], long(jump(-100000, false, false))),
        ("bl .+70000", &[0x11, 0xf0, 0xb6, 0xf8], long(jump(70000, false, true))),
        ("bl .-70000", &[0xee, 0xf7, 0x46, 0xff], long(jump(-70000, false, true))),
        ("msr primask, r1", &[0x81, 0xf3, 0x10, 0x88], long(System)),
        ("mrs r1, primask", &[0xef, 0xf3, 0x10, 0x81], long(System).writes(1)),
        ("nop.w", &[0xaf, 0xf3, 0x00, 0x80], long(Hint)),
        ("dsb", &[0xbf, 0xf3, 0x4f, 0x8f], long(Barrier)),
        ("dmb", &[0xbf, 0xf3, 0x5f, 0x8f], long(Barrier)),
        ("isb", &[0xbf, 0xf3, 0x6f, 0x8f], long(Barrier)),
        ("clrex", &[0xbf, 0xf3, 0x2f, 0x8f], long(Barrier)),
        ("strb.w r1, [r2, r3, lsl #2]", &[0x02, 0xf8, 0x23, 0x10], long(Store { bytes: 1, register_offset: true }).at(2).at(3)),
        ("strh r1, [r2, #-4]", &[0x22, 0xf8, 0x04, 0x1c], long(Store { bytes: 2, register_offset: false }).at(2)),
        ("str r1, [r2], #4", &[0x42, 0xf8, 0x04, 0x1b], long(Store { bytes: 4, register_offset: false }).at(2)),
        ("str.w r1, [r2, #1000]", &[0xc2, 0xf8, 0xe8, 0x13], long(Store { bytes: 4, register_offset: false }).at(2)),
        ("ldrb.w r1, [r2, #1000]", &[0x92, 0xf8, 0xe8, 0x13], long(Load { bytes: 1 }).writes(1).at(2)),
        ("ldrsb r1, [r2], #1", &[0x12, 0xf9, 0x01, 0x1b], long(Load { bytes: 1 }).writes(1).at(2)),
        ("ldrsh.w r1, [r2, r3, lsl #1]", &[0x32, 0xf9, 0x13, 0x10], long(Load { bytes: 2 }).writes(1).at(2).at(3)),
        ("ldrh r1, [r2, #-8]!", &[0x32, 0xf8, 0x08, 0x1d], long(Load { bytes: 2 }).writes(1).at(2)),
        ("ldr r9, [r2], #4", &[0x52, 0xf8, 0x04, 0x9b], long(Load { bytes: 4 }).writes(9).at(2)),
        ("ldr.w r9, [r2, r3]", &[0x52, 0xf8, 0x03, 0x90], long(Load { bytes: 4 }).writes(9).at(2).at(3)),
        ("ldr.w r9, [pc, #100]", &[0xdf, 0xf8, 0x64, 0x90], long(Load { bytes: 4 }).writes(9)),
        ("ldr pc, [r2, #4]", &[0xd2, 0xf8, 0x04, 0xf0], long(LoadPc).at(2)),
        ("ldr.w pc, [pc, #100]", &[0xdf, 0xf8, 0x64, 0xf0], long(LoadPc)),
        ("pld [r2, #4]", &[0x92, 0xf8, 0x04, 0xf0], long(Hint).at(2)),
        ("sxtb16 r1, r2", &[0x2f, 0xfa, 0x82, 0xf1], alu_long(1)),
        ("sxtb16 r1, r2, ror #8", &[0x2f, 0xfa, 0x92, 0xf1], alu_long(1)),
        ("sadd16 r1, r2, r3", &[0x92, 0xfa, 0x03, 0xf1], alu_long(1)),
        ("sel r1, r2, r3", &[0xa2, 0xfa, 0x83, 0xf1], alu_long(1)),
        ("clz r1, r2", &[0xb2, 0xfa, 0x82, 0xf1], alu_long(1)),
        ("lsl.w r1, r2, r3", &[0x02, 0xfa, 0x03, 0xf1], alu_long(1)),
        ("qadd r1, r2, r3", &[0x83, 0xfa, 0x82, 0xf1], alu_long(1)),
        ("mul r9, r1, r2", &[0x01, 0xfb, 0x02, 0xf9], long(Multiply).writes(9)),
        ("mla r9, r1, r2, r3", &[0x01, 0xfb, 0x02, 0x39], long(MultiplyAccumulate).writes(9)),
        ("mls r9, r1, r2, r3", &[0x01, 0xfb, 0x12, 0x39], long(MultiplyAccumulate).writes(9)),
        ("smlad r9, r1, r2, r3", &[0x21, 0xfb, 0x02, 0x39], long(Multiply).writes(9)),
        ("smuad r9, r1, r2", &[0x21, 0xfb, 0x02, 0xf9], long(Multiply).writes(9)),
        ("smlabb r9, r1, r2, r3", &[0x11, 0xfb, 0x02, 0x39], long(Multiply).writes(9)),
        ("smmlar r9, r1, r2, r3", &[0x51, 0xfb, 0x12, 0x39], long(Multiply).writes(9)),
        ("usada8 r9, r1, r2, r3", &[0x71, 0xfb, 0x02, 0x39], long(Multiply).writes(9)),
        ("smull r1, r9, r2, r3", &[0x82, 0xfb, 0x03, 0x19], long(MultiplyLong).writes(1).writes(9)),
        ("umull r1, r9, r2, r3", &[0xa2, 0xfb, 0x03, 0x19], long(MultiplyLong).writes(1).writes(9)),
        ("sdiv r1, r2, r3", &[0x92, 0xfb, 0xf3, 0xf1], long(Divide { signed: true }).writes(1)),
        ("udiv r1, r2, r3", &[0xb2, 0xfb, 0xf3, 0xf1], long(Divide { signed: false }).writes(1)),
        ("smlal r1, r9, r2, r3", &[0xc2, 0xfb, 0x03, 0x19], long(MultiplyLongAccumulate).writes(1).writes(9)),
        ("umlal r1, r9, r2, r3", &[0xe2, 0xfb, 0x03, 0x19], long(MultiplyLongAccumulate).writes(1).writes(9)),
        ("umaal r1, r9, r2, r3", &[0xe2, 0xfb, 0x63, 0x19], long(MultiplyLongAccumulate).writes(1).writes(9)),
        ("smlald r1, r9, r2, r3", &[0xc2, 0xfb, 0xc3, 0x19], long(MultiplyLongAccumulate).writes(1).writes(9)),
        ("vadd.f32 s1, s2, s3", &[0x71, 0xee, 0x21, 0x0a], fpu(FpuKind::Arithmetic).uses(&[2, 3]).makes(&[1])),
        ("vsub.f32 s4, s30, s31", &[0x3f, 0xee, 0x6f, 0x2a], fpu(FpuKind::Arithmetic).uses(&[30, 31]).makes(&[4])),
        ("vmul.f32 s1, s2, s3", &[0x61, 0xee, 0x21, 0x0a], fpu(FpuKind::Arithmetic).uses(&[2, 3]).makes(&[1])),
        ("vnmul.f32 s1, s2, s3", &[0x61, 0xee, 0x61, 0x0a], fpu(FpuKind::Arithmetic).uses(&[2, 3]).makes(&[1])),
        ("vmla.f32 s1, s2, s3", &[0x41, 0xee, 0x21, 0x0a], fpu(FpuKind::MultiplyAccumulate).uses(&[1, 2, 3]).makes(&[1])),
        ("vfma.f32 s1, s2, s3", &[0xe1, 0xee, 0x21, 0x0a], fpu(FpuKind::MultiplyAccumulate).uses(&[1, 2, 3]).makes(&[1])),
        ("vfnms.f32 s1, s2, s3", &[0xd1, 0xee, 0x21, 0x0a], fpu(FpuKind::MultiplyAccumulate).uses(&[1, 2, 3]).makes(&[1])),
        ("vnmls.f32 s1, s2, s3", &[0x51, 0xee, 0x21, 0x0a], fpu(FpuKind::MultiplyAccumulate).uses(&[1, 2, 3]).makes(&[1])),
        ("vdiv.f32 s1, s2, s3", &[0xc1, 0xee, 0x21, 0x0a], fpu(FpuKind::Divide).uses(&[2, 3]).makes(&[1])),
        ("vsqrt.f32 s1, s3", &[0xf1, 0xee, 0xe1, 0x0a], fpu(FpuKind::Divide).uses(&[3]).makes(&[1])),
        ("vabs.f32 s1, s3", &[0xf0, 0xee, 0xe1, 0x0a], fpu(FpuKind::Arithmetic).uses(&[3]).makes(&[1])),
        ("vneg.f32 s1, s3", &[0xf1, 0xee, 0x61, 0x0a], fpu(FpuKind::Arithmetic).uses(&[3]).makes(&[1])),
        ("vmov.f32 s1, s3", &[0xf0, 0xee, 0x61, 0x0a], fpu(FpuKind::Move).uses(&[3]).makes(&[1])),
        ("vmov.f32 s1, #1.0", &[0xf7, 0xee, 0x00, 0x0a], fpu(FpuKind::Move).makes(&[1])),
        ("vcmp.f32 s1, s3", &[0xf4, 0xee, 0x61, 0x0a], fpu(FpuKind::Arithmetic).uses(&[1, 3])),
        ("vcmp.f32 s1, #0.0", &[0xf5, 0xee, 0x40, 0x0a], fpu(FpuKind::Arithmetic).uses(&[1])),
        ("vcvt.s32.f32 s1, s3", &[0xfd, 0xee, 0xe1, 0x0a], fpu(FpuKind::Arithmetic).uses(&[3]).makes(&[1])),
        ("vcvt.f32.u32 s1, s3", &[0xf8, 0xee, 0x61, 0x0a], fpu(FpuKind::Arithmetic).uses(&[3]).makes(&[1])),
        ("vmov s3, r1", &[0x01, 0xee, 0x90, 0x1a], fpu(FpuKind::Move).reads(1).makes(&[3])),
        ("vmov r1, s3", &[0x11, 0xee, 0x90, 0x1a], fpu(FpuKind::Move).uses(&[3]).writes(1)),
        ("vmov r1, r2, d3", &[0x52, 0xec, 0x13, 0x1b], fpu(FpuKind::MoveDouble).uses(&[6, 7]).writes(1).writes(2)),
        ("vmov s4, s5, r1, r2", &[0x42, 0xec, 0x12, 0x1a], fpu(FpuKind::MoveDouble).reads(1).reads(2).makes(&[4, 5])),
        ("vmrs r1, fpscr", &[0xf1, 0xee, 0x10, 0x1a], fpu(FpuKind::Move).writes(1)),
        ("vldr s3, [r1, #8]", &[0xd1, 0xed, 0x02, 0x1a], fpu(FpuKind::Load { double: false }).makes(&[3]).at(1)),
        ("vstr s3, [r1, #8]", &[0xc1, 0xed, 0x02, 0x1a], fpu(FpuKind::Store { double: false }).uses(&[3]).at(1)),
        ("vldr d3, [r1, #8]", &[0x91, 0xed, 0x02, 0x3b], fpu(FpuKind::Load { double: true }).makes(&[6, 7]).at(1)),
        ("vldmia r1!, {s0-s3}", &[0xb1, 0xec, 0x04, 0x0a], fpu(FpuKind::LoadMultiple { words: 4 }).at(1)),
        ("vpush {d8-d9}", &[0x2d, 0xed, 0x04, 0x8b], fpu(FpuKind::StoreMultiple { words: 4 }).uses(&[16, 17, 18, 19]).at(13)),
    ];
    for (text, bytes, expected) in cases {
        let decoded = Architecture::Thumb.decode(ADDRESS, bytes).expect(text);
        assert_eq!(decoded, expected.0, "{text}");
    }
}

#[test]
fn what_is_cut_off_is_no_instruction() {
    assert_eq!(Architecture::Thumb.decode(0, &[0xd1]), None);
    assert_eq!(Architecture::Thumb.decode(0, &[0x00, 0xf0]), None);
    assert_eq!(Architecture::Thumb.decode(0, &[0x00, 0xf0, 0x01]), None);
}

#[test]
fn every_pair_of_halfwords_decodes_to_its_size() {
    for first in 0..=u16::MAX {
        for second in [0x0000, 0xffff, 0x8000, 0xf0f0, 0x0a10] {
            let bytes = [first.to_le_bytes(), u16::to_le_bytes(second)].concat();
            let decoded = Architecture::Thumb.decode(0, &bytes).expect("four bytes");
            assert_eq!(decoded.bytes, if first >> 11 >= 0b11101 { 4 } else { 2 }, "{first:#x}");
        }
    }
}
