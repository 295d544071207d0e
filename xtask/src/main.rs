//! One command each: `cargo xtask setup | demo | test | bench | calibrate | sizes | check`. CI calls these and has no logic of its own.

mod bench;
mod calibrate;
mod check;
mod demo;
mod licences;
mod setup;
mod shell;
mod sizes;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo    set up, then take the digits model from ONNX to instructions and cycles on two cores
  setup   install what is missing: QEMU, a way to build for bare cores, and Chromium for the tests
  test    set up, then run every test of the workspace
  bench   count instructions and model cycles of every model on every board; renews docs/bench
          with --check, compares with docs/bench instead, and fails on a change of more than 1 %
  calibrate
          measure what every kernel costs at many shapes; renews the planner's table and docs/bench/shapes.md
  sizes   count the flash that each kernel adds to an image; renews docs/bench/sizes.md
          with --check, compares instead, and fails where a figure grew by more than 2 %
  check   formatting, clippy for the host and for every core, documentation, licences";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["demo"] => demo::run(),
        ["setup"] => setup::run_for_tests(),
        ["test"] => test(),
        ["bench"] => bench::renew(),
        ["bench", "--check"] => bench::check(),
        ["calibrate"] => calibrate::run(),
        ["sizes"] => sizes::renew(),
        ["sizes", "--check"] => sizes::check(),
        ["check"] => check::run(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> anyhow::Result<()> {
    setup::run_for_tests()?;
    shell::run("cargo", &["test", "--workspace"])
}
