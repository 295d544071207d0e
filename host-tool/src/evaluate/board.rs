//! The fixed-point side on a board.

use std::time::Instant;

use super::data::Dataset;
use super::{PredictError, Predictor};
use crate::simulate::{SimulateError, Simulator};
use crate::target::{Board, Progress, RunOptions, TargetError, run_on_board};

/// Why the board gave no outputs.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum OnBoardError {
    /// The board.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Target(#[from] TargetError),
    /// The host's own run of the program.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Simulate(#[from] SimulateError),
}

/// The outputs of a board for a whole data set, and how they compare with the host's.
pub struct OnBoard {
    outputs: Vec<Vec<Vec<f32>>>,
    is_bit_identical: bool,
    samples_per_second: f64,
}

impl OnBoard {
    /// Runs every sample on the board, and on the host.
    ///
    /// # Errors
    /// One of the two fails.
    pub fn run(
        board: &Board,
        simulator: &Simulator,
        dataset: &Dataset,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Self, OnBoardError> {
        let quantize = |index| simulator.quantize(&dataset.sample(index));
        let inputs: Vec<Vec<Vec<i8>>> = (0..dataset.count()).map(quantize).collect::<Result<_, _>>()?;
        let start = Instant::now();
        let run = run_on_board(board, simulator.file().device_part(), &inputs, RunOptions::default(), progress)?;
        let samples_per_second = inputs.len() as f64 / start.elapsed().as_secs_f64();
        let mut is_bit_identical = true;
        let mut outputs = Vec::with_capacity(inputs.len());
        for (sample, inference) in inputs.iter().zip(&run.inferences) {
            is_bit_identical &= simulator.run(sample, &mut ())? == inference.outputs;
            outputs.push(simulator.dequantize(&inference.outputs));
        }
        Ok(OnBoard { outputs, is_bit_identical, samples_per_second })
    }

    /// Samples per second of wall clock, the board's start included.
    pub fn samples_per_second(&self) -> f64 {
        self.samples_per_second
    }

    /// Whether every output of every sample equals the host's, bit for bit.
    pub fn is_bit_identical(&self) -> bool {
        self.is_bit_identical
    }
}

impl Predictor for OnBoard {
    fn predict(&self, index: usize, _inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, PredictError> {
        self.outputs.get(index).cloned().ok_or_else(|| format!("the board has no outputs for sample {index}").into())
    }
}
