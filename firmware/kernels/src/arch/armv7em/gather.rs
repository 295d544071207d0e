//! Inner patches of convolutions with few input channels, from their filter rows straight to i16 pairs.

use core::arch::asm;

use super::expand::Lane;
use super::multiply::PairChunk;
use crate::packed::rows::CHUNK;

/// The filter rows of a patch, all of them inside the input.
#[derive(Clone, Copy)]
pub struct FilterRows<'a> {
    /// The input.
    pub elements: &'a [i8],
    /// Its first element that belongs to the patch.
    pub first: usize,
    /// Number of rows.
    pub count: usize,
    /// Elements of a row.
    pub length: usize,
    /// Elements from the start of a row to the start of the next one.
    pub stride: usize,
}

/// Patches whose filter rows lie in memory in one of the ways that there is a loop for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Rows of one word.
    Words,
    /// Three rows of nine elements, at least as far apart.
    ThreeByNine,
    /// Any other.
    Other,
}

impl Shape {
    /// Of filter rows `[count, length]`.
    pub fn new(count: usize, length: usize, stride: usize) -> Self {
        match [count, length] {
            [_, CHUNK] => Self::Words,
            [3, 9] if stride >= 9 => Self::ThreeByNine,
            _ => Self::Other,
        }
    }
}

impl FilterRows<'_> {
    /// The first element, if all rows lie inside the input.
    fn start(&self) -> Option<*const i8> {
        let last = self.count.checked_sub(1)?.checked_mul(self.stride)?;
        let end = self.first.checked_add(last)?.checked_add(self.length)?;
        (end <= self.elements.len()).then(|| self.elements.as_ptr().wrapping_add(self.first))
    }
}

/// Three rows of nine elements to seven chunks, filled up with zero. Words that span two rows are put together from both.
macro_rules! three_by_nine {
    () => {
        concat!(
            "ldr {a}, [{first}]; ldr {b}, [{first}, #4]; ldrb {c}, [{first}, #8]; ldr {d}, [{second}, #-1];",
            "bfi {d}, {c}, #0, #8;",
            "sxtb16 {c}, {a}; sxtb16 {a}, {a}, ror #8; str {c}, [{target}], #{step}; str {a}, [{target}, #-{half}];",
            "sxtb16 {c}, {b}; sxtb16 {b}, {b}, ror #8; str {c}, [{target}], #{step}; str {b}, [{target}, #-{half}];",
            "sxtb16 {c}, {d}; sxtb16 {d}, {d}, ror #8; str {c}, [{target}], #{step}; str {d}, [{target}, #-{half}];",
            "ldr {a}, [{second}, #3]; ldrh {b}, [{second}, #7]; ldr {c}, [{third}, #-2]; ldr {d}, [{third}, #2];",
            "bfi {c}, {b}, #0, #16;",
            "sxtb16 {b}, {a}; sxtb16 {a}, {a}, ror #8; str {b}, [{target}], #{step}; str {a}, [{target}, #-{half}];",
            "sxtb16 {b}, {c}; sxtb16 {c}, {c}, ror #8; str {b}, [{target}], #{step}; str {c}, [{target}, #-{half}];",
            "ldr {a}, [{third}, #5]; lsr {a}, {a}, #8;",
            "sxtb16 {b}, {d}; sxtb16 {d}, {d}, ror #8; str {b}, [{target}], #{step}; str {d}, [{target}, #-{half}];",
            "sxtb16 {b}, {a}; sxtb16 {a}, {a}, ror #8; str {b}, [{target}], #{step}; str {a}, [{target}, #-{half}]",
        )
    };
}

/// Chunks of a patch of three rows of nine elements.
const THREE_BY_NINE_CHUNKS: usize = 7;

/// Pairs of patches of three rows of nine elements, of pixels `pixel_stride` elements apart; `rows` are the first one's.
pub fn gather_pairs(rows: &FilterRows, pixel_stride: usize, pairs: &mut [PairChunk]) {
    let count = pairs.len() / THREE_BY_NINE_CHUNKS;
    let last = count.wrapping_mul(2).wrapping_sub(1).wrapping_mul(pixel_stride).wrapping_add(rows.first);
    let is_right = Shape::new(rows.count, rows.length, rows.stride) == Shape::ThreeByNine && count > 0;
    let is_inside = is_right && FilterRows { first: last, ..*rows }.start().is_some();
    let Some(start) = rows.start().filter(|_| is_inside) else { return };
    // SAFETY: the first and the last pixel's rows were checked to lie inside the input, and what is read before the second and third row is behind
    // the first: they are at least nine elements apart. There are seven chunks for each pair.
    unsafe {
        asm!(
            "2:",
            three_by_nine!(),
            "add {first}, {stride}; add {second}, {stride}; add {third}, {stride}; sub {target}, #7 * {step} - 4",
            three_by_nine!(),
            "add {first}, {stride}; add {second}, {stride}; add {third}, {stride}; subs {target}, #4",
            "subs {count}, #1",
            "bne 2b",
            first = inout(reg) start => _,
            second = inout(reg) start.wrapping_add(rows.stride) => _,
            third = inout(reg) start.wrapping_add(rows.stride).wrapping_add(rows.stride) => _,
            target = inout(reg) pairs.as_mut_ptr() => _,
            count = inout(reg) count => _,
            stride = in(reg) pixel_stride,
            a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _,
            step = const size_of::<PairChunk>(),
            half = const size_of::<PairChunk>() / 2,
            options(nostack),
        );
    }
}

impl<const WORDS: usize, const LANE: usize> Lane<'_, WORDS, LANE> {
    /// A patch of rows of one word: each fills a chunk.
    #[inline(always)]
    pub fn gather_words(&mut self, rows: &FilterRows) {
        let Some(start) = rows.start().filter(|_| rows.length == CHUNK && rows.count == self.0.len()) else { return };
        // SAFETY: the rows were checked to lie inside the input, and to be as many as there are chunks.
        unsafe {
            asm!(
                // An odd row, then two rows at a time.
                "lsrs {left}, {count}, #1",
                "bcc 3f",
                "ldr {a}, [{source}]; add {source}, {stride}; sxtb16 {b}, {a}; sxtb16 {a}, {a}, ror #8",
                "str {b}, [{target}], #{step}; str {a}, [{target}, #-{half}]",
                "3:",
                "beq 5f",
                "4:",
                "ldr {a}, [{source}]; ldr {c}, [{source}, {stride}]; add {source}, {stride}, lsl #1",
                "sxtb16 {b}, {a}; sxtb16 {a}, {a}, ror #8; sxtb16 {d}, {c}; sxtb16 {c}, {c}, ror #8",
                "str {b}, [{target}], #{step}; str {a}, [{target}, #-{half}]",
                "str {d}, [{target}], #{step}; str {c}, [{target}, #-{half}]",
                "subs {left}, #1",
                "bne 4b",
                "5:",
                source = inout(reg) start => _,
                target = inout(reg) self.0.as_mut_ptr().cast::<u32>().wrapping_add(LANE) => _,
                count = in(reg) rows.count,
                stride = in(reg) rows.stride,
                left = out(reg) _,
                a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _,
                step = const 4 * WORDS,
                half = const 2 * WORDS,
                options(nostack),
            );
        }
    }

    /// A patch of three rows of nine elements.
    #[inline(always)]
    pub fn gather_three_by_nine(&mut self, rows: &FilterRows) {
        let is_three_by_nine = Shape::new(rows.count, rows.length, rows.stride) == Shape::ThreeByNine;
        let is_right = is_three_by_nine && self.0.len() == THREE_BY_NINE_CHUNKS;
        let Some(start) = rows.start().filter(|_| is_right) else { return };
        // SAFETY: the rows were checked to lie inside the input, and what is read before the second and third one is behind the first: they are
        // at least nine elements apart. There are seven chunks.
        unsafe {
            asm!(
                three_by_nine!(),
                first = in(reg) start,
                second = in(reg) start.wrapping_add(rows.stride),
                third = in(reg) start.wrapping_add(rows.stride).wrapping_add(rows.stride),
                target = inout(reg) self.0.as_mut_ptr().cast::<u32>().wrapping_add(LANE) => _,
                a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _,
                step = const 4 * WORDS,
                half = const 2 * WORDS,
                options(nostack),
            );
        }
    }
}
