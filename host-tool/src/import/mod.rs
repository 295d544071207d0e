//! ONNX to the float graph. The only module that names tract types.
//!
//! A file is read through tract's protobuf types, its nodes are put in order, and each is converted by the exact semantics of
//! its operator set (see `docs/operators.md`). Shapes are known from the start: the batch is fixed to 1, and the shape
//! arithmetic that exporters write is computed on the way. The graph keeps the model's own layout; [`Op::Transpose`] nodes
//! stand around the spatial operators.
//!
//! [`Op::Transpose`]: crate::graph::float::Op::Transpose

mod array;
mod builder;
mod context;
mod convert;
mod error;
mod file;
mod onnx;
mod ops;
mod order;
mod reference;
mod repair;
mod survey;

use std::path::Path;

pub use error::{ImportError, UnsupportedItem};
pub use reference::{Reference, ReferenceError};
pub use survey::{Survey, SurveyPort, survey};

use crate::graph::float::Graph;
use crate::graph::verify;

/// Reads an ONNX model, external data files included, into the float graph.
///
/// # Errors
///
/// [`ImportError`], with all operators that are not supported at once.
pub fn load(path: impl AsRef<Path>) -> Result<Graph, ImportError> {
    let model = file::to_model(&file::read(path.as_ref())?)?;
    let conversion = convert::convert(&model)?;
    if !conversion.unsupported.is_empty() {
        return Err(ImportError::Unsupported { model: model.file, items: conversion.unsupported });
    }
    verify(&conversion.graph).map_err(|source| ImportError::Graph { model: model.file, source: source.into() })?;
    Ok(conversion.graph)
}
