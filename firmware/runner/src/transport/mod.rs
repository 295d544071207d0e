//! Two byte channels to the host, and the way out: one file per transport, chosen by the board.
//!
//! Each has `open(mode)`, `log(bytes)` for encoded telemetry, `send(bytes)` and `receive(buffer)` for frames, and
//! `exit(success)`.

#[cfg_attr(transport = "semihosting", path = "semihosting.rs")]
#[cfg_attr(transport = "rtt", path = "rtt.rs")]
mod selected;

pub use selected::{exit, log, open};
#[cfg(feature = "host-driven")]
pub use selected::{receive, send};

/// Who drives the inferences.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The host sends inputs and takes outputs on the data channel.
    HostDriven,
    /// The image carries its input; only the log channel is used.
    StandAlone,
}
