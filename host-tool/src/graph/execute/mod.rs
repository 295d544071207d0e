//! The float interpreter: what a graph computes, in f32, exactly as [`float`](super::float) documents each operator.
//!
//! It serves calibration, the per-operator error and the equivalence tests of the passes; it is fast enough that whole data
//! sets run through it. Sums of convolutions are f32 in the order row, column, channel; sums of means and softmaxes are f64.

mod convolution;
mod elementwise;
mod movement;
mod reduction;

use super::float::{Graph, Node, Op, Port, Shape, TensorId};
use super::shape::elements;
use super::verify::{GraphError, verify};
use convolution::{PackedConv, PackedDense};

/// A graph made ready to run: verified, weights laid out for the inner loops.
pub struct Executor<'g> {
    graph: &'g Graph,
    packed: Vec<Packed>,
    /// Per tensor, the last node that reads it.
    last_use: Vec<Option<usize>>,
}

/// A node's weights in the order in which the inner loop reads them.
enum Packed {
    None,
    Conv(PackedConv),
    Dense(PackedDense),
}

/// One tensor's shape and values.
#[derive(Clone, Copy)]
struct View<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

/// Runs the graph once; see [`Executor::run`].
///
/// # Errors
/// As [`Executor::new`] and [`Executor::run`].
pub fn run(graph: &Graph, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, GraphError> {
    Executor::new(graph)?.run(inputs)
}

/// The output of one operator on constant inputs; `None` where an input is no constant.
///
/// The node must come from a verified graph.
pub(crate) fn evaluate_constant(tensors: &[super::float::Tensor], node: &Node) -> Option<Vec<f32>> {
    let views: Option<Vec<View>> = node
        .inputs
        .iter()
        .map(|&input| {
            let tensor = tensors.get(input)?;
            tensor.constant.as_deref().map(|values| View { shape: &tensor.shape, values })
        })
        .collect();
    let views = views?;
    Some(evaluate(&node.op, &pack(&node.op, &views), &views, &tensors.get(node.output)?.shape))
}

/// The values of a tensor after a transpose.
pub(crate) fn transposed_values(shape: &[usize], values: &[f32], permutation: &[usize]) -> Vec<f32> {
    movement::transpose(View { shape, values }, permutation)
}

/// The values of a tensor broadcast to a shape; `None` where it does not broadcast to it.
pub(crate) fn stretched_values(shape: &[usize], values: &[f32], target: &[usize]) -> Option<Vec<f32>> {
    let fits = super::shape::broadcast(shape, target).is_ok_and(|broadcast| broadcast == target);
    fits.then(|| elementwise::stretched(View { shape, values }, target).into_owned())
}

impl<'g> Executor<'g> {
    /// Verifies the graph and lays its weights out.
    ///
    /// # Errors
    /// What [`verify`] finds.
    pub fn new(graph: &'g Graph) -> Result<Self, GraphError> {
        verify(graph)?;
        let packed = graph.nodes.iter().map(|node| {
            let shape = &graph.tensors[node.inputs[0]].shape;
            pack(&node.op, &[View { shape, values: &[] }])
        });
        let mut last_use = vec![None; graph.tensors.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            last_use[node.output] = Some(index);
            for &input in &node.inputs {
                last_use[input] = Some(index);
            }
        }
        for port in &graph.outputs {
            last_use[port.tensor] = None;
        }
        Ok(Self { graph, packed: packed.collect(), last_use })
    }

    /// Outputs, each row-major in its port's model shape, for inputs given the same way.
    ///
    /// # Errors
    /// [`GraphError::InputCount`] and [`GraphError::InputLength`].
    pub fn run(&self, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, GraphError> {
        self.run_tensors(inputs, &mut |_, _| {})
    }

    /// As [`run`](Self::run), and shows every activation tensor (graph inputs first, normalized and in the graph's layout) to
    /// `visit` as soon as it is known.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_tensors(
        &self,
        inputs: &[Vec<f32>],
        visit: &mut dyn FnMut(TensorId, &[f32]),
    ) -> Result<Vec<Vec<f32>>, GraphError> {
        let graph = self.graph;
        if inputs.len() != graph.inputs.len() {
            return Err(GraphError::InputCount { expected: graph.inputs.len(), found: inputs.len() });
        }
        let mut values: Vec<Option<Vec<f32>>> = vec![None; graph.tensors.len()];
        for (port, input) in graph.inputs.iter().zip(inputs) {
            let value = read_input(port, &graph.tensors[port.tensor].shape, input)?;
            visit(port.tensor, &value);
            values[port.tensor] = Some(value);
        }
        for (index, node) in graph.nodes.iter().enumerate() {
            let views: Vec<View> = node.inputs.iter().map(|&input| self.view(&values, input)).collect();
            let value = evaluate(&node.op, &self.packed[index], &views, &graph.tensors[node.output].shape);
            visit(node.output, &value);
            values[node.output] = Some(value);
            for &tensor in node.inputs.iter().chain([&node.output]) {
                if self.last_use[tensor] == Some(index) {
                    values[tensor] = None;
                }
            }
        }
        let output = |port: &Port| {
            let view = self.view(&values, port.tensor);
            write_output(port, view.shape, view.values)
        };
        Ok(graph.outputs.iter().map(output).collect())
    }

    fn view<'a>(&'a self, values: &'a [Option<Vec<f32>>], tensor: TensorId) -> View<'a> {
        let stored = &self.graph.tensors[tensor];
        let values = stored.constant.as_deref().or(values[tensor].as_deref());
        View { shape: &stored.shape, values: values.unwrap_or_default() }
    }
}

fn pack(op: &Op, inputs: &[View]) -> Packed {
    match op {
        Op::Conv2d(conv) => Packed::Conv(PackedConv::new(conv, inputs[0].shape[3])),
        Op::Dense(dense) => Packed::Dense(PackedDense::new(dense)),
        _ => Packed::None,
    }
}

/// The sample as the graph's tensor holds it: permuted, then normalized.
/// A sample in the model's own layout to the values of the port's tensor of the given shape: axes permuted, normalization applied.
///
/// # Errors
/// [`GraphError::InputLength`].
pub fn read_input(port: &Port, shape: &[usize], sample: &[f32]) -> Result<Vec<f32>, GraphError> {
    let expected = elements(&port.model_shape);
    if sample.len() != expected {
        let (port, shape) = (port.name.clone(), port.model_shape.clone());
        return Err(GraphError::InputLength { port, shape, expected, found: sample.len() });
    }
    let view = View { shape: &port.model_shape, values: sample };
    let mut value = movement::transpose(view, &port.permutation);
    if let Some(affine) = &port.normalization {
        value = elementwise::affine(View { shape, values: &value }, affine);
    }
    Ok(value)
}

/// Values of the port's tensor of the given shape in the model's own layout.
pub fn write_output(port: &Port, shape: &[usize], values: &[f32]) -> Vec<f32> {
    let mut inverse = vec![0; port.permutation.len()];
    for (axis, &model_axis) in port.permutation.iter().enumerate() {
        inverse[model_axis] = axis;
    }
    movement::transpose(View { shape, values }, &inverse)
}

/// One operator. Inputs and output shape are those of a verified node.
fn evaluate(op: &Op, packed: &Packed, inputs: &[View], output: &Shape) -> Vec<f32> {
    let input = inputs[0];
    match (op, packed) {
        (Op::Conv2d(conv), Packed::Conv(packed)) => packed.run(conv, input, output),
        (Op::Dense(dense), Packed::Dense(packed)) => packed.run(dense, input),
        (Op::Conv2d(_) | Op::Dense(_), _) => Vec::new(),
        (Op::Affine { affine, clamp }, _) => elementwise::clamped(elementwise::affine(input, affine), clamp),
        (Op::Binary { kind, clamp }, _) => {
            elementwise::clamped(elementwise::binary(*kind, input, inputs[1], output), clamp)
        }
        (Op::Unary(unary), _) => input.values.iter().map(|&x| unary.apply(x)).collect(),
        (Op::PRelu { slope }, _) => elementwise::prelu(input, slope),
        (Op::Pool(pool), _) => reduction::pool(pool, input, output),
        (Op::Mean { axes }, _) => reduction::mean(axes, input, output),
        (Op::Softmax { axis }, _) => reduction::softmax(input, *axis, false),
        (Op::LogSoftmax { axis }, _) => reduction::softmax(input, *axis, true),
        (Op::Normalize(norm), _) => reduction::normalize(input, *norm),
        (Op::Pad { before, value, .. }, _) => movement::pad(input, before, *value, output),
        (Op::Concat { axis }, _) => movement::concat(inputs, *axis),
        (Op::Slice { start, step }, _) => movement::slice(input, start, step, output),
        (Op::Reshape, _) => input.values.to_vec(),
        (Op::Transpose { permutation }, _) => movement::transpose(input, permutation),
        (Op::Resize { indices }, _) => movement::resize(input, indices, output),
    }
}

#[cfg(test)]
mod tests;
