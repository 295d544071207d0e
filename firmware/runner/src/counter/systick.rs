//! SysTick: 24 bits, counting down, extended by its interrupt. Every Cortex-M core but a few small ones has it.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use cortex_m::peripheral::{Peripherals, SCB, SYST, syst::SystClkSource};

/// What telemetry calls this counter.
pub const NAME: &str = "systick";

const BITS: u32 = 24;
const MASK: u32 = (1 << BITS) - 1;

/// Wraps so far; written by the interrupt only.
static WRAPS: AtomicU32 = AtomicU32::new(0);

/// Starts the counter at the processor's clock.
pub fn start() {
    let Some(mut peripherals) = Peripherals::take() else { return };
    peripherals.SYST.set_clock_source(SystClkSource::Core);
    peripherals.SYST.set_reload(MASK);
    peripherals.SYST.clear_current();
    peripherals.SYST.enable_interrupt();
    peripherals.SYST.enable_counter();
}

/// Ticks of the processor's clock since [`start`].
pub fn ticks() -> u64 {
    loop {
        let wraps = WRAPS.load(Relaxed);
        let current = SYST::get_current();
        // A wrap between the two reads, or one whose interrupt is still to come: read again.
        if !SCB::is_pendst_pending() && wraps == WRAPS.load(Relaxed) {
            // The interrupt comes when the count reaches 0, one tick before the reload.
            return u64::from(wraps) << BITS | u64::from(current.wrapping_neg() & MASK);
        }
    }
}

/// The interrupt. ARMv6-M has no atomic add; nothing else writes the count.
#[unsafe(no_mangle)]
extern "C" fn SysTick() {
    WRAPS.store(WRAPS.load(Relaxed).wrapping_add(1), Relaxed);
}
