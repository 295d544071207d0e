//! Messages to bytes.

use crate::{CRC, HEADER_BYTES, Message, PAYLOAD_BYTES_MAX, SYNC};

/// Numbers and encodes the frames of one direction. Nothing is buffered: a small board has no RAM for that.
#[derive(Debug, Default)]
pub struct Sender {
    sequence: u16,
}

impl Sender {
    /// A sender whose first frame has sequence number 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { sequence: 0 }
    }

    /// Gives the frame for `message` to `write`, part by part. False, and nothing written, if its bytes exceed
    /// [`crate::CHUNK_BYTES_MAX`].
    #[must_use]
    pub fn send(&mut self, message: &Message<'_>, mut write: impl FnMut(&[u8])) -> bool {
        let (kind, head, tail) = message.parts();
        let length = head.len().saturating_add(tail.len());
        if length > PAYLOAD_BYTES_MAX {
            return false;
        }
        let [sync0, sync1] = SYNC;
        let [sequence0, sequence1] = self.sequence.to_le_bytes();
        let [length0, length1] = (length as u16).to_le_bytes();
        let header: [u8; HEADER_BYTES] = [sync0, sync1, kind, sequence0, sequence1, length0, length1];
        let mut digest = CRC.digest();
        digest.update(&[kind, sequence0, sequence1, length0, length1]);
        digest.update(&head);
        digest.update(tail);
        write(&header);
        write(&head);
        write(tail);
        write(&digest.finalize().to_le_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        true
    }
}
