//! Bytes that start at a multiple of 16, as programs and arenas do on a device.

use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable, cast_slice, cast_slice_mut};
use peacrab_format::ALIGNMENT;

#[repr(C, align(16))]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Block([u8; ALIGNMENT]);

/// A vector of bytes aligned to [`ALIGNMENT`].
#[derive(Debug, Clone)]
pub struct AlignedBytes {
    blocks: Vec<Block>,
    length: usize,
}

impl AlignedBytes {
    /// A copy of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        let mut aligned = Self::zeroed(bytes.len());
        aligned.copy_from_slice(bytes);
        aligned
    }

    /// `length` zeros.
    pub fn zeroed(length: usize) -> Self {
        AlignedBytes { blocks: vec![Block([0; ALIGNMENT]); length.div_ceil(ALIGNMENT)], length }
    }
}

impl Deref for AlignedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &cast_slice(&self.blocks)[..self.length]
    }
}

impl DerefMut for AlignedBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut cast_slice_mut(&mut self.blocks)[..self.length]
    }
}
