//! Cortex-M0 (DDI 0432, section 3.3) and M0+ (DDI 0484, section 3.3).

use crate::{Core, Instruction, Kind};

pub(crate) fn cycles(core: Core, current: &Instruction) -> u32 {
    let is_plus = core == Core::CortexM0Plus;
    match current.kind {
        Kind::Load { .. } | Kind::Store { .. } => 2,
        Kind::LoadMultiple { registers } | Kind::StoreMultiple { registers } => 1 + registers,
        // With the jump: 3 + N and 4 + N.
        Kind::PopPc { registers } => 1 + registers,
        Kind::System | Kind::Barrier if is_plus => 3,
        Kind::System | Kind::Barrier => 4,
        _ => 1,
    }
}

pub(crate) fn refill(core: Core, branch: &Instruction) -> u32 {
    let refill = if core == Core::CortexM0Plus { 1 } else { 2 };
    match branch.kind {
        Kind::Branch { link: true, .. } | Kind::PopPc { .. } => refill + 1,
        _ => refill,
    }
}
