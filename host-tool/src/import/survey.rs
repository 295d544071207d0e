//! What a model is made of, whether or not it can be converted.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::convert::convert;
use super::error::{ImportError, UnsupportedItem};
use super::file::{read, to_model};
use super::onnx::{Element, Extent, OnnxInput};
use super::order::execution_order;

/// An overview of a model file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// The graph's name.
    pub name: String,
    /// The exporter that wrote the file.
    pub producer: String,
    /// Version of the standard operator set.
    pub opset: i64,
    /// Version of `ai.onnx.ml`.
    pub ml_opset: i64,
    /// How often each ONNX operator is needed.
    pub operators: BTreeMap<String, usize>,
    /// What cannot be converted; empty where the model can.
    pub unsupported: Vec<UnsupportedItem>,
    /// Inputs in words, with their shapes as the file gives them.
    pub inputs: Vec<SurveyPort>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// What import leaves out or changes, one sentence each.
    pub notes: Vec<String>,
}

/// An input as the file declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SurveyPort {
    /// The model's own name.
    pub name: String,
    /// Kind of element: `f32`, `f16`, `f64`, `integer` or `other`.
    pub element: &'static str,
    /// Extents; symbolic ones by name, unknown ones as `?`.
    pub shape: Vec<String>,
}

/// Reads a model and tells what is in it, also where it cannot be converted.
///
/// # Errors
///
/// [`ImportError`] where the file cannot be read or contradicts itself.
pub fn survey(path: impl AsRef<Path>) -> Result<Survey, ImportError> {
    let model = to_model(&read(path.as_ref())?)?;
    let mut operators = BTreeMap::new();
    for index in execution_order(&model)? {
        *operators.entry(model.nodes[index].full_operator()).or_insert(0) += 1;
    }
    let conversion = convert(&model)?;
    Ok(Survey {
        name: conversion.graph.name,
        producer: model.producer,
        opset: model.opset,
        ml_opset: model.ml_opset,
        operators,
        unsupported: conversion.unsupported,
        inputs: model.inputs.iter().map(port).collect(),
        outputs: model.outputs,
        notes: conversion.graph.notes,
    })
}

fn port(input: &OnnxInput) -> SurveyPort {
    let element = match input.element {
        Element::Float => "f32",
        Element::Half => "f16",
        Element::Double => "f64",
        Element::Int => "integer",
        Element::Other => "other",
    };
    let extent = |extent: &Extent| match extent {
        Extent::Fixed(value) => value.to_string(),
        Extent::Symbol(name) => name.clone(),
        Extent::Unknown => "?".to_owned(),
    };
    let shape = input.axes.iter().flatten().map(extent).collect();
    SurveyPort { name: input.name.clone(), element, shape }
}
