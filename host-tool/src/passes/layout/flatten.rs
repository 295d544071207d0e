//! Transposes before a flattening: what follows takes its features in the order in which they are stored.

use crate::graph::execute::transposed_values;
use crate::graph::float::{Affine, Op, TensorId};
use crate::graph::shape::elements;
use crate::passes::permutation::{apply, invert};
use crate::passes::rewrite::{Editor, NodeId};

/// A tensor that is transposed and then flattened.
struct Flattened {
    /// The tensor before the transpose.
    source: TensorId,
    permutation: Vec<usize>,
    /// Its shape after the transpose, before the flattening.
    transposed: Vec<usize>,
}

impl Flattened {
    /// What the first input of a node is, if it is that.
    fn before(editor: &Editor, id: NodeId) -> Option<Self> {
        let input = *editor.node(id).inputs.first()?;
        let (_, outer) = editor.shape(input).split_last()?;
        let reshape = editor.producer(input).filter(|&id| matches!(editor.op(id), Op::Reshape))?;
        let transpose = editor.input_producer(reshape, 0)?;
        let Op::Transpose { permutation } = editor.op(transpose) else { return None };
        if elements(outer) != 1 {
            return None;
        }
        let transposed = editor.shape(editor.node(transpose).output).to_vec();
        Some(Self { source: editor.node(transpose).inputs[0], permutation: permutation.clone(), transposed })
    }

    /// Rows of values, one value per feature, in the order of the source.
    fn in_source_order(&self, values: &[f32]) -> Vec<f32> {
        let inverse = invert(&self.permutation);
        let row = elements(&self.transposed);
        values.chunks(row).flat_map(|row| transposed_values(&self.transposed, row, &inverse)).collect()
    }
}

/// A dense layer after it has its weights' columns permuted instead.
pub(super) fn permute_dense(editor: &mut Editor, id: NodeId) -> bool {
    let Op::Dense(dense) = editor.op(id) else { return false };
    let Some(flattened) = Flattened::before(editor, id) else { return false };
    let mut dense = dense.clone();
    dense.weights = flattened.in_source_order(&dense.weights);
    let shape = editor.shape(editor.node(id).inputs[0]).to_vec();
    let input = editor.add_reshape(id, flattened.source, &shape);
    editor.replace(id, Op::Dense(dense), vec![input]);
    true
}

/// An elementwise operator after it works before it, with parameters permuted where there is one per feature.
pub(super) fn permute_elementwise(editor: &mut Editor, id: NodeId) -> bool {
    if !matches!(editor.op(id), Op::Unary(_) | Op::Affine { .. } | Op::PRelu { .. }) {
        return false;
    }
    let Some(flattened) = Flattened::before(editor, id) else { return false };
    let permuted = |values: &[f32]| match values {
        [one] => vec![*one],
        several => flattened.in_source_order(several),
    };
    let op = match editor.op(id) {
        Op::Affine { affine, clamp } => {
            let affine = Affine { scale: permuted(&affine.scale), bias: permuted(&affine.bias) };
            Op::Affine { affine, clamp: *clamp }
        }
        Op::PRelu { slope } => Op::PRelu { slope: permuted(slope) },
        other => other.clone(),
    };
    let flat = editor.shape(editor.node(id).output).to_vec();
    let source_shape = editor.shape(flattened.source).to_vec();
    let input = editor.add_reshape(id, flattened.source, &flat);
    let computed = editor.add_node(id, "", op, vec![input], flat);
    let unflattened = editor.add_reshape(id, computed, &source_shape);
    let shape = apply(&flattened.permutation, &source_shape);
    let op = Op::Transpose { permutation: flattened.permutation };
    let transposed = editor.add_node(id, "transpose", op, vec![unflattened], shape);
    editor.replace_as(id, "reshape", Op::Reshape, vec![transposed]);
    true
}
