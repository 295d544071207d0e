//! Shape rules: which shape each operator gives, and what its parameters must satisfy.

use super::float::{Affine, Conv2d, Dense, Op, Pool, Shape, Window};

/// Why an operator's parameters or inputs make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorFault {
    /// Another number of inputs than the operator takes.
    #[error("it takes {expected} inputs but has {found}")]
    InputCount {
        /// What it takes.
        expected: usize,
        /// What it has.
        found: usize,
    },
    /// Another rank than the operator works on.
    #[error("it works on tensors of rank {expected} but the input has shape {found:?}")]
    Rank {
        /// What it works on.
        expected: usize,
        /// The input's shape.
        found: Shape,
    },
    /// A parameter with another number of values than the shapes ask for.
    #[error("its {parameter} has {found} values where {expected} are needed")]
    Length {
        /// Which parameter.
        parameter: &'static str,
        /// Number needed.
        expected: usize,
        /// Number present.
        found: usize,
    },
    /// An axis outside the shape, or axes out of order.
    #[error("axis {axis} does not fit shape {shape:?}")]
    Axis {
        /// The axis.
        axis: usize,
        /// The shape.
        shape: Shape,
    },
    /// Not a permutation of the axes.
    #[error("{permutation:?} is no permutation of the {rank} axes")]
    Permutation {
        /// What stands there.
        permutation: Vec<usize>,
        /// Number of axes.
        rank: usize,
    },
    /// Two shapes that do not go together.
    #[error("shapes {left:?} and {right:?} do not go together")]
    Shapes {
        /// One shape.
        left: Shape,
        /// The other.
        right: Shape,
    },
    /// A window that does not fit the input, or one with a zero in it.
    #[error("the window {window:?} does not fit the input {input:?}")]
    Window {
        /// The window.
        window: Box<Window>,
        /// The input's shape.
        input: Shape,
    },
    /// Channels that do not divide into the groups.
    #[error("{input_channels} input and {output_channels} output channels do not divide into {groups} groups")]
    Groups {
        /// Input channels.
        input_channels: usize,
        /// Output channels.
        output_channels: usize,
        /// Groups.
        groups: usize,
    },
    /// An element that would be read outside the input.
    #[error("it reads element {index} along axis {axis} of shape {shape:?}")]
    Index {
        /// The element.
        index: isize,
        /// The axis.
        axis: usize,
        /// The input's shape.
        shape: Shape,
    },
    /// A shape with no elements, or with more than a machine can hold.
    #[error("shape {0:?} has no elements or too many")]
    Empty(Shape),
    /// A parameter that is not finite.
    #[error("its {parameter} has a value that is not finite")]
    NotFinite {
        /// Which parameter.
        parameter: &'static str,
    },
}

/// Number of elements of a shape; saturates instead of overflowing.
pub fn elements(shape: &[usize]) -> usize {
    shape.iter().fold(1, |product, &extent| product.saturating_mul(extent))
}

/// Most elements a tensor may have: what an index of 31 bits reaches.
const ELEMENTS_MAX: usize = 1 << 31;

/// The shape of the operator's output.
///
/// `declared` is the shape that the graph states for the output: [`Op::Slice`] and [`Op::Reshape`] take the extents from it and
/// check them; the others ignore it.
///
/// # Errors
/// Where number, rank or shape of the inputs do not fit the operator, or its parameters do not fit them.
pub fn output_shape(op: &Op, inputs: &[&[usize]], declared: &[usize]) -> Result<Shape, OperatorFault> {
    check_input_count(op, inputs.len())?;
    for shape in inputs.iter().copied().chain([declared]) {
        check_elements(shape)?;
    }
    let first = inputs.first().copied().unwrap_or_default();
    let shape = match op {
        Op::Conv2d(conv) => conv_shape(conv, first)?,
        Op::Dense(dense) => dense_shape(dense, first)?,
        Op::Affine { affine, .. } => same_with_last_axis(first, "scale", affine.scale.len()).and_then(|shape| {
            check_affine(affine)?;
            Ok(shape)
        })?,
        Op::Binary { .. } => broadcast(first, inputs.get(1).copied().unwrap_or_default())?,
        Op::Unary(_) => first.to_vec(),
        Op::PRelu { slope } => same_with_last_axis(first, "slope", slope.len())?,
        Op::Pool(pool) => pool_shape(pool, first)?,
        Op::Mean { axes } => mean_shape(axes, first)?,
        Op::Softmax { axis } | Op::LogSoftmax { axis } => same_with_axis(first, *axis)?,
        Op::Normalize(_) => same_with_axis(first, first.len().saturating_sub(1))?,
        Op::Pad { before, after, .. } => pad_shape(before, after, first)?,
        Op::Concat { axis } => concat_shape(*axis, inputs)?,
        Op::Slice { start, step } => slice_shape(start, step, first, declared)?,
        Op::Reshape => reshape_shape(first, declared)?,
        Op::Transpose { permutation } => {
            check_permutation(permutation, first.len())?;
            permutation.iter().map(|&axis| first[axis]).collect()
        }
        Op::Resize { indices } => resize_shape(indices, first)?,
    };
    check_elements(&shape)?;
    Ok(shape)
}

/// Whether `permutation` holds every axis below `rank` once.
///
/// # Errors
/// [`OperatorFault::Permutation`] where not.
pub fn check_permutation(permutation: &[usize], rank: usize) -> Result<(), OperatorFault> {
    let mut seen = vec![false; rank];
    for &axis in permutation {
        if let Some(seen) = seen.get_mut(axis) {
            *seen = true;
        }
    }
    if permutation.len() == rank && seen.iter().all(|&seen| seen) {
        Ok(())
    } else {
        Err(OperatorFault::Permutation { permutation: permutation.to_vec(), rank })
    }
}

/// NumPy's broadcasting of two shapes: aligned at the last axis, extent 1 stretches.
///
/// # Errors
/// [`OperatorFault::Shapes`] where two extents differ and neither is 1.
pub fn broadcast(left: &[usize], right: &[usize]) -> Result<Shape, OperatorFault> {
    let rank = left.len().max(right.len());
    let extent = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |index| shape[index]);
    (0..rank)
        .map(|axis| match (extent(left, axis), extent(right, axis)) {
            (l, r) if l == r || r == 1 => Ok(l),
            (1, r) => Ok(r),
            _ => Err(OperatorFault::Shapes { left: left.to_vec(), right: right.to_vec() }),
        })
        .collect()
}

fn check_input_count(op: &Op, found: usize) -> Result<(), OperatorFault> {
    let expected = match op {
        Op::Binary { .. } => 2,
        Op::Concat { .. } => found.max(1),
        _ => 1,
    };
    if found == expected { Ok(()) } else { Err(OperatorFault::InputCount { expected, found }) }
}

fn check_elements(shape: &[usize]) -> Result<(), OperatorFault> {
    let count = elements(shape);
    if count == 0 || count > ELEMENTS_MAX { Err(OperatorFault::Empty(shape.to_vec())) } else { Ok(()) }
}

fn check_rank(shape: &[usize], expected: usize) -> Result<(), OperatorFault> {
    if shape.len() == expected { Ok(()) } else { Err(OperatorFault::Rank { expected, found: shape.to_vec() }) }
}

fn check_length(parameter: &'static str, expected: usize, found: usize) -> Result<(), OperatorFault> {
    if expected == found { Ok(()) } else { Err(OperatorFault::Length { parameter, expected, found }) }
}

/// An affine's scale and bias go in pairs.
pub(super) fn check_affine(affine: &Affine) -> Result<(), OperatorFault> {
    check_length("bias", affine.scale.len(), affine.bias.len())
}

/// The shape itself, for a parameter with one value or one per element along the last axis.
pub(super) fn same_with_last_axis(
    shape: &[usize],
    parameter: &'static str,
    length: usize,
) -> Result<Shape, OperatorFault> {
    let channels = shape.last().copied().unwrap_or(1);
    if length == 1 { Ok(shape.to_vec()) } else { check_length(parameter, channels, length).map(|()| shape.to_vec()) }
}

fn same_with_axis(shape: &[usize], axis: usize) -> Result<Shape, OperatorFault> {
    if axis < shape.len() { Ok(shape.to_vec()) } else { Err(OperatorFault::Axis { axis, shape: shape.to_vec() }) }
}

fn conv_shape(conv: &Conv2d, input: &[usize]) -> Result<Shape, OperatorFault> {
    check_rank(input, 4)?;
    let (channels, outputs, groups) = (input[3], conv.output_channels, conv.groups);
    if groups == 0 || outputs == 0 || channels % groups != 0 || outputs % groups != 0 {
        return Err(OperatorFault::Groups { input_channels: channels, output_channels: outputs, groups });
    }
    let [height, width] = window_extents(&conv.window, input)?;
    let filter = [outputs, conv.window.filter[0], conv.window.filter[1], channels / groups];
    check_length("weights", elements(&filter), conv.weights.len())?;
    check_length("bias", outputs, conv.bias.len())?;
    Ok(vec![input[0], height, width, outputs])
}

fn dense_shape(dense: &Dense, input: &[usize]) -> Result<Shape, OperatorFault> {
    let Some((&features, outer)) = input.split_last() else {
        return Err(OperatorFault::Rank { expected: 2, found: input.to_vec() });
    };
    check_length("weights", features.saturating_mul(dense.output_features), dense.weights.len())?;
    check_length("bias", dense.output_features, dense.bias.len())?;
    Ok(outer.iter().copied().chain([dense.output_features]).collect())
}

fn pool_shape(pool: &Pool, input: &[usize]) -> Result<Shape, OperatorFault> {
    check_rank(input, 4)?;
    let [height, width] = window_extents(&pool.window, input)?;
    let window = &pool.window;
    for (axis, outputs) in [height, width].into_iter().enumerate() {
        let last = (outputs - 1) * window.stride[axis];
        let before = window.pad_before[axis];
        let reaches_in = before <= window.dilation[axis].saturating_mul(window.filter[axis] - 1);
        if !reaches_in || last >= input[axis + 1] + before {
            return Err(OperatorFault::Window { window: Box::new(*window), input: input.to_vec() });
        }
    }
    Ok(vec![input[0], height, width, input[3]])
}

/// Output height and width of a window over `[N, H, W, C]`.
fn window_extents(window: &Window, input: &[usize]) -> Result<[usize; 2], OperatorFault> {
    let fault = || OperatorFault::Window { window: Box::new(*window), input: input.to_vec() };
    let extent = |axis: usize| {
        let reach = window.filter[axis].checked_sub(1)?.checked_mul(window.dilation[axis])?.checked_add(1)?;
        let padded = input[axis + 1].checked_add(window.pad_before[axis])?.checked_add(window.pad_after[axis])?;
        if window.dilation[axis] == 0 {
            return None;
        }
        padded.checked_sub(reach)?.checked_div(window.stride[axis]).map(|steps| steps + 1)
    };
    Ok([extent(0).ok_or_else(fault)?, extent(1).ok_or_else(fault)?])
}

fn mean_shape(axes: &[usize], input: &[usize]) -> Result<Shape, OperatorFault> {
    let mut shape = input.to_vec();
    let mut next = 0;
    for &axis in axes {
        match shape.get_mut(axis) {
            Some(extent) if axis >= next => *extent = 1,
            _ => return Err(OperatorFault::Axis { axis, shape: input.to_vec() }),
        }
        next = axis + 1;
    }
    Ok(shape)
}

fn pad_shape(before: &[usize], after: &[usize], input: &[usize]) -> Result<Shape, OperatorFault> {
    check_length("padding before", input.len(), before.len())?;
    check_length("padding after", input.len(), after.len())?;
    Ok(input.iter().zip(before.iter().zip(after)).map(|(x, (b, a))| x.saturating_add(*b).saturating_add(*a)).collect())
}

fn concat_shape(axis: usize, inputs: &[&[usize]]) -> Result<Shape, OperatorFault> {
    let mut shape = same_with_axis(inputs[0], axis)?;
    for other in &inputs[1..] {
        let fits = other.len() == shape.len() && (0..shape.len()).all(|k| k == axis || other[k] == shape[k]);
        if !fits {
            return Err(OperatorFault::Shapes { left: inputs[0].to_vec(), right: other.to_vec() });
        }
        shape[axis] = shape[axis].saturating_add(other[axis]);
    }
    Ok(shape)
}

fn slice_shape(start: &[usize], step: &[isize], input: &[usize], declared: &[usize]) -> Result<Shape, OperatorFault> {
    check_length("start", input.len(), start.len())?;
    check_length("step", input.len(), step.len())?;
    check_rank(declared, input.len())?;
    for axis in 0..input.len() {
        let index = |i: usize| {
            let travel = isize::try_from(i).ok().and_then(|i| i.checked_mul(step[axis]));
            travel.and_then(|travel| isize::try_from(start[axis]).ok()?.checked_add(travel)).unwrap_or(isize::MAX)
        };
        for index in [index(0), index(declared[axis].saturating_sub(1))] {
            if usize::try_from(index).map_or(true, |index| index >= input[axis]) {
                return Err(OperatorFault::Index { index, axis, shape: input.to_vec() });
            }
        }
    }
    Ok(declared.to_vec())
}

fn reshape_shape(input: &[usize], declared: &[usize]) -> Result<Shape, OperatorFault> {
    if elements(input) == elements(declared) {
        Ok(declared.to_vec())
    } else {
        Err(OperatorFault::Shapes { left: input.to_vec(), right: declared.to_vec() })
    }
}

fn resize_shape(indices: &[Vec<usize>], input: &[usize]) -> Result<Shape, OperatorFault> {
    check_length("index lists", input.len(), indices.len())?;
    for (axis, list) in indices.iter().enumerate() {
        if let Some(&index) = list.iter().find(|&&index| index >= input[axis]) {
            return Err(OperatorFault::Index {
                index: isize::try_from(index).unwrap_or(isize::MAX),
                axis,
                shape: input.to_vec(),
            });
        }
    }
    Ok(indices.iter().map(Vec::len).collect())
}
