//! What a program answered.

use serde::Serialize;

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
