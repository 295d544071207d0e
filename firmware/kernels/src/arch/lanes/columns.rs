//! Depthwise 3x3 windows in words: columns of three words, one for each row of the filter.
//!
//! The lanes are two output rows, one below the other, of one channel. A window is nine words, which lie side by side, and the next
//! output column's window starts a few columns on.

/// Rows and columns of the filter.
pub const SIDE: usize = 3;

/// Words of a window.
pub const TAPS: usize = SIDE * SIDE;

/// One channel's inputs on their way to columns, for pairs of output rows. The layout is known to the assembly.
#[repr(C)]
pub struct Gather {
    /// The first row of the first column.
    pub input: *const i8,
    /// Bytes from the first row to the others: three of them at stride 1, four at stride 2.
    pub offsets: [usize; 4],
    /// Bytes from column to column.
    pub step: usize,
    /// The first column.
    pub words: *mut i32,
    /// Columns; not 0.
    pub count: usize,
    /// Bytes from behind the last column to the first one of the next pair of rows.
    pub input_gap: usize,
    /// The same of the words.
    pub words_gap: usize,
    /// Pairs of rows; not 0.
    pub pairs: usize,
}

/// One channel's windows. The layout is known to the assembly.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Windows {
    /// The first window.
    pub words: *const i32,
    /// The first of the filter's nine weights, which are `channels` apart, row by row.
    pub weights: *const i8,
    /// Where sums start.
    pub bias: i32,
    /// Of the requantization.
    pub multiplier: i32,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
    /// The first output of the upper row.
    pub output: *mut i8,
    /// Bytes from the upper row to the lower one, which is written before; 0 if there is none.
    pub lower: usize,
    /// Bytes from output column to output column, and from weight to weight.
    pub channels: usize,
    /// Bytes from window to window.
    pub words_step: usize,
    /// Bytes from the first window of a pair of rows to behind the last one: a multiple of `words_step`, not 0.
    pub words_length: usize,
    /// Bytes from there to the next pair's first window.
    pub words_gap: usize,
    /// Bytes from behind the last output of a row to the first one of the next pair.
    pub output_gap: usize,
    /// Pairs of rows; not 0.
    pub pairs: usize,
}
