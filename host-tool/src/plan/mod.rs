//! Kernel choice, weight packing for the core, tensor lifetimes and arena placement.
