//! Everything that CI refuses a change for, short of its tests.

use std::path::PathBuf;
use std::process::Command;

use peacrab::target::Board;
use peacrab::target::board::{CounterKind, Transport};
use peacrab::target::runner::{build_environment, cache_folder, rustc_flags};
use peacrab::target::toolchain::{CoreSource, Toolchain};

use crate::{licences, setup, shell};

const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];
/// Those that the host's workspace leaves out.
const OTHER_WORKSPACES: [&str; 4] = ["firmware/runner", "firmware/example", "firmware/nopanic", "fuzz"];
/// The crates that the runner and the selftest link.
const LIBRARIES: [&str; 5] =
    ["peacrab-format", "peacrab-frames", "peacrab-kernels", "peacrab-kernel-suite", "peacrab-runtime"];
/// The clippy of Debian's toolchain, for cores whose library is built from source.
const CLIPPY_PACKAGE: &str = "rust-web-clippy";

/// Formatting, clippy, documentation, licences; the quickest first.
pub fn run() -> anyhow::Result<()> {
    shell::run("cargo", &["fmt", "--all", "--check"])?;
    for workspace in OTHER_WORKSPACES {
        shell::run("cargo", &["fmt", "--manifest-path", &format!("{workspace}/Cargo.toml"), "--check"])?;
    }
    licences::check()?;
    shell::run("cargo", &[&["clippy", "--workspace", "--all-targets"], &DENY_WARNINGS[..]].concat())?;
    // The plugin for newer versions of QEMU, which nothing here may run.
    shell::run(
        "cargo",
        &[&["clippy", "-p", "peacrab-cycles-plugin", "--features", "api-v3"], &DENY_WARNINGS[..]].concat(),
    )?;
    shell::run_command(
        Command::new("cargo").args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    setup::run()?;
    clippy_firmware()
}

/// The firmware once for every built-in board, and once as hardware has it.
fn clippy_firmware() -> anyhow::Result<()> {
    let mut seen = Vec::new();
    for board in Board::all()?.into_iter().chain([hardware()?]) {
        let clippy = Clippy::find(&board)?;
        let flags = (board.target, rustc_flags(&board));
        if !seen.contains(&flags) {
            println!("clippy of the firmware crates for {} {}", flags.0.as_str(), flags.1.join(" "));
            clippy.run(&board, "", &LIBRARIES)?;
            seen.push(flags);
        }
        println!("clippy of the runner and the selftest for {}", board.name);
        clippy.run(&board, "firmware/runner", &[])?;
    }
    Ok(())
}

/// The clippy of the toolchain that builds for a board.
struct Clippy {
    toolchain: Toolchain,
    cargo: PathBuf,
}

impl Clippy {
    fn find(board: &Board) -> anyhow::Result<Self> {
        let mut toolchain = Toolchain::find(board.target)?;
        let clippy = toolchain.cargo.with_file_name("cargo-clippy");
        if toolchain.core == CoreSource::BuiltFromSource && !clippy.is_file() {
            setup::install_packages(&[CLIPPY_PACKAGE.to_owned()])?;
        }
        // By its path: cargo would look for a `cargo-clippy` of rustup first.
        let cargo = std::mem::replace(&mut toolchain.cargo, clippy);
        Ok(Self { toolchain, cargo })
    }

    /// Checks the package in `folder`, or these packages of its workspace, as built for a board.
    fn run(&self, board: &Board, folder: &str, packages: &[&str]) -> anyhow::Result<()> {
        let mut command = self.toolchain.cargo_command("clippy", board.target, &rustc_flags(board));
        command.arg("--release");
        command.env("CARGO", &self.cargo).envs(build_environment(board)).current_dir(shell::checkout().join(folder));
        // As in the runner's own profile: without it `core` is turned into machine code here, and LLVM 22 fails at that for MVE.
        command.env("CARGO_PROFILE_RELEASE_LTO", "fat");
        command.arg("--all-features").args(packages.iter().flat_map(|package| ["-p", package]));
        command.arg("--target-dir").arg(cache_folder().join("clippy")).args(DENY_WARNINGS);
        shell::run_command(&mut command)
    }
}

/// A board with the transport and the counter that QEMU has no board for.
fn hardware() -> anyhow::Result<Board> {
    let mut board = Board::find("qemu-mps2-an386")?;
    board.name.push_str(", with RTT and DWT");
    board.transport = Transport::Rtt;
    board.counter.kind = CounterKind::Dwt;
    Ok(board)
}
