//! The runner's log: defmt frames to typed records, with every loss noticed.

use defmt_decoder::{DecodeError, Table};
use miette::Diagnostic;
use peacrab_frames::record_check;
use thiserror::Error;

/// Everything that a run logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The counter's own name.
    pub counter: String,
    /// In the order in which they were sent.
    pub records: Vec<Record>,
}

/// One figure, or one set of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// What the run started with.
    Start {
        /// Arena that the program needs.
        arena_bytes: u64,
        /// RAM for arena and marks.
        ram_bytes_free: u64,
        /// Operators of the program.
        operators: u64,
    },
    /// One operator of the inference whose record follows.
    Operator {
        /// In the order of the program.
        index: u64,
        /// What it took.
        ticks: u64,
    },
    /// One inference.
    Inference {
        /// Counts from 0.
        index: u64,
        /// What it took.
        ticks: u64,
    },
    /// All inferences of a stand-alone image.
    Total {
        /// How many.
        inferences: u64,
        /// What they took together.
        ticks: u64,
    },
    /// High-water marks, at the end of a good run.
    Memory {
        /// Bytes of the arena up to the last one written.
        arena_bytes_used: u64,
        /// Bytes of the stack that were used.
        stack_bytes_used: u64,
        /// Bytes reserved for it.
        stack_bytes: u64,
    },
    /// The end of a bad run.
    Failed {
        /// A [`peacrab_frames::Failure`].
        code: u64,
        /// What it explains.
        detail: u64,
    },
}

/// What is wrong with a log.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The runner's table of log strings cannot be read.
    #[error("the runner carries no table of its log strings: {message}")]
    #[diagnostic(
        code(telemetry::no_table),
        help("delete the cached runner (`peacrab doctor` says where): it is built again")
    )]
    NoTable {
        /// The decoder's words.
        message: String,
    },
    /// The log is not one.
    #[error("the runner's log is damaged after {records} records")]
    #[diagnostic(code(telemetry::damaged), help("run it again; if it happens again, please report it"))]
    Damaged {
        /// Good ones before it.
        records: usize,
    },
    /// A record is not what was sent.
    #[error("the log record `{line}` is damaged")]
    #[diagnostic(code(telemetry::bad_record), help("run it again; if it happens again, please report it"))]
    BadRecord {
        /// As it arrived.
        line: String,
    },
    /// Records are missing.
    #[error("{count} log records are missing before `{line}`")]
    #[diagnostic(code(telemetry::lost), help("run it again; if it happens again, please report it"))]
    Lost {
        /// How many.
        count: u64,
        /// The first one after them.
        line: String,
    },
}

/// Decodes the bytes of a log channel; `elf` is the runner that wrote them.
///
/// # Errors
///
/// A record is damaged or missing.
pub fn decode(elf: &[u8], bytes: &[u8]) -> Result<Log, TelemetryError> {
    let no_table = |message: String| TelemetryError::NoTable { message };
    let table = Table::parse(elf).map_err(|error| no_table(error.to_string()))?;
    let table = table.ok_or_else(|| no_table("its section .defmt is missing".to_owned()))?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(bytes);
    let mut lines = Lines::default();
    loop {
        match decoder.decode() {
            Ok(frame) => lines.take(&frame.display_message().to_string())?,
            Err(DecodeError::UnexpectedEof) => return Ok(lines.log),
            Err(DecodeError::Malformed) => {
                return Err(TelemetryError::Damaged { records: lines.log.records.len() });
            }
        }
    }
}

/// Lines to records, checking sequence and checksum.
#[derive(Default)]
struct Lines {
    log: Log,
    expected: u64,
}

impl Lines {
    fn take(&mut self, line: &str) -> Result<(), TelemetryError> {
        if let Some(name) = line.strip_prefix("counter ") {
            name.clone_into(&mut self.log.counter);
            return Ok(());
        }
        let bad = || TelemetryError::BadRecord { line: line.to_owned() };
        let (kind, values) = split(line).ok_or_else(bad)?;
        let [seq, figures @ .., check] = values.as_slice() else { return Err(bad()) };
        if u64::from(record_check(kind, &values[..values.len() - 1])) != *check {
            return Err(bad());
        }
        if *seq != self.expected {
            let count = seq.saturating_sub(self.expected);
            return Err(TelemetryError::Lost { count, line: line.to_owned() });
        }
        self.expected += 1;
        self.log.records.push(record(kind, figures).ok_or_else(bad)?);
        Ok(())
    }
}

/// The kind, and the numbers of the `name=value` pairs.
fn split(line: &str) -> Option<(&str, Vec<u64>)> {
    let mut words = line.split_ascii_whitespace();
    let kind = words.next()?;
    let values = words.map(|word| word.split_once('=')?.1.parse().ok()).collect::<Option<_>>()?;
    Some((kind, values))
}

fn record(kind: &str, figures: &[u64]) -> Option<Record> {
    Some(match (kind, figures) {
        ("start", &[arena_bytes, ram_bytes_free, operators]) => {
            Record::Start { arena_bytes, ram_bytes_free, operators }
        }
        ("operator", &[index, ticks]) => Record::Operator { index, ticks },
        ("inference", &[index, ticks]) => Record::Inference { index, ticks },
        ("total", &[inferences, ticks]) => Record::Total { inferences, ticks },
        ("memory", &[arena_bytes_used, stack_bytes_used, stack_bytes]) => {
            Record::Memory { arena_bytes_used, stack_bytes_used, stack_bytes }
        }
        ("failed", &[code, detail]) => Record::Failed { code, detail },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, values: &[u64]) -> String {
        let pairs: Vec<_> = values.iter().map(|value| format!("x={value}")).collect();
        format!("{kind} {} check={}", pairs.join(" "), record_check(kind, values))
    }

    #[test]
    fn records_arrive_in_order() {
        let mut lines = Lines::default();
        lines.take("counter systick").expect("good");
        lines.take(&line("start", &[0, 100, 200, 2])).expect("good");
        lines.take(&line("inference", &[1, 0, 777])).expect("good");
        assert_eq!(lines.log.counter, "systick");
        assert_eq!(lines.log.records[1], Record::Inference { index: 0, ticks: 777 });
    }

    #[test]
    fn a_missing_record_is_counted() {
        let mut lines = Lines::default();
        lines.take(&line("inference", &[0, 0, 777])).expect("good");
        let error = lines.take(&line("inference", &[3, 3, 777])).expect_err("lost");
        assert!(matches!(error, TelemetryError::Lost { count: 2, .. }), "{error}");
    }

    #[test]
    fn any_changed_digit_is_noticed() {
        let good = line("operator", &[0, 12, 3456]);
        for (position, _) in good.char_indices().filter(|(_, character)| character.is_ascii_digit()) {
            let mut bytes = good.clone().into_bytes();
            bytes[position] = if bytes[position] == b'9' { b'0' } else { bytes[position] + 1 };
            let changed = String::from_utf8(bytes).expect("ASCII");
            let result = Lines::default().take(&changed);
            assert!(matches!(result, Err(TelemetryError::BadRecord { .. })), "{changed}");
        }
    }
}
