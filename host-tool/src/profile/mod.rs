//! From a counted run to the figures of a profile: what every operator, function and call stack costs in one inference.

mod assumptions;
mod stacks;
mod symbols;
mod tenants;

use std::path::PathBuf;

use crate::emit::{Metadata, OperatorMetadata};
use crate::report::outputs::outputs_of;
use crate::report::profile::{Cost, CyclesAre, OperatorProfile, ProfileReport};
use crate::report::statistics::median;
use crate::simulate::Simulator;
use crate::target::board::Board;
use crate::target::cycles::{CountedRun, Counts, InferenceCost, core_model};

pub use symbols::SymbolError;

/// What was profiled, and how.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The program's file.
    pub path: &'a PathBuf,
    /// The program, as the host runs it.
    pub simulator: &'a Simulator<'a>,
    /// The board.
    pub board: &'a Board,
}

/// The figures of a run.
///
/// # Errors
///
/// The image's symbols cannot be read.
pub fn report(subject: Subject<'_>, counted: &CountedRun) -> Result<ProfileReport, SymbolError> {
    let Subject { board, simulator, .. } = subject;
    let CountedRun { run, counts, elf } = counted;
    let metadata = &simulator.file().metadata;
    let chosen = median_inference(counts);
    let (functions, stacks) = stacks::costs(elf, counts, &metadata.operators)?;
    let all_counts: Vec<u64> = run.inferences.iter().flat_map(|inference| inference.counts.clone()).collect();
    let operator_count =
        |index| median(run.inferences.iter().filter_map(|run| run.operator_counts.get(index).copied()).collect());
    Ok(ProfileReport {
        model: metadata.model.clone(),
        program: subject.path.clone(),
        board: board.name.clone(),
        core: board.core.clone(),
        clock_hz: board.clock_hz,
        counter: run.counter.name.clone(),
        unit: run.counter.unit,
        resolution: run.counter.resolution,
        count: median(all_counts.clone()),
        counts: all_counts,
        instructions: chosen.total.instructions,
        cycles: chosen.total.cycles,
        cycles_range: cycles_range(counts),
        cycles_are: chosen.total.cycles.map(|_| CyclesAre::Modelled),
        latency_us: chosen.total.cycles.map(|cycles| cycles as f64 / board.clock_hz as f64 * 1e6),
        wait_states: board.timing.wait_states,
        assumptions: assumptions::sentences(board, counts),
        operators: operators(board, metadata, &chosen, operator_count),
        overhead: chosen.overhead(),
        functions,
        stacks,
        arena: tenants::tenants(simulator),
        arena_bytes: run.arena_bytes,
        stack_bytes: run.stack_bytes,
        flash_bytes: run.flash_bytes,
        ram_bytes: run.ram_bytes,
        outputs: outputs_of(simulator, run),
    })
}

/// The inference in the middle, by cycles, or by instructions where there are none: its operators and its overhead are its total.
fn median_inference(counts: &Counts) -> InferenceCost {
    let mut inferences: Vec<&InferenceCost> = counts.inferences.iter().collect();
    inferences.sort_by_key(|inference| (inference.total.cycles, inference.total.instructions));
    inferences.get(inferences.len().saturating_sub(1) / 2).copied().cloned().unwrap_or_default()
}

fn cycles_range(counts: &Counts) -> Option<[u64; 2]> {
    let cycles = || counts.inferences.iter().filter_map(|inference| inference.total.cycles);
    Some([cycles().min()?, cycles().max()?])
}

fn operators(
    board: &Board,
    metadata: &Metadata,
    chosen: &InferenceCost,
    count: impl Fn(usize) -> u64,
) -> Vec<OperatorProfile> {
    let best = best_cycles_per_mac(board);
    let operator = |(index, operator): (usize, &OperatorMetadata)| {
        let cost = chosen.operators.get(index).copied().unwrap_or(Cost { instructions: 0, cycles: None });
        let macs = Some(operator.macs).filter(|macs| *macs > 0);
        OperatorProfile {
            index,
            name: operator.name.clone(),
            kernel: operator.kernel.clone(),
            macs: operator.macs,
            count: count(index),
            instructions: cost.instructions,
            cycles: cost.cycles,
            cycles_per_mac: macs.zip(cost.cycles).map(|(macs, cycles)| cycles as f64 / macs as f64),
            best_cycles_per_mac: macs.and(best),
        }
    };
    metadata.operators.iter().enumerate().map(operator).collect()
}

/// Cycles of the core's own multiply-accumulate of 8-bit numbers, with everything around it for nothing: `smlad` does two in one cycle; elsewhere it is
/// one multiplication and one addition. Not a bound: chains, lanes and Winograd get more out of a product.
fn best_cycles_per_mac(board: &Board) -> Option<f64> {
    use peacrab_cycles_model::Core;
    Some(match core_model(board)? {
        Core::CortexM4 | Core::CortexM33 => 0.5,
        Core::CortexM0 | Core::CortexM0Plus | Core::CortexM3 | Core::Hazard3 => 2.0,
    })
}
