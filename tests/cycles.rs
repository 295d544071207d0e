//! Counting changes nothing and misses nothing: every model on every board under the cycles plugin gives the host's bits, the
//! plugin's count is the board's own counter's, and operators and overhead make the total.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use peacrab::emit::ProgramFile;
use peacrab::plan::Optimize;
use peacrab::simulate::Simulator;
use peacrab::target::cycles::{CountedRun, core_model, count_on_board};
use peacrab::target::image::ImageError;
use peacrab::target::{Board, RunOptions, TargetError};
use peacrab_format::Target;
use peacrab_tests::{announce, benchmarks, examples, explain};

/// Calibration samples: enough for ranges that use the arithmetic as real ones do.
const CALIBRATION_SAMPLES: usize = 16;

/// Most instructions between the reading of the counter and a mark, both sides together. It is 5 on RISC-V, whose counter is exact.
const WINDOW: f64 = 32.0;

#[test]
fn every_model_on_every_board_is_counted_whole() {
    let mut models = examples().expect("the repository's models are readable");
    match benchmarks() {
        Ok(benchmarks) => models.extend(benchmarks),
        Err(why) => announce(&format!("SKIPPED: the benchmarks under the cycles plugin: {why}")),
    }
    let programs: Vec<ProgramFile> = models
        .iter()
        .map(|model| {
            let graph = model.graph().unwrap_or_else(|error| panic!("{error:#}"));
            model
                .convert(&graph, Target::Portable, Optimize::default(), CALIBRATION_SAMPLES)
                .unwrap_or_else(|error| panic!("{error:#}"))
        })
        .collect();
    let boards = Board::all().expect("the built-in boards are valid");
    let pairs: Vec<_> = programs.iter().flat_map(|program| boards.iter().map(move |board| (program, board))).collect();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((program, board)) = pairs.get(next.fetch_add(1, Relaxed)) {
                    let outcome = judge(program, board);
                    outcomes.lock().expect("no thread panics with it").push(outcome);
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().expect("no thread panics with it");
    let failures: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err().cloned()).collect();
    let counted = outcomes.iter().filter(|outcome| matches!(outcome, Ok(true))).count();
    announce(&format!(
        "cycles plugin: {counted} of {} pairs of model and board counted, the others do not fit",
        pairs.len()
    ));
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), pairs.len(), failures.join("\n"));
    // The four benchmarks do not fit the micro:bit; everything else fits everywhere.
    assert!(counted + 4 >= pairs.len(), "{counted} of {}", pairs.len());
}

/// Whether the program fits the board and all is well; else what is wrong.
fn judge(program: &ProgramFile, board: &Board) -> Result<bool, String> {
    let inputs = [program.metadata.sample.clone()];
    let run = count_on_board(board, program.device_part(), &inputs, RunOptions::default(), &mut |_| ());
    let counted = match run {
        Err(TargetError::Image(ImageError::FlashFull { .. } | ImageError::RamFull { .. })) => return Ok(false),
        run => run.map_err(|error| explain(&error)),
    };
    let checked = counted.and_then(|counted| check(program, board, &counted));
    checked.map(|()| true).map_err(|why| format!("{} on {}: {why}", program.metadata.model, board.name))
}

fn check(program: &ProgramFile, board: &Board, counted: &CountedRun) -> Result<(), String> {
    let simulator = Simulator::new(program).map_err(|error| explain(&error))?;
    let expected = simulator.run(&program.metadata.sample, &mut ()).map_err(|error| explain(&error))?;
    let ([run], [inference]) = (counted.run.inferences.as_slice(), counted.counts.inferences.as_slice()) else {
        return Err("not one inference".to_owned());
    };
    if run.outputs != expected {
        return Err("other outputs than the host's".to_owned());
    }
    let (counter, plugin) = (run.counts[0] as f64, inference.total.instructions as f64);
    let tick = counted.run.counter.resolution;
    if counter < plugin - tick || counter > plugin + tick + WINDOW {
        return Err(format!("the plugin counts {plugin} instructions, the board's counter {counter}"));
    }
    if inference.operators.len() != program.metadata.operators.len() {
        return Err(format!("{} operators", inference.operators.len()));
    }
    // Overhead from what the plugin saw outside of operators, not as what is left: that the two agree is the point.
    let outside = counted.counts.addresses.iter().filter(|address| address.operator.is_none());
    let outside = outside
        .fold((0, 0), |sum, address| (sum.0 + address.cost.instructions, sum.1 + address.cost.cycles.unwrap_or(0)));
    let sum = inference
        .operators
        .iter()
        .fold(outside, |sum, operator| (sum.0 + operator.instructions, sum.1 + operator.cycles.unwrap_or(0)));
    if sum != (inference.total.instructions, inference.total.cycles.unwrap_or(0)) {
        return Err(format!("operators and overhead make {sum:?}, the total is {:?}", inference.total));
    }
    if inference.total.cycles.is_some() != core_model(board).is_some() || !counted.counts.unknown.is_empty() {
        return Err(format!("cycles {:?}, unknown instructions {:x?}", inference.total.cycles, counted.counts.unknown));
    }
    Ok(())
}

#[test]
fn every_key_of_the_timing_moves_cycles_its_way_and_no_instruction() {
    let models = examples().expect("the repository's models are readable");
    let digits = models.iter().find(|model| model.name == "digits").expect("the digits model");
    let graph = digits.graph().unwrap_or_else(|error| panic!("{error:#}"));
    let program = digits
        .convert(&graph, Target::Armv7em, Optimize::default(), CALIBRATION_SAMPLES)
        .unwrap_or_else(|error| panic!("{error:#}"));
    let count = |board: &Board| {
        let inputs = [program.metadata.sample.clone()];
        let counted = count_on_board(board, program.device_part(), &inputs, RunOptions::default(), &mut |_| ());
        counted.unwrap_or_else(|error| panic!("{}", explain(&error))).counts.inferences[0].total
    };
    let board = Board::find("qemu-mps2-an386").expect("built in");
    let waiting = board.with_timing("wait_states=5").expect("a key");
    let (without, with) = (count(&board), count(&waiting));
    assert!(without.cycles < with.cycles, "{without:?} {with:?}");
    for (change, is_faster) in [
        ("wait_states=4", true),
        ("prefetch=true", true),
        ("weights_in=ram", true),
        ("unaligned=false", true),
        ("line_bytes=16", true),
        ("instruction_cache_lines=0", false),
        ("data_cache_lines=0", false),
        ("arena_wait_states=1", false),
    ] {
        let changed = count(&waiting.with_timing(change).expect(change));
        assert_eq!(changed.instructions, with.instructions, "{change}");
        assert!(changed.cycles != with.cycles && (changed.cycles < with.cycles) == is_faster, "{change}: {changed:?}");
    }
}
