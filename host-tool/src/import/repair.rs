//! The model as tract runs it: the same operators, in a file that tract does not stumble over.

use std::collections::HashSet;

use tract_onnx::pb::{self, tensor_proto::DataType};

use crate::graph::float::Port;

use super::file::OnnxFile;
use super::onnx::{Attribute, ML_DOMAIN, OnnxModel};

/// The model as tract wants it: nodes named, only what is needed, inputs of fixed shape, no stale shapes.
pub(super) fn repaired(file: &OnnxFile, model: &OnnxModel, order: &[usize], inputs: &[Port]) -> pb::ModelProto {
    let mut proto = file.proto.clone();
    let mut graph = proto.graph.take().unwrap_or_default();
    let mut nodes = Vec::with_capacity(order.len());
    for &index in order {
        if let Some(node) = graph.node.get(index) {
            let mut named = pb::NodeProto { name: format!("{index}:{}", model.nodes[index].name), ..node.clone() };
            number_labels(&mut named);
            if is_scaler(&named) {
                let (parts, constants) = scaler_parts(&named);
                nodes.extend(parts);
                graph.initializer.extend(constants);
            } else {
                nodes.push(named);
            }
        }
    }
    let used: HashSet<&str> = nodes.iter().flat_map(|node| node.input.iter().map(String::as_str)).collect();
    graph.initializer.retain(|tensor| used.contains(tensor.name.as_str()));
    graph.input.retain(|input| inputs.iter().any(|port| port.name == input.name));
    for input in &mut graph.input {
        if let Some(port) = inputs.iter().find(|port| port.name == input.name) {
            fix_shape(input, &port.model_shape);
        }
    }
    graph.output =
        model.outputs.iter().map(|name| pb::ValueInfoProto { name: name.clone(), ..Default::default() }).collect();
    graph.value_info.clear();
    graph.node = nodes;
    proto.graph = Some(graph);
    proto
}

fn fix_shape(input: &mut pb::ValueInfoProto, shape: &[usize]) {
    use pb::tensor_shape_proto::{Dimension, dimension};
    if let Some(pb::TypeProto { value: Some(pb::type_proto::Value::TensorType(tensor)), .. }) = &mut input.r#type {
        let extent = |&extent: &usize| Dimension {
            value: Some(dimension::Value::DimValue(i64::try_from(extent).unwrap_or(i64::MAX))),
            ..Default::default()
        };
        tensor.shape = Some(pb::TensorShapeProto { dim: shape.iter().map(extent).collect() });
    }
}

/// Why tract's result would not be the model's, where that is known.
pub(super) fn known_difference(model: &OnnxModel, order: &[usize]) -> Option<String> {
    let node = order.iter().filter_map(|&index| model.nodes.get(index)).find(|node| {
        let attribute = |name: &str| node.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let has_one_row = matches!(attribute("intercepts"), Some(Attribute::Floats(values)) if values.len() == 1);
        let is_logistic = matches!(attribute("post_transform"), Some(Attribute::Text(name)) if name == "LOGISTIC");
        node.operator == "LinearClassifier" && has_one_row && !is_logistic
    })?;
    Some(format!("`{}` is a LinearClassifier with one row, whose first score tract takes for another", node.name))
}

/// tract has no labels that are strings; the label itself is cut off, so that numbers do as well.
fn number_labels(node: &mut pb::NodeProto) {
    use pb::attribute_proto::AttributeType;
    for attribute in node.attribute.iter_mut().filter(|attribute| attribute.name == "classlabels_strings") {
        let count = i64::try_from(attribute.strings.len()).unwrap_or(i64::MAX);
        *attribute = pb::AttributeProto {
            name: "classlabels_ints".to_owned(),
            r#type: AttributeType::Ints as i32,
            ints: (0..count).collect(),
            ..Default::default()
        };
    }
}

fn is_scaler(node: &pb::NodeProto) -> bool {
    node.domain == ML_DOMAIN && node.op_type == "Scaler"
}

/// tract has no Scaler: the subtraction and the multiplication that define it, with their constants.
fn scaler_parts(node: &pb::NodeProto) -> ([pb::NodeProto; 2], [pb::TensorProto; 2]) {
    let output = node.output.first().cloned().unwrap_or_default();
    let [offset, scale, centred] = ["offset", "scale", "centred"].map(|part| format!("{output}/{part}"));
    let part = |operator: &str, inputs: [String; 2], output: &str| pb::NodeProto {
        name: format!("{}/{operator}", node.name),
        op_type: operator.to_owned(),
        input: inputs.to_vec(),
        output: vec![output.to_owned()],
        ..Default::default()
    };
    let values = |name: &str, default: f32| {
        let attribute = node.attribute.iter().find(|attribute| attribute.name == name);
        attribute.map_or_else(|| vec![default], |attribute| attribute.floats.clone())
    };
    let input = node.input.first().cloned().unwrap_or_default();
    let nodes =
        [part("Sub", [input, offset.clone()], &centred), part("Mul", [centred.clone(), scale.clone()], &output)];
    (nodes, [row(offset, values("offset", 0.0)), row(scale, values("scale", 1.0))])
}

/// A constant of shape `[1, values]`, of the rank that tract wants both operands to have.
fn row(name: String, values: Vec<f32>) -> pb::TensorProto {
    pb::TensorProto {
        name,
        dims: vec![1, i64::try_from(values.len()).unwrap_or(i64::MAX)],
        data_type: DataType::Float as i32,
        float_data: values,
        ..Default::default()
    }
}
