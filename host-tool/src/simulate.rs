//! A program on the host: the very bytes that are flashed, run by the very kernels that run on the device.

use miette::Diagnostic;
use peacrab_runtime::{InvokeError, LoadError, Model, Observer, Program, Session, SessionError};
use thiserror::Error;

use crate::aligned::AlignedBytes;
use crate::emit::{PortMetadata, ProgramFile};
use crate::evaluate::{PredictError, Predictor};
use crate::graph::execute::{read_input, write_output};
use crate::graph::fixed::QuantParams;

/// Why a program did not run on the host.
#[derive(Debug, Error, Diagnostic)]
pub enum SimulateError {
    /// The runtime refuses the program.
    #[error("the runtime refuses the program: {0}")]
    #[diagnostic(code(simulate::load), help("make the program again with `peacrab convert`"))]
    Load(LoadError),
    /// The runtime refuses the arena.
    #[error("the runtime refuses the arena: {0}")]
    #[diagnostic(code(simulate::arena), help("this is a bug: please report it"))]
    Session(SessionError),
    /// The inference failed.
    #[error("the inference failed: {0}")]
    #[diagnostic(code(simulate::invoke), help("this is a bug: please report it"))]
    Invoke(InvokeError),
    /// A sample has another number of inputs or elements.
    #[error("input `{input}` takes {expected} values and got {found}")]
    #[diagnostic(code(simulate::sample), help("check that the samples belong to this model"))]
    Sample {
        /// Name of the input.
        input: String,
        /// What it takes.
        expected: usize,
        /// What it got.
        found: usize,
    },
}

/// A program ready to run; cheap to copy and to share between threads.
#[derive(Debug, Clone, Copy)]
pub struct Simulator<'p> {
    file: &'p ProgramFile,
    model: Model<'p>,
}

impl<'p> Simulator<'p> {
    /// Checks the program as a device would, whatever core it is packed for.
    ///
    /// # Errors
    /// The runtime refuses it.
    pub fn new(file: &'p ProgramFile) -> Result<Self, SimulateError> {
        let model = Model::load_for_any_core(file.device_part()).map_err(SimulateError::Load)?;
        Ok(Simulator { file, model })
    }

    /// The checked view of the program.
    pub fn program(&self) -> &Program<'p> {
        self.model.program()
    }

    /// The program.
    pub fn file(&self) -> &'p ProgramFile {
        self.file
    }

    /// Quantizes a sample given in the model's layout, one slice for each input.
    ///
    /// # Errors
    /// Another number of inputs or elements.
    pub fn quantize(&self, sample: &[&[f32]]) -> Result<Vec<Vec<i8>>, SimulateError> {
        let ports = &self.file.metadata.inputs;
        if ports.len() != sample.len() {
            return Err(SimulateError::Sample { input: "(all)".into(), expected: ports.len(), found: sample.len() });
        }
        ports.iter().zip(sample).map(|(port, values)| quantize_input(port, values)).collect()
    }

    /// Runs one inference on quantized inputs; returns the quantized outputs.
    ///
    /// # Errors
    /// Inputs of another length.
    pub fn run(&self, inputs: &[Vec<i8>], observer: &mut impl Observer) -> Result<Vec<Vec<i8>>, SimulateError> {
        let mut arena = AlignedBytes::zeroed(self.model.arena_bytes());
        let mut session = Session::new(&self.model, &mut arena).map_err(SimulateError::Session)?;
        for (index, values) in inputs.iter().enumerate() {
            let input = session.input_mut(index).unwrap_or_default();
            if input.len() != values.len() {
                let name = self.file.metadata.inputs.get(index).map_or_else(String::new, |port| port.port.name.clone());
                return Err(SimulateError::Sample { input: name, expected: input.len(), found: values.len() });
            }
            input.copy_from_slice(values);
        }
        session.invoke(observer).map_err(SimulateError::Invoke)?;
        Ok((0..self.model.output_count()).map(|index| session.output(index).unwrap_or_default().to_vec()).collect())
    }

    /// Runs one inference and shows the output of every operator, by index, before its memory is used again.
    ///
    /// # Errors
    /// Inputs of another length.
    pub fn run_observed(
        &self,
        inputs: &[Vec<i8>],
        see: &mut dyn FnMut(usize, &[i8]),
    ) -> Result<Vec<Vec<i8>>, SimulateError> {
        self.run(inputs, &mut OutputObserver { program: self.model.program(), see })
    }

    /// Real values of quantized outputs, in the model's layout.
    pub fn dequantize(&self, outputs: &[Vec<i8>]) -> Vec<Vec<f32>> {
        self.file.metadata.outputs.iter().zip(outputs).map(|(port, values)| dequantize_output(port, values)).collect()
    }
}

/// Shows each operator's output tensor.
struct OutputObserver<'a> {
    program: &'a Program<'a>,
    see: &'a mut dyn FnMut(usize, &[i8]),
}

impl Observer for OutputObserver<'_> {
    fn after_operator(&mut self, index: usize, arena: &[u8]) {
        let tensor = self.program.operator(index).and_then(|operator| self.program.tensor(operator.output));
        let bytes = tensor.and_then(|tensor| arena.get(tensor.offset..tensor.offset + tensor.elements));
        if let Some(bytes) = bytes {
            (self.see)(index, bytemuck::cast_slice(bytes));
        }
    }
}

impl Predictor for Simulator<'_> {
    fn predict(&self, _index: usize, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, PredictError> {
        let outputs = self.run(&self.quantize(inputs)?, &mut ())?;
        Ok(self.dequantize(&outputs))
    }
}

/// Quantizes the values of one input, given in the model's layout.
///
/// # Errors
/// Another number of elements.
pub fn quantize_input(port: &PortMetadata, values: &[f32]) -> Result<Vec<i8>, SimulateError> {
    let expected = port.tensor_shape.iter().product();
    let found = values.len();
    let real = read_input(&port.port, &port.tensor_shape, values).map_err(|_| SimulateError::Sample {
        input: port.port.name.clone(),
        expected,
        found,
    })?;
    let quant = QuantParams { scale: port.scale, zero_point: port.zero_point };
    Ok(real.iter().map(|&value| quant.quantize(f64::from(value))).collect())
}

fn dequantize_output(port: &PortMetadata, values: &[i8]) -> Vec<f32> {
    let quant = QuantParams { scale: port.scale, zero_point: port.zero_point };
    let real: Vec<f32> = values.iter().map(|&q| quant.dequantize(q) as f32).collect();
    write_output(&port.port, &port.tensor_shape, &real)
}
