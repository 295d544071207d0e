//! Semihosting: files in the directory that the host gave QEMU. A stand-alone image logs to standard output.

use core::cell::RefCell;

use critical_section::Mutex;
#[cfg(feature = "host-driven")]
use semihosting::fs::File;
#[cfg(feature = "host-driven")]
use semihosting::io::Read as _;
use semihosting::io::{Stdout, Write as _, stdout};

use super::Mode;

static CHANNELS: Mutex<RefCell<Channels>> = Mutex::new(RefCell::new(Channels::CLOSED));

struct Channels {
    log: Option<Log>,
    #[cfg(feature = "host-driven")]
    up: Option<File>,
    #[cfg(feature = "host-driven")]
    down: Option<File>,
}

impl Channels {
    const CLOSED: Self = Self {
        log: None,
        #[cfg(feature = "host-driven")]
        up: None,
        #[cfg(feature = "host-driven")]
        down: None,
    };
}

enum Log {
    #[cfg(feature = "host-driven")]
    File(File),
    Stdout(Stdout),
}

/// Opens the channels that `mode` uses. One that does not open stays silent, and the host notices what is missing.
pub fn open(mode: Mode) {
    with(|channels| match mode {
        #[cfg(feature = "host-driven")]
        Mode::HostDriven => {
            channels.log = File::create(c"log").ok().map(Log::File);
            channels.up = File::create(c"up").ok();
            channels.down = File::open(c"down").ok();
        }
        Mode::StandAlone => channels.log = stdout().ok().map(Log::Stdout),
    });
}

/// Writes to the log channel.
pub fn log(bytes: &[u8]) {
    with(|channels| {
        let _ = match &mut channels.log {
            #[cfg(feature = "host-driven")]
            Some(Log::File(file)) => file.write_all(bytes),
            Some(Log::Stdout(stdout)) => stdout.write_all(bytes),
            None => Ok(()),
        };
    });
}

/// Writes to the data channel.
#[cfg(feature = "host-driven")]
pub fn send(bytes: &[u8]) {
    with(|channels| {
        if let Some(up) = &mut channels.up {
            let _ = up.write_all(bytes);
        }
    });
}

/// Reads from the data channel: the bytes read, 0 at its end.
#[cfg(feature = "host-driven")]
pub fn receive(buffer: &mut [u8]) -> usize {
    with(|channels| channels.down.as_mut().and_then(|down| down.read(buffer).ok())).unwrap_or(0)
}

/// Ends QEMU with status 0 or 1.
pub fn exit(success: bool) -> ! {
    semihosting::process::exit(if success { 0 } else { 1 })
}

fn with<R: Default>(act: impl FnOnce(&mut Channels) -> R) -> R {
    critical_section::with(|section| match CHANNELS.borrow(section).try_borrow_mut() {
        Ok(mut channels) => act(&mut channels),
        // Only a fault inside this module comes back here.
        Err(_) => R::default(),
    })
}
