//! QEMU as a board: one child process per run, in a folder of its own, killed when dropped.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use miette::Diagnostic;
use thiserror::Error;

use super::board::{Board, QemuMachine};

/// Under `-icount shift=0` one instruction takes one nanosecond of the machine's time.
pub const INSTRUCTIONS_PER_SECOND: u64 = 1_000_000_000;

/// Files of the runner's channels, in the folder of a run.
pub const LOG_FILE: &str = "log";
/// Frames to the host.
pub const UP_FILE: &str = "up";
/// Frames to the runner.
pub const DOWN_FILE: &str = "down";
const ERROR_FILE: &str = "stderr";

/// Why QEMU did not do its part.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum QemuError {
    /// The board is not a QEMU machine.
    #[error("{board} is not a QEMU machine")]
    #[diagnostic(code(qemu::not_a_machine), help("use a board with a [qemu] table: `peacrab boards` lists them"))]
    NotAMachine {
        /// The board.
        board: String,
    },
    /// QEMU is not there.
    #[error("{program} does not start")]
    #[diagnostic(
        code(qemu::not_installed),
        help(
            "install it: `cargo xtask setup` does, or `apt-get install --no-install-recommends {package}`; `peacrab doctor` shows what else is missing"
        )
    )]
    NotInstalled {
        /// The executable.
        program: &'static str,
        /// Debian's package.
        package: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the run cannot be used.
    #[error("cannot use {}", path.display())]
    #[diagnostic(code(qemu::file), help("check the space and permissions of the folder for temporary files (TMPDIR)"))]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// QEMU's process is lost.
    #[error("cannot wait for QEMU")]
    #[diagnostic(code(qemu::wait), help("run it again"))]
    Wait {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing came for too long.
    #[error("{board} made no progress for {seconds} s\n{messages}")]
    #[diagnostic(
        code(qemu::stalled),
        help("the machine may be overloaded: allow more time; if it is not, please report this")
    )]
    Stalled {
        /// The board.
        board: String,
        /// The limit.
        seconds: u64,
        /// QEMU's own words.
        messages: String,
    },
    /// QEMU ended without the runner's word.
    #[error("QEMU ended unexpectedly ({status})\n{messages}")]
    #[diagnostic(
        code(qemu::ended),
        help(
            "QEMU's own words are above. A lockup is mostly a stack that is too small: raise stack_bytes; else check the [qemu] table of a board of your own"
        )
    )]
    Ended {
        /// How.
        status: ExitStatus,
        /// QEMU's own words.
        messages: String,
    },
}

/// The executable for a board's core, and Debian's package of it.
#[must_use]
pub fn executable(board: &Board) -> (&'static str, &'static str) {
    if board.target.is_arm() {
        ("qemu-system-arm", "qemu-system-arm")
    } else {
        ("qemu-system-riscv32", "qemu-system-misc")
    }
}

/// The machine that a board is.
///
/// # Errors
///
/// It is none.
pub fn machine(board: &Board) -> Result<&QemuMachine, QemuError> {
    board.qemu.as_ref().ok_or_else(|| QemuError::NotAMachine { board: board.name.clone() })
}

/// The first line that a board's QEMU says of its version.
///
/// # Errors
///
/// It does not start.
pub fn version(board: &Board) -> Result<String, QemuError> {
    let (program, package) = executable(board);
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|source| QemuError::NotInstalled { program, package, source })?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

/// QEMU's arguments for a board that runs `image`.
///
/// # Errors
///
/// The board is not a QEMU machine.
pub fn arguments(board: &Board, image: &Path) -> Result<Vec<String>, QemuError> {
    let qemu = machine(board)?;
    let fixed = "-display none -monitor none -serial none -icount shift=0 -semihosting-config enable=on,target=native";
    let mut arguments = vec!["-machine".to_owned(), qemu.machine.clone()];
    arguments.extend(qemu.cpu.iter().flat_map(|cpu| ["-cpu".to_owned(), cpu.clone()]));
    arguments.extend(fixed.split(' ').map(str::to_owned));
    arguments.extend(qemu.args.iter().cloned());
    arguments.extend(["-kernel".to_owned(), image.display().to_string()]);
    Ok(arguments)
}

/// A running QEMU.
#[derive(Debug)]
pub struct Machine {
    child: Child,
    folder: PathBuf,
}

impl Machine {
    /// Starts `image` (an absolute path) on `board`; the runner's files are in `folder`, standard output goes to its log file
    /// when the image stands alone. `extra` are further arguments of QEMU's.
    ///
    /// # Errors
    ///
    /// QEMU is not installed, or the folder cannot be written.
    pub fn start(
        board: &Board,
        image: &Path,
        folder: &Path,
        stdout: Stdio,
        extra: &[String],
    ) -> Result<Self, QemuError> {
        let (program, package) = executable(board);
        let error_path = folder.join(ERROR_FILE);
        let errors = File::create(&error_path).map_err(|source| QemuError::File { path: error_path, source })?;
        let child = Command::new(program)
            .args(arguments(board, image)?)
            .args(extra)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(errors)
            .spawn()
            .map_err(|source| QemuError::NotInstalled { program, package, source })?;
        Ok(Self { child, folder: folder.to_owned() })
    }

    /// The exit status, once there is one.
    ///
    /// # Errors
    ///
    /// The process is lost.
    pub fn poll(&mut self) -> Result<Option<ExitStatus>, QemuError> {
        self.child.try_wait().map_err(|source| QemuError::Wait { source })
    }

    /// What QEMU said on standard error.
    #[must_use]
    pub fn messages(&self) -> String {
        let bytes = std::fs::read(self.folder.join(ERROR_FILE)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Fails only where the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
