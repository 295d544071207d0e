//! Peacrab's kernels: one file per operator, the arithmetic in `requant`, the cores in `arch`.
//!
//! A kernel is a plain struct of parameters with three methods: `is_valid` (everything its inner loops rely on; called once, when a
//! program is loaded), `scratch_bytes`, and `run`. With valid parameters and slices of the right length `run` cannot fail or
//! panic. All arithmetic is integer and defined once, in `docs/numerics.md`.
#![no_std]

mod conv2d;
mod dense;
mod requant;
mod shape;

pub use conv2d::{Conv2d, DepthwiseConv2d, WeightLayout};
pub use dense::Dense;
pub use requant::Requant;
pub use shape::{Shape, Window};
