//! The QEMU plugin: hands every translation block, access and mark to the [`peacrab_cycles_model::Meter`], and writes what it
//! counted when QEMU ends. Made for plugin API version 1: QEMU 7.2 to 8.2.
//!
//! `-plugin libpeacrab_cycles_plugin.so,settings=FILE`; `docs/cycles.md` has both files' formats.

mod callbacks;
mod qemu;
mod results;
mod settings;
