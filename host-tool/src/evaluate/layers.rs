//! Where accuracy is lost: every operator's output in fixed point against the float graph's.

use std::collections::HashMap;

use rayon::prelude::*;

use super::metrics::Comparison;
use super::report::LayerReport;
use crate::emit::OperatorMetadata;
use crate::graph::GraphError;
use crate::graph::execute::Executor;
use crate::graph::fixed::QuantParams;
use crate::graph::float::{Graph, TensorId};
use crate::simulate::{SimulateError, Simulator};

/// Why operators could not be compared.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LayersError {
    /// The float graph failed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Graph(#[from] GraphError),
    /// The program failed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Simulate(#[from] SimulateError),
}

/// Compares every operator over the samples (one slice for each input). `graph` is the prepared graph that the program was made of.
///
/// # Errors
/// One of the two sides fails on a sample.
pub fn compare(graph: &Graph, simulator: &Simulator, samples: &[Vec<&[f32]>]) -> Result<Vec<LayerReport>, LayersError> {
    let operators = &simulator.file().metadata.operators;
    let executor = Executor::new(graph)?;
    let empty = || vec![Comparison::default(); operators.len()];
    let join = |left: Vec<Comparison>, right: Vec<Comparison>| {
        Ok(left.into_iter().zip(right).map(|(left, right)| left.join(right)).collect())
    };
    let references: Vec<Option<TensorId>> = operators.iter().map(|operator| reference(graph, operator)).collect();
    let compare = |sample: &Vec<&[f32]>| compare_sample(&executor, simulator, &references, sample);
    let compared = samples.par_iter().map(compare).try_reduce(empty, join)?;
    Ok(operators
        .iter()
        .zip(compared)
        .enumerate()
        .map(|(index, (operator, comparison))| report(index, operator, &comparison))
        .collect())
}

/// The float tensor that an operator's output stands for, where the graph still has it under that name.
fn reference(graph: &Graph, operator: &OperatorMetadata) -> Option<TensorId> {
    operator
        .float_tensor
        .filter(|&tensor| graph.tensors.get(tensor).is_some_and(|tensor| tensor.name == operator.output))
}

fn report(index: usize, operator: &OperatorMetadata, comparison: &Comparison) -> LayerReport {
    let figures = comparison.finish();
    LayerReport {
        index,
        name: operator.name.clone(),
        kernel: operator.kernel.clone(),
        sqnr_db: figures.sqnr_db,
        cosine: figures.cosine,
        max_error: figures.max_error,
        max_error_lsb: Some(figures.max_error_lsb(operator.scale)),
    }
}

fn compare_sample(
    executor: &Executor,
    simulator: &Simulator,
    references: &[Option<TensorId>],
    sample: &[&[f32]],
) -> Result<Vec<Comparison>, LayersError> {
    let operators = &simulator.file().metadata.operators;
    let mut wanted: HashMap<TensorId, Vec<f32>> =
        references.iter().flatten().map(|&tensor| (tensor, Vec::new())).collect();
    let owned: Vec<Vec<f32>> = sample.iter().map(|values| values.to_vec()).collect();
    executor.run_tensors(&owned, &mut |tensor, values| {
        if let Some(kept) = wanted.get_mut(&tensor) {
            *kept = values.to_vec();
        }
    })?;
    let mut comparisons = vec![Comparison::default(); operators.len()];
    simulator.run_observed(&simulator.quantize(sample)?, &mut |index, output| {
        let Some((operator, comparison)) = operators.get(index).zip(comparisons.get_mut(index)) else { return };
        let Some(reference) = references[index].and_then(|tensor| wanted.get(&tensor)) else { return };
        let quant = QuantParams { scale: operator.scale, zero_point: operator.zero_point };
        let actual: Vec<f32> = output.iter().map(|&q| quant.dequantize(q) as f32).collect();
        match &operator.channels {
            None => comparison.add(reference, &actual),
            Some(channels) => {
                let (reference, actual) = shared_channels(channels, reference, &actual);
                comparison.add(&reference, &actual);
            }
        }
    })?;
    Ok(comparisons)
}

/// The values of the channels that both sides have, of the float tensor and of the slim one. `channels` has the float tensor's channel of
/// each slim one.
fn shared_channels(channels: &[Option<usize>], reference: &[f32], actual: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let pixels = actual.len() / channels.len().max(1);
    let reference_channels = reference.len() / pixels.max(1);
    let pairs = reference.chunks(reference_channels.max(1)).zip(actual.chunks(channels.len().max(1)));
    pairs
        .flat_map(|(reference, actual)| {
            let of_channel = |(&origin, &actual): (&Option<usize>, &f32)| Some((*reference.get(origin?)?, actual));
            channels.iter().zip(actual).filter_map(of_channel).collect::<Vec<_>>()
        })
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_that_are_gone_or_fill_up_are_not_compared() {
        let reference = [0.0, 1.0, 2.0, 10.0, 11.0, 12.0];
        let actual = [2.5, -7.0, 0.5, 12.5, -7.0, 10.5];
        let shared = shared_channels(&[Some(2), None, Some(0)], &reference, &actual);
        assert_eq!(shared, (vec![2.0, 0.0, 12.0, 10.0], vec![2.5, 0.5, 12.5, 10.5]));
    }
}
