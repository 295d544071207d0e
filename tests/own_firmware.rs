//! The example of a user's own firmware: it builds, runs on a simulated core, and says what the host says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use peacrab::aligned::AlignedBytes;
use peacrab::target::Board;
use peacrab::target::qemu;
use peacrab::target::runner::{cache_folder, rustc_flags};
use peacrab::target::toolchain::Toolchain;
use peacrab_format::Target;
use peacrab_runtime::{Best, Model, Session, include_program};
use peacrab_tests::programs::example_model;

const BOARD: &str = "qemu-mps2-an386";
/// Which test sample `digit.raw` is, and what it shows.
const SAMPLE_INDEX: usize = 7;
const LABEL: usize = 7;
/// Pixels of one digit.
const PIXELS: usize = 28 * 28;

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Builds the example with this program in it.
fn build(board: &Board, program: &Path) -> Result<PathBuf> {
    let mut command = Toolchain::find(board.target)?.cargo_command("build", board.target, &rustc_flags(board));
    command.arg("--release");
    let target_folder = cache_folder().join("build");
    command.current_dir(checkout("firmware/example")).env("PEACRAB_PROGRAM", program);
    let output = command.arg("--locked").arg("--target-dir").arg(&target_folder).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(target_folder.join(board.target.as_str()).join("release/peacrab-example"))
}

/// What the image prints; the semihosting host ends QEMU.
fn run(board: &Board, image: &Path) -> Result<String> {
    let (executable, _) = qemu::executable(board);
    let output = Command::new("timeout").args(["60", executable]).args(qemu::arguments(board, image)?).output()?;
    let printed = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "{}: {printed}{}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(printed)
}

/// The same steps on the host.
fn on_host(program: &[u8], pixels: &[u8]) -> Option<Best> {
    let program = AlignedBytes::new(program);
    let model = Model::load_for_any_core(&program).ok()?;
    let mut arena = AlignedBytes::zeroed(model.arena_bytes());
    let mut session = Session::new(&model, &mut arena).ok()?;
    session.write_u8(0, pixels).ok()?;
    session.invoke(&mut ()).ok()?;
    session.best(0)
}

#[test]
fn the_example_reads_its_digit_as_the_host_does() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("digits.pea");
    let program = example_model("digits", Target::Armv7em)?.bytes;
    fs::write(&path, &program)?;
    let digit = fs::read(checkout("firmware/example/digit.raw"))?;
    let best = on_host(&program, &digit).expect("the host runs what a device runs");
    assert_eq!(best.label, LABEL);

    let board = Board::find(BOARD)?;
    let printed = run(&board, &build(&board, &path)?)?;
    assert_eq!(printed, format!("label {LABEL}, score {} / 65536\n", best.score.unwrap_or_default()));
    assert!(best.score.is_some_and(|score| score > 65536 / 2), "a clear digit has most of the score");
    Ok(())
}

/// The picture in the example is one of the model's test samples, not one that it was fitted to.
#[test]
fn the_example_s_digit_is_a_test_sample() -> Result<()> {
    let inputs = fs::read(checkout("models/digits/test_inputs.npy"))?;
    let header_bytes = inputs.len() % PIXELS;
    let sample = inputs[header_bytes..].chunks_exact(PIXELS).nth(SAMPLE_INDEX);
    assert_eq!(sample, Some(&*fs::read(checkout("firmware/example/digit.raw"))?));
    Ok(())
}

/// A path relative to the user's own file, and one made of the environment's.
#[test]
fn any_path_can_be_included_and_is_aligned() {
    static RELATIVE: &[u8] = include_program!("Cargo.toml");
    static MADE: &[u8] = include_program!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    assert_eq!(RELATIVE, MADE);
    assert!(RELATIVE.starts_with(b"[package]"));
    assert!([RELATIVE, MADE].iter().all(|bytes| (bytes.as_ptr() as usize).is_multiple_of(16)));
}
