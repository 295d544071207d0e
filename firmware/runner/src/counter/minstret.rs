//! `minstret`: instructions retired, on RV32. Exact in QEMU under `-icount`.

/// What telemetry calls this counter.
pub const NAME: &str = "minstret";

/// The counter runs from reset.
pub fn start() {}

/// Instructions retired since reset.
pub fn ticks() -> u64 {
    riscv::register::minstret::read64()
}
