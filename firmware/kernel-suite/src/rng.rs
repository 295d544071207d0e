//! Deterministic random numbers.

/// SplitMix64 (Steele, Lea, Flood 2014): one multiply-mix of a counter, so every seed gives a good sequence.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u32) -> Self {
        Self(u64::from(seed).wrapping_mul(0xD134_2543_DE82_EF95))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// In `[low, high]`.
    pub(crate) fn within(&mut self, low: usize, high: usize) -> usize {
        low + (((self.next() >> 32) * (high - low + 1) as u64) >> 32) as usize
    }

    pub(crate) fn i8(&mut self) -> i8 {
        (self.next() >> 56) as i8
    }

    pub(crate) fn i32(&mut self) -> i32 {
        (self.next() >> 32) as i32
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.within(1, n) == 1
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.within(0, choices.len() - 1)]
    }
}
