//! The figures, as they are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// The compiler of each target's runner.
    pub compilers: BTreeMap<String, String>,
    /// By model, then board.
    pub rows: Vec<Row>,
}

/// One model on one board, its program packed for the board's core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The model's folder.
    pub model: String,
    /// The board.
    pub board: String,
    /// Its core.
    pub core: String,
    /// The compiler's target.
    pub target: String,
    /// Multiply-accumulates of one inference.
    pub macs: u64,
    /// Executed instructions of one inference.
    pub instructions: u64,
    /// Modelled cycles, no wait states.
    pub cycles: Option<u64>,
    /// Modelled cycles with five wait states and the board's caches, where it has any.
    pub cycles_wait_5: Option<u64>,
    /// Size of the arena.
    pub arena_bytes: u64,
    /// High-water mark of the stack.
    pub stack_bytes: u64,
    /// Runner and program.
    pub flash_bytes: u64,
}

impl Row {
    /// Every figure that is compared, by name.
    pub fn figures(&self) -> [(&'static str, Option<u64>); 6] {
        [
            ("instructions", Some(self.instructions)),
            ("modelled cycles", self.cycles),
            ("modelled cycles, 5 wait states", self.cycles_wait_5),
            ("arena bytes", Some(self.arena_bytes)),
            ("stack bytes", Some(self.stack_bytes)),
            ("flash bytes", Some(self.flash_bytes)),
        ]
    }

    /// Whether it is the same model on the same board.
    pub fn is_of(&self, other: &Self) -> bool {
        self.model == other.model && self.board == other.board
    }
}

impl Bench {
    /// With the rows of `old` for models that could not be measured here.
    pub fn with_missing_from(mut self, old: Option<&Self>) -> Self {
        let is_missing = |row: &&Row| !self.rows.iter().any(|new| new.model == row.model);
        let missing: Vec<Row> = old.iter().flat_map(|old| &old.rows).filter(is_missing).cloned().collect();
        for row in &missing {
            println!("bench: {} on {} keeps its old figures", row.model, row.board);
        }
        self.rows.extend(missing);
        self.rows.sort_by(|a, b| (&a.model, &a.board).cmp(&(&b.model, &b.board)));
        self
    }
}
