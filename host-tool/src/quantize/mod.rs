//! Float graph and calibration samples to a fixed-point graph.
//!
//! ```text
//! calibrate: what values every tensor takes        (observer: which part of them the 256 steps should cover)
//! params:    scale and zero point of every tensor  (tensors that share memory or order share them)
//! lower:     operators to integers                 (weights, arithmetic, tables)
//! ```
//!
//! The arithmetic that the integers are made for is written down in `docs/numerics.md`.

mod arithmetic;
mod calibrate;
mod lower;
mod observer;
mod params;
mod port;
mod tables;
#[cfg(test)]
mod tests;
mod weights;

use miette::Diagnostic;
use thiserror::Error;

use crate::graph::GraphError;
use crate::graph::fixed::{FixedGraph, QuantParams};
use crate::graph::float::{Graph, Port};

pub use calibrate::{Calibration, calibrate};
pub use observer::Observer;
pub use port::RawSamples;

/// Why a graph could not be quantized.
#[derive(Debug, Error, Diagnostic)]
pub enum QuantizeError {
    /// An operator has no integer form here.
    #[error("node `{node}`: {operator} cannot run in fixed point: {reason}")]
    #[diagnostic(
        code(quantize::unsupported),
        help("change the model at this node, or leave the operator to the code around the model")
    )]
    Unsupported {
        /// The node.
        node: String,
        /// Its operator.
        operator: &'static str,
        /// What is in the way.
        reason: String,
    },
    /// Calibration had no samples.
    #[error("there are no calibration samples")]
    #[diagnostic(
        code(quantize::no_samples),
        help("give at least one sample with --calib, better a hundred that look like the real ones")
    )]
    NoSamples,
    /// A tensor took values that are not numbers.
    #[error("tensor `{tensor}` takes a value that is not finite on the calibration samples")]
    #[diagnostic(
        code(quantize::not_finite),
        help("check the samples and --input-scale: the float model itself overflows on them")
    )]
    NotFinite {
        /// The tensor.
        tensor: String,
    },
    /// The float graph could not be run.
    #[error("the float model failed on a calibration sample")]
    #[diagnostic(code(quantize::float_run))]
    Graph(
        #[from]
        #[diagnostic_source]
        GraphError,
    ),
}

/// Quantizes a prepared graph ([`crate::passes::prepare`]) with the ranges seen in calibration. `raw`, one for each input or empty, says
/// what the samples are before they become real numbers: 8-bit ones are taken on their own grid, without loss, and the device can take
/// them as they are.
///
/// # Errors
/// [`QuantizeError::Unsupported`] for the first operator without an integer form.
pub fn quantize(
    graph: &Graph,
    calibration: &Calibration,
    observer: Observer,
    raw: &[Option<RawSamples>],
) -> Result<FixedGraph, QuantizeError> {
    let grid = |(port, raw): (&Port, &Option<RawSamples>)| raw.as_ref().and_then(|raw| port::grid(port, raw));
    let grids: Vec<Option<QuantParams>> = graph.inputs.iter().zip(raw).map(grid).collect();
    let params = params::assign(graph, calibration, observer, &grids);
    lower::lower(graph, params, raw)
}
