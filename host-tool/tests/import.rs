//! Every importer fixture: what it computes, as imported and after the passes, against ONNX Runtime's recorded outputs and
//! against tract; or how it is refused.

use std::path::{Path, PathBuf};

use npyz::npz::NpzArchive;
use peacrab::graph::execute::Executor;
use peacrab::graph::float::{Graph, Op, Unary};
use peacrab::import::{ImportError, Reference, ReferenceError, survey};
use serde::Deserialize;

/// Largest difference to the recorded outputs, relative to the largest recorded value.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Index {
    fixture: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    file: String,
    expect: String,
    #[serde(default)]
    nodes: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/onnx")
}

fn fixtures(expect: &str) -> Vec<Fixture> {
    let text = std::fs::read_to_string(folder().join("index.toml")).expect("the index of the fixtures");
    let index: Index = toml::from_str(&text).expect("a valid index");
    let chosen: Vec<Fixture> = index.fixture.into_iter().filter(|fixture| fixture.expect == expect).collect();
    assert!(!chosen.is_empty(), "no fixture is marked {expect}");
    chosen
}

/// The named array as f32, whatever number type it has.
fn array(archive: &mut NpzArchive<std::io::BufReader<std::fs::File>>, name: &str) -> Option<Vec<f32>> {
    use npyz::TypeChar;
    let file = archive.by_name(name).ok()??;
    let npyz::DType::Plain(kind) = file.dtype() else { return None };
    match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 4) => file.into_vec::<f32>().ok(),
        (TypeChar::Int, 8) => Some(file.into_vec::<i64>().ok()?.into_iter().map(|x| x as f32).collect()),
        (TypeChar::Uint, 1) => Some(file.into_vec::<u8>().ok()?.into_iter().map(f32::from).collect()),
        (TypeChar::Int, 1) => Some(file.into_vec::<i8>().ok()?.into_iter().map(f32::from).collect()),
        _ => None,
    }
}

fn difference(actual: &[f32], expected: &[f32]) -> Result<(), String> {
    if actual.len() != expected.len() {
        return Err(format!("{} values where {} are expected", actual.len(), expected.len()));
    }
    let largest = expected.iter().fold(1e-6_f32, |largest, x| largest.max(x.abs()));
    let worst = actual.iter().zip(expected).map(|(a, e)| (a - e).abs()).fold(0.0, f32::max);
    // A comparison that a NaN fails as well.
    if actual.iter().all(|x| x.is_finite()) && worst <= TOLERANCE * largest {
        Ok(())
    } else {
        Err(format!("differs by {worst} at a magnitude of {largest}"))
    }
}

/// Inputs and outputs of one fixture, in the graph's order of ports.
struct Recorded {
    inputs: Vec<Vec<f32>>,
    outputs: Vec<Vec<f32>>,
}

fn recorded(graph: &Graph, file: &str) -> Result<Recorded, String> {
    let path = folder().join(file).with_extension("npz");
    let mut archive = NpzArchive::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut read = |name: &str| array(&mut archive, name).ok_or_else(|| format!("`{name}` is not in the recording"));
    let inputs = graph.inputs.iter().map(|port| read(&port.name)).collect::<Result<_, _>>()?;
    let outputs: Vec<Vec<f32>> = graph.outputs.iter().map(|port| read(&port.name)).collect::<Result<_, _>>()?;
    let ports = || graph.inputs.iter().chain(&graph.outputs).map(|port| &port.name);
    let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    let is_known =
        |name: &String| ports().any(|port| port == name) || graph.notes.iter().any(|note| note.contains(name));
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        return Err(format!("output `{name}` is recorded but not imported, and no note says so"));
    }
    Ok(Recorded { inputs, outputs })
}

fn check_computes(file: &str, without_reference: &mut Vec<String>) -> Result<(), String> {
    let path = folder().join(file);
    let graph = peacrab::import::load(&path).map_err(|error| error.to_string())?;
    let recorded = recorded(&graph, file)?;
    let prepared = peacrab::passes::prepare(&graph).map_err(|error| format!("passes: {error}"))?;
    for (graph, stage) in [(&graph, "imported"), (&prepared, "prepared")] {
        let executor = Executor::new(graph).map_err(|error| format!("{stage}: {error}"))?;
        let outputs = executor.run(&recorded.inputs).map_err(|error| format!("{stage}: {error}"))?;
        for (actual, expected) in outputs.iter().zip(&recorded.outputs) {
            difference(actual, expected).map_err(|text| format!("{stage}: {text}"))?;
        }
    }
    let reference = match Reference::load(&path) {
        Ok(reference) => reference,
        Err(ReferenceError::NotRunnable { reason, .. }) => {
            without_reference.push(format!("{file}: {reason}"));
            return Ok(());
        }
        Err(error) => return Err(format!("reference: {error}")),
    };
    let slices: Vec<&[f32]> = recorded.inputs.iter().map(Vec::as_slice).collect();
    let outputs = reference.predict(&slices).map_err(|error| format!("reference: {error}"))?;
    for (actual, expected) in outputs.iter().zip(&recorded.outputs) {
        difference(actual, expected).map_err(|text| format!("reference: {text}"))?;
    }
    Ok(())
}

#[test]
fn supported_fixtures_compute_what_was_recorded() {
    let mut failures = Vec::new();
    let mut without_reference = Vec::new();
    for fixture in fixtures("ok") {
        if let Err(text) = check_computes(&fixture.file, &mut without_reference) {
            failures.push(format!("{}: {text}", fixture.file));
        }
    }
    println!("{} fixtures that tract cannot run:\n{}", without_reference.len(), without_reference.join("\n"));
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn unsupported_fixtures_name_every_node() {
    let mut failures = Vec::new();
    for fixture in fixtures("unsupported") {
        match peacrab::import::load(folder().join(&fixture.file)) {
            Ok(_) => failures.push(format!("{}: imports", fixture.file)),
            Err(error) => {
                println!("{error}");
                if let ImportError::Unsupported { items, .. } = &error {
                    let named: Vec<&str> = items.iter().map(|item| item.node.as_str()).collect();
                    if !fixture.nodes.is_empty() && named != fixture.nodes {
                        failures.push(format!("{}: names {named:?}, not {:?}", fixture.file, fixture.nodes));
                    }
                } else if !fixture.nodes.is_empty() {
                    failures.push(format!("{}: {error}", fixture.file));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn invalid_fixtures_are_refused() {
    for fixture in fixtures("invalid") {
        match peacrab::import::load(folder().join(&fixture.file)) {
            Ok(_) => panic!("{} imports", fixture.file),
            Err(error) => {
                println!("{error}");
                assert!(error.to_string().contains(&fixture.file), "{error} does not name the file");
            }
        }
    }
}

fn npy<T: npyz::Deserialize>(path: &Path) -> Vec<T> {
    let file = std::fs::File::open(path).expect("a file of the benchmark");
    npyz::NpyFile::new(std::io::BufReader::new(file)).expect("an npy file").into_vec().expect("values of the type")
}

/// The four benchmark models lie beside the repository; they are not a part of it.
fn benchmark(task: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/mlperf-tiny").join(task);
    if !path.exists() {
        println!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// Compares interpreter and tract with the recorded outputs of the first samples.
fn check_benchmark(path: &Path, samples: &[f32], expected: &[f32]) {
    const SAMPLES: usize = 10;
    let model = path.join("model_f32.onnx");
    let graph = peacrab::import::load(&model).expect("a supported model");
    let reference = Reference::load(&model).expect("a model that tract runs");
    let executor = Executor::new(&graph).expect("a valid graph");
    let elements: usize = graph.inputs[0].model_shape.iter().product();
    let results: usize = graph.outputs[0].model_shape.iter().product();
    for (sample, expected) in samples.chunks(elements).zip(expected.chunks(results)).take(SAMPLES) {
        let outputs = executor.run(&[sample.to_vec()]).expect("a run");
        difference(&outputs[0], expected).expect("the interpreter to agree");
        let outputs = reference.predict(&[sample]).expect("a run");
        difference(&outputs[0], expected).expect("tract to agree");
    }
}

#[test]
fn keyword_spotting_agrees() {
    let Some(path) = benchmark("kws") else { return };
    let inputs: Vec<i8> = npy(&path.join("acc_inputs.npy"));
    let samples: Vec<f32> = inputs.iter().map(|&q| (f32::from(q) - 83.0) * 0.584_702_9).collect();
    check_benchmark(&path, &samples, &npy::<f32>(&path.join("expected_f32.npy")));
}

#[test]
fn visual_wake_words_agrees() {
    let Some(path) = benchmark("vww") else { return };
    let inputs: Vec<u8> = npy(&path.join("acc_inputs.npy"));
    let samples: Vec<f32> = inputs.iter().map(|&u| f32::from(u) / 255.0).collect();
    check_benchmark(&path, &samples, &npy::<f32>(&path.join("expected_f32.npy")));
}

#[test]
fn image_classification_agrees() {
    let Some(path) = benchmark("ic") else { return };
    let inputs: Vec<u8> = npy(&path.join("acc_inputs.npy"));
    let samples: Vec<f32> = inputs.iter().map(|&u| f32::from(u)).collect();
    check_benchmark(&path, &samples, &npy::<f32>(&path.join("expected_f32.npy")));
}

#[test]
fn anomaly_detection_agrees() {
    let Some(path) = benchmark("ad") else { return };
    const CLIP: usize = 200 * 128;
    let clips: Vec<f32> = npy(&path.join("acc_clips.npy"));
    let samples: Vec<f32> = clips.chunks(CLIP).flat_map(|clip| &clip[..640]).copied().collect();
    check_benchmark(&path, &samples, &npy::<f32>(&path.join("golden_f32_out.npy")));
}

/// Deterministic values between -1 and 1.
fn noise(count: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn example_models_agree_with_tract() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let mut count = 0;
    for entry in std::fs::read_dir(models).expect("the example models") {
        let path = entry.expect("an entry").path().join("model.onnx");
        if !path.exists() {
            continue;
        }
        count += 1;
        let graph = peacrab::import::load(&path).expect("a supported model");
        let inputs: Vec<Vec<f32>> = graph.inputs.iter().map(|port| noise(port.model_shape.iter().product())).collect();
        let outputs = peacrab::graph::execute::run(&graph, &inputs).expect("a run");
        let slices: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let reference = Reference::load(&path).expect("a model that tract runs").predict(&slices).expect("a run");
        assert_eq!(outputs.len(), reference.len());
        for (actual, expected) in outputs.iter().zip(&reference) {
            difference(actual, expected).unwrap_or_else(|text| panic!("{}: {text}", path.display()));
        }
    }
    assert!(count >= 5, "{count} example models");
}

#[test]
fn hard_swish_spelled_out_is_one_operator() {
    for file in ["activation_hard_swish_parts.onnx", "activation_hard_swish.onnx"] {
        let graph = peacrab::import::load(folder().join(file)).expect("a supported model");
        let operators: Vec<&Op> = graph.nodes.iter().map(|node| &node.op).collect();
        assert_eq!(operators, [&Op::Unary(Unary::HardSwish)], "{file}");
    }
}

#[test]
fn a_survey_tells_what_is_unsupported_and_the_rest() {
    let survey = survey(folder().join("unsupported_three_operators.onnx")).expect("a readable model");
    assert_eq!(survey.unsupported.len(), 3);
    assert_eq!(survey.opset, 13);
    assert_eq!(survey.operators.get("Hardmax"), Some(&1));
    assert_eq!(survey.inputs.len(), 1);
    let supported = survey_of("activation_relu.onnx");
    assert!(supported.unsupported.is_empty());
    assert_eq!(supported.inputs[0].shape, ["1", "3", "4", "5"]);
}

fn survey_of(file: &str) -> peacrab::import::Survey {
    survey(folder().join(file)).expect("a readable model")
}

#[test]
fn a_reference_refuses_inputs_of_another_length() {
    let reference = Reference::load(folder().join("activation_relu.onnx")).expect("a model that tract runs");
    let error = reference.predict(&[&[0.0; 59]]).expect_err("one value is missing");
    assert!(matches!(error, ReferenceError::InputLength { .. }), "{error}");
    assert!(error.to_string().contains("[60]") && error.to_string().contains("[59]"), "{error}");
}

/// Truncations, and bytes changed in several ways: an error or a valid graph, never a panic.
#[test]
fn damaged_files_never_panic() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("damaged.onnx");
    let mut imported = 0;
    let mut check = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("a written file");
        if let Ok(graph) = peacrab::import::load(&path) {
            imported += 1;
            Executor::new(&graph).expect("an imported graph is valid");
        }
        // An error is as good as a survey here.
        let _ = survey(&path);
    };
    for file in ["graph_inverted_residual.onnx", "resize_half.onnx", "sklearn_logistic_scaled.onnx"] {
        let whole = std::fs::read(folder().join(file)).expect("a fixture");
        for length in (0..whole.len()).step_by(1 + whole.len() / 200) {
            check(&whole[..length]);
        }
        for position in (0..whole.len()).step_by(1 + whole.len() / 400) {
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[position] ^= change;
                check(&damaged);
            }
        }
    }
    assert!(imported > 0, "changed weights still import");
}
