//! What an inference costs is read here: one file per counter, chosen by the board.
//!
//! Each has `NAME`, `start()`, called once, and `ticks()`, which never runs backwards.

#[cfg_attr(counter = "systick", path = "systick.rs")]
#[cfg_attr(counter = "dwt", path = "dwt.rs")]
#[cfg_attr(counter = "nrf51-timer", path = "nrf51_timer.rs")]
#[cfg_attr(counter = "minstret", path = "minstret.rs")]
mod selected;

pub use selected::{NAME, start, ticks};

/// Extends a free-running 32-bit counter that counts up. It must be read at least once per wrap.
#[cfg(any(counter = "dwt", counter = "nrf51-timer"))]
struct Extended {
    last: core::sync::atomic::AtomicU32,
    wraps: core::sync::atomic::AtomicU32,
}

#[cfg(any(counter = "dwt", counter = "nrf51-timer"))]
impl Extended {
    const fn new() -> Self {
        use core::sync::atomic::AtomicU32;
        Self { last: AtomicU32::new(0), wraps: AtomicU32::new(0) }
    }

    fn extend(&self, now: u32) -> u64 {
        use core::sync::atomic::Ordering::Relaxed;
        if now < self.last.load(Relaxed) {
            self.wraps.store(self.wraps.load(Relaxed).wrapping_add(1), Relaxed);
        }
        self.last.store(now, Relaxed);
        u64::from(self.wraps.load(Relaxed)) << 32 | u64::from(now)
    }
}
