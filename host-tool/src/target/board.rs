//! Boards: a real PCB or a QEMU machine, described by one TOML file each.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The boards that come with Peacrab, by name.
const BUILT_IN: [(&str, &str); 8] = [
    ("qemu-m0plus", include_str!("../../../boards/qemu-m0plus.toml")),
    ("qemu-microbit", include_str!("../../../boards/qemu-microbit.toml")),
    ("qemu-mps2-an385", include_str!("../../../boards/qemu-mps2-an385.toml")),
    ("qemu-mps2-an386", include_str!("../../../boards/qemu-mps2-an386.toml")),
    ("qemu-mps2-an500", include_str!("../../../boards/qemu-mps2-an500.toml")),
    ("qemu-mps2-an505", include_str!("../../../boards/qemu-mps2-an505.toml")),
    ("qemu-mps3-an547", include_str!("../../../boards/qemu-mps3-an547.toml")),
    ("qemu-riscv32", include_str!("../../../boards/qemu-riscv32.toml")),
];

/// How alike two board names must be for one to be suggested for the other, in [0, 1].
const SUGGESTION_SIMILARITY: f64 = 0.6;

/// Most wait states of a memory.
pub const WAIT_STATES_MAX: u32 = 1000;

/// Smallest stack that the runner itself works with.
const STACK_BYTES_MIN: u64 = 1024;

/// A board: what the runner is built for and where it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Name on the command line.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Core, as its vendor writes it, in lower case.
    pub core: String,
    /// Rust target triple of the runner.
    pub target: Triple,
    /// LLVM's name of the core, where its own scheduling and extensions are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Kernels to build, and the program target that fits.
    pub backend: Backend,
    /// Bytes reserved for the stack.
    pub stack_bytes: u64,
    /// Clock of the core.
    pub clock_hz: u64,
    /// How the runner talks to the host.
    pub transport: Transport,
    /// Where code and program lie.
    pub flash: Region,
    /// Where stack, statics and arena lie.
    pub ram: Region,
    /// What an inference is counted with.
    pub counter: Counter,
    /// What modelled cycles rest on, beside the core.
    #[serde(default)]
    pub timing: Timing,
    /// The QEMU machine, if the board is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qemu: Option<QemuMachine>,
    /// How a debug probe reaches the board, if it is real.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// Rust targets that the runner boots on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Triple {
    /// Cortex-M0 and M0+.
    #[serde(rename = "thumbv6m-none-eabi")]
    Thumbv6m,
    /// Cortex-M3.
    #[serde(rename = "thumbv7m-none-eabi")]
    Thumbv7m,
    /// Cortex-M4 and M7 without FPU.
    #[serde(rename = "thumbv7em-none-eabi")]
    Thumbv7em,
    /// Cortex-M4F and M7.
    #[serde(rename = "thumbv7em-none-eabihf")]
    Thumbv7emHf,
    /// Cortex-M33 and later without FPU.
    #[serde(rename = "thumbv8m.main-none-eabi")]
    Thumbv8mMain,
    /// Cortex-M33 and later with FPU or MVE.
    #[serde(rename = "thumbv8m.main-none-eabihf")]
    Thumbv8mMainHf,
    /// RV32IMC.
    #[serde(rename = "riscv32imc-unknown-none-elf")]
    Riscv32imc,
}

impl Triple {
    /// As rustc writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thumbv6m => "thumbv6m-none-eabi",
            Self::Thumbv7m => "thumbv7m-none-eabi",
            Self::Thumbv7em => "thumbv7em-none-eabi",
            Self::Thumbv7emHf => "thumbv7em-none-eabihf",
            Self::Thumbv8mMain => "thumbv8m.main-none-eabi",
            Self::Thumbv8mMainHf => "thumbv8m.main-none-eabihf",
            Self::Riscv32imc => "riscv32imc-unknown-none-elf",
        }
    }

    /// True for Arm cores, false for RISC-V.
    #[must_use]
    pub fn is_arm(self) -> bool {
        self != Self::Riscv32imc
    }
}

/// Backends of the kernels, as far as programs and runners are chosen by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Plain Rust, for any core.
    Portable,
    /// The DSP extension: ARMv7E-M, and ARMv8-M main cores that have it.
    Armv7em,
    /// MVE (Helium): ARMv8.1-M main cores that have it.
    Mve,
}

impl Backend {
    /// As in the board file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Armv7em => "armv7em",
            Self::Mve => "mve",
        }
    }
}

/// How the runner talks to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Traps that QEMU serves.
    Semihosting,
    /// Ring buffers in RAM that a debug probe serves.
    Rtt,
}

impl Transport {
    /// As in the board file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Semihosting => "semihosting",
            Self::Rtt => "rtt",
        }
    }
}

/// A memory region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// First address.
    pub origin: u64,
    /// Length in bytes.
    pub bytes: u64,
}

/// A counter and its frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Which one.
    pub kind: CounterKind,
    /// Ticks per second.
    pub hz: u64,
}

/// The counters that the runner can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CounterKind {
    /// Cortex-M system timer.
    Systick,
    /// Cortex-M cycle counter, CYCCNT.
    Dwt,
    /// TIMER0 of the nRF51.
    Nrf51Timer,
    /// RISC-V instructions retired.
    Minstret,
}

impl CounterKind {
    /// As in the board file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Systick => "systick",
            Self::Dwt => "dwt",
            Self::Nrf51Timer => "nrf51-timer",
            Self::Minstret => "minstret",
        }
    }
}

/// What modelled cycles rest on, beside the core: the memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// Cycles that the flash takes beyond the first. With 0 only `arena_wait_states` and `unaligned` of what follows matter.
    pub wait_states: u32,
    /// The flash reads the line behind the one that executes ahead.
    pub prefetch: bool,
    /// Bytes of a line of the flash.
    pub line_bytes: u32,
    /// Lines of the instruction cache; 0 is none.
    pub instruction_cache_lines: u32,
    /// Lines of the data cache; 0 is none.
    pub data_cache_lines: u32,
    /// Where the program's weights and tables are taken to lie.
    pub weights_in: WeightsIn,
    /// Cycles that every access to the arena waits.
    pub arena_wait_states: u32,
    /// Unaligned loads cost what the core says; else nothing more.
    pub unaligned: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            wait_states: 0,
            prefetch: false,
            line_bytes: 8,
            instruction_cache_lines: 0,
            data_cache_lines: 0,
            weights_in: WeightsIn::Flash,
            arena_wait_states: 0,
            unaligned: true,
        }
    }
}

/// The memory in which a program's weights and tables are taken to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightsIn {
    /// Where they are flashed.
    Flash,
    /// In RAM that does not wait, as if they had been copied there.
    Ram,
}

/// A QEMU machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QemuMachine {
    /// `-machine`.
    pub machine: String,
    /// `-cpu`, where the machine leaves a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Further arguments.
    #[serde(default)]
    pub args: Vec<String>,
}

/// How a debug probe reaches a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// probe-rs's name of the chip.
    pub chip: String,
}

/// What can be wrong with a board.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum BoardError {
    /// No board has this name.
    #[error("there is no board `{name}`{}", suggestion.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    #[diagnostic(code(board::unknown), help("use one of {known}, or the path of a board file of your own (NAME.toml)"))]
    Unknown {
        /// As given.
        name: String,
        /// The name most like it.
        suggestion: Option<String>,
        /// All names.
        known: String,
    },
    /// The file cannot be read.
    #[error("cannot read the board file {}", path.display())]
    #[diagnostic(code(board::unreadable), help("check the path, or use a name from `peacrab boards`"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a board.
    #[error("the board file {origin} is not valid: {message}")]
    #[diagnostic(code(board::invalid), help("docs/adding-a-board.md lists the keys"))]
    Invalid {
        /// The file, or a built-in name.
        origin: String,
        /// What the parser found, with its line.
        message: String,
    },
    /// A key has a value that cannot work.
    #[error("the board `{name}` cannot work: {rule}")]
    #[diagnostic(code(board::inconsistent), help("correct `{key}` in the board file"))]
    Inconsistent {
        /// The board.
        name: String,
        /// The key to change.
        key: &'static str,
        /// What does not hold.
        rule: &'static str,
    },
}

impl Board {
    /// The core that programs for this board are packed for.
    #[must_use]
    pub fn program_target(&self) -> peacrab_format::Target {
        match self.backend {
            Backend::Armv7em => peacrab_format::Target::Armv7em,
            Backend::Portable | Backend::Mve => peacrab_format::Target::Portable,
        }
    }

    /// The board with this name, or the one in this file: anything that ends in `.toml` is a path.
    ///
    /// # Errors
    ///
    /// The name is unknown, or the file is missing or not a valid board.
    pub fn find(name_or_path: &str) -> Result<Self, BoardError> {
        let path = Path::new(name_or_path);
        if path.extension().is_some_and(|extension| extension == "toml") {
            return Self::load(path);
        }
        match BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            Some((name, text)) => Self::parse(text, name),
            None => Err(unknown(name_or_path)),
        }
    }

    /// Reads a board file.
    ///
    /// # Errors
    ///
    /// The file is missing or not a valid board.
    pub fn load(path: &Path) -> Result<Self, BoardError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| BoardError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// All built-in boards, by name.
    ///
    /// # Errors
    ///
    /// Never, unless Peacrab was built with a broken board file.
    pub fn all() -> Result<Vec<Self>, BoardError> {
        BUILT_IN.iter().map(|(name, text)| Self::parse(text, name)).collect()
    }

    /// The board with one key of its timing changed: `prefetch=true`.
    ///
    /// # Errors
    ///
    /// In words: there is no such key, or it cannot have this value.
    pub fn with_timing(&self, change: &str) -> Result<Self, String> {
        let (key, value) = change.split_once('=').ok_or("it is not KEY=VALUE")?;
        let (key, value) = (key.trim(), value.trim());
        let mut table = toml::Table::try_from(self.timing).map_err(|error| error.to_string())?;
        let known = table.get(key).ok_or_else(|| format!("there is no key `{key}`"))?;
        let value = if known.is_str() { toml::Value::from(value) } else { parse_value(value)? };
        table.insert(key.to_owned(), value);
        let timing = table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let board = Self { timing, ..self.clone() };
        board.check().map_err(|error| error.to_string())?;
        Ok(board)
    }

    /// Instructions or cycles per tick of the counter: QEMU executes one instruction per nanosecond of its clock.
    #[must_use]
    pub fn counts_per_tick(&self) -> f64 {
        let clock_hz = if self.qemu.is_some() { super::qemu::INSTRUCTIONS_PER_SECOND } else { self.clock_hz };
        clock_hz as f64 / self.counter.hz as f64
    }

    fn parse(text: &str, origin: &str) -> Result<Self, BoardError> {
        let board: Self = toml::from_str(text)
            .map_err(|error| BoardError::Invalid { origin: origin.to_owned(), message: error.to_string() })?;
        board.check()?;
        Ok(board)
    }

    fn check(&self) -> Result<(), BoardError> {
        let rules = [
            ("flash.bytes", self.flash.fits_address_space(), "flash is empty or leaves the 32-bit address space"),
            ("ram.bytes", self.ram.fits_address_space(), "RAM is empty or leaves the 32-bit address space"),
            ("ram.origin", !self.ram.overlaps(self.flash), "flash and RAM overlap"),
            ("stack_bytes", self.stack_bytes >= STACK_BYTES_MIN, "the stack has less than 1024 bytes"),
            ("stack_bytes", self.stack_bytes < self.ram.bytes, "the stack fills the whole RAM"),
            ("stack_bytes", self.stack_bytes.is_multiple_of(16), "the stack's length is not a multiple of 16"),
            ("ram.origin", self.ram.origin.is_multiple_of(16), "RAM does not start at a multiple of 16"),
            ("counter.hz", self.counter.hz > 0, "the counter stands still"),
            ("clock_hz", self.clock_hz > 0, "the clock stands still"),
            ("counter.kind", self.counter_fits_core(), "the core does not have this counter"),
            ("backend", self.backend_fits_core(), "the core does not have the instructions of this backend"),
            ("timing.line_bytes", self.timing.line_fits(), "a line of the flash has 4, 8, 16, 32, 64 or 128 bytes"),
            ("timing.instruction_cache_lines", self.timing.caches_fit(), "a cache has more than 65536 lines"),
            ("timing.wait_states", self.timing.waits_fit(), "a memory has more than 1000 wait states"),
        ];
        match rules.into_iter().find(|(_, holds, _)| !holds) {
            Some((key, _, rule)) => Err(BoardError::Inconsistent { name: self.name.clone(), key, rule }),
            None => Ok(()),
        }
    }

    fn counter_fits_core(&self) -> bool {
        match self.counter.kind {
            CounterKind::Minstret => !self.target.is_arm(),
            CounterKind::Dwt => self.target.is_arm() && self.target != Triple::Thumbv6m,
            CounterKind::Systick => self.target.is_arm(),
            CounterKind::Nrf51Timer => self.target == Triple::Thumbv6m,
        }
    }

    fn backend_fits_core(&self) -> bool {
        match self.backend {
            Backend::Portable => true,
            Backend::Armv7em => !matches!(self.target, Triple::Thumbv6m | Triple::Thumbv7m | Triple::Riscv32imc),
            Backend::Mve => matches!(self.target, Triple::Thumbv8mMain | Triple::Thumbv8mMainHf),
        }
    }
}

/// A value as a board file has it.
fn parse_value(text: &str) -> Result<toml::Value, String> {
    let table: toml::Table = toml::from_str(&format!("value = {text}")).map_err(|_| format!("`{text}` is no value"))?;
    table.get("value").cloned().ok_or_else(|| format!("`{text}` is no value"))
}

impl Timing {
    fn line_fits(&self) -> bool {
        self.line_bytes.is_power_of_two() && (4..=128).contains(&self.line_bytes)
    }

    fn caches_fit(&self) -> bool {
        self.instruction_cache_lines.max(self.data_cache_lines) <= 1 << 16
    }

    fn waits_fit(&self) -> bool {
        self.wait_states.max(self.arena_wait_states) <= WAIT_STATES_MAX
    }
}

impl Region {
    fn end(self) -> u64 {
        self.origin.saturating_add(self.bytes)
    }

    fn fits_address_space(self) -> bool {
        self.bytes > 0 && self.end() <= 1 << 32
    }

    fn overlaps(self, other: Self) -> bool {
        self.origin < other.end() && other.origin < self.end()
    }
}

fn unknown(name: &str) -> BoardError {
    let similarity = |known: &str| strsim::jaro_winkler(name, known);
    let nearest = BUILT_IN.iter().map(|(known, _)| *known).max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    BoardError::Unknown {
        name: name.to_owned(),
        suggestion: nearest.filter(|near| similarity(near) >= SUGGESTION_SIMILARITY).map(str::to_owned),
        known: BUILT_IN.map(|(known, _)| known).join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_boards_are_valid_and_carry_their_names() {
        for ((name, _), board) in BUILT_IN.iter().zip(Board::all().expect("valid")) {
            assert_eq!(board.name, *name);
            assert!(board.qemu.is_some() || board.probe.is_some(), "{name} runs nowhere");
        }
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        let Err(BoardError::Unknown { suggestion, known, .. }) = Board::find("qemu-mps2-386") else {
            panic!("not refused")
        };
        assert_eq!(suggestion.as_deref(), Some("qemu-mps2-an386"));
        assert!(known.contains("qemu-riscv32"));
        let Err(BoardError::Unknown { suggestion, .. }) = Board::find("zzz") else { panic!("not refused") };
        assert_eq!(suggestion, None);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Board::find("nowhere/my.toml").expect_err("missing");
        assert!(error.to_string().contains("nowhere/my.toml"));
    }

    #[test]
    fn unknown_keys_are_errors() {
        for extra in ["colour = 1\n", "[flash.more]\n", "[wifi]\n"] {
            let text = format!("{extra}{}", BUILT_IN[0].1);
            let error = Board::parse(&text, "mine.toml").expect_err("refused");
            assert!(matches!(error, BoardError::Invalid { .. }), "{error}");
        }
    }

    #[test]
    fn values_that_cannot_work_name_their_key() {
        let good = BUILT_IN[3].1;
        for (from, to, expected) in [
            ("stack_bytes = 8192", "stack_bytes = 512", "stack_bytes"),
            ("stack_bytes = 8192", "stack_bytes = 0x40_0000", "stack_bytes"),
            ("origin = 0x2000_0000", "origin = 0x0010_0000", "ram.origin"),
            ("bytes = 0x40_0000", "bytes = 0x1_0000_0001", "flash.bytes"),
            ("\"systick\"\nhz = 25_000_000", "\"systick\"\nhz = 0", "counter.hz"),
            ("line_bytes = 8", "line_bytes = 7", "timing.line_bytes"),
            ("data_cache_lines = 32", "data_cache_lines = 65537", "timing.instruction_cache_lines"),
            ("wait_states = 0", "wait_states = 1001", "timing.wait_states"),
            ("kind = \"systick\"", "kind = \"minstret\"", "counter.kind"),
            ("thumbv7em-none-eabihf", "thumbv7m-none-eabi", "backend"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Board::parse(&good.replacen(from, to, 1), "mine.toml").expect_err(to);
            let BoardError::Inconsistent { key, .. } = error else { panic!("{to}: {error}") };
            assert_eq!(key, expected, "{to}");
        }
    }

    #[test]
    fn qemu_counts_instructions_in_steps_of_the_counter() {
        assert_eq!(Board::find("qemu-mps2-an386").expect("known").counts_per_tick(), 40.0);
        assert_eq!(Board::find("qemu-microbit").expect("known").counts_per_tick(), 62.5);
        assert_eq!(Board::find("qemu-riscv32").expect("known").counts_per_tick(), 1.0);
    }
}
