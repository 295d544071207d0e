//! Slimming changes no output bit: every accuracy sample of the benchmarks, through the program as it came and the slim one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use peacrab::simulate::Simulator;
use peacrab_format::Target;
use peacrab_tests::{Model, Slimming, announce, benchmarks, examples};

/// Calibration samples: all that there are.
const CALIBRATION_SAMPLES: usize = usize::MAX;

#[test]
fn slimming_changes_no_output_bit() {
    let mut models = examples().expect("the repository's models are readable");
    match benchmarks() {
        Ok(benchmarks) => models.extend(benchmarks),
        Err(why) => announce(&format!("SKIPPED: the benchmarks slimmed: {why}")),
    }
    for model in &models {
        announce(&compare(model).unwrap_or_else(|error| panic!("{}: {error:#}", model.name)));
    }
}

/// Runs all samples through both programs.
fn compare(model: &Model) -> anyhow::Result<String> {
    let graph = model.graph()?;
    let program = |slimming| model.convert_with(&graph, Target::Portable, CALIBRATION_SAMPLES, slimming);
    let (whole, slim) = (program(Slimming::Off)?, program(Slimming::On)?);
    let (whole, slim) = (Simulator::new(&whole)?, Simulator::new(&slim)?);
    let samples = model.accuracy_samples(&graph, &whole)?;
    let is_same = |sample: &Vec<Vec<i8>>| {
        let outputs = |simulator: &Simulator<'_>| simulator.run(sample, &mut ()).expect("the program runs");
        outputs(&whole) == outputs(&slim)
    };
    let different = count(&samples, |sample| !is_same(sample));
    let macs = |simulator: &Simulator<'_>| -> u64 {
        simulator.file().metadata.operators.iter().map(|operator| operator.macs).sum()
    };
    anyhow::ensure!(different == 0, "{different} of {} samples have other outputs", samples.len());
    Ok(format!("{}: {} samples identical, MACs {} -> {}", model.name, samples.len(), macs(&whole), macs(&slim)))
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
