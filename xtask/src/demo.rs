//! The road on one screen: a digits model from ONNX to instructions and modelled cycles on two cores.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{setup, shell};

/// The cores shown: one with DSP instructions, one without.
const BOARDS: [&str; 2] = ["qemu-mps2-an386", "qemu-riscv32"];

/// Where the programs go, from the checkout.
const FOLDER: &str = "target/demo";

/// Real value of one step of the digits' pixels.
const PIXEL_SCALE: &str = "0.00392156862745098";

/// Sets up, converts the digits model for each core, evaluates it, profiles it, and prints one table.
pub fn run() -> anyhow::Result<()> {
    setup::run()?;
    shell::run("cargo", &["build", "--package", "peacrab"])?;
    std::fs::create_dir_all(shell::checkout().join(FOLDER)).with_context(|| format!("cannot make {FOLDER}"))?;
    let columns = BOARDS.iter().map(|board| Column::measure(board)).collect::<anyhow::Result<Vec<_>>>()?;
    print_table(&columns)
}

/// What one core gave.
struct Column {
    board: &'static str,
    evaluation: Value,
    profile: Value,
}

impl Column {
    fn measure(board: &'static str) -> anyhow::Result<Self> {
        let program = Path::new(FOLDER).join(format!("digits-{board}.pea"));
        let file = |name: &str| Path::new("models/digits").join(name);
        let scale = ["--input-scale", PIXEL_SCALE];
        peacrab(
            "convert",
            &[&file("model.onnx")],
            &[("-o", &program), ("--calib", &file("calib.npy"))],
            &[&scale[..], &["--board", board]].concat(),
        )?;
        let data = [("--inputs", &file("test_inputs.npy")), ("--labels", &file("test_labels.npy"))];
        let evaluation = peacrab("eval", &[&file("model.onnx"), &program], &data, &scale)?;
        let profile = peacrab("profile", &[&program], &[], &["--board", board])?;
        Ok(Column { board, evaluation, profile })
    }

    fn accuracy(&self, side: &str) -> anyhow::Result<f64> {
        self.evaluation[side]["accuracy"].as_f64().with_context(|| format!("no {side} accuracy for {}", self.board))
    }

    fn operators(&self) -> &[Value] {
        self.profile["operators"].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

/// Runs one command of the tool just built; returns its JSON.
fn peacrab(command: &str, paths: &[&PathBuf], options: &[(&str, &PathBuf)], words: &[&str]) -> anyhow::Result<Value> {
    let mut process = Command::new("cargo");
    process.args(["run", "--quiet", "--package", "peacrab", "--"]);
    process.arg(command).args(paths).args(words).arg("--json").stderr(Stdio::inherit()).current_dir(shell::checkout());
    for (option, path) in options {
        process.arg(option).arg(path);
    }
    println!("$ {}", shell::describe(&process));
    let output = process.output().context("the tool that was just built does not start")?;
    if !output.status.success() {
        bail!("`peacrab {command}` failed ({})", output.status);
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("`peacrab {command} --json` printed no JSON"))
}

fn print_table(columns: &[Column]) -> anyhow::Result<()> {
    let Some(first) = columns.first() else { return Ok(()) };
    let cells = |title: &str, cell: &dyn Fn(&Column) -> String| {
        let cells: Vec<String> = columns.iter().map(|column| format!("{:>24}", cell(column))).collect();
        println!("{title:36}{}", cells.concat());
    };
    println!(
        "\nDigits: 28x28 pixels, {} samples that neither training nor calibration saw\n",
        first.evaluation["samples"]
    );
    cells("", &|column| column.board.to_owned());
    for (title, side) in [("accuracy, float (tract)", "float"), ("accuracy, fixed point int8", "fixed")] {
        let accuracies = columns.iter().map(|column| column.accuracy(side)).collect::<anyhow::Result<Vec<_>>>()?;
        let cells: Vec<String> = accuracies.iter().map(|accuracy| format!("{:>22.2} %", accuracy * 100.0)).collect();
        println!("{title:36}{}", cells.concat());
    }
    cells("instructions per inference", &|column| column.profile["instructions"].to_string());
    cells("modelled cycles per inference", &|column| column.profile["cycles"].to_string());
    for (index, operator) in first.operators().iter().enumerate() {
        let name = operator["name"].as_str().unwrap_or_default();
        cells(&format!("  {index} {name}"), &|column| {
            column.operators().get(index).map_or_else(String::new, |operator| operator["cycles"].to_string())
        });
    }
    cells("arena, bytes", &|column| column.profile["arena_bytes"].to_string());
    cells("flash with runner, bytes", &|column| column.profile["flash_bytes"].to_string());
    Ok(())
}
