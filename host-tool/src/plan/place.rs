//! Where in the arena each buffer lies: first fit in several orders, then a search among orders like the best of them.

use std::cmp::Reverse;

use peacrab_kernels::Overlap;

use super::{Buffer, PLACE_ALIGNMENT};

/// An output that may overlap the input that its step reads for the last time; both are indices of buffers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharing {
    /// The buffer of the input.
    pub input: usize,
    /// The buffer of the output.
    pub output: usize,
    /// Where the output may lie.
    pub overlap: Overlap,
}

/// What buffers are sorted by before they are placed.
type Order = fn(&Buffer) -> (Reverse<usize>, usize);

/// Placements that are tried, times the square of the number of buffers: a small fraction of a second.
const EFFORT: usize = 20_000_000;

/// At most so many placements: few buffers have few orders.
const TRIALS_MAX: usize = 20_000;

/// Gives every buffer its offset; returns the size of the arena. The search ends early at `bound`, below which no arena can be.
pub fn place(buffers: &mut [Buffer], sharings: &[Sharing], bound: usize) -> usize {
    if buffers.is_empty() {
        return 0;
    }
    let arena = Arena::new(buffers, sharings);
    let (arena_bytes, offsets) = arena.search(bound);
    for (buffer, offset) in buffers.iter_mut().zip(offsets) {
        buffer.offset = offset;
    }
    arena_bytes
}

/// The buffers, and which of them are in each other's way.
struct Arena<'a> {
    buffers: &'a [Buffer],
    /// For each buffer, the others that live at the same time.
    conflicts: Vec<Vec<Conflict>>,
}

/// Offsets that a buffer must not have, relative to that of another: those between `low` and `high`.
#[derive(Clone, Copy)]
struct Conflict {
    other: usize,
    low: isize,
    high: isize,
}

impl<'a> Arena<'a> {
    fn new(buffers: &'a [Buffer], sharings: &[Sharing]) -> Self {
        let conflicts = (0..buffers.len()).map(|index| {
            let others = (0..buffers.len()).filter(|&other| other != index);
            others.filter_map(|other| conflict(buffers, sharings, index, other)).collect()
        });
        Arena { buffers, conflicts: conflicts.collect() }
    }

    /// The smallest arena that is found, and the offsets in it.
    fn search(&self, bound: usize) -> (usize, Vec<usize>) {
        let orders: [Order; 4] = [
            |buffer| (Reverse(buffer.bytes), buffer.steps.start),
            |buffer| (Reverse(buffer.bytes * buffer.steps.len()), buffer.steps.start),
            |buffer| (Reverse(buffer.steps.len()), buffer.steps.start),
            // From the last step to the first: an output that lies before its input is placed before it.
            |buffer| (Reverse(buffer.steps.start), buffer.bytes),
        ];
        let sequences = orders.iter().map(|order| {
            let mut sequence: Vec<usize> = (0..self.buffers.len()).collect();
            sequence.sort_by_key(|&index| order(&self.buffers[index]));
            sequence
        });
        let placed = sequences.map(|sequence| (self.first_fit(&sequence), sequence));
        let Some(((mut best, mut offsets), mut sequence)) = placed.min_by_key(|((bytes, _), _)| *bytes) else {
            return (0, Vec::new());
        };
        let count = self.buffers.len();
        let mut rng = Rng(0x9e37_79b9);
        for _ in 0..(EFFORT / (count * count)).min(TRIALS_MAX) {
            if best <= bound {
                break;
            }
            let mut other = sequence.clone();
            for _ in 0..=rng.below(3) {
                let moved = other.remove(rng.below(count));
                other.insert(rng.below(count), moved);
            }
            let (bytes, found) = self.first_fit(&other);
            // An arena of the same size may lead on to a smaller one.
            if bytes <= best {
                (best, offsets, sequence) = (bytes, found, other);
            }
        }
        (best, offsets)
    }

    /// Places buffers one after the other, each at the lowest offset where nothing placed is in its way.
    fn first_fit(&self, sequence: &[usize]) -> (usize, Vec<usize>) {
        let mut offsets = vec![None; self.buffers.len()];
        let mut arena_bytes = 0;
        let mut taken = Vec::new();
        for &index in sequence {
            taken.clear();
            taken.extend(self.conflicts[index].iter().filter_map(|conflict| {
                let other: usize = offsets[conflict.other]?;
                Some((other as isize + conflict.low, other as isize + conflict.high))
            }));
            taken.sort_unstable();
            let offset = lowest_free(&taken);
            offsets[index] = Some(offset);
            arena_bytes = arena_bytes.max(offset + self.buffers[index].bytes);
        }
        let offsets = offsets.into_iter().map(Option::unwrap_or_default).collect();
        (arena_bytes.next_multiple_of(PLACE_ALIGNMENT), offsets)
    }
}

/// Which offsets `other` forbids `index`; `None` where they do not live at the same time or may lie anywhere.
fn conflict(buffers: &[Buffer], sharings: &[Sharing], index: usize, other: usize) -> Option<Conflict> {
    let (buffer, rival) = (&buffers[index], &buffers[other]);
    if buffer.steps.start >= rival.steps.end || rival.steps.start >= buffer.steps.end {
        return None;
    }
    let (mut low, mut high) = (-(buffer.bytes as isize), rival.bytes as isize);
    for sharing in sharings {
        let lead = match sharing.overlap {
            Overlap::Apart | Overlap::Exact => continue,
            Overlap::Before(bytes) => bytes as isize,
            // Outputs that lie anywhere may lie before and behind.
            Overlap::Anywhere if [(index, other), (other, index)].contains(&(sharing.input, sharing.output)) => {
                return None;
            }
            Overlap::Anywhere => continue,
        };
        if (sharing.output, sharing.input) == (index, other) {
            low = low.max(-lead);
        } else if (sharing.input, sharing.output) == (index, other) {
            high = high.min(lead);
        }
    }
    Some(Conflict { other, low, high })
}

/// The lowest offset that is a multiple of the alignment and inside none of the open intervals, which are sorted.
fn lowest_free(taken: &[(isize, isize)]) -> usize {
    let mut offset = 0;
    for &(low, high) in taken {
        if low < offset as isize && (offset as isize) < high {
            offset = (high as usize).next_multiple_of(PLACE_ALIGNMENT);
        }
    }
    offset
}

/// The same numbers in every run (xorshift), so that a model always gives the same program.
struct Rng(u32);

impl Rng {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buffer(steps: std::ops::Range<usize>, bytes: usize) -> Buffer {
        Buffer { steps, offset: 0, bytes }
    }

    proptest! {
        #[test]
        fn buffers_overlap_only_where_they_may(
            drawn in proptest::collection::vec((0usize..12, 1usize..5, 1usize..300), 1..30),
            leads in proptest::collection::vec(prop_oneof![Just(Overlap::Anywhere), (0usize..80).prop_map(Overlap::Before)], 30),
        ) {
            let mut buffers: Vec<Buffer> =
                drawn.into_iter().map(|(start, steps, bytes)| buffer(start..start + steps, bytes)).collect();
            // Each buffer may share with the next one that starts at its last step.
            let sharings: Vec<Sharing> = (0..buffers.len())
                .filter_map(|input| {
                    let output = (input + 1..buffers.len()).find(|&output| buffers[output].steps.start + 1 == buffers[input].steps.end)?;
                    Some(Sharing { input, output, overlap: leads[input] })
                })
                .collect();
            let arena_bytes = place(&mut buffers, &sharings, 0);
            for (i, a) in buffers.iter().enumerate() {
                prop_assert!(a.offset + a.bytes <= arena_bytes && a.offset % PLACE_ALIGNMENT == 0);
                for (j, b) in buffers.iter().enumerate().skip(i + 1) {
                    let together = a.steps.start < b.steps.end && b.steps.start < a.steps.end;
                    let range = |buffer: &Buffer| buffer.offset..buffer.offset + buffer.bytes;
                    let overlap = sharings.iter().find(|s| (s.input, s.output) == (i, j)).map_or(Overlap::Apart, |s| s.overlap);
                    prop_assert!(!together || overlap.allows(&range(a), &range(b)), "{a:?} {b:?} {overlap:?}");
                }
            }
        }
    }

    #[test]
    fn a_chain_needs_no_more_than_its_largest_pair() {
        let mut buffers = vec![buffer(0..2, 160), buffer(1..3, 320), buffer(2..4, 160), buffer(3..5, 480)];
        assert_eq!(place(&mut buffers, &[], 640), 640);
    }

    #[test]
    fn a_chain_that_overlaps_needs_little_more_than_its_largest_buffer() {
        let mut buffers = vec![buffer(0..2, 160), buffer(1..3, 320), buffer(2..4, 320), buffer(3..5, 160)];
        let sharing = |input, overlap| Sharing { input, output: input + 1, overlap };
        let sharings =
            [sharing(0, Overlap::Before(150)), sharing(1, Overlap::Before(0)), sharing(2, Overlap::Anywhere)];
        assert_eq!(place(&mut buffers, &sharings, 0), 320);
    }
}
