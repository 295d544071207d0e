//! Runs the float graph on the calibration samples and keeps what values every tensor takes.

use rayon::prelude::*;

use super::QuantizeError;
use super::observer::Histogram;
use crate::graph::execute::Executor;
use crate::graph::float::Graph;

/// The values of every tensor, by index in [`Graph::tensors`].
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// One for every tensor of the graph; constants have an empty one.
    pub histograms: Vec<Histogram>,
    /// Number of samples run.
    pub samples: usize,
}

/// Runs every sample (one vector for each input, in the model's layout) twice: for the extremes, then for the counts between them.
/// `progress` is told after each run, from any thread; there are `2 * samples.len()` of them.
///
/// # Errors
/// No samples, a tensor that is not finite, or a sample that the graph does not take.
pub fn calibrate(
    graph: &Graph,
    samples: &[Vec<Vec<f32>>],
    progress: &(dyn Fn() + Sync),
) -> Result<Calibration, QuantizeError> {
    if samples.is_empty() {
        return Err(QuantizeError::NoSamples);
    }
    let executor = Executor::new(graph)?;
    let empty = || vec![Histogram::default(); graph.tensors.len()];
    let extremes = over_samples(&executor, samples, progress, empty, Histogram::widen, Histogram::widen_by)?;
    if let Some(index) = extremes.iter().position(|histogram| !histogram.is_finite()) {
        return Err(QuantizeError::NotFinite { tensor: graph.tensors[index].name.clone() });
    }
    let start = || extremes.clone();
    let histograms = over_samples(&executor, samples, progress, start, Histogram::count, Histogram::count_by)?;
    Ok(Calibration { histograms, samples: samples.len() })
}

fn over_samples(
    executor: &Executor,
    samples: &[Vec<Vec<f32>>],
    progress: &(dyn Fn() + Sync),
    start: impl Fn() -> Vec<Histogram> + Sync,
    take: impl Fn(&mut Histogram, &[f32]) + Sync,
    merge: impl Fn(&mut Histogram, &Histogram) + Sync,
) -> Result<Vec<Histogram>, QuantizeError> {
    let fold = |mut histograms: Vec<Histogram>, sample: &Vec<Vec<f32>>| {
        executor.run_tensors(sample, &mut |tensor, values| take(&mut histograms[tensor], values))?;
        progress();
        Ok(histograms)
    };
    let join = |mut left: Vec<Histogram>, right: Vec<Histogram>| {
        left.iter_mut().zip(&right).for_each(|(into, from)| merge(into, from));
        Ok(left)
    };
    let chunk = samples.len().div_ceil(rayon::current_num_threads() * 4).max(1);
    samples.par_chunks(chunk).map(|part| part.iter().try_fold(start(), fold)).try_reduce(&start, join)
}
