//! The meter: told of every block that starts, it keeps counts and cycles by instruction and operator, and notes them at every mark.

use std::collections::HashMap;

use crate::block::Line;
use crate::hot::{ConditionalBranch, Hot};
use crate::transition::{self, Transition, Way};
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
    /// Beside `blocks`.
    hot: Vec<Hot>,
    /// Blocks that have gathered something since the operator changed.
    gathered: Vec<BlockId>,
    /// Blocks that ran with all their lines held, which the cache has not heard of yet.
    recent: Vec<BlockId>,
    recent_clock: u64,
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
    /// A block left early that an exception broke into.
    left: Option<Running>,
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
            hot: Vec::new(),
            gathered: Vec::new(),
            recent: Vec::new(),
            recent_clock: 0,
            running: None,
            slot: OUTSIDE,
            operator: 0,
            instructions: 0,
            cycles: 0,
            carried: 0,
            predicted: None,
            interrupted: None,
            left: None,
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
        self.hot.push(Hot::new(&block));
        self.blocks.push(block);
        self.blocks.len() - 1
    }

    /// A block starts. `completed` is how often, so far, the last instruction of a block was reached that may be left early.
    #[inline]
    pub fn block_starts(&mut self, block: BlockId, completed: u64) {
        if let Some(running) = self.running {
            if running.completed == Some(completed) {
                self.leave_early(running, block);
            } else if self.left.is_none_or(|left| !self.comes_back(left, running.block, block)) && self.core.is_some() {
                self.go_on(running.block, block);
            }
        }
        let hot = &mut self.hot[block];
        let completed = hot.may_be_left_early.then_some(completed);
        self.running = Some(Running { block, segment: 0, completed });
        if hot.instructions == 0 {
            return;
        }
        hot.runs += 1;
        hot.first_extra += self.carried;
        if !hot.has_gathered {
            hot.has_gathered = true;
            self.gathered.push(block);
        }
        let began = self.cycles;
        self.instructions += hot.instructions;
        self.cycles += hot.cycles + self.carried;
        self.carried = 0;
        if hot.has_lines {
            self.fetch_block(block, began);
        }
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

    /// Addresses of instructions that ran within inferences and that the core's table does not have.
    #[must_use]
    pub fn unknown(&mut self) -> Vec<u32> {
        self.settle();
        if self.core.is_none() {
            return Vec::new();
        }
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
    pub fn addresses(&mut self) -> Vec<AddressCount> {
        self.settle();
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
        self.lost += u64::from(self.left.take().is_some());
        self.settle();
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

    /// Books what the blocks have gathered to the operator that runs.
    fn settle(&mut self) {
        for id in std::mem::take(&mut self.gathered) {
            let (hot, block) = (&mut self.hot[id], &mut self.blocks[id]);
            let (runs, first_extra, last_extra) = (hot.runs, hot.first_extra, hot.last_extra);
            (hot.runs, hot.first_extra, hot.last_extra, hot.has_gathered) = (0, 0, 0, false);
            let last = block.steps.len() - 1;
            for (step, extra) in [(0, first_extra), (last, last_extra)] {
                if extra != 0 {
                    block.steps[step].extra.add(self.slot, extra);
                }
            }
            if runs != 0 {
                block.segments[0].runs.add(self.slot, runs);
            }
        }
    }

    fn charge(&mut self, block: BlockId, step: usize, cycles: i64) {
        if cycles != 0 {
            self.cycles += cycles;
            self.blocks[block].steps[step].extra.add(self.slot, cycles);
        }
    }

    /// A segment starts that is not a block's first.
    fn segment_starts(&mut self, block: BlockId, index: usize) {
        let segment = &mut self.blocks[block].segments[index];
        let began = self.cycles;
        segment.runs.add(self.slot, 1);
        self.instructions += (segment.end - segment.first) as u64;
        self.cycles += segment.cycles as i64;
        let first = segment.first;
        if first == 0 {
            let carried = std::mem::take(&mut self.carried);
            self.charge(block, 0, carried);
        }
        self.fetch(block, index, began);
    }

    /// Waits for the lines of a block's first segment, which began at time `began`.
    fn fetch_block(&mut self, block: BlockId, began: i64) {
        let hot = &mut self.hot[block];
        let fetch = self.memory.fetch();
        if hot.held_while != Some(fetch.cache.replaced()) {
            return self.fetch(block, 0, began);
        }
        // Nothing to wait for. That the lines were used just now matters to the cache when it next replaces one.
        let (line, cycles_before) = hot.last_line;
        fetch.go_to(line, began.max(0) as u64 + cycles_before);
        self.recent_clock += 1;
        hot.ran_at = self.recent_clock;
        if !hot.is_recent {
            hot.is_recent = true;
            self.recent.push(block);
        }
    }

    /// Waits for the lines of a segment, one by one.
    fn fetch(&mut self, block: BlockId, index: usize, began: i64) {
        let lines = std::mem::take(&mut self.blocks[block].segments[index].lines);
        if !lines.is_empty() {
            self.move_up_recent();
            self.wait_for(block, &lines, began.max(0) as u64);
            let cache = &self.memory.fetch().cache;
            let fits =
                index == 0 && lines.len() <= cache.lines() as usize && lines.iter().all(|line| line.line.is_some());
            self.hot[block].held_while = fits.then(|| cache.replaced()).or(self.hot[block].held_while);
        }
        self.blocks[block].segments[index].lines = lines;
    }

    fn wait_for(&mut self, block: BlockId, lines: &[Line], began: u64) {
        let mut waited = 0;
        for line in lines {
            let now = began + line.cycles_before + waited;
            let wait = match line.line {
                Some(line) => self.memory.fetch().wait(line, now),
                None => {
                    self.memory.fetch().go_to(None, now);
                    0
                }
            };
            waited += u64::from(wait);
            self.charge(block, line.step, wait.into());
        }
    }

    /// Tells the cache of the lines that were used without waiting, in the order of their last use.
    fn move_up_recent(&mut self) {
        let mut recent = std::mem::take(&mut self.recent);
        recent.sort_unstable_by_key(|block| self.hot[*block].ran_at);
        for block in &recent {
            self.hot[*block].is_recent = false;
            let lines = self.blocks[*block].segments[0].lines.iter().filter_map(|line| line.line);
            for line in lines {
                self.memory.fetch().cache.holds(line);
            }
        }
        recent.clear();
        self.recent = recent;
    }

    /// The running block ended before its last instruction: behind an access to a device. What did not run is taken back.
    #[cold]
    fn leave_early(&mut self, running: Running, next: BlockId) {
        let address = self.hot[next].address;
        if let Some(last) = self.take_back(running, address) {
            self.carried = self.core.map_or(0, |core| transition::carried(core, &last, &self.blocks[next]));
            return;
        }
        // An exception broke in behind the device: only where it returns to tells what did not run.
        self.lost += u64::from(self.left.replace(running).is_some());
        let step = self.blocks[running.block].steps.len() - 1;
        let entry = self.core.map_or(0, Core::exception_cycles);
        self.charge(running.block, step, entry.into());
    }

    /// Takes back what a block counted from the instruction at this address on; gives the one before it. `None` if the block does not
    /// have it.
    fn take_back(&mut self, running: Running, address: u32) -> Option<Instruction> {
        let left = &mut self.blocks[running.block];
        let first = left.steps.iter().position(|step| step.address == address).filter(|step| *step > 0)?;
        let end = left.segments[running.segment].end;
        for step in left.steps.iter_mut().take(end).skip(first) {
            step.skipped.add(self.slot, 1);
            self.cycles -= i64::from(step.cycles);
        }
        self.instructions -= end.saturating_sub(first) as u64;
        Some(left.steps[first - 1].instruction)
    }

    /// Whether the exception returns that broke into a block left early.
    #[cold]
    fn comes_back(&mut self, left: Running, from: BlockId, to: BlockId) -> bool {
        let returns = self.take_back(left, self.hot[to].address).is_some();
        if returns {
            self.left = None;
            let step = self.blocks[from].steps.len() - 1;
            let cycles = self.core.map_or(0, Core::exception_cycles);
            self.charge(from, step, cycles.into());
        }
        returns
    }

    /// From the end of one block to the start of the next.
    #[inline]
    fn go_on(&mut self, from: BlockId, to: BlockId) {
        let transition = match self.hot[from].next {
            Some((next, transition)) if next == to => transition,
            _ => self.remember(from, to),
        };
        let cycles = match (transition.way, self.hot[from].branch) {
            (Way::Sequential, None) => 0,
            (Way::Sequential | Way::Taken, Some(branch)) => self.decide(branch, transition),
            (Way::Taken, None) => transition.refill,
            (Way::Indirect | Way::Exception, _) => self.jump(from, to, transition),
        };
        self.carried = transition.carried;
        if cycles != 0 {
            self.cycles += i64::from(cycles);
            self.hot[from].last_extra += i64::from(cycles);
            if !self.hot[from].has_gathered {
                self.hot[from].has_gathered = true;
                self.gathered.push(from);
            }
        }
    }

    #[cold]
    fn remember(&mut self, from: BlockId, to: BlockId) -> Transition {
        let none = Transition { way: Way::Sequential, refill: 0, carried: 0 };
        let Some(core) = self.core else { return none };
        let transition = transition::between(core, &self.blocks[from], &self.blocks[to]).unwrap_or(none);
        self.hot[from].next = Some((to, transition));
        transition
    }

    /// What a conditional branch costs beyond the branch that is not taken.
    #[inline]
    fn decide(&mut self, branch: ConditionalBranch, transition: Transition) -> u32 {
        let is_taken = transition.way == Way::Taken;
        if !self.core.is_some_and(Core::predicts_branches) {
            return if is_taken { transition.refill } else { 0 };
        }
        let is_predicted = self.predicted == Some(branch.address);
        if is_taken && !is_predicted && branch.goes_back {
            self.predicted = Some(branch.address);
        } else if !is_taken && is_predicted {
            self.predicted = None;
        }
        if is_taken == is_predicted { 0 } else { transition.refill }
    }

    /// What a jump to a computed address costs, or an exception.
    fn jump(&mut self, from: BlockId, to: BlockId, transition: Transition) -> u32 {
        let Some(core) = self.core else { return 0 };
        let arrived = self.hot[to].address;
        if transition.way == Way::Indirect {
            let returns = self.interrupted.is_some_and(|addresses| addresses.contains(&arrived));
            if !returns {
                return transition.refill;
            }
            self.interrupted = None;
            return core.exception_cycles();
        }
        let block = &self.blocks[from];
        let target = block.steps.last().and_then(|last| match last.instruction.kind {
            Kind::Branch { target, .. } => Some(target),
            _ => None,
        });
        self.interrupted = Some([block.end, target.unwrap_or(block.end)]);
        transition.refill
    }
}
