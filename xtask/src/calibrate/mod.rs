//! What every kernel costs, measured in the simulator: layers of many shapes on every kernel with several amounts of scratch. The costs go to the planner's
//! table, and what the planner makes of them to a page.

mod fit;
mod measure;
mod page;
mod shapes;

use std::collections::BTreeMap;

use anyhow::Context as _;
use peacrab::plan::cost::{Costs, Table};

use crate::{setup, shell};
use measure::Measurement;

const TABLE: &str = "host-tool/src/plan/cost/cortex_m4.toml";
const PAGE: &str = "docs/bench/shapes.md";

const HEAD: &str = "\
# Modelled Cortex-M4 cycles, no wait states, of the parts of each kernel's work. Made by `cargo xtask calibrate`, which fits them to layers of random shapes.

";

/// Measures, and writes the table and the page anew.
pub fn run() -> anyhow::Result<()> {
    setup::run()?;
    let random = measure::all(&shapes::random())?;
    let table = table(&random);
    shell::write(TABLE, &format!("{HEAD}{}", toml::to_string(&table).context("the table is no TOML")?))?;
    let benchmarks = measure::all(&shapes::benchmarks())?;
    shell::write(PAGE, &page::markdown(&table, &random, &benchmarks))?;
    println!("calibrate: wrote {TABLE} and {PAGE}");
    Ok(())
}

/// Costs fitted to measurements.
fn table(measured: &[Measurement]) -> Table {
    let mut by_kernel: BTreeMap<String, Vec<&Measurement>> = BTreeMap::new();
    for measurement in measured {
        by_kernel.entry(measurement.kernel.name().to_owned()).or_default().push(measurement);
    }
    Table(by_kernel.into_iter().map(|(kernel, measured)| (kernel, costs(&measured))).collect())
}

fn costs(measured: &[&Measurement]) -> Costs {
    let samples: Vec<_> = measured.iter().map(|measurement| (&measurement.features, measurement.cycles)).collect();
    let cycles = fit::fit(&samples);
    let mut errors: Vec<f64> = samples
        .iter()
        .map(|(features, cycles_measured)| fit::error(&cycles, features, *cycles_measured).abs())
        .collect();
    errors.sort_by(f64::total_cmp);
    let rounded = |error: Option<&f64>| error.map_or(0.0, |error| (error * 1e4).round() / 1e4);
    Costs {
        layers: samples.len(),
        median_error: rounded(errors.get(errors.len() / 2)),
        largest_error: rounded(errors.last()),
        cycles: cycles.into_iter().map(|(name, cycles)| (name, (cycles * 1e4).round() / 1e4)).collect(),
    }
}
