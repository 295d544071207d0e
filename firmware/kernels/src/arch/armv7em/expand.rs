//! From i8 inputs to the i16 pairs that `smlad` multiplies.

use core::arch::asm;

use crate::packed::PatchWriter;
use crate::packed::rows::CHUNK;

/// Elements 0 and 2 of a word of four i8, as two i16.
#[inline(always)]
pub fn even(word: u32) -> u32 {
    let pair;
    // SAFETY: one instruction on registers only; every core of this backend has it.
    unsafe { asm!("sxtb16 {}, {}", lateout(reg) pair, in(reg) word, options(pure, nomem, nostack, preserves_flags)) };
    pair
}

/// Elements 1 and 3 of a word of four i8, as two i16.
#[inline(always)]
pub fn odd(word: u32) -> u32 {
    let pair;
    // SAFETY: one instruction on registers only; every core of this backend has it.
    unsafe {
        asm!("sxtb16 {}, {}, ror #8", lateout(reg) pair, in(reg) word, options(pure, nomem, nostack, preserves_flags))
    };
    pair
}

/// A patch as i16 pairs, in lane `LANE` of chunks of `WORDS / 2` lanes: `[0, 2]` of every lane, then `[1, 3]` of every lane.
pub struct Lane<'a, const WORDS: usize, const LANE: usize>(pub &'a mut [[u32; WORDS]]);

impl<const WORDS: usize, const LANE: usize> Lane<'_, WORDS, LANE> {
    fn put(target: &mut [u32; WORDS], elements: [i8; CHUNK]) {
        let word = u32::from_le_bytes(elements.map(|element| element as u8));
        target[LANE] = even(word);
        target[LANE + WORDS / 2] = odd(word);
    }
}

impl<const WORDS: usize, const LANE: usize> PatchWriter for Lane<'_, WORDS, LANE> {
    /// `at` is a multiple of 4. A last chunk that is not full is filled up with zeros.
    #[inline(always)]
    fn copy(&mut self, at: usize, elements: &[i8]) {
        let (chunks, rest) = elements.as_chunks::<CHUNK>();
        let mut targets = self.0.get_mut(at / CHUNK..).unwrap_or_default().iter_mut();
        for (elements, target) in chunks.iter().zip(targets.by_ref()) {
            Self::put(target, *elements);
        }
        if let (false, Some(target)) = (rest.is_empty(), targets.next()) {
            let mut last = [0; CHUNK];
            for (last, &element) in last.iter_mut().zip(rest) {
                *last = element;
            }
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
