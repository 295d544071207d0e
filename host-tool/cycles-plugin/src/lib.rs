//! The QEMU plugin: hands every translation block, access and mark to the [`peacrab_cycles_model::Meter`], and writes what it
//! counted when QEMU ends. Made for QEMU 7.2 to 8.2, or, with the feature `api-v3`, for QEMU 9.1 and later.
//!
//! `-plugin libpeacrab_cycles_plugin.so,settings=FILE`; `settings.rs` and `results.rs` describe the two files.

mod callbacks;
mod qemu;
mod results;
mod settings;
