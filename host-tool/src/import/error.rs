//! What can be wrong with a model file.

use std::fmt::Write as _;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::graph::GraphError;

/// Why a model could not be imported.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ImportError {
    /// The file could not be read.
    #[error("cannot read the model `{}`", path.display())]
    #[diagnostic(code(import::read), help("check that the file is there and readable"))]
    Read {
        /// The model file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not an ONNX model, or only a part of one.
    #[error("`{}` is not a readable ONNX model: {reason}", path.display())]
    #[diagnostic(
        code(import::not_onnx),
        help(
            "the file may be truncated or of another format: export or download it again, and check it with `onnx.checker.check_model`"
        )
    )]
    NotOnnx {
        /// The model file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The operator set is older than what is read here.
    #[error("`{model}` uses ONNX opset {opset}; opset 7 and later are read")]
    #[diagnostic(
        code(import::old_opset),
        help("export the model again with opset 11 or later, or use `onnx.version_converter`")
    )]
    OldOpset {
        /// The model file.
        model: String,
        /// Its operator set.
        opset: i64,
    },
    /// A weight tensor cannot be read.
    #[error("tensor `{tensor}` of `{model}` cannot be read: {reason}")]
    #[diagnostic(
        code(import::tensor),
        help("check that the file is complete and that external data files lie beside the model")
    )]
    Tensor {
        /// The model file.
        model: String,
        /// Name of the initializer or of the node that holds it.
        tensor: String,
        /// What does not fit.
        reason: String,
    },
    /// An input has axes whose extent is not known.
    #[error("input `{input}` of `{model}` has no fixed extent on {axes}")]
    #[diagnostic(
        code(import::dynamic_shape),
        help(
            "only the batch (axis 0) may be left open: export with fixed sizes, or fix them with `onnxruntime.tools.make_dynamic_shape_fixed`"
        )
    )]
    DynamicShape {
        /// The model file.
        model: String,
        /// Name of the input.
        input: String,
        /// The axes, with their symbolic names.
        axes: String,
    },
    /// An input that cannot be used.
    #[error("input `{input}` of `{model}` cannot be used: {reason}")]
    #[diagnostic(code(import::input), help("export the model with float inputs of a fixed, non-empty shape"))]
    Input {
        /// The model file.
        model: String,
        /// Name of the input.
        input: String,
        /// What does not fit.
        reason: String,
    },
    /// A value is used that nothing produces.
    #[error("{user} of `{model}` uses value `{value}`, which nothing in the model produces")]
    #[diagnostic(
        code(import::dangling),
        help("the model is inconsistent: check it with `onnx.checker.check_model` and export it again")
    )]
    Dangling {
        /// The model file.
        model: String,
        /// The node or output that uses it.
        user: String,
        /// The missing value.
        value: String,
    },
    /// Two producers of one value.
    #[error("value `{value}` of `{model}` is produced more than once")]
    #[diagnostic(
        code(import::duplicate),
        help("the model is inconsistent: check it with `onnx.checker.check_model` and export it again")
    )]
    Duplicate {
        /// The model file.
        model: String,
        /// The value.
        value: String,
    },
    /// Nodes that need each other's results.
    #[error("the nodes of `{model}` form a cycle through `{node}`")]
    #[diagnostic(
        code(import::cycle),
        help("the model is inconsistent: check it with `onnx.checker.check_model` and export it again")
    )]
    Cycle {
        /// The model file.
        model: String,
        /// One node of the cycle.
        node: String,
    },
    /// Nothing that could be computed on a device comes out of the model.
    #[error("`{model}` has no output of numbers that depend on its inputs")]
    #[diagnostic(
        code(import::no_output),
        help("make the scores an output of the model: class labels alone are not computed on the device")
    )]
    NoOutput {
        /// The model file.
        model: String,
    },
    /// The model's numbers do not make a graph, for instance weights that are not finite.
    #[error("`{model}` does not make a valid graph")]
    #[diagnostic(code(import::invalid_graph), help("check the model's weights: they must be finite"))]
    Graph {
        /// The model file.
        model: String,
        /// What does not fit.
        #[source]
        source: Box<GraphError>,
    },
    /// Operators, or forms of them, that have no counterpart here; all of them, in the model's order.
    #[error("`{model}` uses {} that cannot be converted:{}", count(items.len()), list(items))]
    #[diagnostic(
        code(import::unsupported_operator),
        help("docs/operators.md lists what is supported; `peacrab inspect` shows the whole model")
    )]
    Unsupported {
        /// The model file.
        model: String,
        /// All of them, in execution order.
        items: Vec<UnsupportedItem>,
    },
}

/// One node that cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UnsupportedItem {
    /// Name of the node.
    pub node: String,
    /// Its ONNX operator, with the domain where it is not the standard one.
    pub operator: String,
    /// Version of the operator set it comes from.
    pub opset: i64,
    /// What does not fit.
    pub reason: String,
    /// What to do.
    pub advice: String,
}

fn count(items: usize) -> String {
    if items == 1 { "1 operator".to_owned() } else { format!("{items} operators") }
}

fn list(items: &[UnsupportedItem]) -> String {
    let mut text = String::new();
    for item in items {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n  {} `{}` (opset {}): {}; {}",
            item.operator, item.node, item.opset, item.reason, item.advice
        );
    }
    text
}
