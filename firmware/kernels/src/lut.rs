//! A function of one element, as a table.

use core::cell::Cell;

/// `output = table[x + 128]` for every element: any function of one quantized value.
#[derive(Debug, Clone, Copy)]
pub struct Lut<'a> {
    /// The value for -128 first.
    pub table: &'a [i8; 256],
}

impl Lut<'_> {
    /// Computes `output`, which may be the memory of `input`.
    pub fn run(&self, input: &[Cell<i8>], output: &[Cell<i8>]) {
        for (output, x) in output.iter().zip(input) {
            let index = x.get() as u8 ^ 0x80;
            output.set(self.table[usize::from(index)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_starts_at_the_smallest_value() {
        let table = core::array::from_fn(|i| (i as u8 ^ 0x80) as i8);
        let mut data = [-128i8, -1, 0, 1, 127];
        let cells = Cell::from_mut(&mut data[..]).as_slice_of_cells();
        Lut { table: &table }.run(cells, cells);
        assert_eq!(data, [-128, -1, 0, 1, 127]);
    }
}
