//! Builds the runner for a board, once: the result is cached by everything that goes into it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use object::{Object as _, ObjectSymbol as _};
use thiserror::Error;

use super::board::{Backend, Board};
use super::contents::Contents;
use super::sources;
use super::toolchain::{Toolchain, ToolchainError};

/// Where the firmware lies in the checkout that this host tool was built from.
const FIRMWARE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware");

/// The crates that end up in a runner, and last the one that only the selftest has.
const CRATES: [&str; 6] = ["format", "frames", "kernels", "runtime", "runner", "kernel-suite"];

/// A binary of the runner's package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// Runs programs.
    Runner,
    /// Runs the kernel suite.
    Selftest,
    /// Runs the cycle cases.
    CycleCases,
}

impl Binary {
    fn name(self) -> &'static str {
        match self {
            Binary::Runner => "runner",
            Binary::Selftest => "selftest",
            Binary::CycleCases => "cycle-cases",
        }
    }

    fn crates(self) -> &'static [&'static str] {
        match self {
            Binary::Runner | Binary::CycleCases => &CRATES[..CRATES.len() - 1],
            Binary::Selftest => &CRATES,
        }
    }
}

/// A built runner, still without a program.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The ELF.
    pub elf: Vec<u8>,
    /// Where it is cached.
    pub path: PathBuf,
    /// Address at which the program is appended.
    pub program_start: u64,
    /// First address of the arena: above stack and statics.
    pub arena_start: u64,
}

/// Why there is no runner.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum RunnerError {
    /// No toolchain.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The sources are not there.
    #[error("the firmware's sources are not at {}", path.display())]
    #[diagnostic(
        code(runner::no_sources),
        help("run `peacrab` from the checkout that it was built in, or build it again there")
    )]
    NoSources {
        /// Where they were looked for.
        path: PathBuf,
    },
    /// A file of the cache or the sources cannot be used.
    #[error("cannot {action} {}", path.display())]
    #[diagnostic(code(runner::file), help("check permissions and space; PEACRAB_CACHE chooses another cache folder"))]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// cargo did not start or failed.
    #[error("building the runner for `{board}` failed\n{output}")]
    #[diagnostic(
        code(runner::build),
        help("the compiler's own words are above; `peacrab doctor` shows what is missing on this machine")
    )]
    Build {
        /// The board.
        board: String,
        /// The end of the compiler's messages.
        output: String,
    },
    /// The ELF lacks what the image needs.
    #[error("the runner {} is not usable: {what}", path.display())]
    #[diagnostic(code(runner::unusable), help("delete the file: it is built again"))]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl Runner {
    /// The runner for a board with some contents: from the cache, or built now. `say` hears what takes long.
    ///
    /// # Errors
    ///
    /// No toolchain can build it, or the build fails.
    pub fn with(contents: &Contents, board: &Board, say: &mut dyn FnMut(&str)) -> Result<Self, RunnerError> {
        Self::build(Binary::Runner, Some(contents), board, say)
    }

    /// A binary of the runner's package with every kernel, as [`Runner::with`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn binary_for_board(binary: Binary, board: &Board, say: &mut dyn FnMut(&str)) -> Result<Self, RunnerError> {
        Self::build(binary, None, board, say)
    }

    fn build(
        binary: Binary,
        contents: Option<&Contents>,
        board: &Board,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self, RunnerError> {
        let sources = Sources::find()?;
        let toolchain = Toolchain::find(board.target)?;
        let cache = cache_folder();
        let name = binary.name();
        let path =
            cache.join(format!("{name}-{}-{:016x}.elf", board.name, sources.key(binary, contents, board, &toolchain)?));
        if !path.is_file() {
            say(&format!("building the {name} for {}", board.name));
            Build { binary, contents, board, toolchain: &toolchain, sources: &sources }.run(&path, say)?;
        }
        Self::open(path)
    }

    fn open(path: PathBuf) -> Result<Self, RunnerError> {
        let elf = fs::read(&path).map_err(file_error("read", &path))?;
        let unusable = |what: String| RunnerError::Unusable { path: path.clone(), what };
        let (program_start, arena_start) = {
            let file = object::File::parse(&*elf).map_err(|error| unusable(error.to_string()))?;
            let symbol = |name: &str| {
                let found = file.symbols().find(|symbol| symbol.name() == Ok(name));
                found.map(|symbol| symbol.address()).ok_or_else(|| unusable(format!("it has no symbol {name}")))
            };
            (symbol("__program_start")?, symbol("__arena_start")?)
        };
        Ok(Self { elf, path, program_start, arena_start })
    }
}

/// The folder with built runners: `PEACRAB_CACHE`, else the user's cache folder.
#[must_use]
pub fn cache_folder() -> PathBuf {
    let own = std::env::var_os("PEACRAB_CACHE").map(PathBuf::from);
    let user = || std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    own.or_else(|| Some(user().or_else(home)?.join("peacrab"))).unwrap_or_else(|| std::env::temp_dir().join("peacrab"))
}

/// rustc's flags for a board's runner and kernels.
#[must_use]
pub fn rustc_flags(board: &Board) -> Vec<String> {
    let backend = match board.backend {
        Backend::Portable => None,
        Backend::Armv7em | Backend::Mve => Some(format!("--cfg=peacrab_arch=\"{}\"", board.backend.as_str())),
    };
    backend.into_iter().chain(board.cpu.iter().map(|cpu| format!("-Ctarget-cpu={cpu}"))).collect()
}

/// What the runner's build script reads.
#[must_use]
pub fn build_environment(board: &Board) -> [(&'static str, String); 7] {
    [
        ("PEACRAB_FLASH_ORIGIN", board.flash.origin.to_string()),
        ("PEACRAB_FLASH_BYTES", board.flash.bytes.to_string()),
        ("PEACRAB_RAM_ORIGIN", board.ram.origin.to_string()),
        ("PEACRAB_RAM_BYTES", board.ram.bytes.to_string()),
        ("PEACRAB_STACK_BYTES", board.stack_bytes.to_string()),
        ("PEACRAB_COUNTER", board.counter.kind.as_str().to_owned()),
        ("PEACRAB_TRANSPORT", board.transport.as_str().to_owned()),
    ]
}

/// The firmware's sources.
struct Sources {
    folder: PathBuf,
}

impl Sources {
    fn find() -> Result<Self, RunnerError> {
        let folder = PathBuf::from(FIRMWARE);
        let folder = folder.canonicalize().map_err(|_| RunnerError::NoSources { path: folder })?;
        let manifest = folder.join("runner/Cargo.toml");
        if manifest.is_file() { Ok(Self { folder }) } else { Err(RunnerError::NoSources { path: manifest }) }
    }

    /// A hash of everything that goes into a board's binary.
    fn key(
        &self,
        binary: Binary,
        contents: Option<&Contents>,
        board: &Board,
        toolchain: &Toolchain,
    ) -> Result<u64, RunnerError> {
        let mut hasher = DefaultHasher::new();
        contents.hash(&mut hasher);
        rustc_flags(board).hash(&mut hasher);
        build_environment(board).hash(&mut hasher);
        (board.target.as_str(), &toolchain.version).hash(&mut hasher);
        for name in binary.crates() {
            name.hash(&mut hasher);
            sources::hash(&self.folder.join(name), &mut hasher)
                .map_err(|(path, source)| file_error("read", &path)(source))?;
        }
        Ok(hasher.finish())
    }
}

/// What to build, and of what.
struct Build<'a> {
    binary: Binary,
    /// Of the runner; `None` for what has everything.
    contents: Option<&'a Contents>,
    board: &'a Board,
    toolchain: &'a Toolchain,
    sources: &'a Sources,
}

impl Build<'_> {
    fn run(&self, path: &Path, say: &mut dyn FnMut(&str)) -> Result<(), RunnerError> {
        let cache = cache_folder();
        fs::create_dir_all(&cache).map_err(file_error("create", &cache))?;
        let _only_one = sources::lock(&cache).map_err(file_error("lock", &cache))?;
        if path.is_file() {
            return Ok(());
        }
        let name = format!("peacrab-{}", self.binary.name());
        let target_folder = cache.join("build");
        let mut command = self.toolchain.cargo_command("build", self.board.target, &rustc_flags(self.board));
        command.args(["--locked", "--bin", &name]).arg("--target-dir").arg(&target_folder);
        if self.binary != Binary::Runner {
            command.args(["--features", self.binary.name()]);
        }
        let profile = self.contents.map_or("release", Contents::profile);
        command.args(["--profile", profile]);
        if let Some(contents) = self.contents {
            command.args(["--no-default-features", "--features", &contents.features()]);
        }
        command.current_dir(self.sources.folder.join("runner")).envs(build_environment(self.board));
        sources::run_cargo(&mut command, say)
            .map_err(|output| RunnerError::Build { board: self.board.name.clone(), output })?;
        let built = target_folder.join(self.board.target.as_str()).join(profile).join(name);
        sources::install(&built, path).map_err(file_error("copy", &built))
    }
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RunnerError {
    let path = path.to_owned();
    move |source| RunnerError::File { action, path, source }
}
