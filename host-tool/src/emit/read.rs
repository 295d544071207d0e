//! A program file read back: its bytes, checked, and its metadata.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use peacrab_format::{FormatError, Program, checksum};
use thiserror::Error;

use super::Metadata;
use crate::aligned::AlignedBytes;

/// Why a file is not a program that the host can use.
#[derive(Debug, Error, Diagnostic)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read program `{path}`")]
    #[diagnostic(code(program::unreadable), help("check the path; `peacrab convert MODEL -o OUT.pea` makes one"))]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The device part is not a program.
    #[error("`{path}` is not a usable program: {source}")]
    #[diagnostic(code(program::invalid), help("make it again with `peacrab convert`"))]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
    /// The metadata behind the device part is missing or damaged.
    #[error("the names and scales at the end of `{path}` are missing or damaged")]
    #[diagnostic(
        code(program::metadata),
        help("the device can run it, the host cannot judge it: make it again with `peacrab convert`")
    )]
    Metadata {
        /// The file.
        path: PathBuf,
    },
}

/// A program on the host.
#[derive(Debug, Clone)]
pub struct ProgramFile {
    /// Where it came from.
    pub path: PathBuf,
    device: AlignedBytes,
    /// Its metadata.
    pub metadata: Metadata,
}

impl ProgramFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, or one of its two parts is damaged.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
        Self::from_bytes(path, &bytes)
    }

    /// Checks the bytes of a file.
    ///
    /// # Errors
    /// One of the two parts is damaged.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, ReadError> {
        let path = path.to_owned();
        let all = AlignedBytes::new(bytes);
        let program = match Program::load(&all) {
            Ok(program) => program,
            Err(source) => return Err(ReadError::Format { path, source }),
        };
        let header = program.header();
        let (device, rest) = bytes.split_at(program.bytes().len());
        let metadata =
            rest.get(..header.metadata_bytes as usize).filter(|bytes| checksum(bytes) == header.metadata_checksum);
        let metadata = metadata.and_then(|bytes| serde_json::from_slice(bytes).ok());
        let Some(metadata) = metadata else { return Err(ReadError::Metadata { path }) };
        Ok(ProgramFile { path, device: AlignedBytes::new(device), metadata })
    }

    /// The device part, aligned as a device has it.
    pub fn device_part(&self) -> &[u8] {
        &self.device
    }
}
