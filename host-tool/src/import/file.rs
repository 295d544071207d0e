//! Reads an ONNX file through tract's protobuf types into [`OnnxModel`].

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::pb::{self, tensor_proto::DataType};
use tract_onnx::prelude::{DatumType, Framework, Tensor};

use super::array::{Array, Data, element_count};
use super::error::ImportError;
use super::onnx::{Attribute, Element, Extent, ML_DOMAIN, OnnxInput, OnnxModel, OnnxNode};

/// Oldest standard operator set that is read.
const OPSET_MIN: i64 = 7;

/// A model file with the directory that its external data lies in.
pub(super) struct OnnxFile {
    pub proto: pb::ModelProto,
    /// Directory of the file, as tract wants it.
    pub directory: String,
    /// File name, for messages.
    pub name: String,
}

/// Reads the protobuf.
pub(super) fn read(path: &Path) -> Result<OnnxFile, ImportError> {
    let bytes = std::fs::read(path).map_err(|source| ImportError::Read { path: path.to_owned(), source })?;
    let not_onnx = |reason: String| ImportError::NotOnnx { path: path.to_owned(), reason };
    if bytes.is_empty() {
        return Err(not_onnx("the file is empty".to_owned()));
    }
    let proto =
        Onnx::default().proto_model_for_read(&mut bytes.as_slice()).map_err(|error| not_onnx(one_line(&error)))?;
    match &proto.graph {
        None => return Err(not_onnx("it holds no graph".to_owned())),
        Some(graph) if graph.output.is_empty() => return Err(not_onnx("its graph has no outputs".to_owned())),
        Some(_) => {}
    }
    let directory = path.parent().map(|parent| parent.to_string_lossy().into_owned()).unwrap_or_default();
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(OnnxFile { proto, directory, name })
}

/// A foreign error with its causes on one line.
pub(super) fn one_line(error: &tract_onnx::prelude::TractError) -> String {
    let text = format!("{error:#}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Turns the protobuf into plain data; weights are loaded, external data files included.
pub(super) fn to_model(file: &OnnxFile) -> Result<OnnxModel, ImportError> {
    let reader = Reader { file, provider: Onnx::default() };
    let graph = file.proto.graph.clone().unwrap_or_default();
    let opset = opset(&file.proto, "");
    if opset < OPSET_MIN {
        return Err(ImportError::OldOpset { model: file.name.clone(), opset });
    }
    let mut notes = Vec::new();
    let initializers = reader.initializers(&graph, &mut notes)?;
    let inputs: Vec<OnnxInput> =
        graph.input.iter().filter(|input| !initializers.contains_key(&input.name)).map(input).collect();
    let nodes = reader.nodes(&graph)?;
    let model = OnnxModel {
        file: file.name.clone(),
        name: graph.name.clone(),
        producer: file.proto.producer_name.clone(),
        opset,
        ml_opset: opset_of_ml(&file.proto),
        nodes,
        initializers,
        inputs,
        outputs: graph.output.iter().map(|output| output.name.clone()).collect(),
        notes,
    };
    check_unique(&model)?;
    Ok(model)
}

fn opset(proto: &pb::ModelProto, domain: &str) -> i64 {
    let of_domain =
        |import: &&pb::OperatorSetIdProto| import.domain == domain || (domain.is_empty() && import.domain == "ai.onnx");
    // The specification makes a missing import version 1.
    proto.opset_import.iter().find(of_domain).map_or(1, |import| import.version)
}

fn opset_of_ml(proto: &pb::ModelProto) -> i64 {
    opset(proto, ML_DOMAIN)
}

fn check_unique(model: &OnnxModel) -> Result<(), ImportError> {
    let mut seen: HashSet<&str> = HashSet::new();
    let produced = model.nodes.iter().flat_map(|node| &node.outputs).filter(|name| !name.is_empty());
    let inputs = model.inputs.iter().map(|input| &input.name);
    for name in inputs.chain(model.initializers.keys()).chain(produced) {
        if !seen.insert(name) {
            return Err(ImportError::Duplicate { model: model.file.clone(), value: name.clone() });
        }
    }
    Ok(())
}

/// Loads tensors and nodes of one file.
struct Reader<'a> {
    file: &'a OnnxFile,
    provider: Onnx,
}

impl Reader<'_> {
    fn initializers(
        &self,
        graph: &pb::GraphProto,
        notes: &mut Vec<String>,
    ) -> Result<HashMap<String, Arc<Array>>, ImportError> {
        let used: HashSet<&str> = graph.node.iter().flat_map(|node| node.input.iter().map(String::as_str)).collect();
        let is_used = |tensor: &&pb::TensorProto| used.contains(tensor.name.as_str());
        let doubles =
            graph.initializer.iter().filter(is_used).filter(|t| t.data_type == DataType::Double as i32).count();
        if doubles > 0 {
            notes.push(format!("{doubles} weight tensors in double precision are read as f32"));
        }
        let mut initializers = HashMap::new();
        for tensor in &graph.initializer {
            // An unused tensor may be of any type: it is declared, so that its name stays taken, but not loaded.
            let array = if is_used(&tensor) { self.array(tensor, &tensor.name)? } else { Array::ints(Vec::new()) };
            if initializers.insert(tensor.name.clone(), Arc::new(array)).is_some() {
                return Err(ImportError::Duplicate { model: self.file.name.clone(), value: tensor.name.clone() });
            }
        }
        Ok(initializers)
    }

    fn array(&self, proto: &pb::TensorProto, name: &str) -> Result<Array, ImportError> {
        let error =
            |reason: String| ImportError::Tensor { model: self.file.name.clone(), tensor: name.to_owned(), reason };
        let shape: Vec<usize> = proto
            .dims
            .iter()
            .map(|&extent| usize::try_from(extent).ok())
            .collect::<Option<_>>()
            .ok_or_else(|| error(format!("its shape {:?} is not valid", proto.dims)))?;
        let count = element_count(&shape).ok_or_else(|| error(format!("its shape {shape:?} is too large")))?;
        if count == 0 {
            return Ok(Array { shape, data: empty(proto.data_type) });
        }
        if proto.data_type == DataType::String as i32 {
            return Array::new(shape, Data::Text(proto.string_data.len()))
                .ok_or_else(|| error("its number of strings does not match its shape".to_owned()));
        }
        let tensor = tract_onnx::tensor::load_tensor(&*self.provider.provider, proto, Some(&self.file.directory))
            .map_err(|cause| error(one_line(&cause)))?;
        let data = numbers(&tensor).map_err(|cause| error(one_line(&cause)))?;
        Array::new(shape, data).ok_or_else(|| error("its number of elements does not match its shape".to_owned()))
    }

    fn nodes(&self, graph: &pb::GraphProto) -> Result<Vec<OnnxNode>, ImportError> {
        let mut taken: HashSet<&str> = HashSet::new();
        let mut nodes = Vec::with_capacity(graph.node.len());
        for (index, node) in graph.node.iter().enumerate() {
            let first_output = node.output.iter().find(|name| !name.is_empty());
            let name = if !node.name.is_empty() && taken.insert(&node.name) {
                node.name.clone()
            } else {
                first_output
                    .map_or_else(|| format!("{}_{index}", node.op_type), |name| format!("{}:{name}", node.op_type))
            };
            let attributes = node
                .attribute
                .iter()
                .map(|attribute| Ok((attribute.name.clone(), self.attribute(attribute, &name)?)))
                .collect::<Result<_, ImportError>>()?;
            nodes.push(OnnxNode {
                name,
                domain: if node.domain == "ai.onnx" { String::new() } else { node.domain.clone() },
                operator: node.op_type.clone(),
                inputs: node.input.clone(),
                outputs: node.output.clone(),
                attributes,
            });
        }
        Ok(nodes)
    }

    fn attribute(&self, proto: &pb::AttributeProto, node: &str) -> Result<Attribute, ImportError> {
        use pb::attribute_proto::AttributeType;
        let value = match AttributeType::try_from(proto.r#type) {
            Ok(AttributeType::Float) => Attribute::Float(proto.f),
            Ok(AttributeType::Int) => Attribute::Int(proto.i),
            Ok(AttributeType::String) => Attribute::Text(String::from_utf8_lossy(&proto.s).into_owned()),
            Ok(AttributeType::Floats) => Attribute::Floats(proto.floats.clone()),
            Ok(AttributeType::Ints) => Attribute::Ints(proto.ints.clone()),
            Ok(AttributeType::Strings) => Attribute::Texts(proto.strings.len()),
            Ok(AttributeType::Tensor) => match &proto.t {
                Some(tensor) => Attribute::Tensor(Arc::new(self.array(tensor, &format!("{node}.{}", proto.name))?)),
                None => Attribute::Other,
            },
            _ => Attribute::Other,
        };
        Ok(value)
    }
}

fn empty(data_type: i32) -> Data {
    match DataType::try_from(data_type) {
        Ok(DataType::Float | DataType::Double | DataType::Float16 | DataType::Bfloat16) => Data::Float(Vec::new()),
        Ok(DataType::String) => Data::Text(0),
        _ => Data::Int(Vec::new()),
    }
}

fn numbers(tensor: &Tensor) -> Result<Data, tract_onnx::prelude::TractError> {
    match tensor.datum_type() {
        DatumType::F16 | DatumType::F32 | DatumType::F64 => {
            let floats = tensor.cast_to::<f32>()?;
            Ok(Data::Float(floats.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
        }
        _ => {
            let ints = tensor.cast_to::<i64>()?;
            Ok(Data::Int(ints.try_as_plain_ram()?.as_slice::<i64>()?.to_vec()))
        }
    }
}

fn input(info: &pb::ValueInfoProto) -> OnnxInput {
    let tensor = info.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(pb::type_proto::Value::TensorType(tensor)) = tensor else {
        return OnnxInput { name: info.name.clone(), element: Element::Other, axes: None };
    };
    let element = match DataType::try_from(tensor.elem_type) {
        Ok(DataType::Float) => Element::Float,
        Ok(DataType::Float16 | DataType::Bfloat16) => Element::Half,
        Ok(DataType::Double) => Element::Double,
        Ok(
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Uint8
            | DataType::Uint16
            | DataType::Uint32
            | DataType::Uint64,
        ) => Element::Int,
        _ => Element::Other,
    };
    let axes = tensor.shape.as_ref().map(|shape| shape.dim.iter().map(extent).collect());
    OnnxInput { name: info.name.clone(), element, axes }
}

fn extent(dimension: &pb::tensor_shape_proto::Dimension) -> Extent {
    use pb::tensor_shape_proto::dimension::Value;
    match &dimension.value {
        Some(Value::DimValue(value)) => Extent::Fixed(*value),
        Some(Value::DimParam(name)) if !name.is_empty() => Extent::Symbol(name.clone()),
        _ => Extent::Unknown,
    }
}
