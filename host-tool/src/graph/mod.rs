//! The graph: NHWC, typed, verified; float and fixed point.
