//! The memory that the linker script lays out.

use core::ptr::addr_of;

use crate::boot::PAINT;

unsafe extern "C" {
    static __program_start: u8;
    static __flash_end: u8;
    static __stack_bottom: u8;
    static __stack_top: u8;
    static mut __arena_start: u8;
    static __arena_end: u8;
}

/// Everything in flash behind the runner: the program, the embedded sample, and what was there before.
pub fn appended_flash() -> &'static [u8] {
    let start = addr_of!(__program_start);
    let length = addr_of!(__flash_end) as usize - start as usize;
    // SAFETY: the linker script puts both symbols into the flash region, in this order, and nothing writes to flash.
    unsafe { core::slice::from_raw_parts(start, length) }
}

/// All RAM above the statics, 16-byte aligned and painted.
///
/// # Safety
///
/// The caller makes sure that no other slice of it is alive: call it once.
pub unsafe fn free_ram() -> &'static mut [u8] {
    let start = &raw mut __arena_start;
    let length = addr_of!(__arena_end) as usize - start as usize;
    // SAFETY: the linker script keeps this region for the arena; the start-up code has written all of it; the caller
    // guarantees that this is the only slice of it.
    unsafe { core::slice::from_raw_parts_mut(start, length) }
}

/// Bytes of `region` up to the last one that no longer holds the paint.
pub fn bytes_touched(region: &[u8]) -> usize {
    let paint = PAINT.to_ne_bytes()[0];
    region.iter().rposition(|byte| *byte != paint).map_or(0, |position| position + 1)
}

/// The deepest that the stack has been, and the bytes reserved for it.
pub fn stack_bytes_used() -> (usize, usize) {
    let bottom = addr_of!(__stack_bottom).cast::<u32>();
    let words = (addr_of!(__stack_top) as usize - bottom as usize) / size_of::<u32>();
    // Volatile reads through a raw pointer: the words above the stack pointer belong to frames that are alive.
    let unused = (0..words)
        // SAFETY: bottom to top is the stack's region, all of it readable RAM and word-aligned.
        .take_while(|index| unsafe { bottom.add(*index).read_volatile() } == PAINT)
        .count();
    ((words - unused) * size_of::<u32>(), words * size_of::<u32>())
}
