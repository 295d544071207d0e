//! What the tests of the command line share: the built binary in a folder of its own, and files to give it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with files, in which commands run.
pub struct Folder {
    folder: tempfile::TempDir,
    temporary: tempfile::TempDir,
}

/// What a command did.
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Folder {
    /// An empty folder.
    pub fn new() -> Self {
        let folder = || tempfile::tempdir().expect("the folder for temporary files is writable");
        Folder { folder: folder(), temporary: folder() }
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("the folder is writable");
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("the file is there")
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every file and its bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("readable").path());
        paths.map(|path| (path.clone(), std::fs::read(path).unwrap_or_default())).collect()
    }

    /// Runs `peacrab` here, with words split at spaces.
    pub fn run(&self, arguments: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_peacrab"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path()).env("TMPDIR", self.temporary.path());
        let output = command.output().expect("the built binary starts");
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Runs `peacrab`, which must succeed, and gives its standard output.
    pub fn succeed(&self, arguments: &str) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "peacrab {arguments}: {}", ran.stderr);
        ran.stdout
    }

    /// Runs `peacrab` with `--json`, which must succeed, and gives the JSON.
    pub fn json(&self, arguments: &str) -> serde_json::Value {
        let stdout = self.succeed(&format!("{arguments} --json"));
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("peacrab {arguments}: {error} in {stdout}"))
    }

    /// Names of what a command left in the folder for temporary files.
    pub fn left_temporary(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.temporary.path()).expect("the folder is there");
        entries.map(|entry| entry.expect("readable").path()).collect()
    }
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A folder with the digits model and its data.
pub fn digits() -> Folder {
    let folder = Folder::new();
    for name in ["model.onnx", "calib.npy", "test_inputs.npy", "test_labels.npy"] {
        folder.write(name, &std::fs::read(repository("models/digits").join(name)).expect("in the repository"));
    }
    folder
}

/// How the digits' integers become real values.
pub const DIGITS_SCALE: &str = "--input-scale 0.00392156862745098";

/// An `.npy` file, version 1.0, of elements already in bytes; `dtype` as numpy writes it.
pub fn npy(dtype: &str, shape: &[usize], elements: &[u8]) -> Vec<u8> {
    let extents: String = shape.iter().map(|extent| format!("{extent},")).collect();
    let mut header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({extents}), }}");
    let padding = (10 + header.len() + 1).next_multiple_of(64) - (10 + header.len() + 1);
    header += &" ".repeat(padding);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(elements);
    bytes
}

/// An `.npy` file of 32-bit floats.
pub fn npy_f32(shape: &[usize], values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    npy("<f4", shape, &values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>())
}
