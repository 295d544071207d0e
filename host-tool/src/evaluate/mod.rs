//! Accuracy: data sets, metrics, float reference against fixed point, error per operator.
//!
//! `data` reads samples and labels, `metrics` are pure functions of outputs and labels, [`run`] puts two [`Predictor`]s through a data set.
//! What the figures mean is written in `docs/evaluation.md`.

pub mod board;
pub mod data;
pub mod float;
pub mod layers;
pub mod metrics;
mod report;
mod run;

pub use metrics::Metrics;
pub use report::{EvalReport, LayerReport, SamplesPerSecond, Task};
pub use run::{EvaluateError, Evaluation, PredictError, Predictor, Progress, Side, Sides, run};
