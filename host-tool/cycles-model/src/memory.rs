//! What an access to memory takes more than the instruction alone.

use crate::flash::{Cache, InstructionFetch};
use crate::{Core, FlashTiming, Instruction, Kind};

/// A range of addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// First address.
    pub start: u32,
    /// Length.
    pub bytes: u32,
}

impl Region {
    /// Whether it holds an address.
    #[must_use]
    pub const fn holds(&self, address: u32) -> bool {
        address.wrapping_sub(self.start) < self.bytes
    }
}

/// The board's memories, as far as they cost time.
#[derive(Debug)]
pub struct Memory {
    timing: FlashTiming,
    /// A line has `1 << line_shift` bytes.
    line_shift: u32,
    flash: Region,
    /// Bytes of the flash that are taken to lie in RAM.
    moved: Region,
    /// A region whose every access waits.
    slow: Region,
    slow_wait_states: u32,
    charges_unaligned: bool,
    fetch: InstructionFetch,
    data_cache: Cache,
}

impl Memory {
    /// A flash of this timing; accesses that are not aligned cost what the core says.
    #[must_use]
    pub fn new(flash: Region, timing: FlashTiming) -> Self {
        Self {
            timing,
            line_shift: timing.line_bytes.max(1).ilog2(),
            flash,
            moved: Region::default(),
            slow: Region::default(),
            slow_wait_states: 0,
            charges_unaligned: true,
            fetch: InstructionFetch::new(timing),
            data_cache: Cache::new(timing.data_cache_lines),
        }
    }

    /// Data in this part of the flash is read as if it lay in RAM.
    #[must_use]
    pub fn with_moved(self, moved: Region) -> Self {
        Self { moved, ..self }
    }

    /// Every load and store in this region takes `wait_states` more.
    #[must_use]
    pub fn with_slow(self, slow: Region, wait_states: u32) -> Self {
        Self { slow, slow_wait_states: wait_states, ..self }
    }

    /// Unaligned loads cost nothing more.
    #[must_use]
    pub fn without_unaligned(self) -> Self {
        Self { charges_unaligned: false, ..self }
    }

    /// Whether instruction fetches can cost anything.
    pub(crate) fn fetches_wait(&self) -> bool {
        self.timing.wait_states > 0
    }

    /// The lines of the flash that an instruction lies in: none, one or two.
    pub(crate) fn lines(&self, address: u32, bytes: u32) -> impl Iterator<Item = Option<u32>> + use<> {
        let line = |address: u32| self.flash.holds(address).then(|| self.line(address));
        let (first, last) = (line(address), line(address.wrapping_add(bytes - 1)));
        std::iter::once(first).chain((first != last).then_some(last))
    }

    /// The instruction fetch.
    pub(crate) fn fetch(&mut self) -> &mut InstructionFetch {
        &mut self.fetch
    }

    /// Whether an access of this alignment costs nothing, whatever it is: `mask` has the bits of the address that must be 0.
    #[must_use]
    #[inline]
    pub fn is_free(&self, address: u32, mask: u32) -> bool {
        let waits = self.timing.wait_states > 0 && self.flash.holds(address);
        address & mask == 0 && !waits && !self.slow.holds(address)
    }

    /// Whether the address of an instruction's access can matter on this core.
    #[must_use]
    pub fn matters(&self, core: Option<Core>, instruction: &Instruction) -> bool {
        let Some(core) = core else { return false };
        let is_unaligned = match instruction.kind {
            Kind::Load { bytes } => bytes > 1 && self.charges_unaligned && core.allows_unaligned(),
            _ => false,
        };
        let waits = self.timing.wait_states > 0 || self.slow_wait_states > 0;
        instruction.accesses_memory() && (is_unaligned || waits)
    }

    /// The bits of an access's address that must be 0 for it to cost nothing more.
    #[must_use]
    pub fn alignment_mask(&self, core: Option<Core>, instruction: &Instruction) -> u32 {
        match instruction.kind {
            Kind::Load { bytes } if self.charges_unaligned && core.is_some_and(Core::allows_unaligned) => bytes - 1,
            _ => 0,
        }
    }

    /// Cycles that an access takes more than its instruction.
    pub(crate) fn access(&mut self, core: Core, address: u32, bytes: u32, is_store: bool) -> u32 {
        // The write buffer takes a store as it is, and the core goes on.
        let is_charged = self.charges_unaligned && !is_store;
        let unaligned = if is_charged { core.unaligned_cycles(address, bytes) } else { 0 };
        let slow = if self.slow.holds(address) { self.slow_wait_states } else { 0 };
        let from_flash = !is_store && self.flash.holds(address) && !self.moved.holds(address);
        let waits = if from_flash && self.timing.wait_states > 0 { self.load(address, bytes) } else { 0 };
        unaligned + slow + waits
    }

    /// Cycles to wait for the one or two lines of a load.
    fn load(&mut self, address: u32, bytes: u32) -> u32 {
        let (first, last) = (self.line(address), self.line(address.wrapping_add(bytes.saturating_sub(1))));
        let wait = self.wait_for_data(first);
        if last == first { wait } else { wait + self.wait_for_data(last) }
    }

    fn wait_for_data(&mut self, line: u32) -> u32 {
        if self.data_cache.holds(line) { 0 } else { self.timing.wait_states }
    }

    fn line(&self, address: u32) -> u32 {
        address >> self.line_shift
    }
}
