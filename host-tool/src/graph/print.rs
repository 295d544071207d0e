//! A graph as text for people and as JSON for programs. Weights are counted, not printed.

use std::fmt::Write;

use super::float::{Affine, Clamp, Graph, Op, Port, Window};
use super::summary::{NodeSummary, Summary, summarize};

/// One line per port and node: name, operator, shapes, multiply-accumulates, parameters.
///
/// The graph must be verified.
pub fn text(graph: &Graph) -> String {
    let summary = summarize(graph);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_text(&mut out, graph, &summary);
    out
}

/// The graph's structure and costs; weights are left out.
pub fn json(graph: &Graph) -> serde_json::Value {
    serde_json::json!({ "graph": graph, "summary": summarize(graph) })
}

fn write_text(out: &mut String, graph: &Graph, summary: &Summary) -> std::fmt::Result {
    writeln!(out, "graph '{}': {} nodes", graph.name, graph.nodes.len())?;
    for port in &graph.inputs {
        writeln!(out, "  input  {}", port_text(graph, port))?;
    }
    for (node, costs) in graph.nodes.iter().zip(&summary.nodes) {
        writeln!(out, "  {}", node_text(&node.op, costs))?;
    }
    for port in &graph.outputs {
        writeln!(out, "  output {}", port_text(graph, port))?;
    }
    writeln!(
        out,
        "  total {} MACs, {} parameters, {} activation bytes at the peak ({})",
        summary.macs,
        summary.parameters,
        summary.activation_bytes_peak,
        summary.peak_node.as_deref().unwrap_or("no node"),
    )?;
    graph.notes.iter().try_for_each(|note| writeln!(out, "  note: {note}"))
}

fn port_text(graph: &Graph, port: &Port) -> String {
    let mut text = format!("{} {:?}", port.name, graph.tensors[port.tensor].shape);
    if !port.permutation.iter().enumerate().all(|(axis, &model_axis)| axis == model_axis) {
        let _ = write!(text, " from the model's {:?} by axes {:?}", port.model_shape, port.permutation);
    }
    if let Some(affine) = &port.normalization {
        let _ = write!(text, " normalized, {}", affine_text(affine));
    }
    text
}

fn node_text(op: &Op, costs: &NodeSummary) -> String {
    let inputs: Vec<String> = costs.inputs.iter().map(|shape| format!("{shape:?}")).collect();
    let mut text =
        format!("{}: {}{} {} -> {:?}", costs.name, costs.operator, details(op), inputs.join(", "), costs.output);
    if costs.macs > 0 {
        let _ = write!(text, ", {} MACs", costs.macs);
    }
    if costs.parameters > 0 {
        let _ = write!(text, ", {} parameters", costs.parameters);
    }
    text
}

/// The operator's parameters in brackets, as far as the shapes do not tell them.
fn details(op: &Op) -> String {
    let text = match op {
        Op::Conv2d(conv) => {
            let groups = if conv.groups > 1 { format!(", {} groups", conv.groups) } else { String::new() };
            format!("{}{groups}{}", window_text(&conv.window), clamp_text(&conv.clamp, ", "))
        }
        Op::Pool(pool) => window_text(&pool.window),
        Op::Dense(dense) => clamp_text(&dense.clamp, ""),
        Op::Affine { affine, clamp } => format!("{}{}", affine_text(affine), clamp_text(clamp, ", ")),
        Op::Binary { clamp, .. } | Op::Unary(super::float::Unary::Clamp(clamp)) => clamp_text(clamp, ""),
        Op::Mean { axes } => format!("axes {axes:?}"),
        Op::Softmax { axis } | Op::LogSoftmax { axis } | Op::Concat { axis } => format!("axis {axis}"),
        Op::Pad { before, after, value } => format!("{before:?} before, {after:?} after, of {value}"),
        Op::Slice { start, step } => format!("from {start:?} by {step:?}"),
        Op::Transpose { permutation } => format!("axes {permutation:?}"),
        Op::Unary(_) | Op::PRelu { .. } | Op::Normalize(_) | Op::Reshape | Op::Resize { .. } => String::new(),
    };
    if text.is_empty() { text } else { format!(" ({text})") }
}

fn window_text(window: &Window) -> String {
    let mut text = format!("{}x{}", window.filter[0], window.filter[1]);
    if window.stride != [1, 1] {
        let _ = write!(text, ", stride {}x{}", window.stride[0], window.stride[1]);
    }
    if window.dilation != [1, 1] {
        let _ = write!(text, ", dilation {}x{}", window.dilation[0], window.dilation[1]);
    }
    if window.pad_before != [0, 0] || window.pad_after != [0, 0] {
        let ([top, left], [bottom, right]) = (window.pad_before, window.pad_after);
        let _ = write!(text, ", padding top {top} left {left} bottom {bottom} right {right}");
    }
    text
}

fn clamp_text(clamp: &Clamp, separator: &str) -> String {
    if clamp.is_none() { String::new() } else { format!("{separator}clamp {} to {}", clamp.min, clamp.max) }
}

fn affine_text(affine: &Affine) -> String {
    match (affine.scale.as_slice(), affine.bias.as_slice()) {
        ([scale], [bias]) => format!("{scale} * x + {bias}"),
        (scale, _) => format!("per channel ({} values)", scale.len()),
    }
}
