//! Runs both sides over a data set and measures them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use miette::Diagnostic;
use rayon::prelude::*;
use thiserror::Error;

use super::data::{DataError, Dataset, Head, Target, class_targets, head_targets};
use super::metrics::{
    Metrics, class_agreement, classify, explained_share, group_means, mean_squared_error, rank_agreement, regress,
    roc_auc,
};
use super::report::{EvalReport, SamplesPerSecond, Task};

/// Why a predictor failed: an error of the float runtime, of the program, or of a board.
pub type PredictError = Box<dyn std::error::Error + Send + Sync>;

/// One side of an evaluation: something that maps a sample to outputs. Called from several threads at once.
pub trait Predictor: Sync {
    /// The outputs for sample `index` of the data set: one slice of real values per input, one vector per output, all row-major.
    ///
    /// # Errors
    /// Whatever keeps it from giving outputs.
    fn predict(&self, index: usize, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, PredictError>;
}

/// The two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The float reference.
    Float,
    /// The fixed-point program.
    Fixed,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Side::Float => "float reference",
            Side::Fixed => "fixed-point program",
        })
    }
}

/// How far a run is; `done` grows to `total` on each side, the float side first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The side that runs.
    pub side: Side,
    /// Samples done.
    pub done: usize,
    /// Samples in all.
    pub total: usize,
}

/// An error of an evaluation.
#[derive(Debug, Error, Diagnostic)]
pub enum EvaluateError {
    /// The data does not fit the model.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Data(#[from] DataError),
    /// There are no samples.
    #[error("there are no samples to evaluate")]
    #[diagnostic(code(evaluate::no_samples), help("give at least one sample; check --limit"))]
    NoSamples,
    /// A regression without labels has nothing to be measured against.
    #[error("a regression needs labels")]
    #[diagnostic(code(evaluate::no_labels), help("give the true values with --labels"))]
    NoLabels,
    /// A reconstruction compares one output with one input of the same length.
    #[error("the model has {inputs:?} input values and {outputs:?} output values, which is no reconstruction")]
    #[diagnostic(
        code(evaluate::not_reconstruction),
        help(
            "--task reconstruct needs a model with one input and one output of the same length; use classify or regress"
        )
    )]
    NotReconstruction {
        /// Values of each input.
        inputs: Vec<usize>,
        /// Values of each output.
        outputs: Vec<usize>,
    },
    /// A side failed on a sample.
    #[error("the {side} failed on sample {sample}: {source}")]
    #[diagnostic(code(evaluate::predict), help("try this sample alone with `peacrab run`"))]
    Predict {
        /// The side.
        side: Side,
        /// Sample, from 0.
        sample: usize,
        /// Its reason.
        #[source]
        source: PredictError,
    },
    /// A side's outputs do not have the lengths that the model declares.
    #[error("the {side} gave outputs of {found:?} values for sample {sample}, where the model declares {wanted:?}")]
    #[diagnostic(
        code(evaluate::output_lengths),
        help("check that program and model belong together: convert the model again")
    )]
    OutputLengths {
        /// The side.
        side: Side,
        /// Sample, from 0.
        sample: usize,
        /// Values of each output.
        found: Vec<usize>,
        /// Values of each declared output.
        wanted: Vec<usize>,
    },
    /// An output is not a number or is infinite.
    #[error("the {side} gave an output that is not finite for sample {sample}")]
    #[diagnostic(
        code(evaluate::not_finite),
        help("check the input's scale and the model's weights for values out of range")
    )]
    NotFinite {
        /// The side.
        side: Side,
        /// Sample, from 0.
        sample: usize,
    },
}

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct Evaluation<'a> {
    /// Path of the model, for the report.
    pub model: String,
    /// Path of the program, for the report.
    pub program: String,
    /// What to measure.
    pub task: Task,
    /// The samples, fitted to the model's inputs, and what is known of them.
    pub dataset: &'a Dataset,
    /// The model's outputs.
    pub heads: &'a [Head],
    /// k of the top-k accuracy.
    pub top_k: usize,
}

/// The predictors of both sides.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The float reference.
    pub float: &'a dyn Predictor,
    /// The fixed-point program.
    pub fixed: &'a dyn Predictor,
}

/// Runs both sides over all samples, one after the other, each in parallel over the samples, and measures them.
///
/// The report has no layers and no board: the caller adds what it knows of these. Everything about the data is checked before the
/// first sample runs. Of a reconstruction only one score per window is kept.
///
/// # Errors
/// When the data does not fit the task, or a side fails on a sample.
pub fn run(
    evaluation: &Evaluation,
    sides: Sides,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<EvalReport, EvaluateError> {
    if evaluation.dataset.count() == 0 {
        return Err(EvaluateError::NoSamples);
    }
    let results = match evaluation.task {
        Task::Reconstruct => evaluation.reconstruct(sides, progress),
        Task::Classify | Task::Regress => evaluation.predict_targets(sides, progress),
    }?;
    let dataset = evaluation.dataset;
    let groups = dataset.groups.as_ref().map(|groups| groups.iter().collect::<std::collections::BTreeSet<_>>().len());
    Ok(EvalReport {
        model: evaluation.model.clone(),
        program: evaluation.program.clone(),
        task: evaluation.task,
        samples: dataset.count(),
        groups,
        float: results.float,
        fixed: results.fixed,
        agreement: results.agreement,
        layers: Vec::new(),
        samples_per_second: results.speed,
        bit_identical: None,
        board: None,
    })
}

/// What a task finds out.
struct Results {
    float: Metrics,
    fixed: Metrics,
    agreement: f64,
    speed: SamplesPerSecond,
}

/// One value per sample from each side, and how fast.
struct Passes<T> {
    float: Vec<T>,
    fixed: Vec<T>,
    speed: SamplesPerSecond,
}

impl Evaluation<'_> {
    /// Runs both sides and keeps what `reduce` makes of each sample's inputs and outputs.
    fn passes<T: Send>(
        &self,
        sides: Sides,
        progress: &(dyn Fn(Progress) + Sync),
        reduce: impl Fn(&[&[f32]], Vec<Vec<f32>>) -> T + Sync,
    ) -> Result<Passes<T>, EvaluateError> {
        let (float, float_speed) = self.pass(Side::Float, sides.float, progress, &reduce)?;
        let (fixed, fixed_speed) = self.pass(Side::Fixed, sides.fixed, progress, &reduce)?;
        Ok(Passes { float, fixed, speed: SamplesPerSecond { float: float_speed, fixed: fixed_speed } })
    }

    fn pass<T: Send>(
        &self,
        side: Side,
        predictor: &dyn Predictor,
        progress: &(dyn Fn(Progress) + Sync),
        reduce: &(impl Fn(&[&[f32]], Vec<Vec<f32>>) -> T + Sync),
    ) -> Result<(Vec<T>, f64), EvaluateError> {
        let total = self.dataset.count();
        let done = AtomicUsize::new(0);
        let started = Instant::now();
        let one = |sample| {
            let inputs = self.dataset.sample(sample);
            let outputs =
                predictor.predict(sample, &inputs).map_err(|source| EvaluateError::Predict { side, sample, source })?;
            self.check_outputs(side, sample, &outputs)?;
            let reduced = reduce(&inputs, outputs);
            progress(Progress { side, done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
            Ok(reduced)
        };
        let reduced: Result<Vec<T>, EvaluateError> = (0..total).into_par_iter().map(one).collect();
        let seconds = started.elapsed().as_secs_f64().max(1e-9);
        Ok((reduced?, total as f64 / seconds))
    }

    fn check_outputs(&self, side: Side, sample: usize, outputs: &[Vec<f32>]) -> Result<(), EvaluateError> {
        if !outputs.iter().map(Vec::len).eq(self.heads.iter().map(|head| head.width)) {
            let found = outputs.iter().map(Vec::len).collect();
            let wanted = self.heads.iter().map(|head| head.width).collect();
            return Err(EvaluateError::OutputLengths { side, sample, found, wanted });
        }
        if outputs.iter().flatten().any(|value| !value.is_finite()) {
            return Err(EvaluateError::NotFinite { side, sample });
        }
        Ok(())
    }

    /// Scores windows, averages them per group where there are groups, and ranks them against the labels.
    fn reconstruct(&self, sides: Sides, progress: &(dyn Fn(Progress) + Sync)) -> Result<Results, EvaluateError> {
        let inputs: Vec<usize> = self.dataset.inputs.iter().map(|samples| samples.sample_len()).collect();
        let outputs: Vec<usize> = self.heads.iter().map(|head| head.width).collect();
        if inputs.len() != 1 || inputs != outputs {
            return Err(EvaluateError::NotReconstruction { inputs, outputs });
        }
        let anomalous = self.anomalous()?;
        let score = |inputs: &[&[f32]], outputs: Vec<Vec<f32>>| -> f64 {
            let pairs = inputs.iter().zip(&outputs);
            pairs.map(|(input, output)| mean_squared_error(output, input)).sum()
        };
        let passes = self.passes(sides, progress, score)?;
        let (float, fixed) = (self.per_group(&passes.float), self.per_group(&passes.fixed));
        let metrics = |windows: &[f64], scores: &[f64]| Metrics {
            auc: anomalous.as_ref().and_then(|positive| roc_auc(scores, positive)),
            reconstruction_error: Some(windows.iter().sum::<f64>() / windows.len().max(1) as f64),
            ..Metrics::default()
        };
        Ok(Results {
            float: metrics(&passes.float, &float),
            fixed: metrics(&passes.fixed, &fixed),
            agreement: rank_agreement(&float, &fixed),
            speed: passes.speed,
        })
    }

    /// The mean score of each group in ascending order, or the scores as they are.
    fn per_group(&self, scores: &[f64]) -> Vec<f64> {
        match &self.dataset.groups {
            Some(groups) => group_means(scores, groups).into_iter().map(|(_, mean)| mean).collect(),
            None => scores.to_vec(),
        }
    }

    /// Whether each group (or each window, without groups) is labelled 1.
    fn anomalous(&self) -> Result<Option<Vec<bool>>, EvaluateError> {
        let Some(labels) = &self.dataset.labels else { return Ok(None) };
        let head = Head { name: self.heads.first().map(|head| head.name.clone()).unwrap_or_default(), width: 2 };
        let classes = class_targets(labels, &head)?;
        let Some(groups) = &self.dataset.groups else {
            return Ok(Some(classes.into_iter().map(|class| class == 1).collect()));
        };
        let values: Vec<f64> = classes.iter().map(|&class| class as f64).collect();
        let means = group_means(&values, groups);
        match means.iter().find(|(_, mean)| *mean != 0.0 && *mean != 1.0) {
            Some(&(group, _)) => Err(DataError::GroupLabels { group }.into()),
            None => Ok(Some(means.into_iter().map(|(_, mean)| mean == 1.0).collect())),
        }
    }

    /// Compares each output with its labels.
    fn predict_targets(&self, sides: Sides, progress: &(dyn Fn(Progress) + Sync)) -> Result<Results, EvaluateError> {
        let is_regression = self.task == Task::Regress;
        let targets = match &self.dataset.labels {
            Some(labels) => head_targets(labels, self.heads, is_regression)?.into_iter().map(Some).collect(),
            None if is_regression => return Err(EvaluateError::NoLabels),
            None => vec![None; self.heads.len()],
        };
        let passes = self.passes(sides, progress, |_, outputs| outputs)?;
        let (float, fixed) = (by_head(passes.float, self.heads.len()), by_head(passes.fixed, self.heads.len()));
        let metrics = |outputs: &[Vec<f32>]| -> Metrics {
            let heads = self.heads.iter().zip(outputs).zip(&targets);
            combine(heads.map(|((head, outputs), target)| self.head_metrics(head, outputs, target.as_ref())).collect())
        };
        let agreements = self.heads.iter().zip(&targets).zip(float.iter().zip(&fixed)).map(
            |((head, target), outputs)| match target {
                Some(Target::Values(_)) => explained_share(outputs.0, outputs.1),
                _ => class_agreement(outputs.0, outputs.1, head.width),
            },
        );
        Ok(Results {
            agreement: agreements.sum::<f64>() / self.heads.len().max(1) as f64,
            float: metrics(&float),
            fixed: metrics(&fixed),
            speed: passes.speed,
        })
    }

    fn head_metrics(&self, head: &Head, outputs: &[f32], target: Option<&Target>) -> Metrics {
        let metrics = match target {
            Some(Target::Classes(classes)) => classify(outputs, head.width, classes, self.top_k),
            Some(Target::Values(values)) => regress(outputs, values),
            None => Metrics::default(),
        };
        Metrics { name: (self.heads.len() > 1).then(|| head.name.clone()), ..metrics }
    }
}

/// All samples' values of each output: `[heads][N * width]`.
fn by_head(samples: Vec<Vec<Vec<f32>>>, heads: usize) -> Vec<Vec<f32>> {
    let mut joined = vec![Vec::new(); heads];
    for sample in samples {
        for (head, values) in joined.iter_mut().zip(sample) {
            head.extend(values);
        }
    }
    joined
}

/// The figures of a single output, or those of several with their mean accuracy above them.
fn combine(mut heads: Vec<Metrics>) -> Metrics {
    match heads.pop() {
        Some(only) if heads.is_empty() => only,
        Some(last) => {
            heads.push(last);
            let accuracies: Vec<f64> = heads.iter().filter_map(|head| head.accuracy).collect();
            let mean = accuracies.iter().sum::<f64>() / accuracies.len().max(1) as f64;
            Metrics { accuracy: (!accuracies.is_empty()).then_some(mean), heads, ..Metrics::default() }
        }
        None => Metrics::default(),
    }
}

#[cfg(test)]
mod tests;
