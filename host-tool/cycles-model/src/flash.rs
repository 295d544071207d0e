//! Flash with wait states: lines, the caches in front of them, and the prefetch.

/// How long the flash takes, and what hides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashTiming {
    /// Cycles that a line takes beyond the first. 0: nothing of what follows matters.
    pub wait_states: u32,
    /// The line behind the one that executes is read ahead.
    pub prefetch: bool,
    /// Bytes of a line, a power of two.
    pub line_bytes: u32,
    /// Lines of the instruction cache; 0 is none.
    pub instruction_cache_lines: u32,
    /// Lines of the data cache; 0 is none.
    pub data_cache_lines: u32,
}

impl Default for FlashTiming {
    fn default() -> Self {
        Self { wait_states: 0, prefetch: false, line_bytes: 8, instruction_cache_lines: 0, data_cache_lines: 0 }
    }
}

/// The line that is being executed, and the instruction cache behind it.
#[derive(Debug)]
pub(crate) struct InstructionFetch {
    timing: FlashTiming,
    cache: Cache,
    line: Option<u32>,
    line_since: u64,
}

impl InstructionFetch {
    pub(crate) fn new(timing: FlashTiming) -> Self {
        Self { timing, cache: Cache::new(timing.instruction_cache_lines), line: None, line_since: 0 }
    }

    /// Cycles to wait for `line` at time `now`.
    pub(crate) fn wait(&mut self, line: u32, now: u64) -> u32 {
        if self.line == Some(line) {
            return 0;
        }
        let is_next = line.checked_sub(1).is_some_and(|before| self.line == Some(before));
        let wait_states = self.timing.wait_states;
        let wait = match self.cache.holds(line) {
            true => 0,
            false if is_next && self.timing.prefetch => {
                u64::from(wait_states).saturating_sub(now.saturating_sub(self.line_since)) as u32
            }
            false if is_next => wait_states.saturating_sub(1),
            false => wait_states,
        };
        self.line = Some(line);
        self.line_since = now + u64::from(wait);
        wait
    }

    /// Execution goes on outside of the flash.
    pub(crate) fn leave(&mut self) {
        self.line = None;
    }
}

/// A fully associative cache that replaces the line not used for longest.
#[derive(Debug)]
pub(crate) struct Cache {
    lines: u32,
    /// Line and the time of its last use.
    slots: Vec<(u32, u64)>,
    /// Slot of each line, plus one; 0 where it is not held.
    slot_of_line: Vec<u32>,
    uses: u64,
}

impl Cache {
    pub(crate) fn new(lines: u32) -> Self {
        Self { lines, slots: Vec::new(), slot_of_line: Vec::new(), uses: 0 }
    }

    /// Whether the line was held; it is afterwards.
    pub(crate) fn holds(&mut self, line: u32) -> bool {
        if self.lines == 0 {
            return false;
        }
        self.uses += 1;
        let at = line as usize;
        if self.slot_of_line.len() <= at {
            self.slot_of_line.resize(at + 1, 0);
        }
        let slot = self.slot_of_line[at];
        if slot != 0 {
            self.slots[slot as usize - 1].1 = self.uses;
            return true;
        }
        self.slot_of_line[at] = self.replace(line) + 1;
        false
    }

    /// Gives a line a slot, and says which.
    fn replace(&mut self, line: u32) -> u32 {
        if self.slots.len() < self.lines as usize {
            self.slots.push((line, self.uses));
            return self.slots.len() as u32 - 1;
        }
        let oldest = (0..self.slots.len()).min_by_key(|slot| self.slots[*slot].1).unwrap_or(0);
        self.slot_of_line[self.slots[oldest].0 as usize] = 0;
        self.slots[oldest] = (line, self.uses);
        oldest as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn st() -> FlashTiming {
        FlashTiming { wait_states: 5, instruction_cache_lines: 2, ..FlashTiming::default() }
    }

    #[test]
    fn a_jump_costs_all_wait_states_and_the_next_line_one_less() {
        let mut fetch = InstructionFetch::new(st());
        assert_eq!([10, 10, 11, 12, 20].map(|line| fetch.wait(line, 0)), [5, 0, 4, 4, 5]);
    }

    #[test]
    fn the_cache_forgets_the_line_not_used_for_longest() {
        let mut fetch = InstructionFetch::new(st());
        assert_eq!([10, 20, 10, 30, 20, 30, 10].map(|line| fetch.wait(line, 0)), [5, 5, 0, 5, 5, 0, 5]);
    }

    #[test]
    fn prefetch_hides_what_the_line_before_took() {
        let mut fetch = InstructionFetch::new(FlashTiming { prefetch: true, instruction_cache_lines: 0, ..st() });
        assert_eq!(fetch.wait(10, 100), 5);
        // The line came at 105; the next is wanted at 108, three of its five cycles later.
        assert_eq!(fetch.wait(11, 108), 2);
        // It came at 110.
        assert_eq!(fetch.wait(12, 117), 0);
        assert_eq!(fetch.wait(14, 118), 5);
    }

    #[test]
    fn outside_of_the_flash_nothing_is_next() {
        let mut fetch = InstructionFetch::new(FlashTiming { instruction_cache_lines: 0, ..st() });
        assert_eq!(fetch.wait(10, 0), 5);
        fetch.leave();
        assert_eq!(fetch.wait(11, 0), 5);
    }
}
