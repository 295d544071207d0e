//! Puts the program and the sample where `main.rs` includes them from, and the memory map where the linker looks.
//!
//! | variable | meaning | where it is not set |
//! |---|---|---|
//! | `PEACRAB_PROGRAM` | the program, by absolute path | `digits.pea` beside this file |
//! | `PEACRAB_SAMPLE` | 28 x 28 grey values, by absolute path | `digit.raw` beside this file |

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    include("PEACRAB_PROGRAM", "digits.pea", &out.join("model.pea"));
    include("PEACRAB_SAMPLE", "digit.raw", &out.join("sample.raw"));
    fs::copy("memory.x", out.join("memory.x")).expect("OUT_DIR is writable");
    println!("cargo::rerun-if-changed=memory.x");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg=-Tlink.x");
}

fn include(variable: &str, beside: &str, target: &Path) {
    println!("cargo::rerun-if-env-changed={variable}");
    let source = env::var(variable).unwrap_or_else(|_| beside.to_owned());
    println!("cargo::rerun-if-changed={source}");
    if let Err(error) = fs::copy(&source, target) {
        panic!("cannot read {source}: {error}; README.md says how to make it");
    }
}
