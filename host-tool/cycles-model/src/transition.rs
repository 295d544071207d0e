//! From the end of one block to the start of the next: what that costs is the same each time, but for prediction and exceptions.

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
    let last = from.steps.last()?.instruction;
    let way = way(from, &last, to);
    let refill = match (way, last.kind) {
        // A loop of its own, or an instruction that QEMU turns into an exception.
        (_, Kind::Unknown | Kind::Trap) => 0,
        (Way::Exception, _) => core.exception_cycles(),
        _ => core.refill(&last, to.enters_misaligned),
    };
    let carried = if way == Way::Sequential { carried(core, &last, to) } else { 0 };
    Some(Transition { way, refill, carried })
}

fn way(from: &Block, last: &Instruction, to: &Block) -> Way {
    if to.address == from.end {
        return Way::Sequential;
    }
    match last.kind {
        Kind::Branch { target, .. } if target == to.address => Way::Taken,
        Kind::BranchIndirect | Kind::LoadPc | Kind::PopPc { .. } | Kind::TableBranch => Way::Indirect,
        Kind::Unknown | Kind::Trap => Way::Taken,
        _ => Way::Exception,
    }
}

/// What the first instruction of `next` costs more or less because it runs directly behind `previous`.
pub(crate) fn carried(core: Core, previous: &Instruction, next: &Block) -> i64 {
    let Some(first) = next.steps.first() else { return 0 };
    i64::from(core.cycles(Some(previous), &first.instruction)) - i64::from(first.cycles)
}
