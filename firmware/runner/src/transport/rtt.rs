//! RTT: ring buffers in RAM that a debug probe reads and writes while the core runs.
//!
//! Up channel 0 is the log, up channel 1 and down channel 0 are the data. A full up channel waits for the host.

use core::cell::RefCell;

use critical_section::Mutex;
#[cfg(feature = "host-driven")]
use rtt_target::DownChannel;
use rtt_target::{ChannelMode::BlockIfFull, UpChannel, rtt_init};

use super::Mode;

static CHANNELS: Mutex<RefCell<Option<Channels>>> = Mutex::new(RefCell::new(None));

struct Channels {
    log: UpChannel,
    #[cfg(feature = "host-driven")]
    up: UpChannel,
    #[cfg(feature = "host-driven")]
    down: DownChannel,
}

/// Publishes the ring buffers, small enough for the smallest board.
pub fn open(_mode: Mode) {
    let channels = publish();
    critical_section::with(|section| CHANNELS.borrow(section).replace(Some(channels)));
}

#[cfg(feature = "host-driven")]
fn publish() -> Channels {
    let channels = rtt_init! {
        up: {
            0: { size: 512, mode: BlockIfFull, name: "log" }
            1: { size: 512, mode: BlockIfFull, name: "up" }
        }
        down: {
            0: { size: 512, name: "down" }
        }
    };
    Channels { log: channels.up.0, up: channels.up.1, down: channels.down.0 }
}

/// The log alone: nothing else is used without a host.
#[cfg(not(feature = "host-driven"))]
fn publish() -> Channels {
    let channels = rtt_init! {
        up: {
            0: { size: 512, mode: BlockIfFull, name: "log" }
        }
    };
    Channels { log: channels.up.0 }
}

/// Writes to the log channel.
pub fn log(bytes: &[u8]) {
    with(|channels| {
        channels.log.write(bytes);
    });
}

/// Writes to the data channel.
#[cfg(feature = "host-driven")]
pub fn send(bytes: &[u8]) {
    with(|channels| {
        channels.up.write(bytes);
    });
}

/// Reads from the data channel; waits until there is something.
#[cfg(feature = "host-driven")]
pub fn receive(buffer: &mut [u8]) -> usize {
    loop {
        let count = with(|channels| channels.down.read(buffer));
        if count > 0 {
            return count;
        }
    }
}

/// Stops here: on hardware the host takes the end of the log as the end, and the core waits for its next reset.
pub fn exit(_success: bool) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

fn with<R: Default>(act: impl FnOnce(&mut Channels) -> R) -> R {
    critical_section::with(|section| match CHANNELS.borrow(section).try_borrow_mut().as_deref_mut() {
        Ok(Some(channels)) => act(channels),
        _ => R::default(),
    })
}
