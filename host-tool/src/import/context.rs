//! What a converter sees of one ONNX node: its inputs, its attributes, and the graph that it adds to.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::graph::float::{Binary, Op, Shape, TensorId, Unary};

use super::array::{Array, broadcast_shapes, computed_count, element_count};
use super::builder::Builder;
use super::onnx::{Attribute, OnnxNode};

/// What a name in the ONNX graph stands for.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Known at import.
    Constant(Arc<Array>),
    /// A float tensor of the graph.
    Tensor(TensorId),
    /// An integer input of the model that has not been cast to float.
    Integers(TensorId),
    /// A class label, which the device does not compute; the text says what it was.
    Label,
    /// The result of a node that could not be converted.
    Unknown,
}

/// Why a node cannot be converted, and what to do.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub reason: String,
    pub advice: String,
}

impl Refusal {
    pub fn new(reason: impl Into<String>, advice: impl Into<String>) -> Refusal {
        Refusal { reason: reason.into(), advice: advice.into() }
    }

    /// A form of a supported operator that cannot be converted.
    pub fn form(reason: impl Into<String>) -> Refusal {
        Refusal::new(reason, "see docs/operators.md for the forms that are supported")
    }
}

/// The values that a node's outputs stand for, in order.
pub(super) type Converted = Result<Vec<Value>, Refusal>;

/// One ONNX node on its way into the graph.
pub(super) struct Context<'a> {
    pub node: &'a OnnxNode,
    /// Version of the operator set that the node belongs to.
    pub opset: i64,
    pub inputs: Vec<Option<Value>>,
    pub builder: &'a mut Builder,
    read_attributes: BTreeSet<&'a str>,
    steps: usize,
}

impl<'a> Context<'a> {
    pub fn new(node: &'a OnnxNode, opset: i64, inputs: Vec<Option<Value>>, builder: &'a mut Builder) -> Context<'a> {
        Context { node, opset, inputs, builder, read_attributes: BTreeSet::new(), steps: 0 }
    }

    /// Refuses attributes that the converter has not looked at: none is ignored silently.
    pub fn check_attributes(&self) -> Result<(), Refusal> {
        let unread = self.node.attributes.iter().find(|(name, _)| !self.read_attributes.contains(name.as_str()));
        unread.map_or(Ok(()), |(name, _)| Err(Refusal::form(format!("attribute `{name}` is not supported"))))
    }
}

/// Attributes.
impl<'a> Context<'a> {
    fn attribute(&mut self, name: &str) -> Option<&'a Attribute> {
        let (key, value) = self.node.attributes.iter().find(|(key, _)| key == name)?;
        self.read_attributes.insert(key);
        Some(value)
    }

    fn typed<T>(&mut self, name: &str, read: impl Fn(&Attribute) -> Option<T>) -> Result<Option<T>, Refusal> {
        match self.attribute(name) {
            None => Ok(None),
            Some(value) => {
                read(value).map(Some).ok_or_else(|| Refusal::form(format!("attribute `{name}` has an unexpected type")))
            }
        }
    }

    pub fn int(&mut self, name: &str, default: i64) -> Result<i64, Refusal> {
        let read = |value: &Attribute| if let Attribute::Int(x) = value { Some(*x) } else { None };
        Ok(self.typed(name, read)?.unwrap_or(default))
    }

    pub fn float(&mut self, name: &str, default: f32) -> Result<f32, Refusal> {
        let read = |value: &Attribute| if let Attribute::Float(x) = value { Some(*x) } else { None };
        Ok(self.typed(name, read)?.unwrap_or(default))
    }

    pub fn text(&mut self, name: &str, default: &str) -> Result<String, Refusal> {
        let read = |value: &Attribute| if let Attribute::Text(x) = value { Some(x.clone()) } else { None };
        Ok(self.typed(name, read)?.unwrap_or_else(|| default.to_owned()))
    }

    pub fn ints(&mut self, name: &str) -> Result<Option<Vec<i64>>, Refusal> {
        self.typed(name, |value| if let Attribute::Ints(x) = value { Some(x.clone()) } else { None })
    }

    pub fn floats(&mut self, name: &str) -> Result<Option<Vec<f32>>, Refusal> {
        self.typed(name, |value| if let Attribute::Floats(x) = value { Some(x.clone()) } else { None })
    }

    /// The value of a tensor, number, list or string attribute, as an array.
    pub fn array_attribute(&mut self, name: &str) -> Option<Arc<Array>> {
        use super::array::Data;
        match self.attribute(name)? {
            Attribute::Tensor(array) => Some(array.clone()),
            Attribute::Float(x) => Some(Arc::new(Array::scalar(Data::Float(vec![*x])))),
            Attribute::Int(x) => Some(Arc::new(Array::scalar(Data::Int(vec![*x])))),
            Attribute::Floats(x) => Some(Arc::new(Array::floats(x.clone()))),
            Attribute::Ints(x) => Some(Arc::new(Array::ints(x.clone()))),
            Attribute::Text(_) => Some(Arc::new(Array::scalar(Data::Text(1)))),
            Attribute::Texts(count) => Some(Arc::new(Array { shape: vec![*count], data: Data::Text(*count) })),
            Attribute::Other => None,
        }
    }

    /// Marks attributes that do not change what is computed.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.attribute(name);
        }
    }
}

/// Inputs.
impl Context<'_> {
    pub fn input(&self, index: usize) -> Result<Value, Refusal> {
        let missing = || Refusal::form(format!("input {index} is missing"));
        self.inputs.get(index).cloned().flatten().ok_or_else(missing)
    }

    /// A constant input, or `None` where the node leaves it out.
    pub fn optional_constant(&self, index: usize, what: &str) -> Result<Option<Arc<Array>>, Refusal> {
        match self.inputs.get(index).cloned().flatten() {
            None => Ok(None),
            Some(Value::Constant(array)) => Ok(Some(array)),
            Some(_) => Err(Refusal::new(
                format!("{what}: computed at run time, where a constant is needed"),
                "export with fixed shapes and weights, or fold constants with onnxsim or `onnxruntime`'s offline optimization",
            )),
        }
    }

    pub fn constant(&self, index: usize, what: &str) -> Result<Arc<Array>, Refusal> {
        let missing = || Refusal::form(format!("its {what} (input {index}) is missing"));
        self.optional_constant(index, what)?.ok_or_else(missing)
    }

    pub fn constant_floats(&self, index: usize, what: &str) -> Result<Vec<f32>, Refusal> {
        let text = || Refusal::form(format!("its {what} is not numeric"));
        self.constant(index, what)?.to_f32().ok_or_else(text)
    }

    pub fn optional_floats(&self, index: usize, what: &str) -> Result<Option<Vec<f32>>, Refusal> {
        let text = || Refusal::form(format!("its {what} is not numeric"));
        self.optional_constant(index, what)?.map(|array| array.to_f32().ok_or_else(text)).transpose()
    }

    pub fn optional_ints(&self, index: usize, what: &str) -> Result<Option<Vec<i64>>, Refusal> {
        let text = || Refusal::form(format!("its {what} is not numeric"));
        self.optional_constant(index, what)?.map(|array| array.to_i64().ok_or_else(text)).transpose()
    }

    /// A list that is an attribute in older operator sets and a constant input in newer ones.
    pub fn ints_attribute_or_input(&mut self, name: &str, index: usize) -> Result<Option<Vec<i64>>, Refusal> {
        match self.ints(name)? {
            Some(list) => Ok(Some(list)),
            None => self.optional_ints(index, name),
        }
    }

    /// The float tensor of an input; a constant becomes a constant tensor.
    pub fn tensor(&mut self, index: usize) -> Result<TensorId, Refusal> {
        match self.input(index)? {
            Value::Tensor(id) => Ok(id),
            Value::Constant(array) => self.constant_tensor(&array),
            other => Err(refuse_value(&other)),
        }
    }

    /// The float tensor of an input that must depend on the model's inputs.
    pub fn activation(&self, index: usize) -> Result<TensorId, Refusal> {
        match self.input(index)? {
            Value::Tensor(id) => Ok(id),
            Value::Constant(_) => Err(Refusal::new(
                format!("input {index} is a constant"),
                "fold constants before conversion, for instance with onnxsim",
            )),
            other => Err(refuse_value(&other)),
        }
    }

    /// Extents of an input, constant or not.
    pub fn value_shape(&self, value: &Value) -> Result<Shape, Refusal> {
        match value {
            Value::Constant(array) => Ok(array.shape.clone()),
            Value::Tensor(id) | Value::Integers(id) => Ok(self.builder.shape(*id).to_vec()),
            other => Err(refuse_value(other)),
        }
    }

    pub fn shape(&self, tensor: TensorId) -> Shape {
        self.builder.shape(tensor).to_vec()
    }
}

fn refuse_value(value: &Value) -> Refusal {
    match value {
        Value::Integers(_) => Refusal::new(
            "it computes with integers that come from a model input",
            "make the input float, or cast it to float first",
        ),
        Value::Label => Refusal::new(
            "it computes with a class label",
            "end the model at the scores: labels are picked from the scores on the device",
        ),
        _ => Refusal::form("an input has no value"),
    }
}

/// What converters add to the graph.
impl Context<'_> {
    /// Adds a node named after the ONNX node, with a number where it takes several; what only arranges elements for another says so.
    pub fn emit(&mut self, op: Op, inputs: &[TensorId], shape: Shape) -> Result<TensorId, Refusal> {
        let name = match op {
            Op::Transpose { .. } => format!("{}:transpose", self.node.name),
            Op::Reshape => format!("{}:reshape", self.node.name),
            _ => self.step_name(),
        };
        self.builder.add_node(name, op, inputs, shape)
    }

    pub fn constant_tensor(&mut self, array: &Array) -> Result<TensorId, Refusal> {
        let name = format!("{}.constant", self.step_name());
        self.builder.add_constant(name, array)
    }

    fn step_name(&mut self) -> String {
        self.steps += 1;
        if self.steps == 1 { self.node.name.clone() } else { format!("{}#{}", self.node.name, self.steps) }
    }

    pub fn unary(&mut self, function: Unary, input: TensorId) -> Result<TensorId, Refusal> {
        let shape = self.shape(input);
        self.emit(Op::Unary(function), &[input], shape)
    }

    pub fn binary(&mut self, kind: Binary, a: TensorId, b: TensorId) -> Result<TensorId, Refusal> {
        let (a_shape, b_shape) = (self.shape(a), self.shape(b));
        let mismatch = || Refusal::form(format!("shapes {a_shape:?} and {b_shape:?} do not broadcast"));
        let shape = broadcast_shapes(&a_shape, &b_shape).ok_or_else(mismatch)?;
        self.emit(Op::Binary { kind, clamp: crate::graph::float::Clamp::NONE }, &[a, b], shape)
    }

    /// A tensor and constant values of a given shape.
    pub fn binary_constant(&mut self, kind: Binary, a: TensorId, array: &Array) -> Result<TensorId, Refusal> {
        let constant = self.constant_tensor(array)?;
        self.binary(kind, a, constant)
    }

    pub fn transpose(&mut self, input: TensorId, permutation: &[usize]) -> Result<TensorId, Refusal> {
        if permutation.iter().enumerate().all(|(axis, &source)| axis == source) {
            return Ok(input);
        }
        let from = self.shape(input);
        let shape = permutation.iter().map(|&axis| from[axis]).collect();
        self.emit(Op::Transpose { permutation: permutation.to_vec() }, &[input], shape)
    }

    pub fn reshape(&mut self, input: TensorId, shape: Shape) -> Result<TensorId, Refusal> {
        let from = self.shape(input);
        if from == shape {
            return Ok(input);
        }
        if element_count(&from) != element_count(&shape) {
            return Err(Refusal::new(
                format!("it reshapes {from:?} to {shape:?}, which has another number of elements"),
                "export with batch size 1 or a dynamic batch",
            ));
        }
        self.emit(Op::Reshape, &[input], shape)
    }

    /// [`Context::reshape`] for constants too.
    pub fn reshape_value(&mut self, value: &Value, shape: Shape) -> Result<Value, Refusal> {
        match value {
            Value::Constant(array) => {
                let mismatch = || Refusal::form(format!("it reshapes {:?} to {shape:?}", array.shape));
                let reshaped = Array::new(shape.clone(), array.data.clone()).ok_or_else(mismatch)?;
                Ok(Value::Constant(Arc::new(reshaped)))
            }
            Value::Tensor(id) => Ok(Value::Tensor(self.reshape(*id, shape)?)),
            other => Err(refuse_value(other)),
        }
    }

    /// [`Context::transpose`] for constants too; the permutation is checked.
    pub fn transpose_value(&mut self, value: &Value, permutation: &[usize]) -> Result<Value, Refusal> {
        let rank = self.value_shape(value)?.len();
        let mut sorted = permutation.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..rank) {
            return Err(Refusal::form(format!("{permutation:?} does not permute {rank} axes")));
        }
        match value {
            Value::Constant(array) => {
                let transposed = array.transposed(permutation);
                let transposed = transposed.ok_or_else(|| Refusal::form("the permutation does not fit"))?;
                Ok(Value::Constant(Arc::new(transposed)))
            }
            Value::Tensor(id) => Ok(Value::Tensor(self.transpose(*id, permutation)?)),
            other => Err(refuse_value(other)),
        }
    }

    /// Element `i` of the result along axis `k` is element `indices[k][i]` of the value.
    pub fn select(&mut self, value: &Value, indices: Vec<Vec<usize>>) -> Result<Value, Refusal> {
        let shape: Shape = indices.iter().map(Vec::len).collect();
        match value {
            Value::Constant(array) => {
                let outside = || Refusal::form("it selects outside of a constant, or too much of it");
                computed_count(&shape).ok_or_else(outside)?;
                let selected = array.selected(&indices).ok_or_else(outside)?;
                Ok(Value::Constant(Arc::new(selected)))
            }
            Value::Tensor(id) => Ok(Value::Tensor(self.select_tensor(*id, indices, shape)?)),
            other => Err(refuse_value(other)),
        }
    }

    fn select_tensor(&mut self, id: TensorId, indices: Vec<Vec<usize>>, shape: Shape) -> Result<TensorId, Refusal> {
        let from = self.shape(id);
        if indices.iter().zip(&from).all(|(list, &extent)| list.iter().copied().eq(0..extent)) {
            return Ok(id);
        }
        match indices.iter().map(|list| progression(list)).collect::<Option<Vec<_>>>() {
            Some(ranges) => {
                let (start, step) = ranges.into_iter().unzip();
                self.emit(Op::Slice { start, step }, &[id], shape)
            }
            None => self.emit(Op::Resize { indices }, &[id], shape),
        }
    }
}

/// Start and step of a list of indices, where there are such.
fn progression(list: &[usize]) -> Option<(usize, isize)> {
    let start = *list.first()?;
    let difference =
        |pair: &[usize]| Some(isize::try_from(*pair.get(1)?).ok()? - isize::try_from(*pair.first()?).ok()?);
    let step = list.get(..2).map_or(Some(1), difference)?;
    let is_even = list.windows(2).all(|pair| difference(pair) == Some(step));
    (is_even && step != 0).then_some((start, step))
}

/// An axis counted from the end when negative.
pub(super) fn axis_of(axis: i64, rank: usize) -> Result<usize, Refusal> {
    let signed_rank = i64::try_from(rank).unwrap_or(i64::MAX);
    let positive = if axis < 0 { axis.checked_add(signed_rank) } else { Some(axis) };
    positive
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| Refusal::form(format!("axis {axis} is outside of a tensor of rank {rank}")))
}

/// Several axes, ascending, each once.
pub(super) fn axes_of(axes: &[i64], rank: usize) -> Result<Vec<usize>, Refusal> {
    let mut axes: Vec<usize> = axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_, _>>()?;
    axes.sort_unstable();
    match axes.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Refusal::form(format!("axis {} is named twice", pair[0]))),
        None => Ok(axes),
    }
}
