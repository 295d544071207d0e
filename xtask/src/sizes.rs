//! What each kernel adds to an image, and what whole images take: kept in `docs/bench`, so that no growth goes unseen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, anyhow, bail};
use miette::Diagnostic;
use peacrab::graph::fixed::{FixedGraph, FixedNode, FixedOp};
use peacrab::plan::Optimize;
use peacrab::report::figures::grouped;
use peacrab::target::image::{assemble, contents, device_part};
use peacrab::target::runner::Runner;
use peacrab::target::toolchain::Toolchain;
use peacrab::target::{Board, Contents, Sample};
use peacrab_format::{KernelId, Target};
use peacrab_tests::{Model, Slimming, benchmarks, examples, explain};
use serde::{Deserialize, Serialize};

use crate::{setup, shell};

/// Sizes do not depend on ranges.
const CALIBRATION_SAMPLES: usize = 4;
const FIGURES: &str = "docs/bench/sizes.json";
const PAGE: &str = "docs/bench/sizes.md";
/// Boards, and for which way of compiling each kernel is measured: all of them both ways would take ten minutes.
const BOARDS: [(&str, Way); 2] = [("qemu-mps2-an386", Way::Speed), ("qemu-m0plus", Way::Size)];

/// Per cent that a figure may grow.
const GROWTH_MAX: f64 = 2.0;
/// Bytes that it may grow anyway.
const GROWTH_MIN_BYTES: u64 = 64;

const HEAD: &str = "\
# Code size

Made by `cargo xtask sizes`; `cargo xtask sizes --check`, which CI runs, measures again and fails when a figure grew by more than 2 % with the same compiler.
`sizes.json` beside this page has the same figures. What is in an image is in [code-size.md](../code-size.md).

Bytes of flash. *Rest*: an image without any kernel, for start-up, loading, checks and its report. *Kernel*: what an image with that kernel alone, and the code for layers that
the core's own loops leave over, has more; kernels share code, so that an image with several takes less than the sum. *Image*: all but weights and biases, the
sample and the program's tables included.
";

/// What an image is compiled for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Speed,
    Size,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Way::Speed => "speed",
            Way::Size => "size",
        }
    }
}

/// All figures, by name.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sizes {
    compilers: BTreeMap<String, String>,
    /// By board, then by what it is.
    bytes: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Measures and writes the tables anew.
pub fn renew() -> anyhow::Result<()> {
    let sizes = measure()?;
    shell::write(FIGURES, &format!("{}\n", serde_json::to_string_pretty(&sizes)?))?;
    shell::write(PAGE, &page(&sizes))?;
    println!("sizes: wrote {FIGURES} and {PAGE}");
    Ok(())
}

/// Measures and compares with the tables.
pub fn check() -> anyhow::Result<()> {
    let path = shell::checkout().join(FIGURES);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{FIGURES} is missing: `cargo xtask sizes` makes it"))?;
    let old: Sizes = serde_json::from_str(&text).with_context(|| format!("{FIGURES} is not what `sizes` writes"))?;
    let new = measure()?;
    let grown = grown(&old, &new);
    if !grown.is_empty() {
        bail!(
            "sizes grew by more than 2 %: if that is meant, renew the tables with `cargo xtask sizes`\n{}",
            grown.join("\n")
        );
    }
    println!("sizes: no figure grew by more than 2 %");
    Ok(())
}

fn grown(old: &Sizes, new: &Sizes) -> Vec<String> {
    let mut grown = Vec::new();
    for (board, figures) in &new.bytes {
        if old.compilers.get(board) != new.compilers.get(board) {
            println!("sizes: SKIPPED: {board}: another compiler than the tables'");
            continue;
        }
        for (name, &bytes) in figures {
            let Some(&before) = old.bytes.get(board).and_then(|figures| figures.get(name)) else { continue };
            let limit = before as f64 * (1.0 + GROWTH_MAX / 100.0) + GROWTH_MIN_BYTES as f64;
            if bytes as f64 > limit {
                grown.push(format!("{board}: {name}: {before} -> {bytes} bytes"));
            }
        }
    }
    grown
}

fn measure() -> anyhow::Result<Sizes> {
    setup::run()?;
    let mut models = examples()?;
    models.retain(|model| model.name == "digits");
    match benchmarks() {
        Ok(benchmarks) => models.extend(benchmarks.into_iter().filter(|model| model.name == "kws")),
        Err(why) => println!("sizes: SKIPPED: kws: {why}"),
    }
    let mut sizes = Sizes::default();
    for (name, kernels_for) in BOARDS {
        let board = Board::find(name).map_err(explained)?;
        sizes.compilers.insert(name.to_owned(), Toolchain::find(board.target).map_err(explained)?.version);
        let mut figures = kernels(&board, kernels_for)?;
        for model in &models {
            figures.extend(images(&board, model)?);
        }
        sizes.bytes.insert(name.to_owned(), figures);
    }
    Ok(sizes)
}

/// An image without kernels, and what each kernel adds to it.
fn kernels(board: &Board, way: Way) -> anyhow::Result<BTreeMap<String, u64>> {
    let bytes = |kernels: Vec<KernelId>, has_left_over| -> anyhow::Result<u64> {
        let contents = Contents::only(kernels, has_left_over).stand_alone().small(way == Way::Size);
        let runner = Runner::with(&contents, board, &mut |_| ()).map_err(explained)?;
        Ok(runner.program_start - board.flash.origin)
    };
    let rest = bytes(Vec::new(), false)?;
    let mut sizes = BTreeMap::from([(format!("rest, {}", way.name()), rest)]);
    let is_of_core = |kernel: &&KernelId| [Target::Portable, board.program_target()].contains(&kernel.target());
    for &kernel in KernelId::ALL.iter().filter(is_of_core) {
        let added = bytes(vec![kernel], true)?.saturating_sub(rest);
        println!("sizes: {:16} {:22} {added:>7} bytes", board.name, kernel.name());
        sizes.insert(format!("kernel `{}`, {}", kernel.name(), way.name()), added);
    }
    Ok(sizes)
}

/// A model's images, without weights and biases.
fn images(board: &Board, model: &Model) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut sizes = BTreeMap::new();
    for optimize in [Optimize::Balanced, Optimize::Size] {
        let way = if optimize == Optimize::Size { Way::Size } else { Way::Speed };
        let converted =
            model.converted(&model.graph()?, board.program_target(), optimize, CALIBRATION_SAMPLES, Slimming::On)?;
        let device = device_part(&converted.bytes).map_err(explained)?;
        let contents = contents(device).map_err(explained)?.stand_alone().small(way == Way::Size);
        let runner = Runner::with(&contents, board, &mut |_| ()).map_err(explained)?;
        let sample = Sample { inputs: &converted.metadata.sample, inferences: 1 };
        let (_, footprint) = assemble(board, &runner, device, Some(sample)).map_err(explained)?;
        let weights = weight_bytes(&converted.fixed);
        println!(
            "sizes: {:16} {} for {}: {} bytes",
            board.name,
            model.name,
            way.name(),
            footprint.flash_bytes - weights
        );
        sizes.insert(format!("image {}, {}", model.name, way.name()), footprint.flash_bytes - weights);
    }
    Ok(sizes)
}

/// Of weights and biases; multipliers are not among them.
fn weight_bytes(graph: &FixedGraph) -> u64 {
    let of_node = |node: &FixedNode| match &node.op {
        FixedOp::Conv2d { weights, requant, .. }
        | FixedOp::DepthwiseConv2d { weights, requant, .. }
        | FixedOp::Dense { weights, requant, .. } => weights.len() + size_of_val(requant.bias.as_slice()),
        _ => 0,
    };
    graph.nodes.iter().map(of_node).sum::<usize>() as u64
}

fn explained(error: impl Diagnostic) -> anyhow::Error {
    anyhow!("{}", explain(&error))
}

/// The page: a table for each board.
fn page(sizes: &Sizes) -> String {
    let mut text = HEAD.to_owned();
    for (board, figures) in &sizes.bytes {
        let compiler = sizes.compilers.get(board).map_or("unknown compiler", String::as_str);
        _ = writeln!(text, "\n## {board}\n\n{compiler}\n\n| what | bytes |\n|---|---|");
        for (name, &bytes) in figures {
            _ = writeln!(text, "| {name} | {} |", grouped(bytes));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_found_and_shrinking_is_not() {
        let sizes = |bytes| Sizes {
            compilers: BTreeMap::from([("b".to_owned(), "c".to_owned())]),
            bytes: BTreeMap::from([("b".to_owned(), BTreeMap::from([("rest".to_owned(), bytes)]))]),
        };
        assert_eq!(grown(&sizes(10_000), &sizes(10_100)), Vec::<String>::new());
        assert_eq!(grown(&sizes(10_000), &sizes(9_000)), Vec::<String>::new());
        assert_eq!(grown(&sizes(10_000), &sizes(10_300)), ["b: rest: 10000 -> 10300 bytes"]);
    }
}
