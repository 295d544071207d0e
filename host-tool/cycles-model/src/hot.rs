//! What is touched each time a block runs, packed together, and what it gathers until the operator changes.

use crate::transition::Transition;
use crate::{Block, BlockId, Kind};

/// The quick side of a block.
#[derive(Clone, Debug)]
pub(crate) struct Hot {
    pub(crate) address: u32,
    /// Instructions and cycles of its first segment.
    pub(crate) instructions: u64,
    pub(crate) cycles: i64,
    /// Runs, and cycles beyond those of its first and of its last instruction, since the operator changed.
    pub(crate) runs: i64,
    pub(crate) first_extra: i64,
    pub(crate) last_extra: i64,
    /// It is on the list of blocks that have gathered something.
    pub(crate) has_gathered: bool,
    /// The block that followed last, and what going there costs.
    pub(crate) next: Option<(BlockId, Transition)>,
    pub(crate) may_be_left_early: bool,
    /// Its last instruction is a conditional branch.
    pub(crate) branch: Option<ConditionalBranch>,
    /// Lines to fetch: none where the flash does not wait.
    pub(crate) has_lines: bool,
    /// The last line, and the cycles of the segment before it.
    pub(crate) last_line: (Option<u32>, u64),
    /// While the cache has replaced as many lines as this, all lines of the block are held.
    pub(crate) held_while: Option<u64>,
    /// When it ran last with all its lines held, on the clock of such runs.
    pub(crate) ran_at: u64,
    /// It is on the list of blocks that ran so and whose lines have not been moved up yet.
    pub(crate) is_recent: bool,
}

/// A conditional branch at the end of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConditionalBranch {
    pub(crate) address: u32,
    pub(crate) goes_back: bool,
}

impl Hot {
    pub(crate) fn new(block: &Block) -> Self {
        let (instructions, cycles, lines) = block.segments.first().map_or((0, 0, &[][..]), |segment| {
            ((segment.end - segment.first) as u64, segment.cycles as i64, segment.lines.as_slice())
        });
        let branch = block.steps.last().and_then(|last| match last.instruction.kind {
            Kind::Branch { target, conditional: true, .. } => {
                Some(ConditionalBranch { address: last.address, goes_back: target <= last.address })
            }
            _ => None,
        });
        Self {
            address: block.address,
            instructions,
            cycles,
            runs: 0,
            first_extra: 0,
            last_extra: 0,
            has_gathered: false,
            next: None,
            may_be_left_early: block.may_be_left_early(),
            branch,
            has_lines: !lines.is_empty(),
            last_line: lines.last().map_or((None, 0), |line| (line.line, line.cycles_before)),
            held_while: None,
            ran_at: 0,
            is_recent: false,
        }
    }
}
