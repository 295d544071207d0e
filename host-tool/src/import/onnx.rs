//! An ONNX model as plain data, free of protobuf and tract types.

use std::collections::HashMap;
use std::sync::Arc;

use super::array::Array;

/// A model file, read and checked for what concerns no single operator.
#[derive(Debug, Clone)]
pub(super) struct OnnxModel {
    /// File name, for messages.
    pub file: String,
    /// The graph's name.
    pub name: String,
    pub producer: String,
    /// Version of the standard operator set.
    pub opset: i64,
    /// Version of `ai.onnx.ml`; 1 where the model does not import it.
    pub ml_opset: i64,
    pub nodes: Vec<OnnxNode>,
    pub initializers: HashMap<String, Arc<Array>>,
    /// Inputs without those that are initializers too.
    pub inputs: Vec<OnnxInput>,
    /// Names of the values that come out.
    pub outputs: Vec<String>,
    pub notes: Vec<String>,
}

impl OnnxModel {
    /// Version of the operator set that a node belongs to.
    pub fn opset_of(&self, node: &OnnxNode) -> i64 {
        if node.domain == ML_DOMAIN { self.ml_opset } else { self.opset }
    }
}

/// Domain of the classic machine learning operators.
pub(super) const ML_DOMAIN: &str = "ai.onnx.ml";

/// An input as the file declares it.
#[derive(Debug, Clone)]
pub(super) struct OnnxInput {
    pub name: String,
    pub element: Element,
    /// `None` where the file does not even give the rank.
    pub axes: Option<Vec<Extent>>,
}

/// What kind of element an input has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// f32.
    Float,
    /// f16 or bf16; samples are given as f32.
    Half,
    /// f64.
    Double,
    /// An integer type.
    Int,
    /// Strings, booleans, complex numbers, sequences.
    Other,
}

/// Extent of one axis of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Extent {
    Fixed(i64),
    Symbol(String),
    Unknown,
}

/// One operator instance.
#[derive(Debug, Clone)]
pub(super) struct OnnxNode {
    /// Never empty.
    pub name: String,
    /// Empty for the standard domain.
    pub domain: String,
    pub operator: String,
    /// Empty names mark optional inputs that are left out.
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: Vec<(String, Attribute)>,
}

impl OnnxNode {
    /// The operator with its domain where that is not the standard one.
    pub fn full_operator(&self) -> String {
        if self.domain.is_empty() { self.operator.clone() } else { format!("{}.{}", self.domain, self.operator) }
    }
}

/// Value of an attribute.
#[derive(Debug, Clone)]
pub(super) enum Attribute {
    Float(f32),
    Int(i64),
    Text(String),
    Floats(Vec<f32>),
    Ints(Vec<i64>),
    Texts(usize),
    Tensor(Arc<Array>),
    /// A subgraph or another kind that no supported operator has.
    Other,
}
