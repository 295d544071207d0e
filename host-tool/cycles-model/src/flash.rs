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
    pub(crate) cache: Cache,
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
        self.go_to(Some(line), now + u64::from(wait));
        wait
    }

    /// Execution goes on in this line, or outside of the flash, without waiting.
    pub(crate) fn go_to(&mut self, line: Option<u32>, now: u64) {
        self.line = line;
        self.line_since = now;
    }
}

/// A fully associative cache that replaces the line not used for longest.
#[derive(Debug)]
pub(crate) struct Cache {
    lines: u32,
    /// A ring in the order of last use: each slot knows its neighbours.
    slots: Vec<Slot>,
    /// The slot used last; the one before it in the ring was not used for longest.
    newest: usize,
    /// Slot of each line, plus one; 0 where it is not held.
    slot_of_line: Vec<u32>,
    /// How many lines were replaced so far.
    replaced: u64,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    line: u32,
    newer: usize,
    older: usize,
}

impl Cache {
    pub(crate) fn new(lines: u32) -> Self {
        Self { lines, slots: Vec::new(), newest: 0, slot_of_line: Vec::new(), replaced: 0 }
    }

    /// Whether the line was held; it is afterwards.
    pub(crate) fn holds(&mut self, line: u32) -> bool {
        if self.lines == 0 {
            return false;
        }
        let at = line as usize;
        if self.slot_of_line.len() <= at {
            self.slot_of_line.resize(at + 1, 0);
        }
        let slot = self.slot_of_line[at] as usize;
        if slot != 0 {
            self.use_slot(slot - 1);
            return true;
        }
        if self.slots.len() < self.lines as usize {
            self.add_slot(line);
        } else {
            self.replace_oldest(line);
        }
        self.slot_of_line[at] = self.newest as u32 + 1;
        false
    }

    /// How many lines were replaced so far: while it stays the same, no line that was held is lost.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced
    }

    /// How many lines it has.
    pub(crate) fn lines(&self) -> u32 {
        self.lines
    }

    /// Makes a slot the newest.
    fn use_slot(&mut self, slot: usize) {
        if slot == self.newest {
            return;
        }
        let Slot { newer, older, .. } = self.slots[slot];
        self.slots[newer].older = older;
        self.slots[older].newer = newer;
        self.insert(slot);
    }

    /// Puts a slot that is in no ring between the newest and the oldest.
    fn insert(&mut self, slot: usize) {
        let (newest, oldest) = (self.newest, self.slots[self.newest].newer);
        self.slots[slot].older = newest;
        self.slots[slot].newer = oldest;
        self.slots[newest].newer = slot;
        self.slots[oldest].older = slot;
        self.newest = slot;
    }

    fn add_slot(&mut self, line: u32) {
        let slot = self.slots.len();
        self.slots.push(Slot { line, newer: slot, older: slot });
        if slot > 0 {
            self.insert(slot);
        }
    }

    fn replace_oldest(&mut self, line: u32) {
        let oldest = self.slots[self.newest].newer;
        self.slot_of_line[self.slots[oldest].line as usize] = 0;
        self.slots[oldest].line = line;
        // The ring is turned by one: its oldest is its newest.
        self.newest = oldest;
        self.replaced += 1;
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
    fn the_cache_is_that_of_a_list_in_the_order_of_use() {
        for lines in 1..9 {
            let (mut cache, mut list) = (Cache::new(lines), Vec::new());
            let mut state = 12345u32;
            for _ in 0..2000 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let line = state >> 28;
                let position = list.iter().position(|held| *held == line);
                assert_eq!(cache.holds(line), position.is_some());
                position.map(|position| list.remove(position));
                list.insert(0, line);
                list.truncate(lines as usize);
            }
        }
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
        fetch.go_to(None, 0);
        assert_eq!(fetch.wait(11, 0), 5);
    }
}
