//! Reshapes that commute with a transpose.
//!
//! Two shapes of the same elements divide into blocks: the shortest runs of axes with equal products. A reshape works inside the
//! blocks only, so a transpose that moves whole blocks can be done before it as well as after it.

use std::ops::Range;

/// A run of axes of one shape and the run of the other that holds the same elements.
struct Block {
    from: Range<usize>,
    to: Range<usize>,
}

/// A reshape and a transpose in the other order.
pub(super) struct Swapped {
    /// The permutation to transpose by.
    pub permutation: Vec<usize>,
    /// The shape between the two.
    pub between: Vec<usize>,
}

/// "Transpose `source` by `permutation`, then reshape to `target`" as "reshape to `between`, then transpose".
pub(super) fn transpose_last(source: &[usize], permutation: &[usize], target: &[usize]) -> Option<Swapped> {
    let transposed: Vec<usize> = permutation.iter().map(|&axis| source[axis]).collect();
    let blocks = blocks(&transposed, target);
    let ranges: Vec<Range<usize>> = blocks.iter().map(|block| block.from.clone()).collect();
    let order = block_order(&ranges, &transposed, permutation)?;
    let axes: Vec<usize> = order.iter().flat_map(|&block| blocks[block].to.clone()).collect();
    let mut permutation = vec![0; target.len()];
    axes.iter().enumerate().for_each(|(position, &axis)| permutation[axis] = position);
    Some(Swapped { permutation, between: axes.into_iter().map(|axis| target[axis]).collect() })
}

/// "Reshape `source` to `target`, then transpose by `permutation`" as "transpose to `between`, then reshape".
pub(super) fn transpose_first(source: &[usize], target: &[usize], permutation: &[usize]) -> Option<Swapped> {
    let blocks = blocks(source, target);
    let ranges: Vec<Range<usize>> = blocks.iter().map(|block| block.to.clone()).collect();
    let order = block_order(&ranges, target, &crate::passes::permutation::invert(permutation))?;
    let permutation: Vec<usize> = order.iter().flat_map(|&block| blocks[block].from.clone()).collect();
    Some(Swapped { between: permutation.iter().map(|&axis| source[axis]).collect(), permutation })
}

/// The order in which the blocks stand once each axis is at its `position`; `None` where a block would be torn apart.
fn block_order(ranges: &[Range<usize>], shape: &[usize], position: &[usize]) -> Option<Vec<usize>> {
    let mut placed: Vec<(usize, usize)> =
        (0..shape.len()).filter(|&k| shape[k] != 1).map(|k| (position[k], k)).collect();
    placed.sort_unstable();
    let sorted: Vec<usize> = placed.iter().map(|&(_, axis)| axis).collect();
    for range in ranges {
        let own: Vec<usize> = range.clone().filter(|&axis| shape[axis] != 1).collect();
        if !own.is_empty() && !sorted.windows(own.len()).any(|window| window == own) {
            return None;
        }
    }
    let key = |range: &Range<usize>| {
        let first = range.clone().find(|&axis| shape[axis] != 1).or(range.clone().next());
        first.map_or(shape.len(), |axis| position[axis])
    };
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|&block| key(&ranges[block]));
    Some(order)
}

fn blocks(from: &[usize], to: &[usize]) -> Vec<Block> {
    let (mut i, mut j) = (0, 0);
    let mut blocks = Vec::new();
    while i < from.len() || j < to.len() {
        let (first_from, first_to) = (i, j);
        let mut products = (1, 1);
        let take = |shape: &[usize], next: &mut usize, product: &mut usize| {
            if let Some(extent) = shape.get(*next) {
                *product *= extent;
                *next += 1;
            }
        };
        take(from, &mut i, &mut products.0);
        take(to, &mut j, &mut products.1);
        while products.0 != products.1 && (i < from.len() || j < to.len()) {
            if (products.0 < products.1 && i < from.len()) || j == to.len() {
                take(from, &mut i, &mut products.0);
            } else {
                take(to, &mut j, &mut products.1);
            }
        }
        blocks.push(Block { from: first_from..i, to: first_to..j });
    }
    blocks
}
