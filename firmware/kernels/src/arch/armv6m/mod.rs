//! Cortex-M0 and M0+.

mod columns;
mod dot;
mod pieces;
mod rows;
mod save;

pub use columns::{convolve_windows, gather_columns};
pub use dot::dot_pair;
pub use pieces::pack_pieces;
pub use rows::multiply_rows;
