//! Peacrab's kernels: one file per operator, the arithmetic in `requant`, the cores in `arch`.
//!
//! A kernel is a plain struct of parameters with three methods: `is_valid` (everything its inner loops rely on; called once, when a
//! program is loaded), `scratch_bytes` where it needs any, and `run`. With valid parameters `run` cannot
//! fail, and it cannot panic whatever the lengths of its slices. All arithmetic is integer, wraps where it would overflow, and is
//! defined once, in `docs/numerics.md`.
//!
//! Elementwise kernels take slices of [`core::cell::Cell`], so that an input and the output can be the same memory; others whose output may
//! overlap their input say how far ([`Overlap`]) and take both as one ([`InOut`]).
#![no_std]

mod add;
mod arch;
mod broadcast;
mod chunks;
mod concat;
mod conv2d;
mod dense;
mod depthwise;
mod log_softmax;
mod lut;
mod mul;
mod normalize;
mod overlap;
pub mod packed;
mod pool;
mod prelu;
mod requant;
mod resize;
mod shape;
mod softmax;
mod strided_copy;

pub use add::Add;
pub use concat::Concat;
pub use conv2d::{Conv2d, WeightLayout};
pub use dense::Dense;
pub use depthwise::DepthwiseConv2d;
pub use log_softmax::LogSoftmax;
pub use lut::Lut;
pub use mul::Mul;
pub use normalize::{Norm, Normalize};
pub use overlap::{InOut, Overlap};
pub use pool::{AveragePool2d, MaxPool2d};
pub use prelu::PRelu;
pub use requant::{Requant, requantize};
pub use resize::Resize;
pub use shape::{Shape, Window, elements};
pub use softmax::Softmax;
pub use strided_copy::StridedCopy;

/// Whether this build has the DSP backend, and so runs weights packed for it at their speed.
pub const HAS_DSP: bool = cfg!(peacrab_arch = "armv7em");
