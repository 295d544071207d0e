//! A checked program.

use core::fmt;

use peacrab_format::{FormatError, Program, Target};

use crate::kernel;

/// A program that was checked, every kernel's parameters included.
#[derive(Debug, Clone, Copy)]
pub struct Model<'p> {
    program: Program<'p>,
}

/// Why a program cannot run. [`LoadError::code`] is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not a program.
    Format(FormatError),
    /// The weights are packed for another core.
    Target,
    /// One operator is wrong.
    Operator {
        /// Its index.
        index: u16,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// What is wrong with an operator. The numbers are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Problem {
    /// Its record has another size, or names bytes outside the program.
    Record = 64,
    /// It has another number of inputs than its kernel takes.
    Operands = 65,
    /// The kernel cannot work with these parameters and shapes.
    Parameters = 66,
    /// It has less scratch space than its kernel needs, or misaligned.
    Scratch = 67,
    /// Its output, scratch space and inputs share memory where the kernel does not allow it.
    Overlap = 68,
    /// Its kernel is not among the features that the runtime was compiled with.
    NotCompiled = 69,
}

impl LoadError {
    /// A number for the host: those of [`FormatError`], 63 for another core, those of [`Problem`].
    pub fn code(self) -> u8 {
        match self {
            LoadError::Format(error) => error as u8,
            LoadError::Target => 63,
            LoadError::Operator { problem, .. } => problem as u8,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Format(error) => error.fmt(f),
            LoadError::Target => f.write_str("program is packed for another core"),
            LoadError::Operator { index, problem } => {
                let what = match problem {
                    Problem::Record => "a record that is not its kernel's",
                    Problem::Operands => "another number of inputs than its kernel takes",
                    Problem::Parameters => "parameters that its kernel cannot work with",
                    Problem::Scratch => "too little scratch space",
                    Problem::Overlap => "memory that overlaps",
                    Problem::NotCompiled => "a kernel that was not compiled: it is a feature of peacrab-runtime",
                };
                write!(f, "operator {index} has {what}")
            }
        }
    }
}

impl core::error::Error for LoadError {}

impl From<FormatError> for LoadError {
    fn from(error: FormatError) -> Self {
        LoadError::Format(error)
    }
}

impl<'p> Model<'p> {
    /// Checks a program that is portable or packed for the core this code was built for.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn load(bytes: &'p [u8]) -> Result<Self, LoadError> {
        let program = Program::load(bytes)?;
        match program.target() {
            Target::Portable => Self::check(program),
            Target::Armv7em if peacrab_kernels::HAS_DSP => Self::check(program),
            _ => Err(LoadError::Target),
        }
    }

    /// Checks a program packed for any core: every packed layout has a portable reader, with the same results. This is what
    /// simulates a device on the host.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn load_for_any_core(bytes: &'p [u8]) -> Result<Self, LoadError> {
        Self::check(Program::load(bytes)?)
    }

    fn check(program: Program<'p>) -> Result<Self, LoadError> {
        for index in 0..program.operator_count() {
            kernel::check(&program, index).map_err(|problem| LoadError::Operator { index: index as u16, problem })?;
        }
        Ok(Model { program })
    }

    /// Whether any operator needs the feature `left_over`.
    pub fn has_left_over(&self) -> bool {
        (0..self.program.operator_count()).any(|index| kernel::is_left_over(&self.program, index))
    }

    /// The program.
    pub fn program(&self) -> &Program<'p> {
        &self.program
    }

    /// Size of the arena that [`Session::new`](crate::Session::new) needs.
    pub fn arena_bytes(&self) -> usize {
        self.program.arena_bytes()
    }

    /// Number of operators.
    pub fn operator_count(&self) -> usize {
        self.program.operator_count()
    }

    /// Number of inputs.
    pub fn input_count(&self) -> usize {
        self.program.inputs().len()
    }

    /// Number of outputs.
    pub fn output_count(&self) -> usize {
        self.program.outputs().len()
    }
}
