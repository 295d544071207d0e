//! The models: the repository's own, and the four of MLPerf Tiny where their folder is there.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use peacrab::convert::{Converted, Options, convert};
use peacrab::emit::ProgramFile;
use peacrab::evaluate::data::{self, InputSpec, InputTransform, Samples};
use peacrab::graph::float::Graph;
use peacrab::plan::Optimize;
use peacrab::quantize::Observer;
use peacrab::simulate::Simulator;
use peacrab::{import, passes};
use peacrab_format::Target;
use serde::Deserialize;

/// A trained model, and the data to convert and run it with.
#[derive(Clone, Debug)]
pub struct Model {
    /// What it is called in tables.
    pub name: String,
    /// The ONNX file.
    pub path: PathBuf,
    /// Samples for calibration.
    pub calibration: SampleFile,
    /// Samples to run.
    pub inputs: SampleFile,
    /// What accuracy is measured on, where that is not `inputs`.
    accuracy: Option<Clips>,
}

/// Recordings `[clips, frames, values]`: every `window` frames that follow one another are a sample.
#[derive(Clone, Debug)]
struct Clips {
    file: SampleFile,
    frame: [usize; 2],
    window: usize,
}

/// Whether channels that change no output are taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slimming {
    /// They are.
    On,
    /// They stay.
    Off,
}

/// A file of samples, and what the integers in it mean.
#[derive(Clone, Debug)]
pub struct SampleFile {
    /// The file.
    pub path: PathBuf,
    /// From integers to real values.
    pub transform: InputTransform,
}

/// `model.toml`, as far as a conversion needs it.
#[derive(Deserialize)]
struct ModelFile {
    model: PathBuf,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    inputs: PathBuf,
    calibration: PathBuf,
    #[serde(default = "one")]
    input_scale: f32,
    #[serde(default)]
    input_zero_point: f32,
}

fn one() -> f32 {
    1.0
}

/// Every model in `models/`, by name.
///
/// # Errors
/// A folder with a `model.toml` that cannot be read.
pub fn examples() -> anyhow::Result<Vec<Model>> {
    let folder = root().join("models");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
        files.push(entry?.path().join("model.toml"));
    }
    files.retain(|file| file.is_file());
    files.sort();
    files.iter().map(|file| example(file)).collect()
}

fn example(file: &Path) -> anyhow::Result<Model> {
    let text = std::fs::read_to_string(file)?;
    let ModelFile { model, data } = toml::from_str(&text).with_context(|| format!("in {}", file.display()))?;
    let folder = file.parent().context("a file lies in a folder")?;
    let name = folder.file_name().context("a model's folder has a name")?.to_string_lossy().into_owned();
    let transform = transform(data.input_scale, data.input_zero_point);
    Ok(Model {
        name,
        path: folder.join(model),
        calibration: SampleFile { path: folder.join(data.calibration), transform: transform.clone() },
        inputs: SampleFile { path: folder.join(data.inputs), transform },
        accuracy: None,
    })
}

/// The folder of the MLPerf Tiny reference data, beside the repository: its terms forbid a copy inside.
fn benchmark_folder() -> PathBuf {
    root().join("../shared/mlperf-tiny")
}

/// The four MLPerf Tiny models.
///
/// # Errors
/// Their folder is not there: the text says where it belongs.
pub fn benchmarks() -> Result<Vec<Model>, String> {
    let folder = benchmark_folder();
    if !folder.is_dir() {
        return Err(format!("the MLPerf Tiny reference data is not at {}", folder.display()));
    }
    let model = |name: &str, inputs: &str, calibration: InputTransform, transform: InputTransform| {
        let folder = folder.join(name);
        Model {
            name: name.to_owned(),
            path: folder.join("model_f32.onnx"),
            calibration: SampleFile { path: folder.join("calib_inputs.npy"), transform: calibration },
            inputs: SampleFile { path: folder.join(inputs), transform },
            accuracy: None,
        }
    };
    let same = |name, transform: InputTransform| model(name, "acc_inputs.npy", transform.clone(), transform);
    // Window 0 of the first 32 clips, as the reference program takes them; the calibration set is float.
    let ad = model("ad", "golden_ref_int8_in.npy", InputTransform::default(), transform(0.391_015_23, 89.0));
    let clips = SampleFile { path: folder.join("ad/acc_clips.npy"), transform: InputTransform::default() };
    Ok(vec![
        same("kws", transform(0.584_702_9, 83.0)),
        same("vww", transform(1.0 / 255.0, 0.0)),
        same("ic", transform(1.0, 0.0)),
        Model { accuracy: Some(Clips { file: clips, frame: [200, 128], window: 5 }), ..ad },
    ])
}

fn transform(scale: f32, zero_point: f32) -> InputTransform {
    InputTransform { scale: vec![scale], zero_point: vec![zero_point] }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Model {
    /// The float graph, ready to convert.
    ///
    /// # Errors
    /// The model cannot be imported.
    pub fn graph(&self) -> anyhow::Result<Graph> {
        let graph = import::load(&self.path).with_context(|| self.name.clone())?;
        passes::prepare(&graph).with_context(|| self.name.clone())
    }

    /// Converts a graph of this model with the first `count` calibration samples.
    ///
    /// # Errors
    /// The samples cannot be read, or the graph cannot be converted.
    pub fn convert(
        &self,
        graph: &Graph,
        target: Target,
        optimize: Optimize,
        count: usize,
    ) -> anyhow::Result<ProgramFile> {
        self.convert_with(graph, target, optimize, count, Slimming::On)
    }

    /// As [`convert`](Self::convert), slimmed or not.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn convert_with(
        &self,
        graph: &Graph,
        target: Target,
        optimize: Optimize,
        count: usize,
        slimming: Slimming,
    ) -> anyhow::Result<ProgramFile> {
        let converted = self.converted(graph, target, optimize, count, slimming)?;
        Ok(ProgramFile::from_bytes(Path::new(&self.name), &converted.bytes)?)
    }

    /// The same, with all that was found out on the way.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn converted(
        &self,
        graph: &Graph,
        target: Target,
        optimize: Optimize,
        count: usize,
        slimming: Slimming,
    ) -> anyhow::Result<Converted> {
        let samples = read(&self.calibration, graph, count)?;
        let options = Options {
            observer: Observer::default(),
            target,
            board: None,
            optimize,
            ram_limit: None,
            transform: self.calibration.transform.clone(),
            slim: slimming == Slimming::On,
        };
        convert(graph, &samples, &options, &|| ()).with_context(|| self.name.clone())
    }

    /// The first `count` samples to run, quantized for the program.
    ///
    /// # Errors
    /// The samples cannot be read, or do not fit the model.
    pub fn quantized_samples(
        &self,
        graph: &Graph,
        simulator: &Simulator<'_>,
        count: usize,
    ) -> anyhow::Result<Vec<Vec<Vec<i8>>>> {
        let samples = read(&self.inputs, graph, count)?;
        let count = samples.first().map_or(0, Samples::count);
        let quantize = |index| {
            let sample: Vec<&[f32]> = samples.iter().map(|samples| samples.sample(index)).collect();
            Ok(simulator.quantize(&sample)?)
        };
        (0..count).map(quantize).collect()
    }

    /// Every sample that accuracy is measured on, quantized for the program.
    ///
    /// # Errors
    /// The samples cannot be read, or do not fit the model.
    pub fn accuracy_samples(&self, graph: &Graph, simulator: &Simulator<'_>) -> anyhow::Result<Vec<Vec<Vec<i8>>>> {
        let Some(Clips { file, frame: [frames, values], window }) = &self.accuracy else {
            return self.quantized_samples(graph, simulator, usize::MAX);
        };
        let spec = InputSpec { name: "clip".to_owned(), shape: vec![1, *frames, *values] };
        let clips = data::read_inputs(&file.path, &[spec], &file.transform)?.samples;
        let clips = clips.first().context("a file of clips has clips")?;
        let windows = |index| clips.sample(index).windows(window * values).step_by(*values);
        (0..clips.count()).flat_map(windows).map(|window| Ok(simulator.quantize(&[window])?)).collect()
    }
}

fn read(file: &SampleFile, graph: &Graph, count: usize) -> anyhow::Result<Vec<Samples>> {
    let specs: Vec<InputSpec> = graph
        .inputs
        .iter()
        .map(|port| InputSpec { name: port.name.clone(), shape: port.model_shape.clone() })
        .collect();
    let mut samples = data::read_inputs(&file.path, &specs, &file.transform)?.samples;
    samples.iter_mut().for_each(|samples| samples.truncate(count));
    Ok(samples)
}
