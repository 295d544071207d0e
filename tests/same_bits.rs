//! Slimming, layouts of weights and overlapping memory change no output bit: every accuracy sample of the benchmarks, through the program as it came
//! and through those that came of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use peacrab::plan::Optimize;
use peacrab::simulate::Simulator;
use peacrab_format::Target;
use peacrab_tests::{Model, Slimming, announce, benchmarks, examples};

/// Calibration samples: all that there are.
const CALIBRATION_SAMPLES: usize = usize::MAX;

/// The slim program, plain and packed.
const OTHERS: [(Target, Optimize, Slimming); 3] = [
    (Target::Portable, Optimize::Speed, Slimming::On),
    (Target::Armv7em, Optimize::Speed, Slimming::On),
    (Target::Armv7em, Optimize::Ram, Slimming::On),
];

#[test]
fn slimming_and_layouts_change_no_output_bit() {
    let mut models = examples().expect("the repository's models are readable");
    match benchmarks() {
        Ok(benchmarks) => models.extend(benchmarks),
        Err(why) => announce(&format!("SKIPPED: the benchmarks' programs compared: {why}")),
    }
    for model in &models {
        announce(&compare(model).unwrap_or_else(|error| panic!("{}: {error:#}", model.name)));
    }
}

/// Runs all samples through the program as it came, and through every other one.
fn compare(model: &Model) -> anyhow::Result<String> {
    let graph = model.graph()?;
    let program =
        |(target, optimize, slimming)| model.convert_with(&graph, target, optimize, CALIBRATION_SAMPLES, slimming);
    let whole = program((Target::Portable, Optimize::Speed, Slimming::Off))?;
    let others = OTHERS.into_iter().map(program).collect::<anyhow::Result<Vec<_>>>()?;
    let whole = Simulator::new(&whole)?;
    let others = others.iter().map(Simulator::new).collect::<Result<Vec<_>, _>>()?;
    let samples = model.accuracy_samples(&graph, &whole)?;
    let is_same = |sample: &Vec<Vec<i8>>| {
        let outputs = |simulator: &Simulator<'_>| simulator.run(sample, &mut ()).expect("the program runs");
        let expected = outputs(&whole);
        others.iter().all(|other| outputs(other) == expected)
    };
    let different = count(&samples, |sample| !is_same(sample));
    let macs = |simulator: &Simulator<'_>| -> u64 {
        simulator.file().metadata.operators.iter().map(|operator| operator.macs).sum()
    };
    anyhow::ensure!(different == 0, "{different} of {} samples have other outputs", samples.len());
    let [before, after] = [&whole, &others[0]].map(macs);
    Ok(format!(
        "{}: {} samples identical in {} programs, MACs {before} -> {after}",
        model.name,
        samples.len(),
        1 + OTHERS.len()
    ))
}

/// How many samples a check holds for, on all cores.
fn count(samples: &[Vec<Vec<i8>>], check: impl Fn(&Vec<Vec<i8>>) -> bool + Sync) -> usize {
    let (next, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(sample) = samples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if check(sample) {
                        found.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    found.into_inner()
}
