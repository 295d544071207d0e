//! The selftest: every case of the kernel suite, on this core, with the kernels of its backend.
//!
//! Text on the log channel, a line for each kernel; the last line begins with `passed` or `failed`. The exit status is 0 or 1.
#![no_std]
#![no_main]

mod boot;
#[allow(dead_code, reason = "the selftest has no program and no high-water marks")]
mod memory;
#[allow(dead_code, unused_imports, reason = "the selftest sends no data")]
mod transport;

use core::fmt::{self, Write as _};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

// Linked for its critical section.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use peacrab_frames::Failure;
use peacrab_kernel_suite::{CaseInfo, Workspace, run_all};
#[cfg(target_arch = "riscv32")]
use riscv as _;

/// The case that runs, for the words of a fault or panic.
static CASE: AtomicU32 = AtomicU32::new(0);

/// Called by the start-up code, once, on an initialized core.
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    transport::open(transport::Mode::StandAlone);
    // SAFETY: start() runs once and is the only caller; nothing else takes this memory.
    let ram = unsafe { memory::free_ram() };
    let passed = match workspace(ram) {
        Some(mut workspace) => run_suite(&mut workspace),
        None => say(false, format_args!("failed: no RAM for the suite")),
    };
    transport::exit(passed)
}

/// As much of `ram` as the suite can use.
fn workspace(ram: &mut [u8]) -> Option<Workspace<'_>> {
    let (words, rest) = ram.split_at_mut_checked(Workspace::WORDS * size_of::<i32>())?;
    let length = rest.len().min(Workspace::BYTES);
    let bytes = bytemuck::cast_slice_mut(rest.get_mut(..length)?);
    Some(Workspace { bytes, words: bytemuck::try_cast_slice_mut(words).ok()? })
}

fn run_suite(workspace: &mut Workspace<'_>) -> bool {
    let mut running = "";
    let mut report = |case: CaseInfo| {
        CASE.store(case.number, Relaxed);
        if running != case.kernel {
            running = case.kernel;
            say(true, format_args!("kernel {running}"));
        }
    };
    match run_all(workspace, &mut report) {
        Ok(summary) => {
            let (cases, elements, skipped) = (summary.cases, summary.elements, summary.skipped);
            say(true, format_args!("passed cases={cases} elements={elements} skipped={skipped}"))
        }
        Err(failure) => say(false, format_args!("failed: {failure}")),
    }
}

/// Says why the suite ended early, and stops.
fn give_up(failure: Failure, detail: u32) -> ! {
    let case = CASE.load(Relaxed);
    transport::exit(say(false, format_args!("failed: case {case}: {failure} (detail {detail:#x})")))
}

/// Logs a line; gives `passed` back.
fn say(passed: bool, line: fmt::Arguments<'_>) -> bool {
    // A log that cannot be written is missed by the host.
    let _ = writeln!(Log, "{line}");
    passed
}

struct Log;

impl fmt::Write for Log {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        transport::log(text.as_bytes());
        Ok(())
    }
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    give_up(Failure::Panicked, 0)
}
