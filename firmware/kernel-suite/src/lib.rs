//! Peacrab's kernels against naive references, element by element: deterministic cases over the shapes, paddings and extreme values around
//! every edge that the kernels have. It runs on the host and, in a selftest image, on every core, with whatever backend that core has.
//!
//! A case depends on its number only, so a failure is reproduced anywhere by [`run_case`] with the number that it names. [`run_all`] runs
//! the first [`case_count`], which sweep the channels around every unrolling; larger numbers are further random cases.
#![no_std]

mod cases;
mod draw;
pub mod reference;
mod rng;

use core::fmt;

/// The memory that cases use. Cases that need more are skipped; with [`Workspace::BYTES`] and [`Workspace::WORDS`] none is.
pub struct Workspace<'a> {
    /// For tensors, weights and scratch.
    pub bytes: &'a mut [i8],
    /// For bias, multipliers and tables.
    pub words: &'a mut [i32],
}

impl Workspace<'_> {
    /// Enough bytes for every case.
    pub const BYTES: usize = 10 * 1024;
    /// Enough words for every case.
    pub const WORDS: usize = 528;
}

/// What a case is about to run, for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseInfo {
    /// The kernel.
    pub kernel: &'static str,
    /// The case, for [`run_case`].
    pub number: u32,
}

/// What ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Cases that ran and agreed with the reference.
    pub cases: u32,
    /// Output elements that were compared.
    pub elements: u64,
    /// Cases that need more memory than there was.
    pub skipped: u32,
}

/// An output element that differs from the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The kernel.
    pub kernel: &'static str,
    /// The case, for [`run_case`].
    pub number: u32,
    /// What was wrong.
    pub mismatch: Mismatch,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { kernel, number, mismatch } = self;
        write!(f, "{kernel}, case {number}: ")?;
        match mismatch {
            Mismatch::Element { index, expected, got } => {
                write!(f, "element {index} is {got}, the reference says {expected}")
            }
            Mismatch::Refused => write!(f, "the kernel refuses valid parameters"),
        }
    }
}

impl core::error::Error for Failure {}

/// How a kernel can disagree with its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// An output element differs.
    Element {
        /// Index of the element.
        index: usize,
        /// The reference's value.
        expected: i8,
        /// The kernel's value.
        got: i8,
    },
    /// `is_valid` refuses parameters that are valid.
    Refused,
}

/// Number of cases.
pub fn case_count() -> u32 {
    cases::KERNELS.iter().map(|kernel| kernel.cases).sum()
}

/// Runs every case that fits `workspace`, calling `report` before each.
///
/// # Errors
/// The first element that differs from the reference.
pub fn run_all(workspace: &mut Workspace, report: &mut dyn FnMut(CaseInfo)) -> Result<Summary, Failure> {
    let mut summary = Summary::default();
    for number in 0..case_count() {
        match run_case_reported(number, workspace, report)? {
            Some(elements) => {
                summary.cases += 1;
                summary.elements += elements as u64;
            }
            None => summary.skipped += 1,
        }
    }
    Ok(summary)
}

/// Runs one case and returns how many elements it compared; `None` if it does not fit `workspace`. Every number is a case.
///
/// # Errors
/// The first element that differs from the reference.
pub fn run_case(number: u32, workspace: &mut Workspace) -> Result<Option<usize>, Failure> {
    run_case_reported(number, workspace, &mut |_| {})
}

fn run_case_reported(
    number: u32,
    workspace: &mut Workspace,
    report: &mut dyn FnMut(CaseInfo),
) -> Result<Option<usize>, Failure> {
    let (kernel, case) = kernel_of(number);
    report(CaseInfo { kernel: kernel.name, number });
    let outcome = (kernel.run)(case, &mut rng::Rng::new(number), workspace);
    outcome.map_err(|mismatch| Failure { kernel: kernel.name, number, mismatch })
}

/// The kernel that a case runs, and which of its cases it is.
fn kernel_of(number: u32) -> (&'static cases::Kernel, u32) {
    let mut case = number;
    for kernel in cases::KERNELS {
        if case < kernel.cases {
            return (kernel, case);
        }
        case -= kernel.cases;
    }
    let count = cases::KERNELS.len() as u32;
    let kernel = &cases::KERNELS[(case % count) as usize];
    (kernel, case / count % kernel.cases)
}
