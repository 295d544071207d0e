//! Cortex-M0 and M0+.

mod dot;
mod rows;

pub use dot::dot_pair;
pub use rows::multiply_rows;
