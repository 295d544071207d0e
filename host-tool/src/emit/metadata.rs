//! What the host wants to know of a program and the device does not: names, scales, figures.

use serde::{Deserialize, Serialize};

use crate::graph::fixed::{FixedGraph, FixedPort};
use crate::graph::float::Port;
use crate::plan::{Optimize, Plan};

/// The JSON behind a program's device part.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// Version of the tool that wrote it.
    pub peacrab: String,
    /// Name of the model.
    pub model: String,
    /// Board it was packed for, if any.
    pub board: Option<String>,
    /// The observer that chose the ranges.
    pub observer: String,
    /// Number of calibration samples.
    pub calibration_samples: usize,
    /// What was paid for what.
    #[serde(default)]
    pub optimize: Optimize,
    /// Inputs, in order.
    pub inputs: Vec<PortMetadata>,
    /// Outputs, in order.
    pub outputs: Vec<PortMetadata>,
    /// Operators, in order.
    pub operators: Vec<OperatorMetadata>,
    /// Tensors that are parts of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartMetadata>,
    /// One quantized calibration sample, one vector for each input: what a stand-alone image runs on.
    pub sample: Vec<Vec<i8>>,
}

/// A tensor that lies in another one's memory: a band of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartMetadata {
    /// Its index in the program.
    pub tensor: usize,
    /// Index of the other one.
    pub whole: usize,
    /// Its first element in the other one.
    pub offset: usize,
}

/// An input or output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortMetadata {
    /// What the model's file says of it, and what the host does to a sample before it is quantized.
    pub port: Port,
    /// Extents of the tensor, as many axes as the port's permutation has.
    pub tensor_shape: Vec<usize>,
    /// Real value of one step.
    pub scale: f64,
    /// Integer that stands for real 0.
    pub zero_point: i32,
}

/// One operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorMetadata {
    /// The model's own node name.
    pub name: String,
    /// Name of the kernel.
    pub kernel: String,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Name of the output value in the model.
    pub output: String,
    /// Tensor of the prepared float graph that the output stands for.
    pub float_tensor: Option<usize>,
    /// The channel of that tensor that each channel of the output stands for, where slimming took some away; `None` for one that means
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Option<usize>>>,
    /// Index of the output tensor in the program.
    pub tensor: usize,
    /// `[N, H, W, C]` of the output.
    pub shape: [usize; 4],
    /// Real value of one step of the output.
    pub scale: f64,
    /// Integer that stands for real 0 in the output.
    pub zero_point: i32,
}

impl Metadata {
    /// The JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The metadata that follows from graph and plan; the caller adds what it knows of the calibration.
pub fn metadata(graph: &FixedGraph, plan: &Plan) -> Metadata {
    let operator = |step: &crate::plan::Step| {
        let node = &graph.nodes[step.node];
        let output = &graph.tensors[node.output];
        OperatorMetadata {
            name: node.name.clone(),
            kernel: step.kernel.name().to_owned(),
            macs: graph.macs(node),
            output: output.name.clone(),
            float_tensor: output.float,
            channels: output.channels.clone(),
            tensor: node.output,
            shape: output.shape,
            scale: output.quant.scale,
            zero_point: output.quant.zero_point,
        }
    };
    Metadata {
        peacrab: env!("CARGO_PKG_VERSION").to_owned(),
        model: graph.name.clone(),
        inputs: graph.inputs.iter().map(|port| port_metadata(graph, port)).collect(),
        outputs: graph.outputs.iter().map(|port| port_metadata(graph, port)).collect(),
        operators: plan.steps.iter().map(operator).collect(),
        parts: parts(graph).collect(),
        ..Metadata::default()
    }
}

fn parts(graph: &FixedGraph) -> impl Iterator<Item = PartMetadata> {
    let views = graph.tensors.iter().enumerate().filter_map(|(tensor, record)| Some((tensor, record.view?)));
    views.map(|(tensor, view)| PartMetadata { tensor, whole: view.tensor, offset: view.offset })
}

fn port_metadata(graph: &FixedGraph, fixed: &FixedPort) -> PortMetadata {
    let tensor = &graph.tensors[fixed.tensor];
    let leading = tensor.shape.len() - fixed.port.permutation.len();
    PortMetadata {
        port: fixed.port.clone(),
        tensor_shape: tensor.shape[leading..].to_vec(),
        scale: tensor.quant.scale,
        zero_point: tensor.quant.zero_point,
    }
}
