//! The codec over good and bad channels.

use peacrab_frames::{CHUNK_BYTES_MAX, Frame, Message, Receiver, Sender};
use proptest::prelude::*;

/// A message that owns its bytes.
#[derive(Clone, Debug)]
enum Owned {
    Input(u8, u32, Vec<u8>),
    Output(u8, u32, Vec<u8>),
    Run,
    Finish,
    Done(u32),
}

impl Owned {
    fn message(&self) -> Message<'_> {
        match self {
            Self::Input(tensor, offset, bytes) => Message::Input { tensor: *tensor, offset: *offset, bytes },
            Self::Output(tensor, offset, bytes) => Message::Output { tensor: *tensor, offset: *offset, bytes },
            Self::Run => Message::Run,
            Self::Finish => Message::Finish,
            Self::Done(index) => Message::Done { index: *index },
        }
    }
}

fn any_message() -> impl Strategy<Value = Owned> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..=CHUNK_BYTES_MAX);
    prop_oneof![
        (any::<u8>(), any::<u32>(), bytes()).prop_map(|(tensor, offset, bytes)| Owned::Input(tensor, offset, bytes)),
        (any::<u8>(), any::<u32>(), bytes()).prop_map(|(tensor, offset, bytes)| Owned::Output(tensor, offset, bytes)),
        Just(Owned::Run),
        Just(Owned::Finish),
        any::<u32>().prop_map(Owned::Done),
    ]
}

fn encode(messages: &[Owned]) -> Vec<Vec<u8>> {
    let mut sender = Sender::new();
    let mut encode_one = |owned: &Owned| {
        let mut frame = Vec::new();
        assert!(sender.send(&owned.message(), |part| frame.extend(part)));
        frame
    };
    messages.iter().map(&mut encode_one).collect()
}

/// Every frame found in `stream`, as text, with the number of frames missed before it.
fn receive(stream: &[u8]) -> Vec<(String, u16)> {
    let mut receiver = Receiver::new();
    let mut found = Vec::new();
    for byte in stream {
        receiver.push(*byte);
        while let Some(Frame { message, missed }) = receiver.frame() {
            found.push((format!("{message:?}"), missed));
        }
    }
    found
}

fn as_text(messages: &[Owned]) -> Vec<String> {
    messages.iter().map(|owned| format!("{:?}", owned.message())).collect()
}

proptest! {
    #[test]
    fn a_good_channel_delivers_everything(messages in prop::collection::vec(any_message(), 1..20)) {
        let found = receive(&encode(&messages).concat());
        let expected: Vec<_> = as_text(&messages).into_iter().map(|text| (text, 0)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn noise_between_frames_is_skipped(
        messages in prop::collection::vec(any_message(), 1..8),
        noise in prop::collection::vec(any::<u8>().prop_filter("no sync", |byte| *byte != 0xEA), 0..40),
    ) {
        let mut stream = Vec::new();
        for frame in encode(&messages) {
            stream.extend(&noise);
            stream.extend(frame);
        }
        let found: Vec<_> = receive(&stream).into_iter().map(|(text, _)| text).collect();
        prop_assert_eq!(found, as_text(&messages));
    }

    #[test]
    fn a_damaged_byte_costs_its_frame_and_is_noticed(
        messages in prop::collection::vec(any_message(), 3..8),
        position in any::<prop::sample::Index>(),
        flip in 1..=u8::MAX,
    ) {
        let frames = encode(&messages);
        // The last frame stays whole, so that a loss before it shows in its sequence number; padding flushes a wrong length.
        let damaged_end = frames[..frames.len() - 1].concat().len();
        let mut stream = frames.concat();
        stream[position.index(damaged_end)] ^= flip;
        stream.extend([0; 300]);
        let found = receive(&stream);
        let expected = as_text(&messages);
        prop_assert_eq!(found.len(), expected.len() - 1, "exactly the damaged frame is gone");
        prop_assert!(found.iter().all(|(text, _)| expected.contains(text)));
        prop_assert_eq!(found.iter().map(|(_, missed)| usize::from(*missed)).sum::<usize>(), 1);
    }

    #[test]
    fn dropped_bytes_are_noticed(
        messages in prop::collection::vec(any_message(), 3..8),
        start in any::<prop::sample::Index>(),
        count in 1usize..50,
    ) {
        let frames = encode(&messages);
        let droppable = frames[..frames.len() - 1].concat().len();
        let mut stream = frames.concat();
        let start = start.index(droppable);
        stream.drain(start..(start + count).min(droppable));
        stream.extend([0; 300]);
        let found = receive(&stream);
        let missed: usize = found.iter().map(|(_, missed)| usize::from(*missed)).sum();
        prop_assert_eq!(found.len() + missed, messages.len());
        prop_assert!(missed >= 1);
    }

    #[test]
    fn any_bytes_are_survived(stream in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = receive(&stream);
    }
}

#[test]
fn a_chunk_that_is_too_large_is_refused() {
    let bytes = [0; CHUNK_BYTES_MAX + 1];
    let message = Message::Input { tensor: 0, offset: 0, bytes: &bytes };
    assert!(!Sender::new().send(&message, |_| panic!("nothing is written")));
}
