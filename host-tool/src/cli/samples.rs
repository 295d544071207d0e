//! Options and steps that commands with samples share.

use std::path::Path;

use clap::Args;

use super::failure::Failure;
use crate::emit::PortMetadata;
use crate::evaluate::data::{self, Dtype, InputSpec, InputTransform, Inputs, Samples};
use crate::graph::float::Graph;
use crate::simulate::Simulator;

/// How integer samples become the real values that the model takes.
#[derive(Args)]
pub struct SampleOptions {
    /// Integer samples become real values by (x - Z) * S: one number, or one for each channel
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    input_scale: Option<String>,
    /// Integer that stands for real 0: one number, or one for each channel
    #[arg(long, value_name = "Z", allow_hyphen_values = true)]
    input_zero_point: Option<String>,
}

impl SampleOptions {
    /// The transform that the options describe.
    pub fn transform(&self) -> Result<InputTransform, Failure> {
        InputTransform::parse(self.input_scale.as_deref(), self.input_zero_point.as_deref())
            .map_err(|error| Failure::from(error).with_exit_code(2))
    }

    /// Reads samples for a program and quantizes them; without a file, the calibration sample that the program carries.
    pub fn quantized(&self, path: Option<&Path>, simulator: &Simulator<'_>) -> Result<Vec<Vec<Vec<i8>>>, Failure> {
        let metadata = &simulator.file().metadata;
        let Some(path) = path else { return Ok(vec![metadata.sample.clone()]) };
        let spec =
            |port: &PortMetadata| InputSpec { name: port.port.name.clone(), shape: port.port.model_shape.clone() };
        let specs: Vec<InputSpec> = metadata.inputs.iter().map(spec).collect();
        let samples = data::read_inputs(path, &specs, &self.transform()?)?.samples;
        let count = samples.first().map_or(0, Samples::count);
        let quantize = |index: usize| {
            let sample: Vec<&[f32]> = samples.iter().map(|samples| samples.sample(index)).collect();
            Ok(simulator.quantize(&sample)?)
        };
        (0..count).map(quantize).collect()
    }

    /// Reads samples for the inputs of a graph.
    pub fn read(&self, path: &Path, graph: &Graph) -> Result<Inputs, Failure> {
        Ok(data::read_inputs(path, &input_specs(graph), &self.transform()?)?)
    }
}

/// Names and shapes of a graph's inputs, in the model's layout.
pub fn input_specs(graph: &Graph) -> Vec<InputSpec> {
    graph.inputs.iter().map(|port| InputSpec { name: port.name.clone(), shape: port.model_shape.clone() }).collect()
}

/// Number of samples that stand in for real ones.
const RANDOM_SAMPLES: usize = 32;

/// Samples of uniform noise in `[-1, 1)`, always the same.
pub fn random_samples(graph: &Graph) -> Vec<Samples> {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    let noise = |spec: InputSpec| {
        let count = RANDOM_SAMPLES * spec.shape.iter().product::<usize>();
        let mut shape = spec.shape;
        shape[..1].fill(RANDOM_SAMPLES);
        Samples {
            origin: "random".into(),
            shape,
            values: (0..count).map(|_| uniform()).collect(),
            source_dtype: Dtype::F32,
            raw: None,
            channels_last: false,
        }
    };
    input_specs(graph).into_iter().map(noise).collect()
}
