//! No panic is reachable in the runtime and its kernels: an image whose panic handler does not exist links, on every core.

use std::path::Path;
use std::process::Output;

use anyhow::Result;
use peacrab::target::Board;
use peacrab::target::runner::{cache_folder, rustc_flags};
use peacrab::target::toolchain::Toolchain;

/// The function that the image's panic handler calls.
const MISSING: &str = "a_panic_is_reachable";

/// Builds `firmware/nopanic` for a board.
fn build(board: &str, opt_level: &str, features: &[&str]) -> Result<Output> {
    let board = Board::find(board)?;
    let mut command = Toolchain::find(board.target)?.cargo_command("build", board.target, &rustc_flags(&board));
    command.arg("--release");
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../firmware/nopanic"));
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", opt_level).arg("--locked").args(features);
    command.arg("--target-dir").arg(cache_folder().join("build"));
    Ok(command.output()?)
}

fn assert_links(board: &str, opt_level: &str) -> Result<()> {
    let output = build(board, opt_level, &[])?;
    assert!(output.status.success(), "{board}, opt-level {opt_level}:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn no_panic_is_reachable_with_dsp_instructions() -> Result<()> {
    assert_links("qemu-mps2-an386", "3")?;
    assert_links("qemu-mps2-an386", "s")
}

#[test]
fn no_panic_is_reachable_on_cortex_m0() -> Result<()> {
    assert_links("qemu-microbit", "3")
}

#[test]
fn no_panic_is_reachable_on_cortex_m3() -> Result<()> {
    assert_links("qemu-mps2-an385", "3")
}

#[test]
fn no_panic_is_reachable_on_risc_v() -> Result<()> {
    assert_links("qemu-riscv32", "3")
}

/// The proof can fail: one index that may be out of bounds, and the image does not link for that reason.
#[test]
fn a_deliberate_panic_does_not_link() -> Result<()> {
    let output = build("qemu-mps2-an386", "3", &["--features", "deliberate-panic"])?;
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && messages.contains(MISSING), "{messages}");
    Ok(())
}
