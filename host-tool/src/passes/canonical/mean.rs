//! Means as average poolings.

use crate::graph::float::{Op, Pool, PoolKind, Window};
use crate::graph::shape::elements;
use crate::passes::rewrite::{Editor, NodeId};

/// A mean becomes a pooling over its last run of axes; a mean over the axes before that run, where there are any, is left to
/// the next application. All groups being of equal size, the mean of the means is the mean.
pub(super) fn to_pool(editor: &mut Editor, id: NodeId) -> bool {
    let node = editor.node(id);
    let Op::Mean { axes } = &node.op else { return false };
    let Some(&last) = axes.last() else { return false };
    let (input, axes) = (node.inputs[0], axes.clone());
    let shape = editor.shape(input).to_vec();
    let run = axes.iter().rev().zip((0..=last).rev()).take_while(|(axis, expected)| *axis == expected).count();
    let (rest, first) = (axes[..axes.len() - run].to_vec(), last + 1 - run);

    let window_shape = match shape.as_slice() {
        &[1, height, width, channels] if first == 1 && last == 2 => vec![1, height, width, channels],
        _ => vec![1, elements(&shape[..first]), elements(&shape[first..=last]), elements(&shape[last + 1..])],
    };
    let filter = if first == 1 && last == 2 && shape.len() == 4 && shape[0] == 1 {
        [window_shape[1], window_shape[2]]
    } else {
        [1, window_shape[2]]
    };
    let pooled_shape = vec![1, window_shape[1] / filter[0], 1, window_shape[3]];
    let mut mean_shape = shape;
    mean_shape[first..=last].fill(1);

    let windowed = editor.add_reshape(id, input, &window_shape);
    let pooled = editor.add_node(id, "", Op::Pool(average(filter)), vec![windowed], pooled_shape);
    if rest.is_empty() {
        editor.replace_as(id, "reshape", Op::Reshape, vec![pooled]);
    } else {
        let means = editor.add_reshape(id, pooled, &mean_shape);
        editor.replace(id, Op::Mean { axes: rest }, vec![means]);
    }
    true
}

fn average(filter: [usize; 2]) -> Pool {
    let window = Window { filter, stride: filter, dilation: [1, 1], pad_before: [0, 0], pad_after: [0, 0] };
    Pool { kind: PoolKind::Average, window, count_include_pad: false }
}
