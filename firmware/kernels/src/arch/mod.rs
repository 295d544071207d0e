//! The inner loops of the heavy kernels, one backend per kind of core.
//!
//! A backend has `conv2d`, `depthwise_conv2d` and `dense`, and `.._scratch_bytes` for each. All backends give the same bytes for the
//! same arguments. The scratch depends on the layout of the weights only, never on the backend: the host plans it for every core.

mod portable;

pub(crate) use portable::{
    conv2d, conv2d_scratch_bytes, dense, dense_scratch_bytes, depthwise_conv2d, depthwise_conv2d_scratch_bytes,
};
