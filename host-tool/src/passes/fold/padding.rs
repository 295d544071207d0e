//! Padding nodes join the window that reads them.

use crate::graph::float::{Clamp, Conv2d, Op, Pool, PoolKind, TensorId, Unary, Window};
use crate::passes::rewrite::{Editor, NodeId};

/// A padding of height and width.
struct Border {
    before: [usize; 2],
    after: [usize; 2],
    value: f32,
    /// What is padded.
    source: TensorId,
}

impl Border {
    /// The padding that computes the node's input, where it pads height and width only.
    fn before(editor: &Editor, id: NodeId) -> Option<Self> {
        let producer = editor.input_producer(id, 0)?;
        let Op::Pad { before, after, value } = editor.op(producer) else { return None };
        match (before.as_slice(), after.as_slice()) {
            (&[0, top, left, 0], &[0, bottom, right, 0]) => Some(Self {
                before: [top, left],
                after: [bottom, right],
                value: *value,
                source: editor.node(producer).inputs[0],
            }),
            _ => None,
        }
    }

    fn widen(&self, window: &Window) -> Window {
        let sum = |a: [usize; 2], b: [usize; 2]| [a[0] + b[0], a[1] + b[1]];
        Window {
            pad_before: sum(window.pad_before, self.before),
            pad_after: sum(window.pad_after, self.after),
            ..*window
        }
    }
}

/// Zeros around a convolution's input become its own padding.
pub(super) fn into_convolution(editor: &mut Editor, id: NodeId) -> bool {
    let Op::Conv2d(conv) = editor.op(id) else { return false };
    let Some(border) = Border::before(editor, id).filter(|border| border.value == 0.0) else { return false };
    let op = Op::Conv2d(Conv2d { window: border.widen(&conv.window), ..conv.clone() });
    editor.replace(id, op, vec![border.source]);
    true
}

/// Padding becomes a pooling's own: zeros that an average counts, values that never win a maximum.
pub(super) fn into_pool(editor: &mut Editor, id: NodeId) -> bool {
    let Op::Pool(pool) = editor.op(id) else { return false };
    let Some(border) = Border::before(editor, id) else { return false };
    let window = border.widen(&pool.window);
    let unpadded = (pool.window.pad_before, pool.window.pad_after) == ([0, 0], [0, 0]);
    let exact = match pool.kind {
        PoolKind::Average => border.value == 0.0 && (unpadded || pool.count_include_pad),
        PoolKind::Max => border.value <= lower_bound(editor, border.source),
    };
    // Every window must still reach an element; verification asks for it.
    let reaches = (0..2).all(|axis| {
        let reach = (window.filter[axis] - 1) * window.dilation[axis];
        window.pad_before[axis] <= reach && window.pad_after[axis] <= reach
    });
    if !exact || !reaches {
        return false;
    }
    let count_include_pad = pool.kind == PoolKind::Average;
    editor.replace(id, Op::Pool(Pool { kind: pool.kind, window, count_include_pad }), vec![border.source]);
    true
}

/// A value that no element of the tensor lies below.
fn lower_bound(editor: &Editor, tensor: TensorId) -> f32 {
    let clamp = match editor.producer(tensor).map(|producer| editor.op(producer)) {
        Some(Op::Conv2d(conv)) => conv.clamp,
        Some(Op::Affine { clamp, .. } | Op::Binary { clamp, .. } | Op::Unary(Unary::Clamp(clamp))) => *clamp,
        Some(Op::Unary(Unary::Sigmoid | Unary::HardSigmoid { .. }) | Op::Softmax { .. }) => Clamp::RELU,
        _ => Clamp::NONE,
    };
    clamp.min
}
