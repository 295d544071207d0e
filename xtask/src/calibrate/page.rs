//! How well the planner chooses, and what layers cost that no kernel was made for.

use std::fmt::Write as _;

use peacrab::plan::cost::Table;
use peacrab_format::KernelId;

use super::fit;
use super::measure::Measurement;
use super::shapes::Shape;

const HEAD: &str = "\
# Layers of any shape

Made by `cargo xtask calibrate`. Modelled Cortex-M4 cycles without wait states, of single layers with up to 24 KB of scratch and weights no larger than plain
ones. *Estimate* is the planner's, from costs that were fitted to the random layers alone; *chosen* is the kernel that it estimates to be the fastest, *lost* what a
faster one that was measured would save. *Nearest* is the benchmark's layer of the same kind whose depth, outputs and pixels differ by the smallest
factors; *ratio* the cycles per multiply-accumulate over that one's.
";

/// A layer's choice.
struct Choice<'a> {
    shape: &'a Shape,
    chosen: &'a Measurement,
    estimate: f64,
    best: u64,
}

impl Choice<'_> {
    fn cycles_per_mac(&self) -> f64 {
        self.chosen.cycles as f64 / self.shape.macs().max(1) as f64
    }
}

/// The page.
pub fn markdown(table: &Table, random: &[Measurement], benchmarks: &[Measurement]) -> String {
    let (random, benchmarks) = (choices(table, random), choices(table, benchmarks));
    let mut text = HEAD.to_owned();
    text += "\n## The benchmarks' layers\n\n| layer | MACs | chosen | cycles | per MAC | estimate | lost |\n|---|---|---|---|---|---|---|\n";
    for choice in &benchmarks {
        _ = writeln!(text, "{} |", cells(choice));
    }
    text += "\n## Random layers\n\n| layer | MACs | chosen | cycles | per MAC | estimate | lost | nearest | ratio |\n|---|---|---|---|---|---|---|---|---|\n";
    let mut ratios = Vec::new();
    for choice in &random {
        let Some(nearest) = nearest(choice.shape, &benchmarks) else { continue };
        let ratio = choice.cycles_per_mac() / nearest.cycles_per_mac();
        ratios.push(ratio);
        _ = writeln!(text, "{} | {} | {ratio:.2} |", cells(choice), nearest.shape.name());
    }
    let above = ratios.iter().filter(|&&ratio| ratio > 1.5).count();
    let worst = ratios.iter().copied().fold(0.0, f64::max);
    _ = writeln!(
        text,
        "\n{} of {} random layers cost more than 1.5 times per multiply-accumulate of what the nearest costs; the most is {worst:.2}.",
        above,
        ratios.len()
    );
    text
}

fn cells(choice: &Choice) -> String {
    let lost = choice.chosen.cycles as f64 / choice.best.max(1) as f64 - 1.0;
    format!(
        "| {} | {} | {} | {} | {:.2} | {:+.1} % | {:.1} %",
        choice.shape.name(),
        choice.shape.macs(),
        choice.chosen.kernel.name(),
        choice.chosen.cycles,
        choice.cycles_per_mac(),
        100.0 * (choice.estimate / choice.chosen.cycles.max(1) as f64 - 1.0),
        100.0 * lost,
    )
}

/// What the planner chooses for each layer.
fn choices<'a>(table: &Table, measured: &'a [Measurement]) -> Vec<Choice<'a>> {
    let is_larger = |kernel| matches!(kernel, KernelId::Conv2dWinograd2x2 | KernelId::Conv2dWinograd4x4);
    let measured: Vec<&Measurement> = measured.iter().filter(|measurement| !is_larger(measurement.kernel)).collect();
    let of_layer = |layer: &[&'a Measurement]| {
        let estimate = |measurement: &&&Measurement| estimate(table, measurement);
        let chosen = *layer.iter().min_by(|a, b| estimate(a).total_cmp(&estimate(b)))?;
        let best = layer.iter().map(|measurement| measurement.cycles).min()?;
        Some(Choice { shape: &chosen.shape, chosen, estimate: estimate(&&chosen), best })
    };
    measured.chunk_by(|a, b| a.shape == b.shape).filter_map(of_layer).collect()
}

fn estimate(table: &Table, measurement: &Measurement) -> f64 {
    let cycles = measurement.cycles;
    let costs = table.0.get(measurement.kernel.name());
    costs.map_or(0.0, |costs| (fit::error(&costs.cycles, &measurement.features, cycles) + 1.0) * cycles as f64)
}

/// The benchmark's layer that is most like a shape.
fn nearest<'a>(shape: &Shape, benchmarks: &'a [Choice<'a>]) -> Option<&'a Choice<'a>> {
    let sizes = |shape: &Shape| {
        [shape.depth(), shape.outputs, shape.output()[1] * shape.output()[2]].map(|size| (size as f64).ln())
    };
    let distance =
        |choice: &&Choice| sizes(shape).iter().zip(sizes(choice.shape)).map(|(a, b)| (a - b).abs()).sum::<f64>();
    let is_like = |choice: &&Choice| {
        choice.shape.kind == shape.kind && (choice.shape.filter == [1, 1]) == (shape.filter == [1, 1])
    };
    benchmarks.iter().filter(is_like).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}
