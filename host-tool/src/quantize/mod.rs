//! Float graph and calibration samples to a fixed-point graph.
