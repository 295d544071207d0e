//! Copies into scratch: of weights, which may lie in slow flash, and of inputs; and sums of weights.

use core::arch::asm;

use crate::packed::rows::QUAD;

/// Copies weights to the start of `target`; whether there is room.
pub fn stage(weights: &[i8], target: &mut [u32]) -> bool {
    let fits = weights.len() <= size_of_val(target);
    if fits {
        // SAFETY: there is room, and any bytes are words.
        unsafe { copy_upwards(weights.as_ptr(), target.as_mut_ptr().cast(), weights.len()) };
    }
    fits
}

/// The sum of each of a quad's four rows over `weights`, pairs of words as in [`crate::packed::rows`]; what does not fill two pairs is left out.
pub fn sums(weights: &[u32]) -> [i32; QUAD] {
    sums_of::<4>(weights)
}

/// [`sums`] of chains: their links say nothing new.
pub fn chained_sums(weights: &[u32]) -> [i32; QUAD] {
    sums_of::<6>(weights)
}

/// The sums over the first and last word of every `TURN / 2`.
fn sums_of<const TURN: usize>(weights: &[u32]) -> [i32; QUAD] {
    let (turns, _) = weights.as_chunks::<TURN>();
    let range = turns.as_ptr_range();
    let [mut total_0, mut total_1, mut low_0, mut low_1] = [0i32; QUAD];
    if turns.is_empty() {
        return [0; QUAD];
    }
    // SAFETY: four words of each turn are read.
    unsafe {
        asm!(
            "2:",
            "ldr {a}, [{next}], #4 * {turn}; ldr {b}, [{next}, #-2 * {turn} - 4]; ldr {c}, [{next}, #-2 * {turn}]; ldr {d}, [{next}, #-4]",
            "smlad {total_0}, {a}, {ones}, {total_0}; smlad {total_1}, {b}, {ones}, {total_1}",
            "smlad {total_0}, {c}, {ones}, {total_0}; smlad {total_1}, {d}, {ones}, {total_1}",
            "sxtb16 {a}, {a}; sxtb16 {b}, {b}; sxtb16 {c}, {c}; sxtb16 {d}, {d}",
            "smlad {low_0}, {a}, {ones}, {low_0}; smlad {low_1}, {b}, {ones}, {low_1}",
            "smlad {low_0}, {c}, {ones}, {low_0}; smlad {low_1}, {d}, {ones}, {low_1}",
            "cmp {next}, {end}",
            "bne 2b",
            next = inout(reg) range.start => _,
            end = in(reg) range.end,
            turn = const TURN,
            ones = in(reg) 0x1_0001,
            total_0 = inout(reg) total_0, total_1 = inout(reg) total_1,
            low_0 = inout(reg) low_0, low_1 = inout(reg) low_1,
            a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _,
            options(nostack, readonly),
        );
    }
    [low_0, total_0.wrapping_sub(low_0) >> 8, low_1, total_1.wrapping_sub(low_1) >> 8]
}

/// The sum of all elements.
pub fn sum(elements: &[i8]) -> i32 {
    let (turns, rest) = elements.as_chunks::<16>();
    let range = turns.as_ptr_range();
    // The bytes are summed with 128 added to each.
    let mut total = (turns.len() as i32).wrapping_mul(-16 * 128);
    if !turns.is_empty() {
        // SAFETY: as many elements are read as there are, 16 at a time.
        unsafe {
            asm!(
                "2:",
                "ldr {a}, [{next}], #4; ldr {b}, [{next}], #4; ldr {c}, [{next}], #4; ldr {d}, [{next}], #4",
                "eor {a}, {a}, #0x80808080; eor {b}, {b}, #0x80808080; eor {c}, {c}, #0x80808080; eor {d}, {d}, #0x80808080",
                "usada8 {total}, {a}, {zero}, {total}; usada8 {total}, {b}, {zero}, {total}",
                "usada8 {total}, {c}, {zero}, {total}; usada8 {total}, {d}, {zero}, {total}",
                "cmp {next}, {end}",
                "bne 2b",
                next = inout(reg) range.start => _,
                end = in(reg) range.end,
                zero = in(reg) 0,
                total = inout(reg) total,
                a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _,
                options(nostack, readonly),
            );
        }
    }
    rest.iter().fold(total, |total, &element| total.wrapping_add(i32::from(element)))
}

/// Copies as many elements as `target` has.
pub fn copy(source: &[i8], target: &mut [i8]) {
    if source.len() >= target.len() {
        // SAFETY: the source has as many elements, and is not the target.
        unsafe { copy_upwards(source.as_ptr(), target.as_mut_ptr(), target.len()) };
    }
}

/// Moves `count` elements from `from` on to the start.
pub fn shift(elements: &mut [i8], from: usize, count: usize) {
    if from.checked_add(count).is_some_and(|end| end <= elements.len()) {
        let start = elements.as_mut_ptr();
        // SAFETY: both places lie inside the elements, the target not above the source.
        unsafe { copy_upwards(start.wrapping_add(from), start, count) };
    }
}

/// Copies `count` elements, lowest first.
///
/// # Safety
/// - `count` elements may be read at `source` and written at `target`;
/// - where they overlap, `target` is not above `source`.
unsafe fn copy_upwards(source: *const i8, target: *mut i8, count: usize) {
    // SAFETY: 32 elements at a time while as many are left, then words, then single ones. Each is read before it is written, and elements are not written
    // before those below them.
    unsafe {
        asm!(
            "subs {left}, #32",
            "blo 3f",
            "2:",
            "ldr {a}, [{from}], #4; ldr {b}, [{from}], #4; ldr {c}, [{from}], #4; ldr {d}, [{from}], #4",
            "ldr {e}, [{from}], #4; ldr {f}, [{from}], #4; ldr {g}, [{from}], #4; ldr {h}, [{from}], #4",
            "str {a}, [{to}], #4; str {b}, [{to}], #4; str {c}, [{to}], #4; str {d}, [{to}], #4",
            "str {e}, [{to}], #4; str {f}, [{to}], #4; str {g}, [{to}], #4; str {h}, [{to}], #4",
            "subs {left}, #32",
            "bhs 2b",
            "3:",
            "adds {left}, #28",
            "bmi 5f",
            "4:",
            "ldr {a}, [{from}], #4; str {a}, [{to}], #4",
            "subs {left}, #4",
            "bpl 4b",
            "5:",
            "adds {left}, #4",
            "beq 7f",
            "6:",
            "ldrb {a}, [{from}], #1; strb {a}, [{to}], #1",
            "subs {left}, #1",
            "bne 6b",
            "7:",
            from = inout(reg) source => _,
            to = inout(reg) target => _,
            left = inout(reg) count => _,
            a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _,
            e = out(reg) _, f = out(reg) _, g = out(reg) _, h = out(reg) _,
            options(nostack),
        );
    }
}
