//! Figures to the host: one defmt line per record.
//!
//! A record is its kind, `name=value` pairs and a checksum over both. The first pair, `seq`, numbers the records of a run, so
//! that the host notices a line that was lost, and the checksum one that was damaged.

use core::cell::RefCell;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use critical_section::Mutex;
use peacrab_frames::{Failure, record_check};

use crate::{counter, transport};

/// Logs one record; the format names its values in their order, after `seq` and before `check`.
macro_rules! record {
    ($kind:literal, $format:literal $(, $value:ident)*) => {{
        let seq = next_sequence();
        let check = record_check($kind, &[seq $(, $value)*]);
        defmt::println!($format, seq $(, $value)*, check);
    }};
}

/// What a run starts with.
pub struct Start {
    /// Arena that the program needs.
    pub arena_bytes: usize,
    /// RAM that is there for arena and operator marks.
    pub ram_bytes_free: usize,
    /// Operators of the program.
    pub operator_count: usize,
}

/// Logs what a run starts with, and the name of the counter.
pub fn start(start: &Start) {
    let name = counter::NAME;
    defmt::println!("counter {=str}", name);
    let (arena, free, operators) = (start.arena_bytes as u64, start.ram_bytes_free as u64, start.operator_count as u64);
    record!(
        "start",
        "start seq={=u64} arena_bytes={=u64} ram_bytes_free={=u64} operators={=u64} check={=u32}",
        arena,
        free,
        operators
    );
}

/// Logs what operator `index` of the last inference cost.
pub fn operator(index: usize, ticks: u32) {
    let (index, ticks) = (index as u64, u64::from(ticks));
    record!("operator", "operator seq={=u64} index={=u64} ticks={=u64} check={=u32}", index, ticks);
}

/// Logs what one inference cost.
pub fn inference(index: u32, ticks: u64) {
    let index = u64::from(index);
    record!("inference", "inference seq={=u64} index={=u64} ticks={=u64} check={=u32}", index, ticks);
}

/// Logs what `count` inferences cost together.
pub fn total(count: u32, ticks: u64) {
    let count = u64::from(count);
    record!("total", "total seq={=u64} inferences={=u64} ticks={=u64} check={=u32}", count, ticks);
}

/// Logs the high-water marks: the last record of a good run.
pub fn memory(arena_bytes_used: usize, stack_bytes_used: usize, stack_bytes: usize) {
    let (arena, used, reserved) = (arena_bytes_used as u64, stack_bytes_used as u64, stack_bytes as u64);
    record!(
        "memory",
        "memory seq={=u64} arena_bytes_used={=u64} stack_bytes_used={=u64} stack_bytes={=u64} check={=u32}",
        arena,
        used,
        reserved
    );
}

/// Logs why the runner gives up: the last record of a bad run.
pub fn failed(failure: Failure, detail: u32) {
    let (code, detail) = (u64::from(failure.code()), u64::from(detail));
    record!("failed", "failed seq={=u64} code={=u64} detail={=u64} check={=u32}", code, detail);
}

/// Only ever called outside interrupts; ARMv6-M has no atomic add.
fn next_sequence() -> u64 {
    let sequence = SEQUENCE.load(Relaxed);
    SEQUENCE.store(sequence.wrapping_add(1), Relaxed);
    u64::from(sequence)
}

static SEQUENCE: AtomicU32 = AtomicU32::new(0);

/// Longest record, encoded.
const LINE_BYTES_MAX: usize = 96;

struct Line {
    encoder: defmt::Encoder,
    bytes: heapless::Vec<u8, LINE_BYTES_MAX>,
}

static LINE: Mutex<RefCell<Line>> =
    Mutex::new(RefCell::new(Line { encoder: defmt::Encoder::new(), bytes: heapless::Vec::new() }));

#[defmt::global_logger]
struct Logger;

// SAFETY: acquire to release is never interrupted by another user: the only interrupt handler (SysTick's) does not log, and a
// fault or panic that does never returns to the line that it broke into.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        with_line(|Line { encoder, bytes }| encoder.start_frame(|part| append(bytes, part)));
    }

    unsafe fn flush() {}

    unsafe fn release() {
        with_line(|Line { encoder, bytes }| {
            encoder.end_frame(|part| append(bytes, part));
            transport::log(bytes);
            bytes.clear();
        });
    }

    unsafe fn write(part: &[u8]) {
        with_line(|Line { encoder, bytes }| encoder.write(part, |part| append(bytes, part)));
    }
}

/// A line that is too long is cut; its checksum then tells the host.
fn append(bytes: &mut heapless::Vec<u8, LINE_BYTES_MAX>, part: &[u8]) {
    let _ = bytes.extend_from_slice(part);
}

fn with_line(act: impl FnOnce(&mut Line)) {
    critical_section::with(|section| {
        if let Ok(mut line) = LINE.borrow(section).try_borrow_mut() {
            act(&mut line);
        }
    });
}
