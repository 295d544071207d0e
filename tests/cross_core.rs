//! Host and device give the same bits: every model, on every board, portable and packed for the board's core.
//!
//! Each pair runs 20 samples, or as many as `PEACRAB_SAMPLES` says.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use comfy_table::{CellAlignment, Table, presets};
use peacrab::emit::ProgramFile;
use peacrab::plan::Optimize;
use peacrab::simulate::Simulator;
use peacrab::target::image::ImageError;
use peacrab::target::{Board, BoardRun, RunOptions, TargetError, run_on_board};
use peacrab_format::Target;
use peacrab_tests::{Model, announce, benchmarks, examples, explain};

/// Calibration samples: enough for ranges that use the arithmetic as real ones do.
const CALIBRATION_SAMPLES: usize = 16;

/// Samples of each pair.
const SAMPLES: usize = 20;

/// Boards, of both ways to take weights, for programs that are to be small: a runner is built for every set of kernels.
const SMALL_ON: [(Target, &str); 2] = [(Target::Portable, "qemu-m0plus"), (Target::Armv7em, "qemu-mps2-an386")];

/// The smallest board holds no benchmark: all other pairs must fit, and these must not.
const TOO_LARGE: [(&str, &str); 4] =
    [("kws", "qemu-microbit"), ("vww", "qemu-microbit"), ("ic", "qemu-microbit"), ("ad", "qemu-microbit")];

/// A model's program, its samples, and what the host makes of them.
struct Program {
    model: String,
    target: Target,
    optimize: Optimize,
    file: ProgramFile,
    samples: Vec<Vec<Vec<i8>>>,
    expected: Vec<Vec<Vec<i8>>>,
}

/// What a program did on a board.
struct Outcome {
    program: usize,
    board: String,
    result: Result<Figures, String>,
    seconds: f32,
}

/// Figures of a pair that agreed with the host, or why it does not fit.
enum Figures {
    Identical { samples: usize, instructions: u64 },
    DoesNotFit(String),
}

#[test]
fn every_model_gives_the_hosts_bits_on_every_board() {
    let mut models = examples().expect("the repository's models are readable");
    assert!(models.iter().any(|model| model.name == "digits"), "the digits model is among them");
    match benchmarks() {
        Ok(benchmarks) => models.extend(benchmarks),
        Err(why) => announce(&format!("SKIPPED: the benchmarks on every board: {why}")),
    }
    let programs: Vec<Program> = models.iter().flat_map(programs).collect();
    let boards = Board::all().expect("the built-in boards are valid");
    assert_eq!(boards.len(), 8);
    let outcomes = run_all(&programs, &boards);
    announce(&table(&programs, &outcomes));
    let failures: Vec<String> = outcomes.iter().filter_map(|outcome| failure(&programs, outcome)).collect();
    assert!(failures.is_empty(), "{} of {} pairs failed:\n{}", failures.len(), outcomes.len(), failures.join("\n"));
}

/// Portable programs, and programs for cores with DSP: one for everything that they can be optimized for.
fn programs(model: &Model) -> Vec<Program> {
    let graph = model.graph().unwrap_or_else(|error| panic!("{error:#}"));
    let program = |(target, optimize)| {
        let converted = model.convert(&graph, target, optimize, CALIBRATION_SAMPLES);
        let file = converted.unwrap_or_else(|error| panic!("{error:#}"));
        let simulator = Simulator::new(&file).expect("a converted program loads");
        let count = sample_count();
        let samples = model
            .quantized_samples(&graph, &simulator, count)
            .unwrap_or_else(|error| panic!("{}: {error:#}", model.name));
        assert_eq!(samples.len(), count, "{} has too few samples", model.name);
        let expected = samples.iter().map(|sample| simulator.run(sample, &mut ()).expect("the host runs it")).collect();
        Program { model: model.name.clone(), target, optimize, file, samples, expected }
    };
    let armv7em = |optimize| (Target::Armv7em, optimize);
    let packed = [Optimize::Balanced, Optimize::Speed, Optimize::Ram, Optimize::Size].map(armv7em);
    let portable = [Optimize::Balanced, Optimize::Size].map(|optimize| (Target::Portable, optimize));
    portable.into_iter().chain(packed).map(program).collect()
}

fn sample_count() -> usize {
    let Some(text) = std::env::var_os("PEACRAB_SAMPLES") else { return SAMPLES };
    let count = text.to_str().and_then(|text| text.parse().ok()).filter(|count| *count > 0);
    count.unwrap_or_else(|| panic!("PEACRAB_SAMPLES is {text:?}, not a number of samples"))
}

/// Every pair that belongs together, on as many threads as there are cores.
fn run_all(programs: &[Program], boards: &[Board]) -> Vec<Outcome> {
    let fits = |program: &Program, board: &Board| match program.optimize {
        Optimize::Size => SMALL_ON.contains(&(program.target, &board.name)),
        _ => [Target::Portable, board.program_target()].contains(&program.target),
    };
    let pairs = programs.iter().enumerate().flat_map(|(index, program)| {
        boards.iter().filter(move |board| fits(program, board)).map(move |board| (index, board))
    });
    let queue: Mutex<VecDeque<(usize, &Board)>> = Mutex::new(pairs.collect());
    let outcomes = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, board)) = next(&queue) {
                    let outcome = run_pair(index, &programs[index], board);
                    outcomes.lock().expect("no thread panics with it").push(outcome);
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().expect("no thread panics with it");
    outcomes.sort_by(|a, b| (a.program, &a.board).cmp(&(b.program, &b.board)));
    outcomes
}

fn next<'a>(queue: &Mutex<VecDeque<(usize, &'a Board)>>) -> Option<(usize, &'a Board)> {
    queue.lock().expect("no thread panics with it").pop_front()
}

fn run_pair(index: usize, program: &Program, board: &Board) -> Outcome {
    let start = Instant::now();
    let device = program.file.device_part();
    let options = RunOptions { is_small: program.optimize == Optimize::Size, ..RunOptions::default() };
    let run = run_on_board(board, device, &program.samples, options, &mut |_| ());
    let result = judge(program, board, run);
    Outcome { program: index, board: board.name.clone(), result, seconds: start.elapsed().as_secs_f32() }
}

fn judge(program: &Program, board: &Board, run: Result<BoardRun, TargetError>) -> Result<Figures, String> {
    let is_too_large = TOO_LARGE.contains(&(&program.model, &board.name));
    match run {
        Err(TargetError::Image(ImageError::FlashFull { needed, available, .. })) if is_too_large => {
            Ok(Figures::DoesNotFit(format!("{} bytes of flash too many", needed - available)))
        }
        Err(TargetError::Image(ImageError::RamFull { needed, available, .. })) if is_too_large => {
            Ok(Figures::DoesNotFit(format!("{} bytes of RAM too many", needed - available)))
        }
        Err(error) => Err(explain(&error)),
        Ok(_) if is_too_large => Err("fits, although it is listed as too large".into()),
        Ok(run) => compare(program, &run),
    }
}

fn compare(program: &Program, run: &BoardRun) -> Result<Figures, String> {
    if run.inferences.len() != program.expected.len() {
        return Err(format!("{} outputs of {} samples", run.inferences.len(), program.expected.len()));
    }
    for (sample, (got, expected)) in run.inferences.iter().zip(&program.expected).enumerate() {
        if let Some(difference) = first_difference(&got.outputs, expected) {
            return Err(format!("sample {sample}: {difference}"));
        }
    }
    let instructions = run.inferences.iter().flat_map(|inference| &inference.counts).max();
    Ok(Figures::Identical { samples: run.inferences.len(), instructions: instructions.copied().unwrap_or(0) })
}

fn first_difference(got: &[Vec<i8>], expected: &[Vec<i8>]) -> Option<String> {
    if got == expected {
        return None;
    }
    let tensor = got.iter().zip(expected).position(|(got, expected)| got != expected);
    let Some(tensor) = tensor else {
        return Some(format!("{} outputs, the host has {}", got.len(), expected.len()));
    };
    let element = got[tensor].iter().zip(&expected[tensor]).position(|(got, expected)| got != expected);
    Some(element.map_or_else(
        || format!("output {tensor} has {} elements, on the host {}", got[tensor].len(), expected[tensor].len()),
        |at| format!("output {tensor}, element {at} is {}, on the host {}", got[tensor][at], expected[tensor][at]),
    ))
}

fn failure(programs: &[Program], outcome: &Outcome) -> Option<String> {
    let why = outcome.result.as_ref().err()?;
    let program = &programs[outcome.program];
    Some(format!("{} ({}, {:?}) on {}: {why}", program.model, program.target.name(), program.optimize, outcome.board))
}

fn table(programs: &[Program], outcomes: &[Outcome]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header([
        "model",
        "packed for",
        "optimized for",
        "board",
        "samples",
        "host = board",
        "instructions",
        "seconds",
    ]);
    let (mut identical, mut skipped) = (0, 0);
    for outcome in outcomes {
        let program = &programs[outcome.program];
        let (samples, verdict, instructions) = match &outcome.result {
            Ok(Figures::Identical { samples, instructions }) => {
                identical += 1;
                (samples.to_string(), "bit-identical".to_owned(), instructions.to_string())
            }
            Ok(Figures::DoesNotFit(why)) => {
                skipped += 1;
                (String::new(), format!("SKIPPED: {why}"), String::new())
            }
            Err(_) => (program.samples.len().to_string(), "FAILED".to_owned(), String::new()),
        };
        let seconds = format!("{:.1}", outcome.seconds);
        let (target, optimize) = (program.target.name(), format!("{:?}", program.optimize).to_lowercase());
        table.add_row([&program.model, target, &optimize, &outcome.board, &samples, &verdict, &instructions, &seconds]);
    }
    for column in [4, 6, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let failed = outcomes.len() - identical - skipped;
    format!("{table}\n{identical} pairs bit-identical, {skipped} skipped because they do not fit, {failed} failed")
}
