//! Measures every model on every board that it fits.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::anyhow;
use peacrab::emit::ProgramFile;
use peacrab::plan::Optimize;
use peacrab::target::board::Timing;
use peacrab::target::cycles::count_on_board;
use peacrab::target::image::ImageError;
use peacrab::target::toolchain::{CoreSource, Toolchain};
use peacrab::target::{Board, RunOptions, TargetError};
use peacrab_format::Target;
use peacrab_tests::{Model, benchmarks, examples, explain};

use super::figures::{Bench, Row};

/// Calibration samples: enough for ranges that use the arithmetic as real ones do.
const CALIBRATION_SAMPLES: usize = 16;
const WAIT_STATES: u32 = 5;

/// A model's programs: portable, and packed for cores with DSP.
struct Programs {
    model: String,
    by_target: Vec<(Target, ProgramFile)>,
}

/// Every row that can be measured here.
pub fn all() -> anyhow::Result<Bench> {
    let mut models = examples()?;
    match benchmarks() {
        Ok(benchmarks) => models.extend(benchmarks),
        Err(why) => println!("bench: SKIPPED: the benchmarks: {why}"),
    }
    let programs = models.iter().map(programs).collect::<anyhow::Result<Vec<_>>>()?;
    let boards = Board::all()?;
    let mut compilers = std::collections::BTreeMap::new();
    for board in &boards {
        let target = board.target;
        compilers.insert(target.as_str().to_owned(), compiler(&Toolchain::find(target)?));
    }
    let mut rows = rows(&programs, &boards)?;
    rows.sort_by(|a, b| (&a.model, &a.board).cmp(&(&b.model, &b.board)));
    Ok(Bench { compilers, rows })
}

/// The compiler, and where its `core` comes from: the two give different code.
fn compiler(toolchain: &Toolchain) -> String {
    let core = match toolchain.core {
        CoreSource::Installed => "installed",
        CoreSource::BuiltFromSource => "built from source",
    };
    format!("{}, core {core}", toolchain.version)
}

fn programs(model: &Model) -> anyhow::Result<Programs> {
    let graph = model.graph()?;
    let program = |target| Ok((target, model.convert(&graph, target, Optimize::default(), CALIBRATION_SAMPLES)?));
    let by_target = [Target::Portable, Target::Armv7em].map(program).into_iter().collect::<anyhow::Result<_>>()?;
    Ok(Programs { model: model.name.clone(), by_target })
}

/// All pairs, on as many threads as there are cores.
fn rows(programs: &[Programs], boards: &[Board]) -> anyhow::Result<Vec<Row>> {
    let pairs: Vec<_> =
        programs.iter().flat_map(|programs| boards.iter().map(move |board| (programs, board))).collect();
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((programs, board)) = pairs.get(next.fetch_add(1, Relaxed)) {
                    let row = row(programs, board);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push(row);
                    }
                }
            });
        }
    });
    let rows = rows.into_inner().map_err(|_| anyhow!("a thread panicked"))?;
    rows.into_iter().filter_map(Result::transpose).collect()
}

/// `None` where the program does not fit the board.
fn row(programs: &Programs, board: &Board) -> anyhow::Result<Option<Row>> {
    let target = board.program_target();
    let found = programs.by_target.iter().find(|(packed, _)| *packed == target);
    let (_, file) = found.ok_or_else(|| anyhow!("no program for {}", board.name))?;
    let Some(counted) = count(board, 0, file)? else { return Ok(None) };
    let has_cache = board.timing.instruction_cache_lines > 0;
    let waiting = if has_cache { count(board, WAIT_STATES, file)? } else { None };
    let (run, cost) = counted;
    println!("bench: {:16} {:18} {:>12} instructions", programs.model, board.name, cost.instructions);
    Ok(Some(Row {
        model: programs.model.clone(),
        board: board.name.clone(),
        core: board.core.clone(),
        target: board.target.as_str().to_owned(),
        macs: file.metadata.operators.iter().map(|operator| operator.macs).sum(),
        instructions: cost.instructions,
        cycles: cost.cycles,
        cycles_wait_5: waiting.and_then(|(_, cost)| cost.cycles),
        arena_bytes: run.arena_bytes,
        stack_bytes: run.stack_bytes,
        flash_bytes: run.flash_bytes,
    }))
}

type Counted = (peacrab::target::BoardRun, peacrab::report::profile::Cost);

/// One inference of the calibration sample that the program carries.
fn count(board: &Board, wait_states: u32, file: &ProgramFile) -> anyhow::Result<Option<Counted>> {
    let board = Board { timing: Timing { wait_states, ..board.timing }, ..board.clone() };
    let inputs = [file.metadata.sample.clone()];
    match count_on_board(&board, file.device_part(), &inputs, RunOptions::default(), &mut |_| ()) {
        Ok(counted) => {
            let first = counted.counts.inferences.first().map(|inference| inference.total);
            Ok(Some((counted.run, first.ok_or_else(|| anyhow!("no inference on {}", board.name))?)))
        }
        Err(TargetError::Image(ImageError::FlashFull { .. } | ImageError::RamFull { .. })) => Ok(None),
        Err(error) => Err(anyhow!("{}", explain(&error))),
    }
}
