//! The road of a model, from a prepared float graph to the bytes of a program.

use miette::Diagnostic;
use peacrab_format::Target;
use serde::Serialize;
use thiserror::Error;

use crate::emit::{self, Metadata};
use crate::evaluate::data::{Dtype, InputTransform, Samples};
use crate::graph::GraphError;
use crate::graph::fixed::{FixedGraph, RawElement};
use crate::graph::float::{Graph, Port};
use crate::plan::{self, Cut, Limited, Optimize, Plan, SmallestArena};
use crate::quantize::{self, Observer, QuantizeError, RawSamples};
use crate::simulate::{SimulateError, quantize_input};
use crate::slim::{self, SlimReport};

/// What to convert for.
#[derive(Debug, Clone)]
pub struct Options {
    /// How ranges are chosen.
    pub observer: Observer,
    /// The core to pack for.
    pub target: Target,
    /// The board's name, for the program's metadata.
    pub board: Option<String>,
    /// What is paid for what.
    pub optimize: Optimize,
    /// Most bytes that the arena may have; the first layers are computed in bands of rows where there is no other way.
    pub ram_limit: Option<usize>,
    /// How integer samples become real values.
    pub transform: InputTransform,
    /// Whether channels that change no output are taken out.
    pub slim: bool,
}

/// A converted model and everything that was found out on the way.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The program file.
    pub bytes: Vec<u8>,
    /// In fixed point.
    pub fixed: FixedGraph,
    /// Kernels and memory.
    pub plan: Plan,
    /// The program's metadata.
    pub metadata: Metadata,
    /// What slimming took out; `None` where it was not asked for.
    pub slimming: Option<SlimReport>,
    /// How the first layers are cut into bands, and what that costs.
    pub bands: Option<Bands>,
}

/// The first layers in bands of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bands {
    /// So many layers.
    pub layers: usize,
    /// In so many bands.
    pub bands: usize,
    /// Multiply-accumulates that are computed more than once.
    pub extra_macs: u64,
}

/// Why a model was not converted.
#[derive(Debug, Error, Diagnostic)]
pub enum ConvertError {
    /// Not every operator can be quantized, or calibration failed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Quantize(#[from] QuantizeError),
    /// The float graph is not sound.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Graph(#[from] GraphError),
    /// A calibration sample does not fit.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Simulate(#[from] SimulateError),
    /// No plan keeps the arena below the limit.
    #[error("an arena of {limit} bytes is too small: the smallest that was found has {smallest}")]
    #[diagnostic(
        code(convert::ram_limit),
        help("give --ram-limit {smallest} or more, or make the model's first tensors smaller")
    )]
    RamLimit {
        /// What was asked for.
        limit: usize,
        /// What there is.
        smallest: usize,
    },
    /// The model only hands its inputs on.
    #[error("the model computes nothing: no operator is left to run")]
    #[diagnostic(code(convert::empty), help("check that this is the model you meant"))]
    Empty,
}

/// Quantizes, plans and emits a prepared graph; `samples` has one entry for each input. `progress` is told after each calibration run,
/// from any thread, twice for each sample.
///
/// # Errors
/// [`ConvertError`].
pub fn convert(
    graph: &Graph,
    samples: &[Samples],
    options: &Options,
    progress: &(dyn Fn() + Sync),
) -> Result<Converted, ConvertError> {
    let calibration_samples = by_sample(samples);
    let calibration = quantize::calibrate(graph, &calibration_samples, progress)?;
    let raw: Vec<Option<RawSamples>> = graph
        .inputs
        .iter()
        .zip(samples)
        .map(|(port, samples)| raw_samples(port, samples, &options.transform))
        .collect();
    let fixed = quantize::quantize(graph, &calibration, options.observer, &raw)?;
    let (fixed, slimming) = if options.slim {
        let (fixed, report) = slim::slim(&fixed);
        (fixed, Some(report))
    } else {
        (fixed, None)
    };
    let limit = options.ram_limit.unwrap_or(usize::MAX);
    let Limited { graph: fixed, plan, cut, extra_macs } =
        plan::plan_within(&fixed, options.target, options.optimize, limit)
            .map_err(|SmallestArena(smallest)| ConvertError::RamLimit { limit, smallest })?;
    let bands = cut.map(|Cut { layers, bands }| Bands { layers, bands, extra_macs });
    if plan.steps.is_empty() {
        return Err(ConvertError::Empty);
    }
    let mut metadata = emit::metadata(&fixed, &plan);
    metadata.board = options.board.clone();
    metadata.optimize = options.optimize;
    metadata.observer = options.observer.name().to_owned();
    metadata.calibration_samples = calibration.samples;
    metadata.sample = first_sample(&metadata, &calibration_samples)?;
    let bytes = emit::emit(&fixed, &plan, &metadata);
    Ok(Converted { bytes, fixed, plan, metadata, slimming, bands })
}

/// One entry for each sample: a vector for each input.
fn by_sample(samples: &[Samples]) -> Vec<Vec<Vec<f32>>> {
    let count = samples.first().map_or(0, Samples::count);
    (0..count).map(|index| samples.iter().map(|samples| samples.sample(index).to_vec()).collect()).collect()
}

fn first_sample(metadata: &Metadata, samples: &[Vec<Vec<f32>>]) -> Result<Vec<Vec<i8>>, SimulateError> {
    let first = samples.first().map(Vec::as_slice).unwrap_or_default();
    metadata.inputs.iter().zip(first).map(|(port, values)| quantize_input(port, values)).collect()
}

/// What the integers in the file mean, where a device can take them as they are: one scale for all, or one for each channel of an
/// input whose channels are its last axis.
fn raw_samples(port: &Port, samples: &Samples, transform: &InputTransform) -> Option<RawSamples> {
    samples.raw.as_ref()?;
    let element = match samples.source_dtype {
        Dtype::U8 => RawElement::U8,
        Dtype::I8 => RawElement::I8,
        Dtype::I16 => RawElement::I16,
        _ => return None,
    };
    let channels = transform.scale.len().max(transform.zero_point.len());
    let last_axis = port.permutation.last().and_then(|&axis| port.model_shape.get(axis));
    if channels > 1 && last_axis != Some(&channels) {
        return None;
    }
    let spread = |values: &[f32]| (0..channels).map(|channel| f64::from(values[channel % values.len()])).collect();
    Some(RawSamples { element, scale: spread(&transform.scale), zero_point: spread(&transform.zero_point) })
}
