//! The graph: NHWC, typed, verified; float and fixed point.
//!
//! [`float`] is what import and passes work on; the quantizer makes a fixed-point graph of it. All are plain data: a rewrite reads
//! one graph and returns another.

pub mod execute;
pub mod fixed;
pub mod float;
pub mod print;
pub mod shape;
pub mod summary;
pub mod verify;

pub use verify::{GraphError, verify};
