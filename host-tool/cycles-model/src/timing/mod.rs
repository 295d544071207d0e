//! The published tables, one file per family. `docs/cycles.md` has them in full.

pub(crate) mod cortex_m0;
pub(crate) mod cortex_m4;
pub(crate) mod hazard3;
