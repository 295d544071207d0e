//! The meter on hand-made blocks: what QEMU would tell it of a small program, and the counts that must follow.

use peacrab_cycles_model::{Architecture, Block, BlockId, Core, FlashTiming, Mark, Memory, Meter, Region};

const NOP: u16 = 0xBF00;
const FLASH: Region = Region { start: 0, bytes: 0x10_0000 };

/// A meter and the program it meters.
struct Program {
    meter: Meter,
    completed: u64,
}

impl Program {
    fn new(core: Core, marks: &[(u32, Mark)]) -> Self {
        Self::with_flash(core, marks, FlashTiming::default())
    }

    fn with_flash(core: Core, marks: &[(u32, Mark)], timing: FlashTiming) -> Self {
        Self { meter: Meter::new(Some(core), Memory::new(FLASH, timing), marks), completed: 0 }
    }

    /// A block of these halfwords at this address; a 32-bit instruction is two of them.
    fn block(&mut self, address: u32, halfwords: &[u16]) -> BlockId {
        let bytes: Vec<u8> = halfwords.iter().flat_map(|half| half.to_le_bytes()).collect();
        let architecture =
            if self.meter.core() == Some(Core::Hazard3) { Architecture::RiscV } else { Architecture::Thumb };
        let (mut at, mut instructions) = (0, Vec::new());
        while at < bytes.len() {
            let instruction = architecture.decode(address + at as u32, &bytes[at..]).expect("whole");
            instructions.push((address + at as u32, bytes[at..].iter().copied().take(4).collect()));
            at += instruction.bytes as usize;
        }
        let meter = &self.meter;
        let block = Block::new(architecture, meter.core(), meter.memory(), &instructions, |at| meter.is_marked(at));
        self.meter.add(block.expect("a block"))
    }

    /// Runs a block to its end.
    fn run(&mut self, block: BlockId) {
        self.meter.block_starts(block, self.completed);
        self.completed += 1;
    }

    /// Runs a block up to an access to a device, where QEMU leaves it.
    fn run_in_part(&mut self, block: BlockId) {
        self.meter.block_starts(block, self.completed);
    }

    /// Instructions and cycles between the first and the last mark passed.
    fn between(&self) -> (u64, u64) {
        let events = self.meter.events();
        let (first, last) = (events.first().expect("a mark"), events.last().expect("a mark"));
        (last.instructions - first.instructions, last.cycles - first.cycles)
    }

    /// Instructions and cycles by operator, from the addresses.
    fn operator(&mut self, operator: Option<usize>) -> (u64, u64) {
        let counts = self.meter.addresses();
        let own = counts.iter().filter(|count| count.operator == operator);
        own.fold((0, 0), |sum, count| (sum.0 + count.count, sum.1 + count.cycles))
    }
}

/// Marks at the start and the end of the code between two addresses.
fn around(start: u32, end: u32) -> [(u32, Mark); 2] {
    [(start, Mark::InferenceStart), (end, Mark::InferenceEnd)]
}

#[test]
fn a_counted_loop() {
    // 0x100: movs r0, #3; 0x102: subs r0, #1; 0x104: bne 0x102; 0x106: nop
    let mut program = Program::new(Core::CortexM4, &around(0x100, 0x106));
    let first = program.block(0x100, &[0x2003, 0x3801, 0xD1FD]);
    let again = program.block(0x102, &[0x3801, 0xD1FD]);
    let behind = program.block(0x106, &[NOP]);
    program.run(first);
    program.meter.mark_reached(first, 1);
    program.run(again);
    program.run(again);
    program.run(behind);
    program.meter.mark_reached(behind, 1);
    // movs 1, three subs 3, two taken branches 2 + 2, one not taken 1.
    assert_eq!(program.between(), (7, 9));
    assert_eq!(program.operator(None), (7, 9));
}

#[test]
fn a_load_pairs_with_the_load_before_it_across_blocks() {
    // ldr r0, [r1] | ldr r2, [r3], in two blocks and in one.
    let mut program = Program::new(Core::CortexM4, &around(0x100, 0x104));
    let (a, b, end) = (program.block(0x100, &[0x6808]), program.block(0x102, &[0x681A]), program.block(0x104, &[NOP]));
    program.run(a);
    program.meter.mark_reached(a, 1);
    program.run(b);
    program.run(end);
    program.meter.mark_reached(end, 1);
    assert_eq!(program.between(), (2, 3));
}

#[test]
fn a_block_left_early_takes_back_what_did_not_run() {
    // ldr r0, [r1]; adds; adds | left behind the load: a block of the load alone is told of by nothing, then the rest.
    let mut program = Program::new(Core::CortexM4, &around(0x100, 0x106));
    let whole = program.block(0x100, &[0x6808, 0x1C40, 0x1C40]);
    let rest = program.block(0x102, &[0x1C40, 0x1C40]);
    let end = program.block(0x106, &[NOP]);
    program.run_in_part(whole);
    program.meter.mark_reached(whole, 1);
    program.run(rest);
    program.run(end);
    program.meter.mark_reached(end, 1);
    assert_eq!(program.between(), (3, 4));
    assert_eq!(program.operator(None), (3, 4));
    assert_eq!(program.meter.lost(), 0);
}

#[test]
fn an_exception_behind_a_device_tells_by_its_return_what_did_not_run() {
    // ldr r0, [r1]; adds; adds; left behind the load for a handler: bx lr; it returns to the first adds.
    let mut program = Program::new(Core::CortexM4, &around(0x100, 0x106));
    let whole = program.block(0x100, &[0x6808, 0x1C40, 0x1C40]);
    let handler = program.block(0x800, &[0x4770]);
    let rest = program.block(0x102, &[0x1C40, 0x1C40]);
    let end = program.block(0x106, &[NOP]);
    program.run_in_part(whole);
    program.meter.mark_reached(whole, 1);
    program.run(handler);
    program.run(rest);
    program.run(end);
    program.meter.mark_reached(end, 1);
    // ldr 2, entry 12, bx 1, return 12, adds 1+1.
    assert_eq!(program.between(), (4, 29));
    assert_eq!(program.operator(None), (4, 29));
    assert_eq!(program.meter.lost(), 0);
}

#[test]
fn a_block_left_and_never_come_back_to_is_counted_as_lost() {
    let mut program = Program::new(Core::CortexM4, &around(0x900, 0x902));
    let whole = program.block(0x100, &[0x6808, 0x1C40]);
    let elsewhere = program.block(0x900, &[NOP, NOP]);
    program.run_in_part(whole);
    program.run(elsewhere);
    program.meter.mark_reached(elsewhere, 1);
    assert_eq!(program.meter.lost(), 1);
}

#[test]
fn an_interrupt_costs_its_entry_and_its_return() {
    // nop | handler: bx lr | nop
    let mut program = Program::new(Core::CortexM4, &around(0x100, 0x104));
    let first = program.block(0x100, &[NOP]);
    let handler = program.block(0x800, &[0x4770]);
    let second = program.block(0x102, &[NOP]);
    let end = program.block(0x104, &[NOP]);
    program.run(first);
    program.meter.mark_reached(first, 1);
    program.run(handler);
    program.run(second);
    program.run(end);
    program.meter.mark_reached(end, 1);
    // nop 1, entry 12, bx 1, return 12, nop 1.
    assert_eq!(program.between(), (3, 27));
}

#[test]
fn operators_are_told_apart_within_a_block() {
    let marks = [
        (0x100, Mark::InferenceStart),
        (0x102, Mark::OperatorStart),
        (0x104, Mark::OperatorEnd),
        (0x104, Mark::OperatorStart),
        (0x108, Mark::OperatorEnd),
        (0x10A, Mark::InferenceEnd),
    ];
    let mut program = Program::new(Core::CortexM0, &marks);
    let block = program.block(0x100, &[NOP, 0x6808, NOP, 0x6808, NOP, NOP]);
    program.run(block);
    for segment in 1..=5 {
        program.meter.mark_reached(block, segment);
    }
    assert_eq!(program.operator(None), (2, 2));
    assert_eq!(program.operator(Some(0)), (1, 2));
    assert_eq!(program.operator(Some(1)), (2, 3));
    assert_eq!(program.between(), (5, 7));
}

#[test]
fn the_last_backward_branch_taken_is_predicted() {
    // Hazard3, all of 16 bits. 0x0FE: nop; 0x100: addi x5, x5, -1; 0x102: bnez x8 to 0x100.
    let mut program = Program::new(Core::Hazard3, &around(0x0FE, 0x104));
    let entry = program.block(0x0FE, &[0x0001]);
    let body = program.block(0x100, &[0x12FD, 0xFC7D]);
    let end = program.block(0x104, &[0x0001]);
    program.run(entry);
    program.meter.mark_reached(entry, 1);
    (0..10).for_each(|_| program.run(body));
    program.run(end);
    program.meter.mark_reached(end, 1);
    // nop 1, ten addi 10, the first branch 2, eight predicted 8, the last is not taken against its prediction 2.
    assert_eq!(program.between(), (21, 23));
}

#[test]
fn a_loop_in_the_cache_waits_once() {
    // Two lines of four nops and a branch back: 0x100..0x110.
    let timing = FlashTiming { wait_states: 5, instruction_cache_lines: 4, ..FlashTiming::default() };
    let mut program = Program::with_flash(Core::CortexM4, &around(0x0F8, 0x110), timing);
    let entry = program.block(0x0F8, &[NOP, NOP, NOP, NOP]);
    let body = program.block(0x100, &[NOP, NOP, NOP, NOP, NOP, NOP, NOP, 0xE7F7]);
    let end = program.block(0x110, &[NOP]);
    program.run(entry);
    program.meter.mark_reached(entry, 1);
    for _ in 0..3 {
        program.run(body);
    }
    program.run(end);
    program.meter.mark_reached(end, 1);
    // 4 + 3 * (7 + 2) cycles, of which the last branch goes on as one that is not taken (1); the lines: a jump 5, then 4 and 4.
    assert_eq!(program.between(), (28, 4 + 3 * 9 - 1 + 5 + 4 + 4));
}
