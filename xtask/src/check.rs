//! Everything that CI refuses a change for, short of its tests.

use std::process::Command;

use peacrab::target::Board;
use peacrab::target::board::{CounterKind, Transport};
use peacrab::target::runner::{build_environment, cache_folder, rustc_flags};
use peacrab::target::toolchain::{CoreSource, Toolchain};

use crate::{licences, setup, shell};

const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];
/// The clippy of Debian's toolchain, for cores whose library is built from source.
const CLIPPY_PACKAGE: &str = "rust-web-clippy";

/// Formatting, clippy, documentation, licences; the quickest first.
pub fn run() -> anyhow::Result<()> {
    shell::run("cargo", &["fmt", "--all", "--check"])?;
    shell::run("cargo", &["fmt", "--manifest-path", "firmware/runner/Cargo.toml", "--check"])?;
    licences::check()?;
    shell::run("cargo", &[&["clippy", "--workspace", "--all-targets"], &DENY_WARNINGS[..]].concat())?;
    shell::run_command(
        Command::new("cargo").args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    setup::run()?;
    clippy_runner()
}

/// The runner, and the firmware crates below it, once for every built-in board, and once as hardware has it.
fn clippy_runner() -> anyhow::Result<()> {
    for board in Board::all()?.into_iter().chain([hardware()?]) {
        let toolchain = Toolchain::find(board.target)?;
        let clippy = toolchain.cargo.with_file_name("cargo-clippy");
        if toolchain.core == CoreSource::BuiltFromSource && !clippy.is_file() {
            setup::install_packages(&[CLIPPY_PACKAGE.to_owned()])?;
        }
        println!("clippy of the runner for {}", board.name);
        let mut command = toolchain.cargo_command("clippy", board.target, &rustc_flags(&board));
        command.current_dir(shell::checkout().join("firmware/runner")).envs(build_environment(&board));
        command.arg("--target-dir").arg(cache_folder().join("clippy")).args(DENY_WARNINGS);
        shell::run_command(&mut command)?;
    }
    Ok(())
}

/// A board with the transport and the counter that QEMU has no board for.
fn hardware() -> anyhow::Result<Board> {
    let mut board = Board::find("qemu-mps2-an386")?;
    board.name.push_str(", with RTT and DWT");
    board.transport = Transport::Rtt;
    board.counter.kind = CounterKind::Dwt;
    Ok(board)
}
