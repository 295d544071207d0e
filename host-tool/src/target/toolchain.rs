//! Finds a Rust toolchain that can build for a bare core, by looking at what is on the machine. Nothing is installed here.
//!
//! 1. The rustup target is installed: plain cargo.
//! 2. A rustc carries the source of its library (rustup's `rust-src`, Debian's `rust-web-src`): cargo builds `core` itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use miette::Diagnostic;
use thiserror::Error;

use super::board::Triple;

/// A toolchain that can build for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// The cargo to call.
    pub cargo: PathBuf,
    /// The rustc that it must use.
    pub rustc: PathBuf,
    /// What `rustc --version` says.
    pub version: String,
    /// Where `core` comes from.
    pub core: CoreSource,
    /// The linker, where the toolchain does not bring one.
    pub linker: Option<PathBuf>,
}

/// Where bare-metal `core` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreSource {
    /// The rustup target is installed.
    Installed,
    /// Built from library source with `-Zbuild-std`.
    BuiltFromSource,
}

/// No toolchain can build for a target.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ToolchainError {
    /// There is no bare-metal `core`, and no source to build it from.
    #[error("no Rust toolchain on this machine can build for {target}")]
    #[diagnostic(
        code(toolchain::no_core),
        help(
            "either install the target, `rustup target add {target}`, or a toolchain with the library's source: \
             `rustup component add rust-src`, or on Debian `apt-get install rustc-web cargo-web rust-web-src`; \
             `cargo xtask setup` does one of them"
        )
    )]
    NoCore {
        /// The triple.
        target: &'static str,
    },
    /// There is a toolchain, but no linker for it.
    #[error("no linker for {target} was found")]
    #[diagnostic(
        code(toolchain::no_linker),
        help("install a Rust toolchain with rustup, which brings `rust-lld`, or on Debian `apt-get install lld`")
    )]
    NoLinker {
        /// The triple.
        target: &'static str,
    },
}

impl Toolchain {
    /// The first toolchain that can build for `triple`.
    ///
    /// # Errors
    ///
    /// None can: the error names both ways to get one.
    pub fn find(triple: Triple) -> Result<Self, ToolchainError> {
        let target = triple.as_str();
        let candidates = candidates();
        if let Some(found) = candidates.iter().find(|candidate| candidate.has_target(target)) {
            return Ok(found.toolchain(CoreSource::Installed, None));
        }
        let with_source = candidates.iter().find(|candidate| candidate.has_library_source());
        let found = with_source.ok_or(ToolchainError::NoCore { target })?;
        let linker = find_linker().ok_or(ToolchainError::NoLinker { target })?;
        Ok(found.toolchain(CoreSource::BuiltFromSource, Some(linker)))
    }

    /// A command that builds with this toolchain and nothing else: settings of an outer cargo are taken away.
    ///
    /// `flags` are rustc's.
    #[must_use]
    pub fn cargo_command(&self, subcommand: &str, triple: Triple, flags: &[String]) -> Command {
        let mut command = clean_command(&self.cargo);
        let mut flags = flags.to_vec();
        flags.extend(self.linker.iter().map(|linker| format!("-Clinker={}", linker.display())));
        command.env("RUSTC", &self.rustc).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        command.args([subcommand, "--target", triple.as_str()]);
        if self.core == CoreSource::BuiltFromSource {
            command.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=core");
        }
        command
    }
}

/// A command without the settings of an outer cargo.
pub(super) fn clean_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_outer_setting(name)) {
        command.env_remove(name);
    }
    command
}

/// A rustc and the cargo beside it.
struct Candidate {
    rustc: PathBuf,
    cargo: PathBuf,
    sysroot: PathBuf,
    version: String,
}

impl Candidate {
    fn at(bin: &Path) -> Option<Self> {
        let (rustc, cargo) = (bin.join("rustc"), bin.join("cargo"));
        if !cargo.is_file() {
            return None;
        }
        let sysroot = PathBuf::from(output_of(Command::new(&rustc).args(["--print", "sysroot"]))?);
        let version = output_of(Command::new(&rustc).arg("--version"))?;
        Some(Self { rustc, cargo, sysroot, version })
    }

    fn has_target(&self, target: &str) -> bool {
        self.sysroot.join("lib/rustlib").join(target).join("lib").is_dir()
    }

    fn has_library_source(&self) -> bool {
        self.sysroot.join("lib/rustlib/src/rust/library/core/src/lib.rs").is_file()
    }

    fn toolchain(&self, core: CoreSource, linker: Option<PathBuf>) -> Toolchain {
        let Self { rustc, cargo, version, .. } = self;
        Toolchain { cargo: cargo.clone(), rustc: rustc.clone(), version: version.clone(), core, linker }
    }
}

/// The default toolchain first (behind rustup's proxies, if they are there), then the system's.
fn candidates() -> Vec<Candidate> {
    let default = output_of(Command::new("rustc").args(["--print", "sysroot"])).map(PathBuf::from);
    let mut bins: Vec<_> = default.into_iter().chain([PathBuf::from("/usr")]).map(|root| root.join("bin")).collect();
    bins.dedup();
    bins.iter().filter_map(|bin| Candidate::at(bin)).collect()
}

/// `rust-lld` of any toolchain, else LLVM's own `ld.lld`.
fn find_linker() -> Option<PathBuf> {
    sysroots().iter().find_map(|sysroot| rust_lld(sysroot)).or_else(|| find_in_path("ld.lld"))
}

fn sysroots() -> Vec<PathBuf> {
    let default = output_of(Command::new("rustc").args(["--print", "sysroot"])).map(PathBuf::from);
    let rustup_home = std::env::var_os("RUSTUP_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".rustup")));
    let mut others = rustup_home.map(|home| entries(&home.join("toolchains"))).unwrap_or_default();
    others.sort();
    default.into_iter().chain(others).collect()
}

fn rust_lld(sysroot: &Path) -> Option<PathBuf> {
    let hosts = entries(&sysroot.join("lib/rustlib"));
    hosts.into_iter().map(|host| host.join("bin/rust-lld")).find(|path| path.is_file())
}

/// The first file of this name in `PATH`.
pub(super) fn find_in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
}

/// Standard output of a command that succeeds, without the line end.
pub(super) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Variables with which a cargo around this process (`cargo run`, `cargo xtask`) would change the build.
fn is_outer_setting(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    let is_cargo = name.starts_with("CARGO")
        && name != "CARGO_HOME"
        && !name.starts_with("CARGO_HTTP")
        && !name.starts_with("CARGO_REGISTR")
        && !name.starts_with("CARGO_NET")
        && !name.starts_with("CARGO_SOURCE");
    is_cargo || name.starts_with("RUSTC") || name == "RUSTFLAGS" || name == "RUSTUP_TOOLCHAIN" || name == "DEFMT_LOG"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_cargo_does_not_leak_in_but_registry_settings_do() {
        let leaks = ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTC_WRAPPER", "RUSTFLAGS", "CARGO"];
        assert!(leaks.iter().all(|name| is_outer_setting(&OsString::from(name))));
        let kept = ["CARGO_HOME", "CARGO_REGISTRIES_MINE_INDEX", "CARGO_NET_OFFLINE", "PATH", "RUSTUP_HOME"];
        assert!(!kept.iter().any(|name| is_outer_setting(&OsString::from(name))));
    }

    #[test]
    fn both_ways_are_named_when_there_is_no_core() {
        let help = ToolchainError::NoCore { target: "thumbv6m-none-eabi" }.help().expect("help").to_string();
        assert!(help.contains("rustup target add thumbv6m-none-eabi"));
        assert!(help.contains("rust-web-src"));
    }
}
