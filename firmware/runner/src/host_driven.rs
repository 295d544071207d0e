//! The host sends inputs, one inference after the other, and takes outputs.

use peacrab_frames::{CHUNK_BYTES_MAX, Failure, Frame, Message, Receiver, Sender};
use peacrab_runtime::Session;

use crate::{Stop, measure, telemetry, transport};

/// Bytes asked of the transport at once.
const READ_BYTES: usize = 32;

/// What a frame asks for, once its bytes are in the tensor.
enum Command {
    Run,
    Finish,
}

/// Serves the host until it says `Finish`.
///
/// # Errors
///
/// A frame was lost or does not fit the program, the channel ended, or an inference failed.
pub fn serve(session: &mut Session<'_, '_, '_>, marks: &mut [u32]) -> Result<(), Stop> {
    let mut host = Host { input: Input::default(), receiver: Receiver::new(), sender: Sender::new() };
    let mut index = 0u32;
    while let Command::Run = host.next_command(session)? {
        let ticks = measure::invoke(session, marks)?;
        measure::report_operators(marks);
        telemetry::inference(index, ticks);
        host.send_outputs(session);
        host.send(&Message::Done { index });
        index = index.wrapping_add(1);
    }
    Ok(())
}

struct Host {
    input: Input,
    receiver: Receiver,
    sender: Sender,
}

/// The bytes of the transport, which gives them in blocks.
#[derive(Default)]
struct Input {
    block: [u8; READ_BYTES],
    filled: usize,
    next: usize,
}

impl Iterator for Input {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.next == self.filled {
            self.filled = transport::receive(&mut self.block);
            self.next = 0;
        }
        let byte = *self.block.get(..self.filled)?.get(self.next)?;
        self.next += 1;
        Some(byte)
    }
}

impl Host {
    /// Takes inputs straight into their tensors until a command comes.
    fn next_command(&mut self, session: &mut Session<'_, '_, '_>) -> Result<Command, Stop> {
        loop {
            while let Some(frame) = self.receiver.frame() {
                if let Some(command) = take(&frame, session)? {
                    return Ok(command);
                }
            }
            self.receiver.push(self.input.next().ok_or(Stop::new(Failure::ChannelClosed))?);
        }
    }

    fn send_outputs(&mut self, session: &Session<'_, '_, '_>) {
        for (tensor, output) in (0..=u8::MAX).map_while(|index| Some((index, session.output(usize::from(index))?))) {
            let mut offset = 0u32;
            for bytes in bytemuck::cast_slice(output).chunks(CHUNK_BYTES_MAX) {
                self.send(&Message::Output { tensor, offset, bytes });
                offset = offset.wrapping_add(bytes.len() as u32);
            }
        }
    }

    fn send(&mut self, message: &Message<'_>) {
        // Chunks are cut to fit; the host would miss a message that did not.
        let _ = self.sender.send(message, transport::send);
    }
}

fn take(frame: &Frame<'_>, session: &mut Session<'_, '_, '_>) -> Result<Option<Command>, Stop> {
    if frame.missed > 0 {
        return Err(Stop { failure: Failure::FrameLost, detail: frame.missed.into() });
    }
    match frame.message {
        Message::Input { tensor, offset, bytes } => {
            write_input(session, tensor, offset, bytes)
                .ok_or(Stop { failure: Failure::InputRefused, detail: tensor.into() })?;
            Ok(None)
        }
        Message::Run => Ok(Some(Command::Run)),
        Message::Finish => Ok(Some(Command::Finish)),
        // Messages of the other direction: an echo on the line.
        Message::Output { .. } | Message::Done { .. } => Ok(None),
    }
}

fn write_input(session: &mut Session<'_, '_, '_>, tensor: u8, offset: u32, bytes: &[u8]) -> Option<()> {
    let input: &mut [u8] = bytemuck::cast_slice_mut(session.input_mut(usize::from(tensor))?);
    let start = offset as usize;
    input.get_mut(start..start.checked_add(bytes.len())?)?.copy_from_slice(bytes);
    Some(())
}
