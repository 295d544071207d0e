//! Peacrab, the host side: takes a trained model to fixed point, says what that cost, and runs it on a core.
//!
//! Data flows one way, and so do the dependencies between these modules:
//!
//! ```text
//! import -> graph (float) -> passes -> quantize -> graph (fixed) -> slim -> plan -> emit -> `.pea`
//!                                                                            |
//!                                          evaluate, target (boards) <-------+
//! ```
//!
//! `cli` is the only module that prints, and the only one that turns an error into advice and an exit code.

pub mod aligned;
pub mod cli;
pub mod compare;
pub mod convert;
pub mod emit;
pub mod evaluate;
pub mod graph;
pub mod import;
pub mod passes;
pub mod plan;
pub mod profile;
pub mod quantize;
pub mod report;
pub mod simulate;
pub mod slim;
pub mod target;
