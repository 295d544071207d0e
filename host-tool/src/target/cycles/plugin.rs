//! The plugin: built from its sources for the QEMU of this machine, once, and cached.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{CyclesError, SETTINGS_FILE};
use crate::target::runner::cache_folder;
use crate::target::sources;
use crate::target::toolchain::{clean_command, output_of};

/// Where the plugin lies in the checkout that this host tool was built from.
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cycles-plugin/Cargo.toml");
/// The folders that it is built from, beside each other.
const CRATES: [&str; 2] = ["cycles-model", "cycles-plugin"];
const LIBRARY: &str = "peacrab_cycles_plugin";

/// A built plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The library that QEMU loads.
    pub path: PathBuf,
}

impl Plugin {
    /// The plugin: from the cache, or built now. `say` hears what takes long.
    ///
    /// # Errors
    ///
    /// Its sources are not there, or the build fails.
    pub fn find(say: &mut dyn FnMut(&str)) -> Result<Self, CyclesError> {
        let manifest = Path::new(MANIFEST);
        let manifest = manifest.canonicalize().map_err(|_| CyclesError::NoSources { path: manifest.to_owned() })?;
        let library = format!("{}{LIBRARY}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let path = cache_folder().join(format!("{:016x}-{library}", key(&manifest)?));
        if !path.is_file() {
            say("building the cycles plugin");
            build(&manifest, &library, &path, say)?;
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

/// A hash of everything that goes into the library.
fn key(manifest: &Path) -> Result<u64, CyclesError> {
    let mut hasher = DefaultHasher::new();
    output_of(Command::new("rustc").arg("-vV")).hash(&mut hasher);
    let root = manifest.parent().and_then(Path::parent).unwrap_or(manifest);
    for folder in CRATES {
        sources::hash(&root.join(folder), &mut hasher).map_err(|(path, source)| file_error("read", &path)(source))?;
    }
    Ok(hasher.finish())
}

fn build(manifest: &Path, library: &str, path: &Path, say: &mut dyn FnMut(&str)) -> Result<(), CyclesError> {
    let cache = cache_folder();
    fs::create_dir_all(&cache).map_err(file_error("create", &cache))?;
    let _only_one = sources::lock(&cache).map_err(file_error("lock", &cache))?;
    if path.is_file() {
        return Ok(());
    }
    let target_folder = cache.join("build-plugin");
    let mut command = clean_command(Path::new("cargo"));
    command.args(["build", "--release", "--locked", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(&target_folder);
    sources::run_cargo(&mut command, say).map_err(|output| CyclesError::Build { output })?;
    let built = target_folder.join("release").join(library);
    sources::install(&built, path).map_err(file_error("copy", &built))
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> CyclesError {
    let path = path.to_owned();
    move |source| CyclesError::File { action, path, source }
}
