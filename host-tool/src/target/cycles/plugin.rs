//! The plugin: built from its sources for the QEMU of this machine, once for each plugin interface, and cached.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{CyclesError, SETTINGS_FILE};
use crate::target::board::Board;
use crate::target::error::TargetError;
use crate::target::qemu;
use crate::target::runner::cache_folder;
use crate::target::sources;
use crate::target::toolchain::{clean_command, output_of};

/// Where the plugin lies in the checkout that this host tool was built from.
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cycles-plugin/Cargo.toml");
/// The folders that it is built from, beside each other.
const CRATES: [&str; 2] = ["cycles-model", "cycles-plugin"];
/// The profile of the workspace's manifest that it is built with.
const PROFILE: &str = "plugin";
const LIBRARY: &str = "peacrab_cycles_plugin";

/// A built plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The library that QEMU loads.
    pub path: PathBuf,
}

impl Plugin {
    /// The plugin for a board's QEMU: from the cache, or built now. `say` hears what takes long.
    ///
    /// # Errors
    ///
    /// The QEMU is not there or too old, the sources are not there, or the build fails.
    pub fn find(board: &Board, say: &mut dyn FnMut(&str)) -> Result<Self, TargetError> {
        let interface = Interface::of_board(board)?;
        let manifest = Path::new(MANIFEST);
        let manifest = manifest.canonicalize().map_err(|_| CyclesError::NoSources { path: manifest.to_owned() })?;
        let library = format!("{}{LIBRARY}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let path = cache_folder().join(format!("{:016x}-{library}", key(&manifest, interface)?));
        if !path.is_file() {
            say("building the cycles plugin");
            build(&manifest, interface, &library, &path, say)?;
        }
        Ok(Self { path })
    }

    /// QEMU's arguments that load it; the settings lie in QEMU's working folder.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        // QEMU takes a doubled comma for one.
        let path = self.path.display().to_string().replace(',', ",,");
        vec!["-plugin".to_owned(), format!("{path},settings={SETTINGS_FILE}")]
    }
}

/// The versions of QEMU's plugin interface that the plugin can be built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interface {
    /// QEMU 7.2 to 8.2.
    V1,
    /// QEMU 9.1 and later.
    V3,
}

impl Interface {
    fn of_board(board: &Board) -> Result<Self, TargetError> {
        let version = qemu::version(board)?;
        let (program, _) = qemu::executable(board);
        Ok(Self::of_version(&version).ok_or(CyclesError::UnknownQemu { program, version })?)
    }

    /// By the first line of `--version`.
    #[must_use]
    pub fn of_version(line: &str) -> Option<Self> {
        let number = line.split(' ').find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
        let mut parts = number.split('.').map(|part| part.parse::<u32>().ok());
        match (parts.next()??, parts.next()??) {
            (7, 2..) | (8, _) => Some(Self::V1),
            (9, 1..) | (10.., _) => Some(Self::V3),
            _ => None,
        }
    }
}

/// A hash of everything that goes into the library.
fn key(manifest: &Path, interface: Interface) -> Result<u64, CyclesError> {
    let mut hasher = DefaultHasher::new();
    interface.hash(&mut hasher);
    output_of(Command::new("rustc").arg("-vV")).hash(&mut hasher);
    let root = manifest.parent().and_then(Path::parent).unwrap_or(manifest);
    for folder in CRATES {
        sources::hash(&root.join(folder), &mut hasher).map_err(|(path, source)| file_error("read", &path)(source))?;
    }
    Ok(hasher.finish())
}

fn build(
    manifest: &Path,
    interface: Interface,
    library: &str,
    path: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<(), CyclesError> {
    let cache = cache_folder();
    fs::create_dir_all(&cache).map_err(file_error("create", &cache))?;
    let _only_one = sources::lock(&cache).map_err(file_error("lock", &cache))?;
    if path.is_file() {
        return Ok(());
    }
    let target_folder = cache.join("build-plugin");
    let mut command = clean_command(Path::new("cargo"));
    command.args(["build", "--profile", PROFILE, "--locked", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(&target_folder);
    if interface == Interface::V3 {
        command.args(["--features", "api-v3"]);
    }
    sources::run_cargo(&mut command, say).map_err(|output| CyclesError::Build { output })?;
    let built = target_folder.join(PROFILE).join(library);
    sources::install(&built, path).map_err(file_error("copy", &built))
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> CyclesError {
    let path = path.to_owned();
    move |source| CyclesError::File { action, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_follows_from_the_version() {
        let of = |line: &str| Interface::of_version(line);
        assert_eq!(of("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)"), Some(Interface::V1));
        assert_eq!(of("QEMU emulator version 8.2.2"), Some(Interface::V1));
        assert_eq!(of("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)"), Some(Interface::V3));
        assert_eq!(of("QEMU emulator version 9.1.0"), Some(Interface::V3));
        for unknown in ["QEMU emulator version 9.0.1", "QEMU emulator version 6.2.0", "QEMU", ""] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }
}
