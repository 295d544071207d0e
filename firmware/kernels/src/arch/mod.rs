//! The inner loops of the heavy kernels, one backend per kind of core.
//!
//! A backend has `conv2d`, `depthwise_conv2d` and `dense`. All backends give the same bytes for the same arguments. The scratch depends on
//! the layout of the weights only, never on the backend: the host plans it for every core.

mod portable;

#[cfg(peacrab_arch = "armv7em")]
mod armv7em;

#[cfg(peacrab_arch = "armv7em")]
pub(crate) use armv7em::{add, conv2d, dense, depthwise_conv2d};
#[cfg(not(peacrab_arch = "armv7em"))]
pub(crate) use portable::{add, conv2d, dense, depthwise_conv2d};
pub(crate) use portable::{conv2d_scratch_bytes, dense_scratch_bytes, depthwise_conv2d_scratch_bytes};
