//! The part of a program behind its tables: operands, parameters, weights.

use bytemuck::{NoUninit, cast_slice};

/// Grows by whole blocks; equal blocks are stored once.
pub struct Data {
    start: usize,
    bytes: Vec<u8>,
    blocks: std::collections::HashMap<(usize, Vec<u8>), u32>,
}

impl Data {
    /// The data starts `start` bytes into the program.
    pub fn new(start: usize) -> Self {
        Data { start, bytes: Vec::new(), blocks: Default::default() }
    }

    /// Stores values aligned to a word; returns their offset in the program.
    pub fn words<T: NoUninit>(&mut self, values: &[T]) -> u32 {
        self.block(cast_slice(values), 4)
    }

    /// Stores weights, aligned so that a core may load them in its widest pieces; returns their offset in the program.
    pub fn weights(&mut self, weights: &[i8]) -> u32 {
        self.block(cast_slice(weights), peacrab_format::ALIGNMENT)
    }

    /// The bytes stored.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn block(&mut self, block: &[u8], alignment: usize) -> u32 {
        let key = (alignment, block.to_vec());
        if let Some(&offset) = self.blocks.get(&key) {
            return offset;
        }
        let offset = (self.start + self.bytes.len()).next_multiple_of(alignment);
        self.bytes.resize(offset - self.start, 0);
        self.bytes.extend_from_slice(block);
        self.blocks.insert(key, offset as u32);
        offset as u32
    }
}
