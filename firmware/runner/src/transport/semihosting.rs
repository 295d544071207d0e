//! Semihosting: files in the directory that the host gave QEMU. A stand-alone image logs to standard output.

use core::cell::RefCell;

use critical_section::Mutex;
use semihosting::fs::File;
use semihosting::io::{Read as _, Stdout, Write as _, stdout};

use super::Mode;

static CHANNELS: Mutex<RefCell<Channels>> = Mutex::new(RefCell::new(Channels { log: None, up: None, down: None }));

struct Channels {
    log: Option<Log>,
    up: Option<File>,
    down: Option<File>,
}

enum Log {
    File(File),
    Stdout(Stdout),
}

/// Opens the channels that `mode` uses. One that does not open stays silent, and the host notices what is missing.
pub fn open(mode: Mode) {
    with(|channels| match mode {
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
            Some(Log::File(file)) => file.write_all(bytes),
            Some(Log::Stdout(stdout)) => stdout.write_all(bytes),
            None => Ok(()),
        };
    });
}

/// Writes to the data channel.
pub fn send(bytes: &[u8]) {
    with(|channels| {
        if let Some(up) = &mut channels.up {
            let _ = up.write_all(bytes);
        }
    });
}

/// Reads from the data channel: the bytes read, 0 at its end.
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
