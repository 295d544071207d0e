//! The float reference: tract where it can run the model, else our own float interpreter, said so.

use std::path::Path;

use super::{PredictError, Predictor};
use crate::graph::GraphError;
use crate::graph::execute::Executor;
use crate::graph::float::Graph;
use crate::import::Reference;

/// What gives the float model's outputs.
pub enum FloatReference<'g> {
    /// tract runs the model's own file.
    Tract(Reference),
    /// Our interpreter runs the imported graph, for this reason.
    Interpreter(Executor<'g>, String),
}

impl<'g> FloatReference<'g> {
    /// Loads the model into tract; falls back to the interpreter of the graph.
    ///
    /// # Errors
    /// The graph is not sound.
    pub fn load(path: &Path, graph: &'g Graph) -> Result<Self, GraphError> {
        match Reference::load(path) {
            Ok(reference) => Ok(FloatReference::Tract(reference)),
            Err(error) => Ok(FloatReference::Interpreter(Executor::new(graph)?, error.to_string())),
        }
    }

    /// Why it is not tract, where it is not.
    pub fn fallback_reason(&self) -> Option<&str> {
        match self {
            FloatReference::Tract(_) => None,
            FloatReference::Interpreter(_, reason) => Some(reason),
        }
    }
}

impl Predictor for FloatReference<'_> {
    fn predict(&self, _index: usize, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, PredictError> {
        match self {
            FloatReference::Tract(reference) => Ok(reference.predict(inputs)?),
            FloatReference::Interpreter(executor, _) => {
                let owned: Vec<Vec<f32>> = inputs.iter().map(|values| values.to_vec()).collect();
                Ok(executor.run(&owned)?)
            }
        }
    }
}
