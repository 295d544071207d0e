//! What this machine has, what it lacks, and how to get it.

use std::process::Command;

use serde::{Deserialize, Serialize};

use super::board::Triple;
use super::cycles::Interface;
use super::runner::cache_folder;
use super::toolchain::{CoreSource, Toolchain, ToolchainError, find_in_path, output_of};

/// One thing that Peacrab uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What it is.
    pub name: String,
    /// Version or path, where it is there.
    pub found: Option<String>,
    /// What stops working without it.
    pub needed_for: String,
    /// How to get it, for people.
    pub how_to_get: String,
    /// The rustup target that brings it, if rustup can.
    pub rustup_target: Option<String>,
    /// Debian's packages that bring it.
    pub apt_packages: Vec<String>,
}

/// Every bare core that a built-in board needs, and the boards that need it.
const CORES: [(Triple, &str); 5] = [
    (Triple::Thumbv6m, "qemu-microbit, qemu-m0plus"),
    (Triple::Thumbv7m, "qemu-mps2-an385"),
    (Triple::Thumbv7emHf, "qemu-mps2-an386, qemu-mps2-an500"),
    (Triple::Thumbv8mMainHf, "qemu-mps2-an505, qemu-mps3-an547"),
    (Triple::Riscv32imc, "qemu-riscv32"),
];

const EMULATORS: [(&str, &str, &str); 2] = [
    ("qemu-system-arm", "qemu-system-arm", "every Arm board named qemu-*"),
    ("qemu-system-riscv32", "qemu-system-misc", "qemu-riscv32"),
];

/// Looks at everything.
#[must_use]
pub fn checks() -> Vec<Check> {
    let emulators = EMULATORS.iter().map(|(program, package, needed_for)| emulator(program, package, needed_for));
    let cores = CORES.iter().map(|(triple, boards)| core(*triple, boards));
    emulators.chain(cores).chain([cache()]).collect()
}

fn emulator(program: &str, package: &str, needed_for: &str) -> Check {
    let version = output_of(Command::new(program).arg("--version"));
    let version = version.and_then(|text| Some(describe_qemu(text.lines().next()?)));
    Check {
        name: program.to_owned(),
        found: version.or_else(|| find_in_path(program).map(|path| path.display().to_string())),
        needed_for: needed_for.to_owned(),
        how_to_get: format!("apt-get install --no-install-recommends {package}, or QEMU 7.2 or later from elsewhere"),
        rustup_target: None,
        apt_packages: vec![package.to_owned()],
    }
}

/// The version, and whether `profile` works with it.
fn describe_qemu(version: &str) -> String {
    match Interface::of_version(version) {
        Some(_) => version.to_owned(),
        None => format!("{version}; not for `profile`, which needs 7.2 to 8.2, or 9.1 and later"),
    }
}

fn core(triple: Triple, boards: &str) -> Check {
    let target = triple.as_str();
    let found = Toolchain::find(triple);
    let missing_linker = matches!(found, Err(ToolchainError::NoLinker { .. }));
    let packages: &[&str] = if missing_linker { &["lld"] } else { &["rustc-web", "cargo-web", "rust-web-src"] };
    Check {
        name: format!("core for {target}"),
        found: found.ok().map(|toolchain| describe(&toolchain)),
        needed_for: boards.to_owned(),
        how_to_get: format!(
            "rustup target add {target}, or a toolchain with the library's source: rustup component add rust-src, \
             or apt-get install --no-install-recommends {}",
            packages.join(" ")
        ),
        rustup_target: (!missing_linker).then(|| target.to_owned()),
        apt_packages: packages.iter().map(|&package| package.to_owned()).collect(),
    }
}

fn describe(toolchain: &Toolchain) -> String {
    let source = match toolchain.core {
        CoreSource::Installed => "installed",
        CoreSource::BuiltFromSource => "built from source",
    };
    format!("{source}, {} at {}", toolchain.version, toolchain.rustc.display())
}

fn cache() -> Check {
    let folder = cache_folder();
    let usable = std::fs::create_dir_all(&folder).is_ok();
    Check {
        name: "cache of built runners and plugins".to_owned(),
        found: usable.then(|| folder.display().to_string()),
        needed_for: "run, profile, image, eval --on".to_owned(),
        how_to_get: "make the folder writable, or set PEACRAB_CACHE to another".to_owned(),
        rustup_target: None,
        apt_packages: Vec::new(),
    }
}
