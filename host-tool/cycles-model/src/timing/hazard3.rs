//! Hazard3: the chapter on instruction cycle counts of its manual, with every option set for speed.

use crate::{Instruction, Kind};

pub(crate) fn cycles(previous: Option<&Instruction>, current: &Instruction) -> u32 {
    let waits = previous.is_some_and(|previous| {
        let is_load = matches!(previous.kind, Kind::Load { .. } | Kind::Atomic);
        // A store takes its data a stage later than it takes its address.
        is_load && previous.writes.meets(current.reads.and(current.address))
    });
    let execution = match current.kind {
        Kind::Divide { signed } => 18 + u32::from(signed),
        Kind::Atomic => 4,
        Kind::Trap => 3,
        _ => 1,
    };
    execution + u32::from(waits)
}

pub(crate) fn refill(_branch: &Instruction, misaligned: bool) -> u32 {
    1 + u32::from(misaligned)
}
