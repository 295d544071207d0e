//! Reports in, comparison out; the reports are those of the commands, cut down to what is read.

mod files;
mod table;
mod threshold;

use std::path::Path;

use serde_json::{Value, json};

use super::column::Column;
use super::figure::Figure;
use super::table::Cell;
use super::{CompareError, Comparison, from_bytes};

fn run() -> Value {
    json!({
        "board": "m4", "program": "p.pea", "counter": "systick", "unit": "instructions", "resolution": 40.0,
        "count": 100_000, "counts": [100_000],
        "operators": [
            {"index": 0, "name": "conv", "kernel": "conv2d", "macs": 50_000, "count": 80_000},
            {"index": 1, "name": "dense", "kernel": "dense", "macs": 1_000, "count": 15_000},
        ],
        "arena_bytes": 4000, "stack_bytes": 1000, "flash_bytes": 60_000, "ram_bytes": 9000, "outputs": [],
    })
}

fn profile(cycles: u64, are: &str) -> Value {
    let mut report = run();
    let operator = |name, macs, cycles| json!({"name": name, "macs": macs, "count": cycles, "instructions": cycles / 2, "cycles": cycles});
    report["operators"] = json!([operator("conv", 50_000, cycles / 2), operator("dense", 1_000, cycles / 4)]);
    let more = json!({
        "instructions": 99_000, "cycles": cycles, "cycles_are": are, "latency_us": cycles as f64 / 80.0, "clock_hz": 80_000_000,
        "wait_states": 0, "assumptions": ["The flash has no wait states."],
    });
    report.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    report
}

fn eval(float: f64, fixed: f64) -> Value {
    let side = |accuracy: f64| json!({"accuracy": accuracy, "classes": [{"support": 60}, {"support": 40}]});
    json!({
        "model": "m.onnx", "program": "p.pea", "task": "classify", "samples": 100, "agreement": 0.99,
        "float": side(float), "fixed": side(fixed), "layers": [{"name": "conv", "sqnr_db": 40.0}, {"name": "dense", "sqnr_db": 30.0}],
    })
}

fn convert() -> Value {
    json!({
        "output": "p.pea", "model": "main", "board": "m4", "target": "armv7em", "observer": "mse", "calibration_samples": 10,
        "operators": [{"name": "conv", "macs": 50_000}, {"name": "dense", "macs": 1_000}],
        "macs": 51_000, "arena_bytes": 4000, "program_bytes": 20_000, "flash_bytes": 60_000, "ram_bytes": 9000, "notes": [],
    })
}

/// The report with some values replaced.
fn with(mut report: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        *report.pointer_mut(pointer).expect("the key is there") = value.clone();
    }
    report
}

fn column(label: &str, reports: &[Value]) -> Result<Column, CompareError> {
    let facts = |(index, report): (usize, &Value)| {
        from_bytes(Path::new(&format!("{label}{index}.json")), report.to_string().as_bytes())
    };
    Column::join(label.to_owned(), reports.iter().enumerate().map(facts).collect::<Result<_, _>>()?)
}

fn compare(columns: &[(&str, &[Value])], limit: Option<&str>) -> Comparison {
    let columns: Vec<Column> = columns.iter().map(|(label, reports)| column(label, reports).expect("joins")).collect();
    Comparison::of(&columns, limit.map(|limit| limit.parse().expect("a limit")))
}

fn cell(comparison: &Comparison, figure: Figure, column: usize) -> Option<Cell> {
    comparison.rows.iter().find(|row| row.figure == figure)?.cells[column].clone()
}

fn offenders(comparison: &Comparison) -> Vec<(String, Figure)> {
    let verdict = comparison.fail_above.as_ref().expect("there is a limit");
    verdict.offenders().map(|judged| (judged.column.clone(), judged.figure)).collect()
}
