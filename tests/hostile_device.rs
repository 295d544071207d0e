//! Damaged programs that load do on a core what they do on the host: no fault, the same bits. There the inner loops are assembly.
//!
//! `PEACRAB_HOSTILE_PROGRAMS` says how many are run of each sound program; 1 if it says nothing.

use anyhow::{Context, Result};
use peacrab::aligned::AlignedBytes;
use peacrab::target::{Board, RunOptions, run_on_board};
use peacrab_format::Target;
use peacrab_hostile::{Outcome, Rng, damage, seal, trial};
use peacrab_runtime::{Model, Program, Session};
use peacrab_tests::programs::device_parts;

const BOARD: &str = "qemu-mps2-an386";

/// A damaged program that loads and runs, an input of it, and what comes out.
struct Case {
    program: Vec<u8>,
    inputs: Vec<Vec<i8>>,
    outputs: Vec<Vec<i8>>,
}

/// Damaged forms of a program whose outputs do not depend on what the arena held before.
fn cases(part: &[u8]) -> impl Iterator<Item = Case> {
    (0u64..).filter_map(|seed| {
        let mut rng = Rng::new(seed);
        let mut program = part.to_vec();
        for _ in 0..=rng.below(3) {
            damage(&mut program, &mut rng);
        }
        seal(&mut program);
        if trial(&program, seed) != Outcome::Ran || target(&program) != target(part) {
            return None;
        }
        let inputs = inputs(&program, &mut rng)?;
        let outputs = run(&program, &inputs, 0)?;
        let is_decided = run(&program, &inputs, 0xff)? == outputs;
        is_decided.then_some(Case { program, inputs, outputs })
    })
}

fn target(device_part: &[u8]) -> Option<Target> {
    Some(Program::load(&AlignedBytes::new(device_part)).ok()?.target())
}

fn inputs(device_part: &[u8], rng: &mut Rng) -> Option<Vec<Vec<i8>>> {
    let bytes = AlignedBytes::new(device_part);
    let program = Program::load(&bytes).ok()?;
    let lengths = program.inputs().iter().map(|port| program.tensor(port.tensor).map(|tensor| tensor.elements));
    lengths.map(|length| Some((0..length?).map(|_| rng.bits() as i8).collect())).collect()
}

/// The outputs on the host, in an arena that holds `fill` before.
fn run(device_part: &[u8], inputs: &[Vec<i8>], fill: u8) -> Option<Vec<Vec<i8>>> {
    let bytes = AlignedBytes::new(device_part);
    let model = Model::load_for_any_core(&bytes).ok()?;
    let mut arena = AlignedBytes::zeroed(model.arena_bytes());
    arena.fill(fill);
    let mut session = Session::new(&model, &mut arena).ok()?;
    for (index, input) in inputs.iter().enumerate() {
        session.input_mut(index)?.copy_from_slice(input);
    }
    session.invoke(&mut ()).ok()?;
    (0..model.output_count()).map(|index| session.output(index).map(<[i8]>::to_vec)).collect()
}

#[test]
fn damaged_programs_give_the_hosts_bits_on_a_core() -> Result<()> {
    let count = std::env::var("PEACRAB_HOSTILE_PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
    let board = Board::find(BOARD)?;
    let mut ran = 0;
    for (name, part) in device_parts()? {
        if target(&part) != Some(Target::Armv7em) {
            continue;
        }
        for (index, case) in cases(&part).take(count).enumerate() {
            let named = || format!("damaged program {index} of {name}");
            let run = run_on_board(&board, &case.program, &[case.inputs], RunOptions::default(), &mut |_| ())
                .with_context(named)?;
            assert_eq!(run.inferences[0].outputs, case.outputs, "{}", named());
            ran += 1;
        }
    }
    println!("{ran} damaged programs ran on {BOARD}");
    assert!(ran > 0);
    Ok(())
}
