//! Checked frames between the host and the runner: one codec, used by both sides.
//!
//! A frame is, little endian:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | 2 | sync | `EA CB` |
//! | 1 | kind | which [`Message`] |
//! | 2 | sequence | counts the sender's frames, modulo 2^16 |
//! | 2 | length | payload bytes, [0, [`PAYLOAD_BYTES_MAX`]] |
//! | n | payload | |
//! | 4 | check | CRC-32 (ISO-HDLC) of kind to payload |
//!
//! The transport may drop or damage bytes: [`Receiver`] finds the next good frame and says how many frames are missing.
#![no_std]
#![forbid(unsafe_code)]

mod failure;
mod message;
mod receiver;
mod record;
mod sender;

pub use failure::Failure;
pub use message::{CHUNK_BYTES_MAX, Message};
pub use receiver::{Frame, Receiver};
pub use record::record_check;
pub use sender::Sender;

/// Largest payload of one frame, in bytes. Small enough for two frames in the RAM of the smallest board.
pub const PAYLOAD_BYTES_MAX: usize = 256;

/// Largest frame, in bytes.
pub const FRAME_BYTES_MAX: usize = HEADER_BYTES + PAYLOAD_BYTES_MAX + CHECK_BYTES;

const SYNC: [u8; 2] = [0xEA, 0xCB];
const HEADER_BYTES: usize = 7;
const CHECK_BYTES: usize = 4;
/// A table of 1 KB is eight times as fast as none.
#[cfg(not(feature = "small"))]
type Table = crc::Table<1>;
#[cfg(feature = "small")]
type Table = crc::NoTable;

const CRC: crc::Crc<u32, Table> = crc::Crc::<u32, Table>::new(&crc::CRC_32_ISO_HDLC);

/// CRC-32 (ISO-HDLC) of `bytes`, as frames and the sample in an image use it.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}
