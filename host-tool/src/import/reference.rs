//! The float reference: tract runs the model's own operators, so that it shares no code with the conversion.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;
use tract_onnx::Onnx;
use tract_onnx::pb;
use tract_onnx::prelude::{
    DatumType, InferenceModelExt, IntoRunnable, TValue, TVec, Tensor, TractError, TypedRunnableModel,
};

use crate::graph::float::{Port, Shape};

use super::convert::{Conversion, convert};
use super::error::ImportError;
use super::file::{one_line, read, to_model};
use super::order::execution_order;
use super::repair::{known_difference, repaired};

/// Why there is no reference result.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The model itself cannot be imported.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Import(#[from] ImportError),
    /// tract has no implementation of something in the model.
    #[error("tract cannot run `{model}`: {reason}")]
    #[diagnostic(code(import::no_reference), help("the float graph's interpreter serves as the reference instead"))]
    NotRunnable {
        /// The model file.
        model: String,
        /// What tract says.
        reason: String,
    },
    /// The inputs given are not the model's.
    #[error("`{model}` has {expected} values in its inputs, but {given} were given")]
    #[diagnostic(
        code(import::reference_input),
        help("give one slice per input, each as long as the input's shape says")
    )]
    InputLength {
        /// The model file.
        model: String,
        /// Values of each input of the model.
        expected: String,
        /// Values of each input given.
        given: String,
    },
    /// A run failed.
    #[error("tract failed while running `{model}`: {reason}")]
    #[diagnostic(code(import::reference_run), help("compare with the float graph's interpreter"))]
    Run {
        /// The model file.
        model: String,
        /// What tract says.
        reason: String,
    },
}

/// A model that tract runs in float, made ready once; can be shared between threads.
pub struct Reference {
    model: String,
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<PlanInput>,
}

struct PlanInput {
    shape: Shape,
    element: DatumType,
}

impl PlanInput {
    fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    fn tensor(&self, values: &[f32]) -> Result<TValue, TractError> {
        let tensor = Tensor::from_shape(&self.shape, values)?;
        let tensor = tensor.cast_to_dt(self.element)?.into_owned();
        Ok(tensor.into())
    }
}

impl Reference {
    /// Reads a model and lets tract optimize it, for batch 1 and the outputs that [`load`](super::load) keeps.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::Import`] where the model cannot be imported, [`ReferenceError::NotRunnable`] where tract cannot run
    /// it; then the float graph's interpreter serves as the reference.
    pub fn load(path: impl AsRef<Path>) -> Result<Reference, ReferenceError> {
        let file = read(path.as_ref())?;
        let mut model = to_model(&file)?;
        let Conversion { graph, unsupported, output_values } = convert(&model)?;
        if !unsupported.is_empty() {
            return Err(ImportError::Unsupported { model: model.file, items: unsupported }.into());
        }
        model.outputs = output_values;
        let order = execution_order(&model)?;
        if let Some(reason) = known_difference(&model, &order) {
            return Err(ReferenceError::NotRunnable { model: model.file, reason });
        }
        let proto = repaired(&file, &model, &order, &graph.inputs);
        let name = model.file;
        let not_runnable =
            |error: TractError| ReferenceError::NotRunnable { model: name.clone(), reason: one_line(&error) };
        let prepare = || {
            let plan = plan(&proto, &file.directory)?;
            let inputs = plan_inputs(&plan, &graph.inputs)?;
            Ok(Reference { model: name.clone(), plan, inputs })
        };
        let reference = guarded(prepare).map_err(not_runnable)?;
        // What tract cannot run it should refuse now, not in the middle of a data set.
        let zeros: Vec<Vec<f32>> = reference.inputs.iter().map(|input| vec![0.0; input.elements()]).collect();
        let slices: Vec<&[f32]> = zeros.iter().map(Vec::as_slice).collect();
        guarded(|| reference.run(&slices)).map_err(not_runnable)?;
        Ok(reference)
    }

    /// The model's outputs, in the model's own layout, for one sample.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::InputLength`] and [`ReferenceError::Run`].
    pub fn predict(&self, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, ReferenceError> {
        let given: Vec<usize> = inputs.iter().map(|values| values.len()).collect();
        let expected: Vec<usize> = self.inputs.iter().map(PlanInput::elements).collect();
        if given != expected {
            return Err(ReferenceError::InputLength {
                model: self.model.clone(),
                expected: format!("{expected:?}"),
                given: format!("{given:?}"),
            });
        }
        self.run(inputs).map_err(|error| ReferenceError::Run { model: self.model.clone(), reason: one_line(&error) })
    }

    fn run(&self, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, TractError> {
        let tensors: TVec<TValue> =
            self.inputs.iter().zip(inputs).map(|(input, values)| input.tensor(values)).collect::<Result<_, _>>()?;
        let outputs = self.plan.run(tensors)?;
        outputs
            .iter()
            .map(|output| {
                let floats = output.cast_to::<f32>()?;
                Ok(floats.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
            })
            .collect()
    }
}

/// Runs tract; its panics on models that it does not expect become errors.
fn guarded<T>(work: impl FnOnce() -> Result<T, TractError>) -> Result<T, TractError> {
    // Nothing that the work touches is used again after a panic.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome.unwrap_or_else(|_| Err(TractError::msg("tract stopped on an internal error")))
}

fn plan(proto: &pb::ModelProto, directory: &str) -> Result<Arc<TypedRunnableModel>, TractError> {
    let framework: Onnx = tract_onnx::onnx();
    let parsed = framework.parse(proto, Some(directory))?;
    parsed.model.into_optimized()?.into_runnable()
}

fn plan_inputs(plan: &TypedRunnableModel, ports: &[Port]) -> Result<Vec<PlanInput>, TractError> {
    ports
        .iter()
        .enumerate()
        .map(|(index, port)| {
            let element = plan.model().input_fact(index)?.datum_type;
            Ok(PlanInput { shape: port.model_shape.clone(), element })
        })
        .collect()
}
