//! What is read of the JSON reports: the keys that a comparison needs.
//!
//! Other keys are passed over, and most may be missing, so that reports of older and newer versions can be compared.

use serde::Deserialize;

use crate::evaluate::Task;

/// Of `run --json`, and of `profile --json`, which has its keys and more.
#[derive(Debug, Deserialize)]
pub(super) struct RunDocument {
    pub board: String,
    pub program: Option<String>,
    pub unit: Option<CounterUnit>,
    pub resolution: Option<f64>,
    pub count: Option<u64>,
    pub instructions: Option<u64>,
    pub cycles: Option<u64>,
    pub cycles_are: Option<CyclesAre>,
    pub latency_us: Option<f64>,
    pub clock_hz: Option<u64>,
    pub wait_states: Option<u64>,
    #[serde(default)]
    pub assumptions: Vec<String>,
    #[serde(default)]
    pub operators: Vec<OperatorDocument>,
    pub arena_bytes: Option<u64>,
    pub stack_bytes: Option<u64>,
    pub flash_bytes: Option<u64>,
    pub ram_bytes: Option<u64>,
}

/// What a board's counter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CounterUnit {
    Instructions,
    Cycles,
}

/// Where cycles come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CyclesAre {
    Modelled,
    Measured,
}

/// One operator, in any report but `eval`'s.
#[derive(Debug, Deserialize)]
pub(super) struct OperatorDocument {
    pub name: String,
    pub macs: Option<u64>,
    pub count: Option<u64>,
    pub instructions: Option<u64>,
    pub cycles: Option<u64>,
}

/// Of `convert --json`.
#[derive(Debug, Deserialize)]
pub(super) struct ConvertDocument {
    pub output: Option<String>,
    pub board: Option<String>,
    pub target: Option<String>,
    pub observer: Option<String>,
    pub calibration_samples: Option<u64>,
    #[serde(default)]
    pub operators: Vec<OperatorDocument>,
    pub macs: Option<u64>,
    pub arena_bytes: Option<u64>,
    pub program_bytes: Option<u64>,
    pub flash_bytes: Option<u64>,
    pub ram_bytes: Option<u64>,
}

/// Of `eval --json`.
#[derive(Debug, Deserialize)]
pub(super) struct EvalDocument {
    pub program: Option<String>,
    pub task: Task,
    pub samples: u64,
    pub groups: Option<u64>,
    pub float: MetricsDocument,
    pub fixed: MetricsDocument,
    /// Null where it is no number: of a regression whose outputs never vary.
    pub agreement: Option<f64>,
    #[serde(default)]
    pub layers: Vec<LayerDocument>,
    pub bit_identical: Option<bool>,
    pub board: Option<String>,
}

/// The figures of one side of an evaluation.
#[derive(Debug, Deserialize)]
pub(super) struct MetricsDocument {
    pub accuracy: Option<f64>,
    pub auc: Option<f64>,
    pub mse: Option<f64>,
    #[serde(default)]
    pub classes: Vec<ClassDocument>,
}

/// One class of an evaluation.
#[derive(Debug, Deserialize)]
pub(super) struct ClassDocument {
    pub support: u64,
}

/// One operator of an evaluation.
#[derive(Debug, Deserialize)]
pub(super) struct LayerDocument {
    pub name: String,
    pub sqnr_db: Option<f64>,
}
