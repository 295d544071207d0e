//! What frames say.

use crate::PAYLOAD_BYTES_MAX;

/// Bytes of tensor index and offset in front of a chunk.
const CHUNK_HEADER_BYTES: usize = 5;

/// Largest part of a tensor that one frame carries, in bytes.
pub const CHUNK_BYTES_MAX: usize = PAYLOAD_BYTES_MAX - CHUNK_HEADER_BYTES;

/// One message: commands and inputs go down to the runner, outputs come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Down: `bytes` of input `tensor`, from byte `offset` on.
    Input {
        /// Input index.
        tensor: u8,
        /// Byte offset in the tensor.
        offset: u32,
        /// At most [`CHUNK_BYTES_MAX`] bytes.
        bytes: &'a [u8],
    },
    /// Down: run one inference on the inputs sent since the last one.
    Run,
    /// Down: report the high-water marks and stop.
    Finish,
    /// Up: `bytes` of output `tensor`, from byte `offset` on.
    Output {
        /// Output index.
        tensor: u8,
        /// Byte offset in the tensor.
        offset: u32,
        /// At most [`CHUNK_BYTES_MAX`] bytes.
        bytes: &'a [u8],
    },
    /// Up: all outputs of inference `index` were sent.
    Done {
        /// Counts inferences from 0.
        index: u32,
    },
}

const INPUT: u8 = 1;
const RUN: u8 = 2;
const FINISH: u8 = 3;
const OUTPUT: u8 = 4;
const DONE: u8 = 5;

impl<'a> Message<'a> {
    /// Reads a message; `None` where kind and payload do not fit each other.
    #[must_use]
    pub fn parse(kind: u8, payload: &'a [u8]) -> Option<Self> {
        match (kind, payload) {
            (INPUT, [tensor, a, b, c, d, bytes @ ..]) => {
                Some(Self::Input { tensor: *tensor, offset: u32::from_le_bytes([*a, *b, *c, *d]), bytes })
            }
            (OUTPUT, [tensor, a, b, c, d, bytes @ ..]) => {
                Some(Self::Output { tensor: *tensor, offset: u32::from_le_bytes([*a, *b, *c, *d]), bytes })
            }
            (RUN, []) => Some(Self::Run),
            (FINISH, []) => Some(Self::Finish),
            (DONE, [a, b, c, d]) => Some(Self::Done { index: u32::from_le_bytes([*a, *b, *c, *d]) }),
            _ => None,
        }
    }

    /// Kind, first payload part and second payload part.
    pub(crate) fn parts(&self) -> (u8, heapless::Vec<u8, CHUNK_HEADER_BYTES>, &'a [u8]) {
        match *self {
            Self::Input { tensor, offset, bytes } => (INPUT, prefixed(tensor, offset), bytes),
            Self::Output { tensor, offset, bytes } => (OUTPUT, prefixed(tensor, offset), bytes),
            Self::Run => (RUN, heapless::Vec::new(), &[]),
            Self::Finish => (FINISH, heapless::Vec::new(), &[]),
            Self::Done { index } => (DONE, index.to_le_bytes().into_iter().collect(), &[]),
        }
    }
}

fn prefixed(byte: u8, word: u32) -> heapless::Vec<u8, CHUNK_HEADER_BYTES> {
    core::iter::once(byte).chain(word.to_le_bytes()).collect()
}
