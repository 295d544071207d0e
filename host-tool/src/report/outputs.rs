//! What a program answered.

use serde::Serialize;

use crate::simulate::Simulator;
use crate::target::BoardRun;

/// One output of one sample.
#[derive(Debug, Clone, Serialize)]
pub struct OutputReport {
    /// The model's name of it.
    pub name: String,
    /// As the program gives it.
    pub quantized: Vec<i8>,
    /// What that stands for.
    pub real: Vec<f32>,
}

/// The outputs of every sample of a run.
#[must_use]
pub fn outputs_of(simulator: &Simulator<'_>, run: &BoardRun) -> Vec<Vec<OutputReport>> {
    let ports = &simulator.file().metadata.outputs;
    let outputs = |quantized: &Vec<Vec<i8>>| {
        let named = ports.iter().zip(quantized).zip(simulator.dequantize(quantized));
        named
            .map(|((port, quantized), real)| OutputReport {
                name: port.port.name.clone(),
                quantized: quantized.clone(),
                real,
            })
            .collect()
    };
    run.inferences.iter().map(|inference| outputs(&inference.outputs)).collect()
}
