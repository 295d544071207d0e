//! From i8 inputs to the i16 pairs that `smlad` multiplies.

use core::arch::asm;

use super::multiply::PairChunk;
use crate::packed::patch::{PatchWriter, PieceRows};
use crate::packed::rows::CHUNK;

impl<'a> PieceRows<'a> {
    /// A single row.
    pub fn single(elements: &'a [i8]) -> Self {
        let length = elements.len();
        Self { elements, count: 1, length, stride: length, pitch: length }
    }

    /// Whether all rows lie inside the elements and, from `at` on, inside the first `end` elements of the patch.
    fn fit(&self, at: usize, end: usize) -> bool {
        let reach = |stride: usize| {
            let last = self.count.checked_sub(1)?.checked_mul(stride)?;
            last.checked_add(self.length)
        };
        let inside = reach(self.stride).is_some_and(|reach| reach <= self.elements.len());
        let target = reach(self.pitch).and_then(|reach| reach.checked_add(at));
        inside && self.length > 0 && self.pitch >= self.length && target.is_some_and(|reach| reach <= end)
    }
}

/// A patch as i16 pairs, in lane `LANE` of chunks of `WORDS / 2` lanes: elements `[0, 2]` of every lane, then `[1, 3]` of every lane.
pub struct Lane<'a, const WORDS: usize, const LANE: usize>(pub &'a mut [[u32; WORDS]]);

impl<const WORDS: usize, const LANE: usize> Lane<'_, WORDS, LANE> {
    fn put(target: &mut [u32; WORDS], elements: [i8; CHUNK]) {
        let [a, b, c, d] = elements.map(|element| u32::from(i16::from(element) as u16));
        target[LANE] = a | c << 16;
        target[LANE + WORDS / 2] = b | d << 16;
    }

    /// Expands rows of whole words.
    fn expand(&mut self, at: usize, rows: PieceRows) {
        let words = rows.length / CHUNK;
        if words == 0 || !rows.fit(at, self.0.len().saturating_mul(CHUNK)) {
            return;
        }
        let target = self.0.as_mut_ptr().wrapping_add(at / CHUNK).cast::<u32>().wrapping_add(LANE);
        // SAFETY: the rows were checked to lie inside the elements, and their place inside the targets: a target for every word.
        unsafe {
            asm!(
                // A row: its odd word, then two words at a time.
                "2:",
                "lsrs {left}, {words}, #1",
                "bcc 3f",
                "ldr {even}, [{source}], #4; sxtb16 {odd}, {even}, ror #8; sxtb16 {even}, {even}",
                "str {even}, [{target}], #{step}; str {odd}, [{target}, #-{half}]",
                "3:",
                "beq 5f",
                "4:",
                "ldr {even}, [{source}], #4; sxtb16 {odd}, {even}, ror #8; sxtb16 {even}, {even}",
                "str {even}, [{target}], #{step}; str {odd}, [{target}, #-{half}]",
                "ldr {even}, [{source}], #4; sxtb16 {odd}, {even}, ror #8; sxtb16 {even}, {even}",
                "str {even}, [{target}], #{step}; str {odd}, [{target}, #-{half}]",
                "subs {left}, #1",
                "bne 4b",
                "5:",
                "add {source}, {gap}; add {target}, {skip}",
                "subs {count}, #1",
                "bne 2b",
                source = inout(reg) rows.elements.as_ptr() => _,
                target = inout(reg) target => _,
                count = inout(reg) rows.count => _,
                words = in(reg) words,
                gap = in(reg) rows.stride.wrapping_sub(rows.length),
                skip = in(reg) (rows.pitch.wrapping_sub(rows.length) / CHUNK).wrapping_mul(4 * WORDS),
                left = out(reg) _,
                even = out(reg) _,
                odd = out(reg) _,
                step = const 4 * WORDS,
                half = const 2 * WORDS,
                options(nostack),
            );
        }
    }
}

impl<const WORDS: usize, const LANE: usize> PatchWriter for Lane<'_, WORDS, LANE> {
    /// `at` is a multiple of 4. A last chunk that is not full is filled up with zeros.
    #[inline(always)]
    fn copy(&mut self, at: usize, rows: PieceRows) {
        let rest = rows.length % CHUNK;
        if rest == 0 {
            return self.expand(at, rows);
        }
        // Only single rows come with a rest.
        let whole = rows.length - rest;
        self.expand(at, PieceRows { length: whole, ..rows });
        let mut last = [0; CHUNK];
        for (last, &element) in last.iter_mut().zip(rows.elements.get(whole..).unwrap_or_default()) {
            *last = element;
        }
        if let Some(target) = self.0.get_mut((at + whole) / CHUNK) {
            Self::put(target, last);
        }
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let targets = self.0.get_mut(at / CHUNK..).unwrap_or_default();
        for target in targets.iter_mut().take(count.div_ceil(CHUNK)) {
            Self::put(target, [value; CHUNK]);
        }
    }
}

/// Expands rows of `length` elements, whole words, that lie one behind the other, two by two.
pub fn expand_pairs(rows: &[i8], length: usize, pairs: &mut [PairChunk]) {
    let words = length / CHUNK;
    let count = pairs.len().checked_div(words).unwrap_or(0);
    let is_whole = count.wrapping_mul(words) == pairs.len() && length.is_multiple_of(CHUNK);
    if count == 0 || !is_whole || rows.len() != count.wrapping_mul(length).wrapping_mul(2) {
        return;
    }
    // SAFETY: there are as many whole rows as two for each of the pairs, and a chunk of four words for every two words of a pair's rows.
    unsafe {
        asm!(
            // A pair of rows: their odd words, then two words of each at a time.
            "2:",
            "lsrs {left}, {words}, #1",
            "bcc 3f",
            "ldr {a}, [{first}], #4; ldr {b}, [{second}], #4",
            "sxtb16 {c}, {a}; sxtb16 {d}, {b}; sxtb16 {a}, {a}, ror #8; sxtb16 {b}, {b}, ror #8",
            "str {c}, [{target}], #16; str {d}, [{target}, #-12]; str {a}, [{target}, #-8]; str {b}, [{target}, #-4]",
            "3:",
            "beq 5f",
            "4:",
            "ldr {a}, [{first}], #4; ldr {b}, [{second}], #4; ldr {c}, [{first}], #4; ldr {d}, [{second}], #4",
            "sxtb16 {e}, {a}; sxtb16 {a}, {a}, ror #8; str {e}, [{target}], #32; str {a}, [{target}, #-24]",
            "sxtb16 {e}, {b}; sxtb16 {b}, {b}, ror #8; str {e}, [{target}, #-28]; str {b}, [{target}, #-20]",
            "sxtb16 {e}, {c}; sxtb16 {c}, {c}, ror #8; str {e}, [{target}, #-16]; str {c}, [{target}, #-8]",
            "sxtb16 {e}, {d}; sxtb16 {d}, {d}, ror #8; str {e}, [{target}, #-12]; str {d}, [{target}, #-4]",
            "subs {left}, #1",
            "bne 4b",
            "5:",
            // The second row's end is where the next first row starts.
            "sub {a}, {second}, {first}; mov {first}, {second}; add {second}, {a}",
            "subs {count}, #1",
            "bne 2b",
            first = inout(reg) rows.as_ptr() => _,
            second = inout(reg) rows.as_ptr().wrapping_add(length) => _,
            target = inout(reg) pairs.as_mut_ptr() => _,
            count = inout(reg) count => _,
            words = in(reg) words,
            left = out(reg) _,
            a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _, e = out(reg) _,
            options(nostack),
        );
    }
}

/// A patch kept as it is, to be expanded in one go.
pub struct Staged<'a>(pub &'a mut [i8]);

impl PatchWriter for Staged<'_> {
    fn copy(&mut self, at: usize, rows: PieceRows) {
        if !rows.fit(at, self.0.len()) {
            return;
        }
        let target = self.0.as_mut_ptr().wrapping_add(at);
        // SAFETY: the rows were checked to lie inside the elements, and their place inside the patch.
        unsafe {
            asm!(
                // A row: its words, then its last one to three bytes.
                "2:",
                "lsrs {left}, {length}, #2",
                "beq 4f",
                "3:",
                "ldr {word}, [{source}], #4; str {word}, [{target}], #4",
                "subs {left}, #1",
                "bne 3b",
                "4:",
                "lsls {left}, {length}, #31",
                "beq 5f",
                "ldrb {word}, [{source}], #1; strb {word}, [{target}], #1",
                "5:",
                "lsls {left}, {length}, #30",
                "bpl 6f",
                "ldrh {word}, [{source}], #2; strh {word}, [{target}], #2",
                "6:",
                "add {source}, {gap}; add {target}, {skip}",
                "subs {count}, #1",
                "bne 2b",
                source = inout(reg) rows.elements.as_ptr() => _,
                target = inout(reg) target => _,
                count = inout(reg) rows.count => _,
                length = in(reg) rows.length,
                gap = in(reg) rows.stride.wrapping_sub(rows.length),
                skip = in(reg) rows.pitch.wrapping_sub(rows.length),
                left = out(reg) _,
                word = out(reg) _,
                options(nostack),
            );
        }
    }

    fn fill(&mut self, at: usize, count: usize, value: i8) {
        let target = self.0.get_mut(at..).unwrap_or_default();
        for target in target.iter_mut().take(count) {
            *target = value;
        }
    }
}
