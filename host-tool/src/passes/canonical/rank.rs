//! At most four axes: neighbouring axes that an operator treats alike are one axis to it.

use crate::graph::float::Op;
use crate::graph::shape::elements;
use crate::passes::permutation::apply;
use crate::passes::rewrite::{Editor, NodeId};

/// What a kernel addresses.
const RANK_MAX: usize = 4;

/// Axes of an operator in runs, each run as the axes it holds.
type Runs = Vec<std::ops::Range<usize>>;

/// An operator on more than four axes works on fewer, between reshapes.
pub(super) fn merge_axes(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let rank = editor.shape(node.output).len();
    let same_rank = node.inputs.iter().all(|&input| editor.shape(input).len() == rank);
    if rank <= RANK_MAX || !same_rank || matches!(node.op, Op::Reshape | Op::Transpose { .. }) {
        return false;
    }
    let mut runs: Runs = Vec::new();
    for axis in 0..rank {
        match runs.last_mut() {
            Some(run) if joins(editor, id, run, axis) => run.end = axis + 1,
            _ => runs.push(axis..axis + 1),
        }
    }
    if runs.len() > RANK_MAX {
        return false;
    }
    let Some(op) = on_runs(&node.op, &runs) else { return false };
    let (inputs, shape) = (node.inputs.clone(), merged(&runs, editor.shape(node.output)));
    let reshaped = inputs.into_iter().map(|input| {
        let shape = merged(&runs, editor.shape(input));
        editor.add_reshape(id, input, &shape)
    });
    let inputs = reshaped.collect();
    let computed = editor.add_node(id, "", op, inputs, shape);
    editor.replace_as(id, "reshape", Op::Reshape, vec![computed]);
    true
}

/// A transpose of more than four axes moves runs of axes that stay together; axes of extent 1 do not count.
pub(super) fn merge_transposed_axes(editor: &mut Editor, id: NodeId) -> bool {
    let Some((permutation, input, output)) = editor.as_transpose(id) else { return false };
    let shape = editor.shape(input).to_vec();
    if shape.len() <= RANK_MAX {
        return false;
    }
    // Source axes in the order of the output, in runs of neighbours.
    let solid: Vec<usize> = (0..shape.len()).filter(|&axis| shape[axis] != 1).collect();
    let number = |axis: usize| solid.iter().position(|&other| other == axis);
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for axis in permutation.iter().filter_map(|&axis| number(axis)) {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| last + 1 == axis) => run.push(axis),
            _ => runs.push(vec![axis]),
        }
    }
    if runs.is_empty() || runs.len() > RANK_MAX {
        return false;
    }
    let mut in_source_order: Vec<usize> = (0..runs.len()).collect();
    in_source_order.sort_by_key(|&run| runs[run][0]);
    let extent = |&run: &usize| runs[run].iter().map(|&axis| shape[solid[axis]]).product::<usize>();
    let source_shape: Vec<usize> = in_source_order.iter().map(extent).collect();
    let permutation = crate::passes::permutation::invert(&in_source_order);
    let target_shape = apply(&permutation, &source_shape);
    let reshaped = editor.add_reshape(id, input, &source_shape);
    let moved = editor.add_node(id, "", Op::Transpose { permutation }, vec![reshaped], target_shape);
    debug_assert_eq!(editor.node(id).output, output);
    editor.replace_as(id, "reshape", Op::Reshape, vec![moved]);
    true
}

/// Whether an operator does not tell an axis from those of the run before it.
fn joins(editor: &Editor, id: NodeId, run: &std::ops::Range<usize>, axis: usize) -> bool {
    let node = editor.node(id);
    let (input, output) = (editor.shape(node.inputs[0]), editor.shape(node.output));
    let both = |holds: &dyn Fn(usize) -> bool| holds(axis - 1) && holds(axis);
    let before_last = axis + 1 < output.len();
    match &node.op {
        Op::Unary(_) => true,
        Op::Affine { affine, .. } => before_last || affine.scale.len() == 1,
        Op::PRelu { slope } => before_last || slope.len() == 1,
        Op::Dense(_) | Op::Normalize(_) => before_last,
        Op::Binary { .. } => node.inputs.iter().all(|&input| {
            let solid = (run.start..=axis).filter(|&axis| output[axis] != 1);
            let mut stretched = solid.map(|axis| editor.shape(input)[axis] != output[axis]);
            let first = stretched.next();
            stretched.all(|stretched| Some(stretched) == first)
        }),
        Op::Softmax { axis: own } | Op::LogSoftmax { axis: own } | Op::Concat { axis: own } => {
            both(&|axis| axis != *own)
        }
        Op::Pad { before, after, .. } => both(&|axis| before[axis] + after[axis] == 0),
        Op::Slice { start, step } => both(&|axis| start[axis] == 0 && step[axis] == 1 && input[axis] == output[axis]),
        Op::Resize { indices } => both(&|axis| indices[axis].iter().copied().eq(0..input[axis])),
        Op::Conv2d(_) | Op::Pool(_) | Op::Mean { .. } | Op::Reshape | Op::Transpose { .. } => false,
    }
}

/// The operator for tensors whose runs of axes are one axis each.
fn on_runs(op: &Op, runs: &Runs) -> Option<Op> {
    let run_of = |axis: usize| runs.iter().position(|run| run.contains(&axis));
    let firsts = |values: &[usize]| runs.iter().map(|run| values[run.start]).collect();
    Some(match op {
        Op::Unary(_) | Op::Affine { .. } | Op::PRelu { .. } | Op::Dense(_) | Op::Normalize(_) | Op::Binary { .. } => {
            op.clone()
        }
        Op::Softmax { axis } => Op::Softmax { axis: run_of(*axis)? },
        Op::LogSoftmax { axis } => Op::LogSoftmax { axis: run_of(*axis)? },
        Op::Concat { axis } => Op::Concat { axis: run_of(*axis)? },
        // The axes of a longer run are untouched: nothing added, from the first, every one.
        Op::Pad { before, after, value } => Op::Pad { before: firsts(before), after: firsts(after), value: *value },
        Op::Slice { start, step } => {
            Op::Slice { start: firsts(start), step: runs.iter().map(|run| step[run.start]).collect() }
        }
        Op::Resize { indices } => {
            let list = |run: &std::ops::Range<usize>| match indices.get(run.clone()) {
                Some([only]) => only.clone(),
                Some(several) => (0..several.iter().map(Vec::len).product()).collect(),
                None => Vec::new(),
            };
            Op::Resize { indices: runs.iter().map(list).collect() }
        }
        _ => return None,
    })
}

fn merged(runs: &Runs, shape: &[usize]) -> Vec<usize> {
    runs.iter().map(|run| elements(&shape[run.clone()])).collect()
}
