//! Writes sound programs for the fuzzer to start from: `cargo run -p peacrab-tests --example fuzz-seeds -- FOLDER`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use peacrab_tests::programs::{device_parts, example_models};

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("name the folder to write to")?);
    fs::create_dir_all(&folder)?;
    for (name, part) in device_parts()?.into_iter().chain(example_models()?) {
        fs::write(folder.join(name.replace(' ', "-")), part)?;
    }
    Ok(())
}
