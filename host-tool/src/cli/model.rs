//! From a model's path to its prepared float graph.

use std::path::Path;

use super::failure::Failure;
use crate::graph::float::Graph;
use crate::{import, passes};

/// Imports and prepares a model; prints the import's notes where `notes` asks for it.
pub fn load(path: &Path, notes: bool) -> Result<Graph, Failure> {
    let graph = passes::prepare(&import::load(path)?)?;
    if notes {
        for note in &graph.notes {
            eprintln!("note: {note}");
        }
    }
    Ok(graph)
}
