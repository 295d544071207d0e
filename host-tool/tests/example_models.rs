//! The example models reach, through the command line, the figures that their `model.toml` states.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Figures are written with ten digits.
const PRECISION: f64 = 1e-9;

fn models() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let entries = std::fs::read_dir(folder).expect("the example models");
    entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.join("model.toml").is_file()).collect()
}

fn peacrab(arguments: &[&str], options: &[String]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_peacrab")).args(arguments).args(options).arg("--json").output();
    let output = output.expect("the command runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

/// Several label files become one CSV with a column for each output.
fn labels(model: &Path, data: &toml::Table, folder: &Path) -> PathBuf {
    let heads = match &data["labels"] {
        toml::Value::Table(heads) => heads,
        file => return model.join(file.as_str().expect("a file name")),
    };
    let columns: Vec<Vec<i64>> =
        heads.values().map(|file| integers(&model.join(file.as_str().expect("a file name")))).collect();
    let names: Vec<&str> = heads.keys().map(String::as_str).collect();
    let row = |index: usize| columns.iter().map(|column| column[index].to_string()).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = (0..columns[0].len()).map(row).collect();
    let path = folder.join("labels.csv");
    std::fs::write(&path, format!("{}\n{}\n", names.join(","), rows.join("\n"))).expect("the labels");
    path
}

fn integers(path: &Path) -> Vec<i64> {
    let bytes = std::fs::read(path).expect("the labels");
    npyz::NpyFile::new(&bytes[..]).expect("an array").into_vec().expect("64-bit integers")
}

fn check(model: &Path) {
    let text = std::fs::read_to_string(model.join("model.toml")).expect("model.toml");
    let description: toml::Table = toml::from_str(&text).expect("valid TOML");
    let data = description["data"].as_table().expect("a table of data");
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("out.pea").display().to_string();
    let onnx = model.join("model.onnx").display().to_string();
    let of_model = |key: &str| model.join(data[key].as_str().expect("a file name")).display().to_string();
    let mut scale = Vec::new();
    for (key, option) in [("input_scale", "--input-scale"), ("input_zero_point", "--input-zero-point")] {
        scale.extend(data.get(key).map(|value| format!("{option}={value}")));
    }
    peacrab(&["convert", &onnx, "-o", &program, "--calib", &of_model("calibration")], &scale);
    let labels = labels(model, data, folder.path()).display().to_string();
    let report = peacrab(&["eval", &onnx, &program, "--inputs", &of_model("inputs"), "--labels", &labels], &scale);
    for side in ["float", "fixed"] {
        compare(&report[side], &description["measured"][side], &format!("{onnx}, {side}"));
    }
}

fn compare(measured: &Value, stated: &toml::Value, what: &str) {
    let Some(heads) = stated.as_table() else {
        let (measured, stated) = (measured["accuracy"].as_f64(), stated.as_float().expect("a figure"));
        assert!(
            measured.is_some_and(|measured| (measured - stated).abs() < PRECISION),
            "{what}: {measured:?}, stated {stated}"
        );
        return;
    };
    let found = measured["heads"].as_array().expect("figures of each output");
    for (name, stated) in heads {
        let head = found.iter().find(|head| head["name"] == name.as_str()).expect("figures of this output");
        compare(head, stated, &format!("{what}, {name}"));
    }
}

#[test]
fn example_models_reach_the_figures_they_state() {
    let models = models();
    assert!(models.len() >= 5, "only {} example models", models.len());
    models.iter().for_each(|model| check(model));
}
