//! From rows of i8 pixels to the windows of a band; see [`crate::packed::band`].

use core::arch::asm;
use core::ops::Range;

use crate::packed::rows::CHUNK;

/// Pixels of one input row, at equal distances, on their way to the windows of a row.
pub struct Pixels<'a> {
    /// From the first pixel on, at least to the last one.
    pub elements: &'a [i8],
    /// How many.
    pub count: usize,
    /// Elements of a pixel, a multiple of 4.
    pub channels: usize,
    /// Elements from the start of a pixel to the start of the next one.
    pub stride: usize,
}

impl Pixels<'_> {
    /// Whether all pixels lie inside the elements, and there is one.
    fn are_inside(&self) -> bool {
        let reach =
            self.count.checked_sub(1).and_then(|last| last.checked_mul(self.stride)?.checked_add(self.channels));
        self.channels >= CHUNK && reach.is_some_and(|reach| reach <= self.elements.len())
    }
}

/// The windows of one input row, one for every pair of output pixels, each of `COLUMNS` columns: channels `[0, 2]` of every column, then `[1, 3]`, then the
/// next four channels.
pub struct Windows<'a, const COLUMNS: usize> {
    /// From the first window on, at least to the last one.
    pub words: &'a mut [u32],
    /// Words of a window: as many for each column as there are pairs of channels.
    pub window: usize,
    /// Words from window to window.
    pub pair: usize,
}

/// Widens the words of all pixels; `$stores` puts `{even}` and `{odd}` to the targets and moves on.
///
/// `{step}` bytes from four channels of a column to the next four, and `{half}` back from there to the odd ones. After a pixel, targets have moved
/// by a window; `$move` takes them to the next pair's.
macro_rules! widen {
    ($pixels:ident, $columns:ident, $windows:ident, $stores:literal, $move:literal, $($target:ident),*) => {
        asm!(
            // A pixel: its odd word, then two words at a time.
            "2:",
            "lsrs {left}, {words}, #1",
            "bcc 3f",
            "ldr {even}, [{source}], #4; sxtb16 {odd}, {even}, ror #8; sxtb16 {even}, {even}",
            $stores,
            "3:",
            "beq 5f",
            "4:",
            "ldr {even}, [{source}], #4; sxtb16 {odd}, {even}, ror #8; sxtb16 {even}, {even}",
            $stores,
            "ldr {even}, [{source}], #4; sxtb16 {odd}, {even}, ror #8; sxtb16 {even}, {even}",
            $stores,
            "subs {left}, #1",
            "bne 4b",
            "5:",
            "add {source}, {gap}",
            $move,
            "subs {count}, #1",
            "bne 2b",
            source = inout(reg) $pixels.elements.as_ptr() => _,
            $($target = inout(reg) $target => _,)*
            count = inout(reg) $pixels.count => _,
            words = in(reg) $pixels.channels / CHUNK,
            gap = in(reg) $pixels.stride.wrapping_sub($pixels.channels),
            skip = in(reg) $windows.pair.wrapping_sub($windows.window).wrapping_mul(4),
            left = out(reg) _,
            even = out(reg) _,
            odd = out(reg) _,
            step = const 8 * $columns,
            half = const 4 * $columns,
            options(nostack),
        )
    };
}

impl<const COLUMNS: usize> Windows<'_, COLUMNS> {
    /// The pixels become column `column` of as many windows, from window `first` on.
    pub fn write(&mut self, pixels: &Pixels, [first, column]: [usize; 2]) {
        let Some(first) = self.place(pixels, [first, column]) else { return };
        // SAFETY: the pixels were checked to lie inside the elements, and their places inside the windows.
        unsafe {
            widen!(
                pixels,
                COLUMNS,
                self,
                "str {even}, [{first}], #{step}; str {odd}, [{first}, #-{half}]",
                "add {first}, {skip}",
                first
            );
        }
    }

    /// [`Windows::write`] to two places.
    pub fn write_both(&mut self, pixels: &Pixels, first: [usize; 2], second: [usize; 2]) {
        let places = (self.place(pixels, first), self.place(pixels, second));
        let (Some(first), Some(second)) = places else { return };
        // SAFETY: as above.
        unsafe {
            widen!(
                pixels,
                COLUMNS,
                self,
                "str {even}, [{first}], #{step}; str {odd}, [{first}, #-{half}]; str {even}, [{second}], #{step}; str {odd}, [{second}, #-{half}]",
                "add {first}, {skip}; add {second}, {skip}",
                first,
                second
            );
        }
    }

    /// Fills a column of some windows.
    pub fn fill(&mut self, windows: Range<usize>, column: usize, value: u32) {
        for window in windows {
            let start = window.wrapping_mul(self.pair);
            let words = self.words.get_mut(start.wrapping_add(column)..start.wrapping_add(self.window));
            words.unwrap_or_default().iter_mut().step_by(COLUMNS).for_each(|word| *word = value);
        }
    }

    /// The first word of a column, if pixels and windows are as they should be.
    fn place(&mut self, pixels: &Pixels, [first, column]: [usize; 2]) -> Option<*mut u32> {
        let last = first.checked_add(pixels.count)?.checked_sub(1)?;
        let end = last.checked_mul(self.pair)?.checked_add(self.window)?;
        let is_whole =
            self.window == COLUMNS.wrapping_mul(pixels.channels / 2) && pixels.channels.is_multiple_of(CHUNK);
        let fits = is_whole && column < COLUMNS && end <= self.words.len() && pixels.are_inside();
        let word = first.wrapping_mul(self.pair).wrapping_add(column);
        fits.then(|| self.words.as_mut_ptr().wrapping_add(word))
    }
}
