//! The meter: told of every block that starts, it keeps counts and cycles by instruction and operator, and notes them at every mark.

use std::collections::HashMap;

use crate::{Block, BlockId, Core, Instruction, Kind, Memory};

const OUTSIDE: usize = 0;
const OVERHEAD: usize = 1;
const FIRST_OPERATOR: usize = 2;

/// A border in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// An operator has ended. Where marks share an address, this is the order in which they count.
    OperatorEnd,
    /// An inference has ended.
    InferenceEnd,
    /// An inference starts.
    InferenceStart,
    /// An operator starts.
    OperatorStart,
}

impl Mark {
    /// By its number in the table of marks.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::InferenceStart,
            2 => Self::InferenceEnd,
            3 => Self::OperatorStart,
            4 => Self::OperatorEnd,
            _ => return None,
        })
    }

    /// Its number in the table of marks.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::InferenceStart => 1,
            Self::InferenceEnd => 2,
            Self::OperatorStart => 3,
            Self::OperatorEnd => 4,
        }
    }
}

/// A mark that execution passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which one.
    pub mark: Mark,
    /// Instructions executed so far.
    pub instructions: u64,
    /// Cycles so far.
    pub cycles: u64,
}

/// How often an instruction ran within the inferences, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressCount {
    /// `None` in the overhead, else the operator.
    pub operator: Option<usize>,
    /// Of the instruction.
    pub address: u32,
    /// How often it ran.
    pub count: u64,
    /// What it cost.
    pub cycles: u64,
}

/// The block that runs.
#[derive(Clone, Copy, Debug)]
struct Running {
    block: BlockId,
    /// The segment that began last.
    segment: usize,
    /// How often the last instruction of a block had been reached when it began; `None` if it runs to its end for sure.
    completed: Option<u64>,
}

/// Counts and cycles of a program that runs.
#[derive(Debug)]
pub struct Meter {
    core: Option<Core>,
    memory: Memory,
    marks: HashMap<u32, Vec<Mark>>,
    blocks: Vec<Block>,
    running: Option<Running>,
    slot: usize,
    operator: usize,
    instructions: u64,
    /// Signed, as it may briefly hold less than what is taken back.
    cycles: i64,
    /// What the first instruction of the next segment costs more or less, for what ran before its block.
    carried: i64,
    /// Where a backward branch was taken last.
    predicted: Option<u32>,
    /// Where an exception broke in: one of these runs next when it returns.
    interrupted: Option<[u32; 2]>,
    events: Vec<Event>,
    lost: u64,
}

impl Meter {
    /// A meter that has seen nothing. Without a core it counts instructions alone.
    #[must_use]
    pub fn new(core: Option<Core>, memory: Memory, marks: &[(u32, Mark)]) -> Self {
        let mut by_address: HashMap<u32, Vec<Mark>> = HashMap::new();
        for (address, mark) in marks {
            by_address.entry(*address).or_default().push(*mark);
        }
        by_address.values_mut().for_each(|marks| marks.sort_unstable());
        Self {
            core,
            memory,
            marks: by_address,
            blocks: Vec::new(),
            running: None,
            slot: OUTSIDE,
            operator: 0,
            instructions: 0,
            cycles: 0,
            carried: 0,
            predicted: None,
            interrupted: None,
            events: Vec::new(),
            lost: 0,
        }
    }

    /// The core.
    #[must_use]
    pub fn core(&self) -> Option<Core> {
        self.core
    }

    /// The memories.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Whether a mark lies at this address.
    #[must_use]
    pub fn is_marked(&self, address: u32) -> bool {
        self.marks.contains_key(&address)
    }

    /// Takes a block; it has run 0 times.
    pub fn add(&mut self, block: Block) -> BlockId {
        self.blocks.push(block);
        self.blocks.len() - 1
    }

    /// A block starts. `completed` is how often, so far, the last instruction of a block was reached that may be left early.
    pub fn block_starts(&mut self, block: BlockId, completed: u64) {
        if let Some(running) = self.running {
            if running.completed == Some(completed) {
                self.leave_early(running, block);
            } else {
                self.go_on(running.block, block);
            }
        }
        let completed = self.blocks[block].may_be_left_early().then_some(completed);
        self.running = Some(Running { block, segment: 0, completed });
        self.segment_starts(block, 0);
    }

    /// Execution reaches the mark at which a segment of a block begins.
    pub fn mark_reached(&mut self, block: BlockId, segment: usize) {
        let address = self.blocks[block].steps[self.blocks[block].segments[segment].first].address;
        for mark in self.marks.get(&address).cloned().unwrap_or_default() {
            self.pass(mark);
        }
        if let Some(running) = &mut self.running {
            running.segment = segment;
        }
        self.segment_starts(block, segment);
    }

    /// An instruction of a block accesses memory.
    pub fn access(&mut self, block: BlockId, step: usize, address: u32, bytes: u32, is_store: bool) {
        let Some(core) = self.core else { return };
        let cycles = self.memory.access(core, address, bytes, is_store);
        self.charge(block, step, cycles.into());
    }

    /// The marks passed, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How often the meter did not understand where execution went; its counts are exact if this is 0.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Addresses of instructions that ran within inferences and that the decoder does not know.
    #[must_use]
    pub fn unknown(&self) -> Vec<u32> {
        let ran = |block: &&Block| block.segments.iter().any(|segment| segment.runs.slots() > OVERHEAD);
        let steps = self.blocks.iter().filter(ran).flat_map(|block| &block.steps);
        let mut unknown: Vec<u32> =
            steps.filter(|step| step.instruction.kind == Kind::Unknown).map(|step| step.address).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    /// What every instruction cost, by operator and address.
    #[must_use]
    pub fn addresses(&self) -> Vec<AddressCount> {
        let mut sums: HashMap<(usize, u32), (i64, i64)> = HashMap::new();
        for block in &self.blocks {
            for segment in &block.segments {
                for step in &block.steps[segment.first..segment.end] {
                    let slots = segment.runs.slots().max(step.extra.slots());
                    for slot in OVERHEAD..slots {
                        let count = segment.runs.get(slot) - step.skipped.get(slot);
                        let cycles = count * i64::from(step.cycles) + step.extra.get(slot);
                        if count != 0 || cycles != 0 {
                            let sum = sums.entry((slot, step.address)).or_default();
                            *sum = (sum.0 + count, sum.1 + cycles);
                        }
                    }
                }
            }
        }
        let mut counts: Vec<_> = sums
            .into_iter()
            .map(|((slot, address), (count, cycles))| AddressCount {
                operator: slot.checked_sub(FIRST_OPERATOR),
                address,
                count: count.max(0) as u64,
                cycles: cycles.max(0) as u64,
            })
            .collect();
        counts.sort_unstable_by_key(|count| (count.operator, count.address));
        counts
    }

    fn pass(&mut self, mark: Mark) {
        self.slot = match mark {
            Mark::InferenceStart => {
                self.operator = 0;
                OVERHEAD
            }
            Mark::InferenceEnd => OUTSIDE,
            Mark::OperatorStart => FIRST_OPERATOR + self.operator,
            Mark::OperatorEnd => {
                self.operator += 1;
                OVERHEAD
            }
        };
        self.events.push(Event { mark, instructions: self.instructions, cycles: self.cycles.max(0) as u64 });
    }

    fn charge(&mut self, block: BlockId, step: usize, cycles: i64) {
        if cycles != 0 {
            self.cycles += cycles;
            self.blocks[block].steps[step].extra.add(self.slot, cycles);
        }
    }

    fn segment_starts(&mut self, block: BlockId, index: usize) {
        let segment = &mut self.blocks[block].segments[index];
        let (first, count) = (segment.first, segment.end - segment.first);
        if count == 0 {
            return;
        }
        segment.runs.add(self.slot, 1);
        self.instructions += count as u64;
        if self.core.is_none() {
            return;
        }
        let began = self.cycles;
        self.cycles += segment.cycles as i64;
        let line_count = segment.lines.len();
        if first == 0 {
            let carried = std::mem::take(&mut self.carried);
            self.charge(block, 0, carried);
        }
        if line_count > 0 {
            self.fetch(block, index, began.max(0) as u64);
        }
    }

    /// Waits for the lines of a segment that began at time `began`.
    fn fetch(&mut self, block: BlockId, index: usize, began: u64) {
        let mut waited = 0;
        let lines = std::mem::take(&mut self.blocks[block].segments[index].lines);
        for line in &lines {
            let wait = self.memory.wait_for_line(line.line, began + line.cycles_before + waited);
            waited += u64::from(wait);
            self.charge(block, line.step, wait.into());
        }
        self.blocks[block].segments[index].lines = lines;
    }

    /// The running block ended before its last instruction: behind an access to a device. What did not run is taken back.
    fn leave_early(&mut self, running: Running, next: BlockId) {
        let address = self.blocks[next].address;
        let left = &mut self.blocks[running.block];
        let Some(first) = left.steps.iter().position(|step| step.address == address).filter(|step| *step > 0) else {
            self.lost += 1;
            return;
        };
        let end = left.segments[running.segment].end;
        let mut cycles = 0;
        for step in left.steps.iter_mut().take(end).skip(first) {
            step.skipped.add(self.slot, 1);
            cycles += i64::from(step.cycles);
        }
        let last = left.steps[first - 1].instruction;
        self.instructions -= end.saturating_sub(first) as u64;
        self.cycles -= cycles;
        self.carry(&last, next);
    }

    /// From the end of one block to the start of the next.
    fn go_on(&mut self, from: BlockId, to: BlockId) {
        let Some(core) = self.core else { return };
        let (block, next) = (&self.blocks[from], &self.blocks[to]);
        let Some(last) = block.steps.last() else { return };
        let (address, instruction) = (last.address, last.instruction);
        let (step, arrived, misaligned) = (block.steps.len() - 1, next.address, next.enters_misaligned);
        if arrived == block.end {
            let cycles = self.not_taken(core, address, &instruction, misaligned);
            self.charge(from, step, cycles.into());
            self.carry(&instruction, to);
            return;
        }
        let ends = [block.end, target(&instruction).unwrap_or(block.end)];
        let cycles = match instruction.kind {
            Kind::Branch { target, .. } if target == arrived => self.taken(core, address, &instruction, misaligned),
            Kind::BranchIndirect | Kind::LoadPc | Kind::PopPc { .. } | Kind::TableBranch => {
                if self.returns_to(arrived) { core.exception_cycles() } else { core.refill(&instruction, misaligned) }
            }
            // A loop of its own, or an instruction that QEMU turns into an exception.
            Kind::Unknown | Kind::Trap => 0,
            _ => {
                self.interrupted = Some(ends);
                core.exception_cycles()
            }
        };
        self.charge(from, step, cycles.into());
    }

    fn returns_to(&mut self, address: u32) -> bool {
        let returns = self.interrupted.is_some_and(|addresses| addresses.contains(&address));
        if returns {
            self.interrupted = None;
        }
        returns
    }

    fn taken(&mut self, core: Core, address: u32, branch: &Instruction, misaligned: bool) -> u32 {
        let Kind::Branch { target, conditional: true, .. } = branch.kind else {
            return core.refill(branch, misaligned);
        };
        if core.predicts_branches() {
            if self.predicted == Some(address) {
                return 0;
            }
            if target <= address {
                self.predicted = Some(address);
            }
        }
        core.refill(branch, misaligned)
    }

    fn not_taken(&mut self, core: Core, address: u32, instruction: &Instruction, misaligned: bool) -> u32 {
        let is_wrong = core.predicts_branches() && self.predicted == Some(address);
        if is_wrong && matches!(instruction.kind, Kind::Branch { .. }) {
            self.predicted = None;
            return core.refill(instruction, misaligned);
        }
        0
    }

    /// The first instruction of `next` runs directly behind `previous`, which its block did not know of.
    fn carry(&mut self, previous: &Instruction, next: BlockId) {
        let (Some(core), Some(first)) = (self.core, self.blocks[next].steps.first()) else { return };
        self.carried = i64::from(core.cycles(Some(previous), &first.instruction)) - i64::from(first.cycles);
    }
}

fn target(instruction: &Instruction) -> Option<u32> {
    match instruction.kind {
        Kind::Branch { target, .. } => Some(target),
        _ => None,
    }
}
