//! Softmaxes along the last axis.

use crate::graph::float::Op;
use crate::graph::shape::elements;
use crate::passes::permutation::{apply, invert};
use crate::passes::rewrite::{Editor, NodeId};

/// A softmax along another axis gets that axis last: by a reshape where only axes of extent 1 follow, else by a transpose.
pub(super) fn to_last_axis(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let along = |axis: usize| match node.op {
        Op::LogSoftmax { .. } => Op::LogSoftmax { axis },
        _ => Op::Softmax { axis },
    };
    let (Op::Softmax { axis } | Op::LogSoftmax { axis }) = node.op else { return false };
    let shape = editor.shape(node.output).to_vec();
    let (input, rank) = (node.inputs[0], shape.len());
    if axis + 1 == rank {
        return false;
    }
    if elements(&shape[axis + 1..]) == 1 {
        let (op, shape) = (along(axis), shape[..=axis].to_vec());
        let reshaped = editor.add_reshape(id, input, &shape);
        let computed = editor.add_node(id, "", op, vec![reshaped], shape);
        editor.replace_as(id, "reshape", Op::Reshape, vec![computed]);
        return true;
    }
    let permutation: Vec<usize> = (0..rank).filter(|&k| k != axis).chain([axis]).collect();
    let (op, inverse, shape) = (along(rank - 1), invert(&permutation), apply(&permutation, &shape));
    let transposed = editor.add_node(id, "transpose", Op::Transpose { permutation }, vec![input], shape.clone());
    let computed = editor.add_node(id, "", op, vec![transposed], shape);
    editor.replace_as(id, "transpose", Op::Transpose { permutation: inverse }, vec![computed]);
    true
}
