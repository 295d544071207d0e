//! The inner loops of the heavy kernels, one backend per kind of core.
//!
//! A backend has `conv2d`, `depthwise_conv2d` and `dense` for plain weights; for packed ones there are those of `packed`. All backends give the same bytes for the same arguments. The scratch depends on
//! the layout of the weights only, never on the backend: the host plans it for every core.

#[cfg(any(peacrab_arch = "armv7em", peacrab_arch = "mve"))]
mod inner;
#[cfg(any(peacrab_arch = "armv6m", peacrab_arch = "armv7m", peacrab_arch = "riscv32"))]
mod lanes;
#[cfg(any(peacrab_arch = "armv6m", peacrab_arch = "armv7m", peacrab_arch = "armv7em", peacrab_arch = "riscv32"))]
mod pointwise;
mod portable;
#[cfg(any(peacrab_arch = "armv6m", peacrab_arch = "armv7m", peacrab_arch = "armv7em", peacrab_arch = "riscv32"))]
mod saturate;

#[cfg(peacrab_arch = "armv6m")]
mod armv6m;
#[cfg(peacrab_arch = "armv7em")]
mod armv7em;
#[cfg(peacrab_arch = "armv7m")]
mod armv7m;
#[cfg(peacrab_arch = "mve")]
mod mve;
#[cfg(peacrab_arch = "riscv32")]
mod riscv32;

#[cfg(peacrab_arch = "armv7em")]
pub(crate) use armv7em::{add, conv2d, dense, depthwise_conv2d};
#[cfg(any(peacrab_arch = "armv6m", peacrab_arch = "armv7m", peacrab_arch = "riscv32"))]
pub(crate) use lanes::{conv2d, dense, depthwise_conv2d};
#[cfg(peacrab_arch = "mve")]
pub(crate) use mve::{conv2d, dense, depthwise_conv2d};
#[cfg(not(peacrab_arch = "armv7em"))]
pub(crate) use portable::add;
pub(crate) use portable::conv2d_scratch_bytes;
#[cfg(not(any(
    peacrab_arch = "armv6m",
    peacrab_arch = "armv7m",
    peacrab_arch = "armv7em",
    peacrab_arch = "mve",
    peacrab_arch = "riscv32"
)))]
pub(crate) use portable::{conv2d, dense, depthwise_conv2d};

/// Layers with packed weights, whose input and output may overlap.
#[cfg(not(peacrab_arch = "armv7em"))]
pub(crate) mod packed {
    pub(crate) use crate::packed::chains::dense as dense_chains;
    pub(crate) use crate::packed::depthwise::depthwise_conv2d;
    pub(crate) use crate::packed::reader::{conv2d, conv2d_band, dense};
    pub(crate) use crate::packed::winograd::reader::conv2d as conv2d_winograd;
}
#[cfg(peacrab_arch = "armv7em")]
pub(crate) use armv7em::packed;
