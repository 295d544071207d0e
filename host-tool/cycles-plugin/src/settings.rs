//! The settings file: what the host knows of board, program and marks. One setting a line, numbers in decimal.
//!
//! | line | meaning |
//! |---|---|
//! | `output FILE` | where the results go |
//! | `architecture thumb` or `riscv` | |
//! | `core NAME` | the model; without it instructions alone are counted |
//! | `flash START BYTES` | |
//! | `wait_states N`, `prefetch 0`, `line_bytes N`, `instruction_cache_lines N`, `data_cache_lines N` | |
//! | `moved START BYTES` | data of the flash that is taken to lie in RAM |
//! | `slow START BYTES N` | a region whose accesses wait |
//! | `aligned` | unaligned loads cost nothing more |
//! | `mark ADDRESS KIND` | |

use std::fs;
use std::path::PathBuf;

use peacrab_cycles_model::{Architecture, Core, FlashTiming, Mark, Memory, Meter, Region};

/// What the plugin needs to begin.
pub struct Settings {
    pub output: PathBuf,
    pub architecture: Architecture,
    core: Option<Core>,
    flash: Region,
    timing: FlashTiming,
    moved: Region,
    slow: (Region, u32),
    charges_unaligned: bool,
    marks: Vec<(u32, Mark)>,
}

impl Settings {
    /// Reads the file; the error is for people.
    pub fn read(path: &str) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read the settings {path}: {error}"))?;
        let mut settings = Self {
            output: PathBuf::new(),
            architecture: Architecture::Thumb,
            core: None,
            flash: Region::default(),
            timing: FlashTiming::default(),
            moved: Region::default(),
            slow: (Region::default(), 0),
            charges_unaligned: true,
            marks: Vec::new(),
        };
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            settings
                .set(&words)
                .ok_or_else(|| format!("the settings {path} have a line that is not understood: {line}"))?;
        }
        Ok(settings)
    }

    /// The meter that these settings ask for.
    pub fn meter(&self) -> Meter {
        let memory = Memory::new(self.flash, self.timing).with_moved(self.moved).with_slow(self.slow.0, self.slow.1);
        let memory = if self.charges_unaligned { memory } else { memory.without_unaligned() };
        Meter::new(self.core, memory, &self.marks)
    }

    fn set(&mut self, words: &[&str]) -> Option<()> {
        let numbers: Vec<u32> = words.iter().skip(1).filter_map(|word| word.parse().ok()).collect();
        match (*words.first()?, words.get(1).copied(), numbers.as_slice()) {
            ("output", Some(file), _) => self.output = PathBuf::from(file),
            ("architecture", Some("thumb"), _) => self.architecture = Architecture::Thumb,
            ("architecture", Some("riscv"), _) => self.architecture = Architecture::RiscV,
            ("core", Some(name), _) => self.core = Some(Core::from_name(name)?),
            ("flash", _, &[start, bytes]) => self.flash = Region { start, bytes },
            ("wait_states", _, &[states]) => self.timing.wait_states = states,
            ("prefetch", _, &[prefetch]) => self.timing.prefetch = prefetch != 0,
            ("line_bytes", _, &[bytes]) => self.timing.line_bytes = bytes,
            ("instruction_cache_lines", _, &[lines]) => self.timing.instruction_cache_lines = lines,
            ("data_cache_lines", _, &[lines]) => self.timing.data_cache_lines = lines,
            ("moved", _, &[start, bytes]) => self.moved = Region { start, bytes },
            ("slow", _, &[start, bytes, states]) => self.slow = (Region { start, bytes }, states),
            ("aligned", ..) => self.charges_unaligned = false,
            ("mark", _, &[address, kind]) => self.marks.push((address, Mark::from_number(kind)?)),
            _ => return None,
        }
        Some(())
    }
}
