//! A block of code that QEMU translated as one: its instructions, what they cost, and how often they ran.

use crate::{Architecture, Core, Instruction, Kind, Memory};

/// Number of a block in its [`crate::Meter`].
pub type BlockId = usize;

/// A count for each slot: slot 0 is outside of inferences, 1 the overhead, 2 and up the operators.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Vec<i64>);

impl Tally {
    pub(crate) fn add(&mut self, slot: usize, count: i64) {
        if self.0.len() <= slot {
            self.0.resize(slot + 1, 0);
        }
        self.0[slot] += count;
    }

    pub(crate) fn get(&self, slot: usize) -> i64 {
        self.0.get(slot).copied().unwrap_or(0)
    }

    pub(crate) fn slots(&self) -> usize {
        self.0.len()
    }
}

/// An instruction of a block.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) address: u32,
    pub(crate) instruction: Instruction,
    /// It belongs to an `IT` and may not be executed.
    pub(crate) is_conditional: bool,
    /// Behind the one before it in the block, and not taken.
    pub(crate) cycles: u32,
    /// Cycles beyond those, by slot: branches, waiting, the block before.
    pub(crate) extra: Tally,
    /// Times that it was counted with its segment but did not run.
    pub(crate) skipped: Tally,
}

/// Instructions that run one after the other with no mark between them.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) first: usize,
    pub(crate) end: usize,
    pub(crate) cycles: u64,
    /// Lines that its instructions lie in, each with the step that needs it and the cycles before that step. Empty if the flash
    /// does not wait.
    pub(crate) lines: Vec<Line>,
    pub(crate) runs: Tally,
}

/// A line that a segment fetches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) line: Option<u32>,
    pub(crate) step: usize,
    pub(crate) cycles_before: u64,
}

/// A translated block.
#[derive(Clone, Debug)]
pub struct Block {
    pub(crate) address: u32,
    /// The address behind its last instruction.
    pub(crate) end: u32,
    pub(crate) steps: Vec<Step>,
    /// Segment 0 begins with the block and may be empty; each other one begins at a mark.
    pub(crate) segments: Vec<Segment>,
    /// Its first instruction has 32 bits and lies at 2 mod 4.
    pub(crate) enters_misaligned: bool,
}

impl Block {
    /// The block of these instructions: each its address and its first bytes, four if there are as many. `is_marked` tells at which
    /// addresses segments begin. `None` for an empty block or one that is cut off.
    #[must_use]
    pub fn new(
        architecture: Architecture,
        core: Option<Core>,
        memory: &Memory,
        instructions: &[(u32, Vec<u8>)],
        is_marked: impl Fn(u32) -> bool,
    ) -> Option<Self> {
        let mut steps: Vec<Step> = Vec::with_capacity(instructions.len());
        let mut conditional = 0;
        for (address, bytes) in instructions {
            let instruction = architecture.decode(*address, bytes)?;
            let previous = steps.last().map(|step| step.instruction);
            let cycles = core.map_or(0, |core| core.cycles(previous.as_ref(), &instruction));
            let (extra, skipped) = Default::default();
            let is_conditional = conditional > 0;
            conditional = match instruction.kind {
                Kind::It { instructions } => instructions,
                _ => conditional.saturating_sub(1),
            };
            steps.push(Step { address: *address, instruction, is_conditional, cycles, extra, skipped });
        }
        let (first, last) = (steps.first()?, steps.last()?);
        Some(Self {
            address: first.address,
            end: last.address.wrapping_add(last.instruction.bytes),
            enters_misaligned: first.instruction.bytes == 4 && first.address & 3 == 2,
            segments: segments(&steps, memory, is_marked),
            steps,
        })
    }

    /// The steps at which marks lie, each with the segment that begins there.
    pub fn marked_steps(&self) -> impl Iterator<Item = (usize, usize)> {
        self.segments.iter().enumerate().skip(1).map(|(segment, begins)| (begins.first, segment))
    }

    /// Whether QEMU may leave it before its end: at an access to memory that is not its last instruction.
    #[must_use]
    pub fn may_be_left_early(&self) -> bool {
        self.steps.iter().rev().skip(1).any(|step| step.instruction.accesses_memory())
    }

    /// The instructions.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.steps.iter().map(|step| &step.instruction)
    }
}

fn segments(steps: &[Step], memory: &Memory, is_marked: impl Fn(u32) -> bool) -> Vec<Segment> {
    let marked = steps.iter().enumerate().filter(|(_, step)| is_marked(step.address)).map(|(index, _)| index);
    let begins: Vec<usize> = std::iter::once(0).chain(marked).collect();
    let ends = begins.iter().skip(1).copied().chain([steps.len()]);
    begins.iter().zip(ends).map(|(&first, end)| segment(steps, memory, first, end)).collect()
}

fn segment(steps: &[Step], memory: &Memory, first: usize, end: usize) -> Segment {
    let mut cycles = 0;
    let mut lines: Vec<Line> = Vec::new();
    for (step, Step { address, instruction, cycles: own, .. }) in steps.iter().enumerate().take(end).skip(first) {
        if memory.fetches_wait() {
            for line in memory.lines(*address, instruction.bytes) {
                if lines.last().is_none_or(|last| last.line != line) {
                    lines.push(Line { line, step, cycles_before: cycles });
                }
            }
        }
        cycles += u64::from(*own);
    }
    Segment { first, end, cycles, lines, runs: Tally::default() }
}
