//! Every importer fixture: what it computes against ONNX Runtime's recorded outputs and against tract, or how it is refused.

use std::path::{Path, PathBuf};

use npyz::npz::NpzArchive;
use peacrab::graph::execute::Executor;
use peacrab::graph::float::Graph;
use peacrab::import::{ImportError, Reference, ReferenceError};
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
    let executor = Executor::new(&graph).map_err(|error| format!("verify: {error}"))?;
    let outputs = executor.run(&recorded.inputs).map_err(|error| format!("run: {error}"))?;
    for (actual, expected) in outputs.iter().zip(&recorded.outputs) {
        difference(actual, expected)?;
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
