//! Bytes to messages, over a channel that may lose or damage some.

use crate::{CHECK_BYTES, CRC, FRAME_BYTES_MAX, HEADER_BYTES, Message, PAYLOAD_BYTES_MAX, SYNC};

/// A frame that arrived whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it says.
    pub message: Message<'a>,
    /// Frames missing between the previous good one and this one.
    pub missed: u16,
}

/// Finds frames in a byte stream. After damage it continues with the next good frame.
#[derive(Debug, Default)]
pub struct Receiver {
    buffer: heapless::Vec<u8, FRAME_BYTES_MAX>,
    /// Bytes at the front of `buffer` that [`Receiver::frame`] has handed out.
    consumed: usize,
    expected: u16,
    skipped_bytes: u32,
}

/// What lies at the front of the buffer.
enum Front {
    Frame {
        kind: u8,
        sequence: u16,
        end: usize,
    },
    Incomplete,
    /// No frame starts here.
    Noise,
}

impl Receiver {
    /// A receiver that expects sequence number 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: heapless::Vec::new(), consumed: 0, expected: 0, skipped_bytes: 0 }
    }

    /// Takes one byte of the stream. Call [`Receiver::frame`] until it gives `None` after each.
    pub fn push(&mut self, byte: u8) {
        self.discard_consumed();
        if let Err(byte) = self.buffer.push(byte) {
            // Only a caller that does not poll gets here: the oldest byte gives way.
            self.skip_noise();
            let _ = self.buffer.push(byte);
        }
    }

    /// The next whole frame, if the bytes so far hold one.
    pub fn frame(&mut self) -> Option<Frame<'_>> {
        self.discard_consumed();
        let (kind, sequence, end) = loop {
            match front(&self.buffer) {
                Front::Frame { kind, sequence, end } => break (kind, sequence, end),
                Front::Incomplete => return None,
                Front::Noise => self.skip_noise(),
            }
        };
        self.consumed = end;
        let missed = sequence.wrapping_sub(self.expected);
        self.expected = sequence.wrapping_add(1);
        let payload = self.buffer.get(HEADER_BYTES..end.checked_sub(CHECK_BYTES)?)?;
        Message::parse(kind, payload).map(|message| Frame { message, missed })
    }

    /// Bytes that belonged to no good frame, so far.
    #[must_use]
    pub fn skipped_bytes(&self) -> u32 {
        self.skipped_bytes
    }

    /// True when no part of a frame waits for the rest of it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.buffer.len() == self.consumed
    }

    fn discard_consumed(&mut self) {
        let count = core::mem::take(&mut self.consumed);
        self.discard(count);
    }

    /// Drops the first byte and all that follow up to the next possible start of a frame.
    fn skip_noise(&mut self) {
        let next = self.buffer.iter().skip(1).position(|byte| *byte == SYNC[0]);
        let count = next.map_or(self.buffer.len(), |position| position + 1);
        self.skipped_bytes = self.skipped_bytes.wrapping_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.discard(count);
    }

    fn discard(&mut self, count: usize) {
        let length = self.buffer.len();
        let count = count.min(length);
        self.buffer.rotate_left(count);
        self.buffer.truncate(length - count);
    }
}

fn front(buffer: &[u8]) -> Front {
    let sync_seen = buffer.iter().zip(SYNC).all(|(byte, sync)| *byte == sync);
    if !sync_seen {
        return Front::Noise;
    }
    let Some([_, _, kind, s0, s1, l0, l1]) = buffer.first_chunk::<HEADER_BYTES>() else {
        return Front::Incomplete;
    };
    let length = usize::from(u16::from_le_bytes([*l0, *l1]));
    if length > PAYLOAD_BYTES_MAX {
        return Front::Noise;
    }
    let check_at = HEADER_BYTES + length;
    let Some(check) = buffer.get(check_at..).and_then(<[u8]>::first_chunk::<CHECK_BYTES>) else {
        return Front::Incomplete;
    };
    match buffer.get(SYNC.len()..check_at) {
        Some(covered) if CRC.checksum(covered) == u32::from_le_bytes(*check) => {
            Front::Frame { kind: *kind, sequence: u16::from_le_bytes([*s0, *s1]), end: check_at + CHECK_BYTES }
        }
        _ => Front::Noise,
    }
}
