//! Checks that a graph means something: identifiers, order, producers, shapes, parameters.
//!
//! Everything that works on a graph relies on it: after [`verify`] identifiers can be used as indices.

use miette::Diagnostic;
use thiserror::Error;

use super::float::{Affine, Clamp, Graph, Node, Op, Port, Shape, TensorId, Unary};
use super::shape::{OperatorFault, check_affine, check_permutation, elements, output_shape, same_with_last_axis};

/// What is wrong with a graph, or with the data given to it.
#[derive(Debug, Clone, PartialEq, Error, Diagnostic)]
pub enum GraphError {
    /// A node or port names a tensor that is not there.
    #[error("'{user}' names tensor {tensor}, but the graph has {count}")]
    #[diagnostic(
        code(graph::unknown_tensor),
        help("this is a defect of the step that made the graph; please report it")
    )]
    UnknownTensor {
        /// Node or port.
        user: String,
        /// The tensor it names.
        tensor: TensorId,
        /// Number of tensors.
        count: usize,
    },
    /// A tensor is read before anything has computed it.
    #[error("'{user}' reads '{tensor}' before anything computes it")]
    #[diagnostic(code(graph::order), help("this is a defect of the step that made the graph; please report it"))]
    Order {
        /// Node or port.
        user: String,
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor has two sources: nodes, graph inputs or a constant.
    #[error("'{node}' computes '{tensor}', which has a source already")]
    #[diagnostic(
        code(graph::two_producers),
        help("this is a defect of the step that made the graph; please report it")
    )]
    TwoProducers {
        /// Node or port.
        node: String,
        /// The tensor's name.
        tensor: String,
    },
    /// An operator's inputs or parameters do not fit.
    #[error("node '{node}' ({operator}): {fault}")]
    #[diagnostic(
        code(graph::operator),
        help("check this node in the model: its attributes do not fit its input shapes")
    )]
    Operator {
        /// The node's name.
        node: String,
        /// The operator's name.
        operator: &'static str,
        /// Why.
        #[source]
        fault: OperatorFault,
    },
    /// The graph states another shape for an output than the operator gives.
    #[error("node '{node}' ({operator}) gives shape {computed:?}, but '{tensor}' is declared as {declared:?}")]
    #[diagnostic(code(graph::shape), help("this is a defect of the step that made the graph; please report it"))]
    OutputShape {
        /// The node's name.
        node: String,
        /// The operator's name.
        operator: &'static str,
        /// The output's name.
        tensor: String,
        /// What the operator gives.
        computed: Shape,
        /// What the graph states.
        declared: Shape,
    },
    /// A constant with another number of values than its shape has, or with one that is not finite.
    #[error("constant '{tensor}' of shape {shape:?} has {count} values, or one that is not finite")]
    #[diagnostic(code(graph::constant), help("check this constant in the model for NaN and infinity"))]
    Constant {
        /// The tensor's name.
        tensor: String,
        /// Its shape.
        shape: Shape,
        /// Number of values present.
        count: usize,
    },
    /// A port whose permutation, shapes or normalization do not fit together.
    #[error("port '{port}': {fault}")]
    #[diagnostic(code(graph::port), help("this is a defect of the step that made the graph; please report it"))]
    Port {
        /// The port's name.
        port: String,
        /// Why.
        #[source]
        fault: OperatorFault,
    },
    /// Another number of inputs than the graph has.
    #[error("the model has {expected} inputs, but {found} were given")]
    #[diagnostic(code(graph::input_count), help("give one tensor for every input of the model"))]
    InputCount {
        /// Inputs of the graph.
        expected: usize,
        /// Inputs given.
        found: usize,
    },
    /// An input with another number of elements than its shape has.
    #[error("input '{port}' of shape {shape:?} needs {expected} values, but {found} were given")]
    #[diagnostic(code(graph::input_length), help("give one sample with exactly the model's input shape"))]
    InputLength {
        /// The port's name.
        port: String,
        /// The model's shape.
        shape: Shape,
        /// Values needed.
        expected: usize,
        /// Values given.
        found: usize,
    },
}

/// The operator's name, for reports.
pub fn operator_name(op: &Op) -> &'static str {
    match op {
        Op::Conv2d(conv)
            if conv.groups > 1
                && conv.weights.len() == conv.output_channels * conv.window.filter[0] * conv.window.filter[1] =>
        {
            "DepthwiseConv2d"
        }
        Op::Conv2d(_) => "Conv2d",
        Op::Dense(_) => "Dense",
        Op::Affine { .. } => "Affine",
        Op::Binary { kind, .. } => match kind {
            super::float::Binary::Add => "Add",
            super::float::Binary::Sub => "Sub",
            super::float::Binary::Mul => "Mul",
        },
        Op::Unary(unary) => match unary {
            Unary::Clamp(_) => "Clamp",
            Unary::LeakyRelu { .. } => "LeakyRelu",
            Unary::Sigmoid => "Sigmoid",
            Unary::Tanh => "Tanh",
            Unary::HardSwish => "HardSwish",
            Unary::HardSigmoid { .. } => "HardSigmoid",
        },
        Op::PRelu { .. } => "PRelu",
        Op::Pool(pool) => match pool.kind {
            super::float::PoolKind::Max => "MaxPool",
            super::float::PoolKind::Average => "AveragePool",
        },
        Op::Mean { .. } => "Mean",
        Op::Softmax { .. } => "Softmax",
        Op::LogSoftmax { .. } => "LogSoftmax",
        Op::Normalize(_) => "Normalize",
        Op::Pad { .. } => "Pad",
        Op::Concat { .. } => "Concat",
        Op::Slice { .. } => "Slice",
        Op::Reshape => "Reshape",
        Op::Transpose { .. } => "Transpose",
        Op::Resize { .. } => "Resize",
    }
}

/// Checks the whole graph.
///
/// # Errors
/// The first thing found wrong: an identifier out of range, a node out of order, a tensor with two sources, a shape that the
/// operator does not give, parameters of the wrong length, values that are not finite.
pub fn verify(graph: &Graph) -> Result<(), GraphError> {
    check_identifiers(graph)?;
    let mut available = vec![false; graph.tensors.len()];
    for (tensor, available) in graph.tensors.iter().zip(&mut available) {
        if let Some(values) = &tensor.constant {
            if values.len() != elements(&tensor.shape) || !all_finite(values) {
                let (tensor, shape) = (tensor.name.clone(), tensor.shape.clone());
                return Err(GraphError::Constant { tensor, shape, count: values.len() });
            }
            *available = true;
        }
    }
    for port in &graph.inputs {
        check_port(graph, port)?;
        claim(graph, &mut available, &port.name, port.tensor)?;
    }
    for node in &graph.nodes {
        for &input in &node.inputs {
            check_available(graph, &available, &node.name, input)?;
        }
        check_node(graph, node)?;
        claim(graph, &mut available, &node.name, node.output)?;
    }
    for port in &graph.outputs {
        check_port(graph, port)?;
        check_available(graph, &available, &port.name, port.tensor)?;
    }
    Ok(())
}

fn check_identifiers(graph: &Graph) -> Result<(), GraphError> {
    let of_nodes = graph
        .nodes
        .iter()
        .flat_map(|node| node.inputs.iter().chain([&node.output]).map(move |&tensor| (&node.name, tensor)));
    let of_ports = graph.inputs.iter().chain(&graph.outputs).map(|port| (&port.name, port.tensor));
    let count = graph.tensors.len();
    match of_nodes.chain(of_ports).find(|&(_, tensor)| tensor >= count) {
        Some((user, tensor)) => Err(GraphError::UnknownTensor { user: user.clone(), tensor, count }),
        None => Ok(()),
    }
}

fn check_available(graph: &Graph, available: &[bool], user: &str, tensor: TensorId) -> Result<(), GraphError> {
    if available[tensor] {
        return Ok(());
    }
    Err(GraphError::Order { user: user.to_owned(), tensor: graph.tensors[tensor].name.clone() })
}

fn claim(graph: &Graph, available: &mut [bool], node: &str, tensor: TensorId) -> Result<(), GraphError> {
    if std::mem::replace(&mut available[tensor], true) {
        return Err(GraphError::TwoProducers { node: node.to_owned(), tensor: graph.tensors[tensor].name.clone() });
    }
    Ok(())
}

fn check_node(graph: &Graph, node: &Node) -> Result<(), GraphError> {
    let shapes: Vec<&[usize]> = node.inputs.iter().map(|&input| graph.tensors[input].shape.as_slice()).collect();
    let output = &graph.tensors[node.output];
    let operator = operator_name(&node.op);
    let computed = output_shape(&node.op, &shapes, &output.shape)
        .and_then(|shape| check_values(&node.op).map(|()| shape))
        .map_err(|fault| GraphError::Operator { node: node.name.clone(), operator, fault })?;
    if computed == output.shape {
        return Ok(());
    }
    Err(GraphError::OutputShape {
        node: node.name.clone(),
        operator,
        tensor: output.name.clone(),
        computed,
        declared: output.shape.clone(),
    })
}

fn check_port(graph: &Graph, port: &Port) -> Result<(), GraphError> {
    port_fault(&graph.tensors[port.tensor].shape, port)
        .map_err(|fault| GraphError::Port { port: port.name.clone(), fault })
}

fn port_fault(shape: &[usize], port: &Port) -> Result<(), OperatorFault> {
    check_permutation(&port.permutation, port.model_shape.len())?;
    let permuted: Shape = port.permutation.iter().map(|&axis| port.model_shape[axis]).collect();
    if permuted != shape {
        return Err(OperatorFault::Shapes { left: permuted, right: shape.to_vec() });
    }
    if let Some(affine) = &port.normalization {
        check_affine(affine)?;
        same_with_last_axis(shape, "normalization", affine.scale.len())?;
        check_affine_values(affine)?;
    }
    Ok(())
}

fn check_values(op: &Op) -> Result<(), OperatorFault> {
    match op {
        Op::Conv2d(conv) => {
            finite("weights", &conv.weights)?;
            finite("bias", &conv.bias)?;
            check_clamp(&conv.clamp)
        }
        Op::Dense(dense) => {
            finite("weights", &dense.weights)?;
            finite("bias", &dense.bias)?;
            check_clamp(&dense.clamp)
        }
        Op::Affine { affine, clamp } => {
            check_affine_values(affine)?;
            check_clamp(clamp)
        }
        Op::Binary { clamp, .. } | Op::Unary(Unary::Clamp(clamp)) => check_clamp(clamp),
        Op::Unary(Unary::LeakyRelu { slope }) => finite("slope", &[*slope]),
        Op::Unary(Unary::HardSigmoid { alpha, beta }) => finite("slope and offset", &[*alpha, *beta]),
        Op::PRelu { slope } => finite("slope", slope),
        Op::Pad { value, .. } if value.is_nan() => Err(OperatorFault::NotFinite { parameter: "padding value" }),
        _ => Ok(()),
    }
}

fn check_affine_values(affine: &Affine) -> Result<(), OperatorFault> {
    finite("scale", &affine.scale)?;
    finite("bias", &affine.bias)
}

/// Bounds may be infinite, but must be in order.
fn check_clamp(clamp: &Clamp) -> Result<(), OperatorFault> {
    if clamp.min <= clamp.max { Ok(()) } else { Err(OperatorFault::NotFinite { parameter: "clamp" }) }
}

fn finite(parameter: &'static str, values: &[f32]) -> Result<(), OperatorFault> {
    if all_finite(values) { Ok(()) } else { Err(OperatorFault::NotFinite { parameter }) }
}

fn all_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}
