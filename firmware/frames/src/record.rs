//! The checksum of one telemetry record.

use crate::CRC;

/// CRC-32 of a record's kind and of its values as little-endian u64, in the order in which the log line has them.
///
/// The log line itself is a defmt frame, which carries no checksum: a damaged one would decode to a wrong figure.
#[must_use]
pub fn record_check(kind: &str, values: &[u64]) -> u32 {
    let mut digest = CRC.digest();
    digest.update(kind.as_bytes());
    for value in values {
        digest.update(&value.to_le_bytes());
    }
    digest.finalize()
}
