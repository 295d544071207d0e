//! Cortex-M3 (DDI 0337, section 18.2), Cortex-M4 (DDI 0439, section 3.3, table 7-1 for the FPU), and M33 by the latter.

use crate::{Core, FpuKind, Instruction, Kind};

pub(crate) fn cycles(core: Core, previous: Option<&Instruction>, current: &Instruction) -> u32 {
    execution(core, previous, current) + waiting(previous, current)
}

fn execution(core: Core, previous: Option<&Instruction>, current: &Instruction) -> u32 {
    let is_m3 = core == Core::CortexM3;
    match current.kind {
        Kind::MultiplyAccumulate if is_m3 => 2,
        Kind::MultiplyLong if is_m3 => 4,
        Kind::MultiplyLongAccumulate if is_m3 => 5,
        Kind::Divide { .. } => 7,
        Kind::Load { .. } | Kind::Store { register_offset: true, .. } => 2 - pipelined(previous, current),
        Kind::LoadPc | Kind::Atomic => 2,
        Kind::LoadDouble | Kind::StoreDouble | Kind::TableBranch => 3,
        Kind::LoadMultiple { registers } | Kind::StoreMultiple { registers } | Kind::PopPc { registers } => {
            1 + registers
        }
        Kind::It { .. } => u32::from(previous.is_none_or(|previous| previous.bytes != 2)),
        Kind::System | Kind::InterruptMask => 2,
        Kind::Fpu(kind) => fpu(kind),
        _ => 1,
    }
}

const fn fpu(kind: FpuKind) -> u32 {
    match kind {
        FpuKind::Arithmetic | FpuKind::Move => 1,
        FpuKind::MoveDouble => 2,
        FpuKind::MultiplyAccumulate => 3,
        FpuKind::Divide => 14,
        FpuKind::Load { double } | FpuKind::Store { double } => 2 + double as u32,
        FpuKind::LoadMultiple { words } | FpuKind::StoreMultiple { words } => 1 + words,
    }
}

/// 1 behind a single load whose result is not part of the address: its data phase and this address phase overlap.
fn pipelined(previous: Option<&Instruction>, current: &Instruction) -> u32 {
    let overlaps = previous.is_some_and(|previous| {
        let is_single_load = matches!(previous.kind, Kind::Load { .. } | Kind::Fpu(FpuKind::Load { .. }));
        is_single_load && !previous.writes.meets(current.address)
    });
    overlaps.into()
}

/// A register of the address has no forwarding path from data processing, and a result of the FPU comes one cycle late.
fn waiting(previous: Option<&Instruction>, current: &Instruction) -> u32 {
    let Some(previous) = previous else { return 0 };
    let is_late = match previous.kind {
        Kind::Fpu(FpuKind::Arithmetic | FpuKind::MultiplyAccumulate | FpuKind::Divide) => {
            previous.writes.meets(current.reads)
        }
        Kind::Load { .. } | Kind::LoadDouble | Kind::LoadMultiple { .. } => false,
        _ => previous.writes.meets(current.address),
    };
    is_late.into()
}

pub(crate) fn refill(branch: &Instruction, misaligned: bool) -> u32 {
    let refill = match branch.kind {
        Kind::BranchIndirect | Kind::PopPc { .. } => 2,
        Kind::LoadPc | Kind::TableBranch => 3,
        _ => 1,
    };
    (refill + u32::from(misaligned)).min(3)
}
