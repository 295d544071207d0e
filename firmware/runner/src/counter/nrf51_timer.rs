//! TIMER0 of the nRF51, 32 bits at 16 MHz: that chip's Cortex-M0 has no SysTick.
//!
//! nRF51 Series Reference Manual 3.0, chapter 18.

use super::Extended;

/// What telemetry calls this counter.
pub const NAME: &str = "nrf51-timer";

const TIMER0: usize = 0x4000_8000;
const TASKS_START: usize = TIMER0;
const TASKS_CAPTURE0: usize = TIMER0 + 0x40;
const BITMODE: usize = TIMER0 + 0x508;
const PRESCALER: usize = TIMER0 + 0x510;
const CC0: usize = TIMER0 + 0x540;

const BITMODE_32: u32 = 3;

static TICKS: Extended = Extended::new();

/// Starts the timer, undivided.
pub fn start() {
    write(BITMODE, BITMODE_32);
    write(PRESCALER, 0);
    write(TASKS_START, 1);
}

/// Ticks since [`start`]; exact while two calls are less than 2^32 ticks apart.
pub fn ticks() -> u64 {
    write(TASKS_CAPTURE0, 1);
    // SAFETY: CC0 is a readable register of TIMER0, which this board has.
    TICKS.extend(unsafe { (CC0 as *const u32).read_volatile() })
}

fn write(register: usize, value: u32) {
    // SAFETY: only called with the writable, word-aligned registers of TIMER0 above; nothing else uses that timer.
    unsafe { (register as *mut u32).write_volatile(value) }
}
