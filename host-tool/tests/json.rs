//! The words that scripts rely on: the JSON of every command, on the digits model.

mod common;

use common::{DIGITS_SCALE, Folder, digits, npy, npy_f32, repository};
use peacrab::target::{Board, RunOptions, run_stand_alone};
use serde_json::Value;

const BOARD: &str = "qemu-mps2-an386";

fn with_program() -> Folder {
    let folder = digits();
    let report = folder.json(&format!("convert model.onnx -o digits.pea --calib calib.npy {DIGITS_SCALE}"));
    assert_eq!(report["output"], "digits.pea");
    folder
}

/// A count above zero.
fn count(value: &Value) -> u64 {
    value.as_u64().filter(|count| *count > 0).unwrap_or_else(|| panic!("{value} is not a count"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().filter(|list| !list.is_empty()).unwrap_or_else(|| panic!("{value} is not a list with entries"))
}

fn text(value: &Value) -> &str {
    value.as_str().filter(|text| !text.is_empty()).unwrap_or_else(|| panic!("{value} is not a text"))
}

#[test]
fn inspect() {
    let report = digits().json("inspect model.onnx");
    assert_eq!(report["opset"], 17);
    assert_eq!(report["inputs"][0]["name"], "image");
    assert_eq!(report["operators"]["Conv"], 4);
    assert_eq!(report["unsupported"], Value::Array(vec![]));
    assert_eq!(count(&report["costs"]["macs"]), 287_728);
    assert!(count(&report["costs"]["parameters"]) > 17_000);
    for node in list(&report["costs"]["nodes"]) {
        assert!(!text(&node["name"]).is_empty() && !list(&node["output"]).is_empty(), "{node}");
    }
}

#[test]
fn convert() {
    let folder = digits();
    let options = format!("--calib calib.npy {DIGITS_SCALE} --board qemu-microbit --observer minmax");
    let report = folder.json(&format!("convert model.onnx -o digits.pea {options}"));
    assert_eq!((&report["board"], &report["observer"]), (&"qemu-microbit".into(), &"minmax".into()));
    let [arena, program, flash, ram] =
        ["arena_bytes", "program_bytes", "flash_bytes", "ram_bytes"].map(|key| count(&report[key]));
    assert!(arena < ram && ram <= 16 * 1024, "{report}");
    assert!(program < flash && flash <= 256 * 1024, "{report}");
    assert!(count(&report["peak"]["bytes"]) <= arena && !text(&report["peak"]["name"]).is_empty(), "{report}");
    assert!(number(&report["inputs"][0]["scale"]) > 0.0, "{report}");
    assert!(folder.read("digits.pea").len() as u64 >= program);
}

#[test]
fn convert_slims_unless_told_not_to() {
    let folder = digits();
    let convert = format!("convert model.onnx -o digits.pea --calib calib.npy {DIGITS_SCALE}");
    let slimming = folder.json(&convert)["slimming"].clone();
    for figure in ["macs", "weight_bytes"] {
        let [before, after] = ["before", "after"].map(|side| count(&slimming[figure][side]));
        assert!(after <= before, "{slimming}");
    }
    assert_eq!((&slimming["filters_removed"], &slimming["layers"]), (&0.into(), &Value::Array(vec![])));
    assert_eq!(folder.json(&format!("{convert} --no-slim"))["slimming"], Value::Null);
}

#[test]
fn eval() {
    let report = with_program().json(&format!(
        "eval model.onnx digits.pea --inputs test_inputs.npy --labels test_labels.npy --limit 200 {DIGITS_SCALE}"
    ));
    assert_eq!(report["samples"], 200);
    for side in ["float", "fixed"] {
        let accuracy = number(&report[side]["accuracy"]);
        assert!((0.9..=1.0).contains(&accuracy), "{side}: {accuracy}");
    }
    assert!((0.9..=1.0).contains(&number(&report["agreement"])), "{report}");
    for layer in list(&report["layers"]) {
        assert!(!text(&layer["kernel"]).is_empty() && number(&layer["cosine"]) > 0.9, "{layer}");
    }
    assert_eq!(report.get("bit_identical"), None);
}

#[test]
fn eval_on_a_board() {
    let report = with_program().json(&format!(
        "eval model.onnx digits.pea --inputs test_inputs.npy --labels test_labels.npy --limit 10 {DIGITS_SCALE} --on {BOARD}"
    ));
    assert_eq!(report["samples"], 10);
    assert_eq!((&report["bit_identical"], &report["board"]), (&Value::Bool(true), &BOARD.into()));
}

#[test]
fn eval_of_a_reconstruction() {
    let folder = Folder::new();
    let model = repository("tests/fixtures/onnx/activation_tanh.onnx");
    folder.write("tanh.onnx", &std::fs::read(model).expect("a fixture"));
    let shape = folder.json("inspect tanh.onnx")["costs"]["nodes"][0]["output"].clone();
    let length: u64 = list(&shape).iter().map(count).product();
    // Small inputs come back as they are, large ones do not: two windows of each in a clip, clips 0 and 1 against 2 and 3.
    let value = |index: u64| if index / length < 4 { 0.1 } else { 2.0 } * (index as f32 * 0.37).sin();
    let extents: Vec<usize> =
        std::iter::once(8).chain(list(&shape)[1..].iter().map(|extent| count(extent) as usize)).collect();
    folder.write("windows.npy", &npy_f32(&extents, (0..8 * length).map(value)));
    folder.write("labels.npy", &npy("|u1", &[4], &[0, 0, 1, 1]));
    folder.write("clips.npy", &npy("|u1", &[8], &[0, 0, 1, 1, 2, 2, 3, 3]));
    folder.json("convert tanh.onnx -o tanh.pea --calib windows.npy");
    let report = folder
        .json("eval tanh.onnx tanh.pea --task reconstruct --inputs windows.npy --labels labels.npy --groups clips.npy");
    assert_eq!((number(&report["float"]["auc"]), number(&report["fixed"]["auc"])), (1.0, 1.0), "{report}");
    assert_eq!((&report["samples"], &report["groups"]), (&8.into(), &4.into()));
}

#[test]
fn run() {
    let report = with_program().json(&format!("run digits.pea --board {BOARD} --repeat 3"));
    assert_eq!(report["board"], BOARD);
    assert_eq!((&report["counter"], &report["unit"]), (&"systick".into(), &"instructions".into()));
    let mut counts: Vec<u64> = list(&report["counts"]).iter().map(count).collect();
    counts.sort_unstable();
    assert_eq!((counts.len(), counts[1]), (3, count(&report["count"])), "the median");
    let operators = list(&report["operators"]);
    let total: u64 = operators.iter().map(|operator| operator["count"].as_u64().expect("a count")).sum();
    let resolution = number(&report["resolution"]) as u64;
    assert!(total.abs_diff(counts[1]) <= resolution * (operators.len() as u64 + 2), "{total} of {counts:?}");
    for (index, operator) in operators.iter().enumerate() {
        assert_eq!(operator["index"], index);
        assert!(!text(&operator["name"]).is_empty() && !text(&operator["kernel"]).is_empty(), "{operator}");
    }
    assert_eq!(operators.iter().map(|operator| operator["macs"].as_u64().expect("MACs")).sum::<u64>(), 287_728);
    let [arena, stack, flash, ram] =
        ["arena_bytes", "stack_bytes", "flash_bytes", "ram_bytes"].map(|key| count(&report[key]));
    assert!(arena + stack <= ram && arena < flash, "{report}");
    let scores = list(&report["outputs"][0][0]["real"]);
    assert_eq!(scores.len(), 10);
    assert!((scores.iter().map(number).sum::<f64>() - 1.0).abs() < 0.05, "softmax: {scores:?}");
}

#[test]
fn run_on_samples_of_ones_own() {
    let folder = with_program();
    folder.write("two.npy", &npy("|u1", &[2, 28, 28], &[7; 2 * 28 * 28]));
    let report = folder.json(&format!("run digits.pea --board {BOARD} --input two.npy {DIGITS_SCALE} --repeat 2"));
    assert_eq!((list(&report["counts"]).len(), list(&report["outputs"]).len()), (4, 2));
    assert_eq!(report["outputs"][0], report["outputs"][1], "the same sample twice");
}

#[test]
fn image() {
    let folder = with_program();
    for (board, repeat) in [(BOARD, 3), ("qemu-riscv32", 1)] {
        let report = folder.json(&format!("image digits.pea --board {board} -o digits.elf --repeat {repeat}"));
        assert_eq!((&report["board"], &report["repeat"]), (&board.into(), &repeat.into()));
        assert!(count(&report["flash_bytes"]) > 0 && count(&report["ram_bytes"]) > 0, "{report}");
        let board = Board::find(board).expect("built in");
        let alone = run_stand_alone(&board, &folder.read("digits.elf"), RunOptions::default()).expect("ends with 0");
        assert_eq!(alone.inferences, repeat);
        let driven = folder.json(&format!("run digits.pea --board {}", board.name));
        // An image has the kernels of its program only, which the compiler may turn into slightly other code.
        let slack = number(&driven["resolution"]) as u64 + count(&driven["count"]) / 100;
        assert!(alone.count.abs_diff(count(&driven["count"])) <= slack, "{alone:?}: {driven}");
    }
}

#[test]
fn boards_and_doctor() {
    let folder = Folder::new();
    let boards = folder.json("boards");
    assert_eq!(list(&boards).len(), 8);
    for board in list(&boards) {
        assert!(!text(&board["name"]).is_empty() && count(&board["ram"]["bytes"]) > 0, "{board}");
    }
    for check in list(&folder.json("doctor")) {
        assert!(!text(&check["name"]).is_empty() && !text(&check["how_to_get"]).is_empty(), "{check}");
    }
    assert!(folder.succeed("completions bash").contains("peacrab"));
}
