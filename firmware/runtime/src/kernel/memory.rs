//! An operator's tensors as slices of the arena.

use core::cell::Cell;
use core::ops::Range;

use peacrab_format::{Operator, Program};
use peacrab_kernels::{InOut, Overlap};

/// The arena, and where in it one operator's tensors lie.
pub struct Memory<'a> {
    program: &'a Program<'a>,
    operator: &'a Operator<'a>,
    output: Range<usize>,
    arena: &'a mut [i8],
}

/// Input and output, each on its own.
pub type Exclusive<'a> = (&'a [i8], &'a mut [i8]);

/// Input and output, which may overlap, and the scratch space.
pub type Overlapping<'a> = (InOut<'a>, &'a mut [i8]);

/// Input and output, which may be the same memory.
pub type Shared<'a> = (&'a [Cell<i8>], &'a [Cell<i8>]);

impl<'a> Memory<'a> {
    /// The memory of one operator.
    pub fn new(program: &'a Program, operator: &'a Operator, arena: &'a mut [u8]) -> Option<Self> {
        let output = tensor(program, operator.output)?;
        Some(Memory { program, operator, output, arena: bytemuck::try_cast_slice_mut(arena).ok()? })
    }

    /// Input `index` and the output.
    pub fn exclusive(&mut self, index: usize) -> Option<Exclusive<'_>> {
        let ranges = [self.input_range(index)?, self.output.clone()];
        let [input, output] = self.arena.get_disjoint_mut(ranges).ok()?;
        Some((input, output))
    }

    /// The only input and the output, which may overlap, and the scratch space.
    pub fn overlapping(&mut self) -> Option<Overlapping<'_>> {
        let (input, output, scratch) = (self.input_range(0)?, self.output.clone(), scratch(self.operator)?);
        if is_apart(&input, &output) {
            let [input, output, scratch] = self.arena.get_disjoint_mut([input, output, scratch]).ok()?;
            return Some((InOut::Apart { input, output }, scratch));
        }
        let start = input.start.min(output.start);
        let both = start..input.end.max(output.end);
        let [memory, scratch] = self.arena.get_disjoint_mut([both, scratch]).ok()?;
        let within = |range: Range<usize>| range.start.wrapping_sub(start)..range.end.wrapping_sub(start);
        Some((InOut::Overlapping { memory, input: within(input), output: within(output) }, scratch))
    }

    /// The only input and the output, which may be the same memory.
    pub fn shared(&mut self) -> Option<Shared<'_>> {
        let (input, output) = (self.input_range(0)?, self.output.clone());
        let cells = Cell::from_mut(&mut *self.arena).as_slice_of_cells();
        Some((cells.get(input)?, cells.get(output)?))
    }

    /// Both inputs and the output, which may be the same memory.
    pub fn shared_pair(&mut self) -> Option<[&[Cell<i8>]; 3]> {
        let (a, b, output) = (self.input_range(0)?, self.input_range(1)?, self.output.clone());
        let cells = Cell::from_mut(&mut *self.arena).as_slice_of_cells();
        Some([cells.get(a)?, cells.get(b)?, cells.get(output)?])
    }

    fn input_range(&self, index: usize) -> Option<Range<usize>> {
        tensor(self.program, *self.operator.inputs.get(index)?)
    }
}

/// Whether the scratch space is memory of its own, and the output overlaps inputs only as far as the kernel allows.
pub fn check(program: &Program, operator: &Operator, overlap: Overlap) -> Option<()> {
    let output = tensor(program, operator.output)?;
    let scratch = scratch(operator)?;
    let mut is_free = is_apart(&output, &scratch);
    for &input in operator.inputs {
        let input = tensor(program, input)?;
        is_free &= is_apart(&input, &scratch) && overlap.allows(&input, &output);
    }
    is_free.then_some(())
}

fn is_apart(a: &Range<usize>, b: &Range<usize>) -> bool {
    Overlap::Apart.allows(a, b)
}

fn tensor(program: &Program, index: u32) -> Option<Range<usize>> {
    let tensor = program.tensor(index)?;
    Some(tensor.offset..tensor.offset.checked_add(tensor.elements)?)
}

/// The scratch space; an empty one starts at 0, where it is apart from everything.
fn scratch(operator: &Operator) -> Option<Range<usize>> {
    if operator.scratch_bytes == 0 {
        return Some(0..0);
    }
    Some(operator.scratch_offset..operator.scratch_offset.checked_add(operator.scratch_bytes)?)
}
