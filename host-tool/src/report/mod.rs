//! What commands print: JSON is the source, terminal tables are rendered from it.

pub mod comparison;
mod evaluation;
pub mod figures;
pub mod table;

pub use evaluation::{render_confusion, render_evaluation, render_layers, render_summary};
pub mod counts;
pub mod outputs;
pub mod profile;
pub mod program;
pub mod statistics;
