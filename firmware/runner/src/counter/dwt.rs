//! DWT CYCCNT: the cycles of ARMv7-M and ARMv8-M main cores. QEMU does not emulate it.

use cortex_m::peripheral::{DWT, Peripherals};

use super::Extended;

/// What telemetry calls this counter.
pub const NAME: &str = "dwt-cyccnt";

static CYCLES: Extended = Extended::new();

/// Starts the counter.
pub fn start() {
    let Some(mut peripherals) = Peripherals::take() else { return };
    peripherals.DCB.enable_trace();
    peripherals.DWT.enable_cycle_counter();
}

/// Cycles since [`start`]; exact while two calls are less than 2^32 cycles apart.
pub fn ticks() -> u64 {
    CYCLES.extend(DWT::cycle_count())
}
