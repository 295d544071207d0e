//! Runs of bytes, 16 at a time.

use core::arch::asm;

/// Copies `source` to a target of the same length; nothing where lengths differ.
#[inline(always)]
pub fn copy(source: &[i8], target: &mut [i8]) {
    if source.len() == target.len() {
        // SAFETY: `letp` leaves off loads and stores behind the length, which both slices have.
        unsafe {
            asm!(
                "wlstp.8 lr, {length}, 3f",
                "2:",
                "vldrb.u8 q0, [{source}], #16; vstrb.8 q0, [{target}], #16",
                "letp lr, 2b",
                "3:",
                source = inout(reg) source.as_ptr() => _, target = inout(reg) target.as_mut_ptr() => _,
                length = in(reg) source.len(),
                out("lr") _, out("d0") _, out("d1") _,
                options(nostack),
            );
        }
    }
}

/// Fills `target` with a value.
#[inline(always)]
pub fn fill(target: &mut [i8], value: i8) {
    // SAFETY: `letp` leaves off stores behind the length.
    unsafe {
        asm!(
            "vdup.8 q0, {value}; wlstp.8 lr, {length}, 3f",
            "2:",
            "vstrb.8 q0, [{target}], #16",
            "letp lr, 2b",
            "3:",
            target = inout(reg) target.as_mut_ptr() => _,
            length = in(reg) target.len(), value = in(reg) i32::from(value),
            out("lr") _, out("d0") _, out("d1") _,
            options(nostack),
        );
    }
}

/// Rows at equal distances, to be put side by side.
#[derive(Clone, Copy)]
pub struct Rows {
    /// Number of rows; not 0.
    pub count: usize,
    /// Bytes of a row; not 0.
    pub length: usize,
    /// Bytes from row to row.
    pub stride: usize,
}

/// Copies rows, of which the first begins `source`.
///
/// # Safety
/// All rows may be read, and `count * length` bytes written to `target`.
#[inline(always)]
pub unsafe fn copy_rows(source: *const i8, target: *mut i8, rows: Rows) {
    // SAFETY: `letp` leaves off loads and stores behind the length; the caller promises the rest.
    unsafe {
        asm!(
            "1:",
            "mov {from}, {source}; mov {to}, {target}; dlstp.8 lr, {length}",
            "2:",
            "vldrb.u8 q0, [{from}], #16; vstrb.8 q0, [{to}], #16",
            "letp lr, 2b",
            "add {source}, {stride}; add {target}, {length}; subs {count}, #1; bne 1b",
            source = inout(reg) source => _, target = inout(reg) target => _, count = inout(reg) rows.count => _,
            length = in(reg) rows.length, stride = in(reg) rows.stride, from = out(reg) _, to = out(reg) _,
            out("lr") _, out("d0") _, out("d1") _,
            options(nostack),
        );
    }
}
