//! Every model in the repository in fixed point: it runs, packed and plain weights give the same bytes, and its outputs are near the
//! float graph's.

use std::path::{Path, PathBuf};

use peacrab::convert::{ConvertError, Converted, Options, convert};
use peacrab::emit::ProgramFile;
use peacrab::evaluate::data::{Dtype, InputTransform, Samples};
use peacrab::evaluate::metrics::Comparison;
use peacrab::graph::execute::Executor;
use peacrab::graph::float::Graph;
use peacrab::plan::Optimize;
use peacrab::quantize::Observer;
use peacrab::simulate::Simulator;
use peacrab_format::Target;

/// Samples that calibrate, and are then compared.
const SAMPLES: usize = 8;

/// Least signal-to-noise ratio of an output, in dB: a tensor whose values fill a tenth of its range keeps this much at 8 bits.
const SQNR_DB_MIN: f64 = 20.0;

/// Models that only rearrange or scale their input: the ports do that, and nothing is left to run.
const COMPUTES_NOTHING: &str = "no operator is left to run";

/// Fixtures without a fixed-point form: a constant joined to a tensor, and five axes.
const REFUSED: [&str; 2] = ["concat_constant.onnx", "reshape_rank_5.onnx"];

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let fixtures = std::fs::read_dir(root.join("tests/fixtures/onnx")).expect("the fixtures");
    let examples = std::fs::read_dir(root.join("models")).expect("the example models");
    let mut models: Vec<PathBuf> = fixtures.map(|entry| entry.expect("an entry").path()).collect();
    models.extend(examples.map(|entry| entry.expect("an entry").path().join("model.onnx")));
    models.retain(|path| path.extension().is_some_and(|extension| extension == "onnx") && path.is_file());
    models.sort();
    models
}

/// Samples with values in `[-2, 2)`, the same on every run.
fn samples(graph: &Graph) -> Vec<Samples> {
    let mut state = 1u32;
    let mut value = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 22) as f32 - 2.0
    };
    let mut of_input = |shape: &[usize]| Samples {
        origin: "made up".into(),
        shape: vec![SAMPLES, shape.iter().product()],
        values: (0..SAMPLES * shape.iter().product::<usize>()).map(|_| value()).collect(),
        source_dtype: Dtype::F32,
        raw: None,
        channels_last: false,
    };
    graph.inputs.iter().map(|port| of_input(&port.model_shape)).collect()
}

fn convert_for(graph: &Graph, samples: &[Samples], target: Target, slim: bool) -> Result<Converted, ConvertError> {
    let options = Options {
        observer: Observer::MinMax,
        target,
        board: None,
        optimize: Optimize::default(),
        ram_limit: None,
        transform: InputTransform::default(),
        slim,
    };
    convert(graph, samples, &options, &|| {})
}

/// The outputs' signal-to-noise ratios; packed, plain and unslimmed programs must agree.
fn compare(graph: &Graph, samples: &[Samples]) -> Result<Vec<f64>, String> {
    let file = |target, slim| -> Result<ProgramFile, String> {
        let converted = convert_for(graph, samples, target, slim).map_err(|error| format!("convert: {error}"))?;
        ProgramFile::from_bytes(Path::new("made up"), &converted.bytes).map_err(|error| format!("read: {error}"))
    };
    let (plain, packed) = (file(Target::Portable, true)?, file(Target::Armv7em, true)?);
    let whole = file(Target::Portable, false)?;
    let plain = Simulator::new(&plain).map_err(|error| format!("plain: {error}"))?;
    let packed = Simulator::new(&packed).map_err(|error| format!("packed: {error}"))?;
    let whole = Simulator::new(&whole).map_err(|error| format!("unslimmed: {error}"))?;
    let executor = Executor::new(graph).map_err(|error| error.to_string())?;
    let mut comparisons = vec![Comparison::default(); graph.outputs.len()];
    for index in 0..SAMPLES {
        let sample: Vec<&[f32]> = samples
            .iter()
            .map(|samples| samples.values.chunks_exact(samples.values.len() / SAMPLES).nth(index).expect("a sample"))
            .collect();
        let quantized = plain.quantize(&sample).map_err(|error| error.to_string())?;
        let outputs = plain.run(&quantized, &mut ()).map_err(|error| error.to_string())?;
        if packed.run(&quantized, &mut ()).map_err(|error| error.to_string())? != outputs {
            return Err("packed weights give other bytes than plain ones".into());
        }
        if whole.run(&quantized, &mut ()).map_err(|error| error.to_string())? != outputs {
            return Err("slimming changes bytes".into());
        }
        let owned: Vec<Vec<f32>> = sample.iter().map(|values| values.to_vec()).collect();
        let reference = executor.run(&owned).map_err(|error| error.to_string())?;
        for ((comparison, reference), actual) in comparisons.iter_mut().zip(&reference).zip(plain.dequantize(&outputs))
        {
            comparison.add(reference, &actual);
        }
    }
    Ok(comparisons.iter().map(|comparison| comparison.finish().sqnr_db).collect())
}

#[test]
fn every_model_runs_in_fixed_point() {
    let mut failures = Vec::new();
    let mut refused = Vec::new();
    let mut checked = 0;
    for path in models() {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&path).display().to_string();
        let Ok(graph) = peacrab::import::load(&path) else { continue };
        let graph = peacrab::passes::prepare(&graph).expect("a graph that the passes take");
        let samples = samples(&graph);
        match compare(&graph, &samples) {
            Ok(ratios) if ratios.iter().all(|&ratio| ratio >= SQNR_DB_MIN) => checked += 1,
            Ok(ratios) => failures.push(format!("{name}: {ratios:.1?} dB")),
            Err(text) if text.starts_with("convert:") => refused.push(format!("{name}: {text}")),
            Err(text) => failures.push(format!("{name}: {text}")),
        }
    }
    println!("{checked} models agree; refused in fixed point:\n{}", refused.join("\n"));
    refused.retain(|text| !text.ends_with(COMPUTES_NOTHING) && !REFUSED.iter().any(|name| text.contains(name)));
    assert!(refused.is_empty(), "refused without being known for it:\n{}", refused.join("\n"));
    assert!(checked > 300, "only {checked} models were compared");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
