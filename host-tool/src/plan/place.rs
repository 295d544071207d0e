//! Where in the arena each buffer lies: first fit, in several orders, the smallest arena wins.

use std::cmp::Reverse;

use super::{Buffer, PLACE_ALIGNMENT};

/// What buffers are sorted by before they are placed.
type Order = fn(&Buffer) -> (Reverse<usize>, usize);

/// Gives every buffer its offset; returns the size of the arena.
pub fn place(buffers: &mut [Buffer]) -> usize {
    let orders: [Order; 3] = [
        |buffer| (Reverse(buffer.bytes), buffer.steps.start),
        |buffer| (Reverse(buffer.bytes * buffer.steps.len()), buffer.steps.start),
        |buffer| (Reverse(buffer.steps.len()), buffer.steps.start),
    ];
    let tried = orders.iter().map(|order| first_fit(buffers, order));
    let Some((arena_bytes, offsets)) = tried.min_by_key(|(arena_bytes, _)| *arena_bytes) else { return 0 };
    for (buffer, offset) in buffers.iter_mut().zip(offsets) {
        buffer.offset = offset;
    }
    arena_bytes
}

/// Places buffers one after the other at the lowest offset where nothing that lives at the same time is.
fn first_fit(buffers: &[Buffer], order: &Order) -> (usize, Vec<usize>) {
    let mut sequence: Vec<usize> = (0..buffers.len()).collect();
    sequence.sort_by_key(|&index| order(&buffers[index]));
    let mut offsets = vec![0; buffers.len()];
    let mut placed: Vec<usize> = Vec::new();
    let mut arena_bytes = 0;
    for index in sequence {
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|&&other| overlaps(&buffers[index], &buffers[other]))
            .map(|&other| (offsets[other], offsets[other] + buffers[other].bytes))
            .collect();
        taken.sort_unstable();
        let offset = lowest_gap(&taken, buffers[index].bytes);
        offsets[index] = offset;
        placed.push(index);
        arena_bytes = arena_bytes.max(offset + buffers[index].bytes);
    }
    (arena_bytes.next_multiple_of(PLACE_ALIGNMENT), offsets)
}

fn overlaps(a: &Buffer, b: &Buffer) -> bool {
    a.steps.start < b.steps.end && b.steps.start < a.steps.end
}

fn lowest_gap(taken: &[(usize, usize)], bytes: usize) -> usize {
    let mut offset = 0;
    for &(start, end) in taken {
        if offset + bytes <= start {
            break;
        }
        offset = offset.max(end.next_multiple_of(PLACE_ALIGNMENT));
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(steps: std::ops::Range<usize>, bytes: usize) -> Buffer {
        Buffer { steps, offset: 0, bytes }
    }

    #[test]
    fn buffers_that_live_together_do_not_overlap() {
        let mut buffers: Vec<Buffer> =
            (0..40).map(|i| buffer(i * 7 % 11..i * 7 % 11 + 1 + i % 5, 1 + i * 37 % 301)).collect();
        let arena_bytes = place(&mut buffers);
        for (i, a) in buffers.iter().enumerate() {
            assert!(a.offset + a.bytes <= arena_bytes && a.offset % PLACE_ALIGNMENT == 0);
            for b in buffers[..i].iter().filter(|b| overlaps(a, b)) {
                assert!(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_chain_needs_no_more_than_its_largest_pair() {
        let mut buffers = vec![buffer(0..2, 160), buffer(1..3, 320), buffer(2..4, 160), buffer(3..5, 480)];
        assert_eq!(place(&mut buffers), 640);
    }
}
