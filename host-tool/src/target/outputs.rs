//! The data channel's way up: frames to output tensors.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use peacrab_frames::{Message, Receiver};

use super::board::Board;
use super::error::TargetError;
use super::qemu::{QemuError, UP_FILE};
use super::run::incomplete;

/// The outputs, read while the machine runs.
pub(super) struct Outputs<'a> {
    board: &'a Board,
    file: Option<File>,
    receiver: Receiver,
    current: Vec<Vec<i8>>,
    finished: Vec<Vec<Vec<i8>>>,
}

impl<'a> Outputs<'a> {
    pub(super) fn new(board: &'a Board) -> Self {
        Self { board, file: None, receiver: Receiver::new(), current: Vec::new(), finished: Vec::new() }
    }

    /// Inferences whose outputs are complete.
    pub(super) fn finished(&self) -> usize {
        self.finished.len()
    }

    /// Takes what the runner has written since the last call.
    pub(super) fn read_more(&mut self, folder: &Path) -> Result<(), TargetError> {
        let path = folder.join(UP_FILE);
        if self.file.is_none() {
            self.file = File::open(&path).ok();
        }
        let mut bytes = Vec::new();
        if let Some(file) = &mut self.file {
            file.read_to_end(&mut bytes).map_err(|source| QemuError::File { path, source })?;
        }
        for byte in bytes {
            self.receiver.push(byte);
            while let Some(frame) = self.receiver.frame() {
                if frame.missed > 0 {
                    return Err(incomplete(self.board, format!("data with {} frames missing", frame.missed)));
                }
                take(frame.message, &mut self.current, &mut self.finished)
                    .ok_or_else(|| incomplete(self.board, "frames out of order"))?;
            }
        }
        Ok(())
    }

    /// Every output of a run of `total` inferences.
    pub(super) fn complete(self, total: usize) -> Result<Vec<Vec<Vec<i8>>>, TargetError> {
        if self.finished.len() == total && self.current.is_empty() && self.receiver.is_idle() {
            return Ok(self.finished);
        }
        Err(incomplete(self.board, format!("{} of {total} outputs", self.finished.len())))
    }
}

fn take(message: Message<'_>, current: &mut Vec<Vec<i8>>, finished: &mut Vec<Vec<Vec<i8>>>) -> Option<()> {
    match message {
        Message::Output { tensor, offset, bytes } => {
            if usize::from(tensor) == current.len() {
                current.push(Vec::new());
            }
            let output = current.get_mut(usize::from(tensor))?;
            (output.len() == offset as usize).then(|| output.extend_from_slice(bytemuck::cast_slice(bytes)))
        }
        Message::Done { index } => (index as usize == finished.len()).then(|| finished.push(std::mem::take(current))),
        Message::Input { .. } | Message::Run | Message::Finish => None,
    }
}
