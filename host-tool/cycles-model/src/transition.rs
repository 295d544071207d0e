//! From the end of one block to the start of the next: what that costs is the same each time, but for prediction and exceptions.

use crate::block::Step;
use crate::{Block, Core, Instruction, Kind};

/// How a block follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It lies behind it: no branch, or one that was not taken.
    Sequential,
    /// By the branch that ends the first.
    Taken,
    /// By a jump to a computed address, which may also return from an exception.
    Indirect,
    /// By nothing that the first block says: an exception broke in.
    Exception,
}

/// The cost of going from one block to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) way: Way,
    /// Refill of the pipeline, where one is due: on the last instruction of the first block.
    pub(crate) refill: u32,
    /// What the first instruction of the second block costs more or less than behind a jump.
    pub(crate) carried: i64,
}

/// From `from` to `to`.
pub(crate) fn between(core: Core, from: &Block, to: &Block) -> Option<Transition> {
    let step = from.steps.last()?;
    let (last, way) = (step.instruction, way(from, step, to));
    let refill = match (way, last.kind) {
        // A loop of its own, or an instruction that QEMU turns into an exception.
        (_, Kind::Unknown | Kind::Trap) => 0,
        (Way::Exception, _) => core.exception_cycles(),
        _ => core.refill(&last, to.enters_misaligned),
    };
    let carried = if way == Way::Sequential { carried(core, &last, to) } else { 0 };
    Some(Transition { way, refill, carried })
}

fn way(from: &Block, last: &Step, to: &Block) -> Way {
    let is_next = to.address == from.end;
    match last.instruction.kind {
        // A jump to the next instruction is a jump all the same, unless it may not have been taken.
        Kind::Branch { target, conditional, .. } if target == to.address => {
            if is_next && (conditional || last.is_conditional) { Way::Sequential } else { Way::Taken }
        }
        Kind::BranchIndirect | Kind::LoadPc | Kind::PopPc { .. } | Kind::TableBranch => {
            if is_next && last.is_conditional { Way::Sequential } else { Way::Indirect }
        }
        _ if is_next => Way::Sequential,
        Kind::Unknown | Kind::Trap => Way::Taken,
        _ => Way::Exception,
    }
}

/// What the first instruction of `next` costs more or less because it runs directly behind `previous`.
pub(crate) fn carried(core: Core, previous: &Instruction, next: &Block) -> i64 {
    let Some(first) = next.steps.first() else { return 0 };
    i64::from(core.cycles(Some(previous), &first.instruction)) - i64::from(first.cycles)
}
