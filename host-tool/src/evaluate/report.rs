//! The result of an evaluation: this structure is the JSON that `eval --json` prints.

use serde::{Deserialize, Serialize};

use super::metrics::Metrics;

/// What the model is for, and so what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Class scores or probabilities, against class labels.
    Classify,
    /// Values, against values.
    Regress,
    /// The input again: a window's score is the mean squared error between output and input, against labels 0 and 1.
    Reconstruct,
}

/// Float reference and fixed point, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvalReport {
    /// Path of the model.
    pub model: String,
    /// Path of the program.
    pub program: String,
    /// What was measured.
    pub task: Task,
    /// Number of samples.
    pub samples: usize,
    /// Number of groups (clips), where samples are windows of groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<usize>,
    /// Figures of the float reference.
    pub float: Metrics,
    /// Figures of the fixed-point program.
    pub fixed: Metrics,
    /// How far the two sides say the same, 0 to 1. Classify: share of equal decisions. Reconstruct: share of pairs of scores that both
    /// sides put in the same order. Regress: share of the float outputs' variance that fixed point reproduces. The mean over several outputs.
    pub agreement: f64,
    /// Error of each operator against the float reference, in the program's order.
    pub layers: Vec<LayerReport>,
    /// Speed of the two sides on this machine.
    pub samples_per_second: SamplesPerSecond,
    /// Whether the board's outputs equal those of the host, bit for bit; absent without a board.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bit_identical: Option<bool>,
    /// The board on which the fixed-point side ran; absent on the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
}

/// Error of one operator's output against the float reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Position in the program.
    pub index: usize,
    /// The operator's name in the model.
    pub name: String,
    /// The kernel that ran.
    pub kernel: String,
    /// Signal-to-quantization-noise ratio, in dB.
    pub sqnr_db: f64,
    /// Cosine of the angle between the two outputs.
    pub cosine: f64,
    /// Largest absolute difference.
    pub max_error: f64,
    /// The same in steps of the output's scale, where it has one.
    pub max_error_lsb: Option<f64>,
}

/// Samples per second of wall clock, over all cores of the host.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SamplesPerSecond {
    /// The float reference.
    pub float: f64,
    /// The fixed-point program.
    pub fixed: f64,
}
