//! Cortex-M0 and M0+.

mod columns;
mod dot;
mod rows;

pub use columns::{convolve_windows, gather_columns};
pub use dot::dot_pair;
pub use rows::multiply_rows;
