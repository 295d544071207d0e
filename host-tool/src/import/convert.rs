//! Drives the conversion: every needed node in order, what cannot be converted collected.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::graph::float::{Graph, Node, Op, Port, Shape};

use super::array::computed_count;
use super::builder::{Builder, without_unused};
use super::context::{Context, Converted, Refusal, Value};
use super::error::{ImportError, UnsupportedItem};
use super::onnx::{Element, Extent, OnnxInput, OnnxModel, OnnxNode};
use super::ops;
use super::order::execution_order;

/// What became of a model.
pub(super) struct Conversion {
    /// Complete only when nothing is unsupported.
    pub graph: Graph,
    pub unsupported: Vec<UnsupportedItem>,
    /// Names of the ONNX values that the graph's outputs stand for, in order: the source of a dropped ZipMap, not its name.
    pub output_values: Vec<String>,
}

/// Converts as much of the model as can be.
pub(super) fn convert(model: &OnnxModel) -> Result<Conversion, ImportError> {
    let order = execution_order(model)?;
    let used = order.iter().flat_map(|&index| &model.nodes[index].inputs).chain(&model.outputs).map(String::as_str);
    let mut converter = Converter::new(model, used.collect());
    converter.add_inputs()?;
    for index in order {
        converter.add_node(&model.nodes[index]);
    }
    converter.finish()
}

struct Converter<'a> {
    model: &'a OnnxModel,
    /// Names of the values that are an input of a needed node, or an output.
    used: HashSet<&'a str>,
    builder: Builder,
    values: HashMap<&'a str, Value>,
    /// Output names of left out ZipMaps, with the names of what they map.
    zip_maps: HashMap<&'a str, &'a str>,
    unsupported: Vec<UnsupportedItem>,
}

impl<'a> Converter<'a> {
    fn new(model: &'a OnnxModel, used: HashSet<&'a str>) -> Converter<'a> {
        let mut builder = Builder::default();
        builder.graph.name = if model.name.is_empty() { model.file.clone() } else { model.name.clone() };
        builder.graph.notes = model.notes.clone();
        let constants =
            model.initializers.iter().map(|(name, array)| (name.as_str(), Value::Constant(Arc::clone(array))));
        let values = constants.collect();
        Converter { model, used, builder, values, zip_maps: HashMap::new(), unsupported: Vec::new() }
    }

    fn add_inputs(&mut self) -> Result<(), ImportError> {
        for input in &self.model.inputs {
            let shape = input_shape(self.model, input)?;
            let tensor = self.builder.add_tensor(input.name.clone(), shape.clone(), None);
            let value = match input.element {
                Element::Float => Value::Tensor(tensor),
                Element::Half => {
                    self.builder.graph.notes.push(format!("input `{}` is taken as f32", input.name));
                    Value::Tensor(tensor)
                }
                Element::Int => {
                    self.builder.graph.notes.push(format!("input `{}` holds integers and is taken as f32", input.name));
                    Value::Integers(tensor)
                }
                Element::Double => return Err(self.refuse_input(input, "it computes in double precision")),
                Element::Other => return Err(self.refuse_input(input, "its elements are not numbers")),
            };
            self.values.insert(&input.name, value);
            let permutation = (0..shape.len()).collect();
            let port = Port { name: input.name.clone(), tensor, model_shape: shape, permutation, normalization: None };
            self.builder.graph.inputs.push(port);
        }
        Ok(())
    }

    fn refuse_input(&self, input: &OnnxInput, reason: &str) -> ImportError {
        ImportError::Input { model: self.model.file.clone(), input: input.name.clone(), reason: reason.to_owned() }
    }

    fn add_node(&mut self, node: &'a OnnxNode) {
        let values = match self.convert_node(node) {
            Ok(values) => values,
            Err(refusal) => {
                self.unsupported.push(UnsupportedItem {
                    node: node.name.clone(),
                    operator: node.full_operator(),
                    opset: self.model.opset_of(node),
                    reason: refusal.reason,
                    advice: refusal.advice,
                });
                Vec::new()
            }
        };
        let values = values.into_iter().chain(std::iter::repeat(Value::Unknown));
        for (name, value) in node.outputs.iter().zip(values).filter(|(name, _)| !name.is_empty()) {
            if let Value::Tensor(id) = value
                && self.builder.producer(id).is_some()
                && let Some(tensor) = self.builder.graph.tensors.get_mut(id)
            {
                tensor.name.clone_from(name);
            }
            self.values.insert(name, value);
        }
        if node.operator == "ZipMap"
            && let (Some(from), Some(to)) = (node.inputs.first(), node.outputs.first())
        {
            self.zip_maps.insert(to, from);
        }
    }

    fn convert_node(&mut self, node: &'a OnnxNode) -> Converted {
        let value = |name: &String| if name.is_empty() { None } else { self.values.get(name.as_str()).cloned() };
        let inputs: Vec<Option<Value>> = node.inputs.iter().map(value).collect();
        let has = |wanted: fn(&Value) -> bool| inputs.iter().flatten().any(wanted);
        if has(|value| matches!(value, Value::Label)) && ops::passes_labels(node) {
            return Ok(vec![Value::Label; node.outputs.len()]);
        }
        let converter = ops::converter(node).ok_or_else(|| ops::refusal(node))?;
        // What follows an unsupported node cannot be judged, and is not to blame.
        if has(|value| matches!(value, Value::Unknown)) {
            return Ok(vec![Value::Unknown; node.outputs.len()]);
        }
        let opset = self.model.opset_of(node);
        let mut context = Context::new(node, opset, inputs, &mut self.builder);
        let converted = converter(&mut context)?;
        context.check_attributes()?;
        let mut unmade = node.outputs.iter().enumerate().skip(converted.len());
        match unmade.find(|(_, name)| self.used.contains(name.as_str())) {
            Some((index, name)) => Err(Refusal::form(format!("its output {index}, `{name}`, is used"))),
            None => Ok(converted),
        }
    }

    fn finish(mut self) -> Result<Conversion, ImportError> {
        let mut output_values = Vec::new();
        for name in &self.model.outputs {
            let source = self.zip_maps.get(name.as_str()).copied().unwrap_or(name);
            if source != name {
                self.note(format!("ZipMap is left out: output `{name}` is the array of scores"));
            }
            match self.values.get(name.as_str()) {
                Some(&(Value::Tensor(tensor) | Value::Integers(tensor))) => {
                    let shape = self.builder.shape(tensor).to_vec();
                    let permutation = (0..shape.len()).collect();
                    let port =
                        Port { name: name.clone(), tensor, model_shape: shape, permutation, normalization: None };
                    self.builder.graph.outputs.push(port);
                    output_values.push(source.to_owned());
                }
                Some(Value::Label) => self
                    .note(format!("output `{name}` is left out: it is a class label, which is picked from the scores")),
                Some(Value::Constant(_)) => self.note(format!("output `{name}` is left out: it is a constant")),
                Some(Value::Unknown) | None => {}
            }
        }
        if self.builder.graph.outputs.is_empty() && self.unsupported.is_empty() {
            return Err(ImportError::NoOutput { model: self.model.file.clone() });
        }
        let graph = without_unused(self.builder.graph);
        self.unsupported.extend(graph.nodes.iter().filter_map(|node| deep_selection(self.model, node)));
        Ok(Conversion { graph, unsupported: self.unsupported, output_values })
    }

    fn note(&mut self, text: String) {
        self.builder.graph.notes.push(text);
    }
}

/// Selecting elements of tensors of rank 5 and more has no counterpart; what merges into a resize is gone by now.
fn deep_selection(model: &OnnxModel, node: &Node) -> Option<UnsupportedItem> {
    let Op::Resize { indices } = &node.op else { return None };
    let source = model.nodes.iter().find(|source| source.name == node.name);
    (indices.len() > 4).then(|| UnsupportedItem {
        node: node.name.clone(),
        operator: source.map_or_else(|| "Resize".to_owned(), OnnxNode::full_operator),
        opset: model.opset,
        reason: format!("it repeats or picks elements of a tensor of rank {}", indices.len()),
        advice: "use Resize (nearest), or tensors of rank 4 and less".to_owned(),
    })
}

/// The shape of an input, its batch fixed to 1.
fn input_shape(model: &OnnxModel, input: &OnnxInput) -> Result<Shape, ImportError> {
    let refuse = |reason: String| ImportError::Input { model: model.file.clone(), input: input.name.clone(), reason };
    let axes = input.axes.as_ref().ok_or_else(|| refuse("the file does not give its shape".to_owned()))?;
    let mut open = Vec::new();
    let mut shape = Vec::with_capacity(axes.len());
    for (axis, extent) in axes.iter().enumerate() {
        match extent {
            Extent::Fixed(value) if *value > 0 => shape.push(usize::try_from(*value).unwrap_or(usize::MAX)),
            // Some exporters write an open batch as 0 or -1.
            _ if axis == 0 => shape.push(1),
            Extent::Fixed(value) => return Err(refuse(format!("axis {axis} has extent {value}"))),
            Extent::Symbol(name) => open.push(format!("axis {axis} (`{name}`)")),
            Extent::Unknown => open.push(format!("axis {axis}")),
        }
    }
    if !open.is_empty() {
        let (model, input, axes) = (model.file.clone(), input.name.clone(), open.join(", "));
        return Err(ImportError::DynamicShape { model, input, axes });
    }
    computed_count(&shape).ok_or_else(|| refuse(format!("its shape {shape:?} is too large")))?;
    Ok(shape)
}
