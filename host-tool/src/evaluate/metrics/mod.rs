//! Figures of merit. All sums are in 64-bit floats, in the order of the samples.

mod auc;
mod classify;
mod compare;
mod regress;

use serde::{Deserialize, Serialize};

pub use auc::{group_means, rank_agreement, roc_auc};
pub use classify::{argmax, class_agreement, classify, decide};
pub use compare::{Comparison, SQNR_DB_LIMIT, TensorComparison};
pub use regress::{explained_share, mean_squared_error, regress};

/// The figures of one side (float or fixed point) on a data set; what a task does not have is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Name of the output, where a model has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Share of samples whose decision is the label; with several outputs the mean over those that classify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Share of samples whose label is among the k likeliest classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<TopK>,
    /// Mean precision over the classes that occur as label or decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub macro_precision: Option<f64>,
    /// Mean recall over the same classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub macro_recall: Option<f64>,
    /// Mean F1 over the same classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub macro_f1: Option<f64>,
    /// Mean of -ln(probability of the label), in nats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_entropy: Option<f64>,
    /// Area under the receiver operating characteristic: two classes, or reconstruction scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
    /// Mean squared error against the labels' values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mse: Option<f64>,
    /// Mean absolute error against the labels' values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mae: Option<f64>,
    /// Mean reconstruction score over all windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconstruction_error: Option<f64>,
    /// Figures of each class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassMetrics>,
    /// Samples by label (row) and decision (column).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<u64>>,
    /// Figures of each output, where a model has several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<Metrics>,
}

/// Share of samples whose label is among the `k` likeliest classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TopK {
    /// Classes that count.
    pub k: usize,
    /// The share.
    pub accuracy: f64,
}

/// Figures of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// Samples with this label.
    pub support: u64,
    /// Share of the decisions for this class that are right; 0 when there are none.
    pub precision: f64,
    /// Share of the samples of this class that are decided so; 0 when there are none.
    pub recall: f64,
    /// Harmonic mean of the two; 0 when both are 0.
    pub f1: f64,
}
