//! What an inference costs, operator by operator and function by function: the figures behind `peacrab profile`.

mod basis;
mod flame;
mod grade;
mod page;
#[cfg(test)]
mod sample;
mod terminal;

use serde::Serialize;

pub use flame::{FlameError, render_flame};
pub use page::{PageError, render_html};
pub use terminal::{TextStyle, render_text};

/// What some piece of work costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Executed instructions.
    pub instructions: u64,
    /// Cycles, where the core has a model or a counter of them.
    pub cycles: Option<u64>,
}

impl Cost {
    /// Both together; cycles only where both have them.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.combine(other, u64::saturating_add)
    }

    /// The rest without `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.combine(other, u64::saturating_sub)
    }

    fn combine(self, other: Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            instructions: combine(self.instructions, other.instructions),
            cycles: self.cycles.zip(other.cycles).map(|(a, b)| combine(a, b)),
        }
    }
}

/// Where the cycles of a report come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CyclesAre {
    /// From the published timings of the core, for every instruction that QEMU executed.
    Modelled,
    /// From the board's own counter.
    Measured,
}

/// One operator of the program.
#[derive(Debug, Clone, Serialize)]
pub struct OperatorProfile {
    /// Position in the program.
    pub index: usize,
    /// The model's name of it.
    pub name: String,
    /// The kernel.
    pub kernel: String,
    /// Multiply-accumulates.
    pub macs: u64,
    /// By the board's own counter: a multiple of its resolution.
    pub count: u64,
    /// Executed instructions.
    pub instructions: u64,
    /// Cycles.
    pub cycles: Option<u64>,
    /// Cycles per multiply-accumulate, of operators that have any.
    pub cycles_per_mac: Option<f64>,
    /// Cycles of the core's own multiply-accumulate, all else for nothing, for operators that have any. Kernels that get several sums out of one product can go below.
    pub best_cycles_per_mac: Option<f64>,
}

/// One function of the image, over all operators.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionProfile {
    /// Demangled name.
    pub name: String,
    /// Its own cost in one inference, without what it calls; inlined functions are part of the function that they are inlined into.
    #[serde(flatten)]
    pub cost: Cost,
    /// The operator that spends most in it; none for the overhead.
    pub operator: Option<usize>,
}

/// A call stack and its own cost: the operator, the function, and the functions inlined into it, outermost first.
#[derive(Debug, Clone, Serialize)]
pub struct StackProfile {
    /// `["3 NODE", "peacrab_kernels::conv2d::run", ...]`; the first frame is `overhead` outside of operators.
    pub frames: Vec<String>,
    /// Its own cost in one inference.
    #[serde(flatten)]
    pub cost: Cost,
}

/// A tensor, or the scratch of an operator, in the arena.
#[derive(Debug, Clone, Serialize)]
pub struct ArenaTenant {
    /// The value's name in the model, or `scratch of OPERATOR`.
    pub name: String,
    /// `tensor` or `scratch`.
    pub kind: &'static str,
    /// First byte in the arena.
    pub offset: u64,
    /// Length.
    pub bytes: u64,
    /// The first operator at which its bytes are in use; an input is in use from operator 0.
    pub first_operator: usize,
    /// The last one, included.
    pub last_operator: usize,
}

/// What `profile --json` prints: the keys of `run --json`, and what the profiler adds.
#[derive(Debug, Clone, Serialize)]
pub struct ProfileReport {
    /// Name of the model.
    pub model: String,
    /// The program's file.
    pub program: std::path::PathBuf,
    /// Board.
    pub board: String,
    /// Its core: `cortex-m4f`.
    pub core: String,
    /// The core's clock.
    pub clock_hz: u64,
    /// Name of the board's counter.
    pub counter: String,
    /// What it counts.
    pub unit: &'static str,
    /// Units in one tick of the counter.
    pub resolution: f64,
    /// Median of one inference, by the board's counter.
    pub count: u64,
    /// Every inference, by the board's counter.
    pub counts: Vec<u64>,
    /// Executed instructions of one inference: exact.
    pub instructions: u64,
    /// Cycles of one inference.
    pub cycles: Option<u64>,
    /// Least and most cycles of all inferences.
    pub cycles_range: Option<[u64; 2]>,
    /// What the cycles are.
    pub cycles_are: Option<CyclesAre>,
    /// Time of one inference at the core's clock, in microseconds.
    pub latency_us: Option<f64>,
    /// Wait states of the flash.
    pub wait_states: u32,
    /// What the figures rest on, in sentences.
    pub assumptions: Vec<String>,
    /// Operators, in order.
    pub operators: Vec<OperatorProfile>,
    /// What an inference costs outside of its operators.
    pub overhead: Cost,
    /// Functions, the dearest first.
    pub functions: Vec<FunctionProfile>,
    /// Call stacks.
    pub stacks: Vec<StackProfile>,
    /// Who lives where in the arena, and when.
    pub arena: Vec<ArenaTenant>,
    /// Size of the arena.
    pub arena_bytes: u64,
    /// High-water mark of the stack.
    pub stack_bytes: u64,
    /// Runner and program.
    pub flash_bytes: u64,
    /// Stack, statics and arena.
    pub ram_bytes: u64,
    /// Quantized and real values, for each sample.
    pub outputs: Vec<Vec<super::outputs::OutputReport>>,
}

impl ProfileReport {
    /// What people call the program: the name of its file, which they chose. The model's own is often its converter's.
    #[must_use]
    pub fn title(&self) -> String {
        let stem = self.program.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| self.model.clone())
    }
}
