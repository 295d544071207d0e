//! What the timing of an instruction depends on, for every instruction set alike.

/// A set of registers: 0 to 31 are the core's, 32 to 63 the FPU's single-precision ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers(u64);

impl Registers {
    /// No register.
    pub const NONE: Self = Self(0);

    /// One of the core's.
    #[must_use]
    pub const fn core(index: u32) -> Self {
        Self(1 << (index & 31))
    }

    /// A single-precision register of the FPU.
    #[must_use]
    pub const fn single(index: u32) -> Self {
        Self(1 << (32 + (index & 31)))
    }

    /// A double-precision register: two single-precision ones.
    #[must_use]
    pub const fn double(index: u32) -> Self {
        Self::single(2 * index).and(Self::single(2 * index + 1))
    }

    /// Both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets share a register.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// An instruction, as far as its timing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its size: 2 or 4.
    pub bytes: u32,
    /// What it does.
    pub kind: Kind,
    /// Registers that its execution needs: sources, without those of the address and without the data of a store.
    pub reads: Registers,
    /// Registers that the address of a load or store is made of.
    pub address: Registers,
    /// Registers that it writes, without the base of a load or store.
    pub writes: Registers,
}

impl Instruction {
    /// An instruction of this size and kind that touches no register.
    #[must_use]
    pub const fn new(bytes: u32, kind: Kind) -> Self {
        Self { bytes, kind, reads: Registers::NONE, address: Registers::NONE, writes: Registers::NONE }
    }

    pub(crate) const fn writing(self, registers: Registers) -> Self {
        Self { writes: registers, ..self }
    }

    pub(crate) const fn reading(self, registers: Registers) -> Self {
        Self { reads: registers, ..self }
    }

    pub(crate) const fn addressing(self, registers: Registers) -> Self {
        Self { address: registers, ..self }
    }

    /// Whether it may read or write memory.
    #[must_use]
    pub const fn accesses_memory(&self) -> bool {
        matches!(
            self.kind,
            Kind::Load { .. }
                | Kind::Store { .. }
                | Kind::LoadDouble
                | Kind::StoreDouble
                | Kind::LoadMultiple { .. }
                | Kind::StoreMultiple { .. }
                | Kind::LoadPc
                | Kind::PopPc { .. }
                | Kind::TableBranch
                | Kind::Atomic
                | Kind::Unknown
                | Kind::Fpu(
                    FpuKind::Load { .. }
                        | FpuKind::Store { .. }
                        | FpuKind::LoadMultiple { .. }
                        | FpuKind::StoreMultiple { .. }
                )
        )
    }
}

/// What an instruction does, as far as its timing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Data processing of any sort that has no kind of its own.
    Alu,
    /// Multiplication to 32 bits, and the multiplications of the DSP extension.
    Multiply,
    /// `MLA`, `MLS`.
    MultiplyAccumulate,
    /// Multiplication to 64 bits.
    MultiplyLong,
    /// Multiplication to 64 bits with accumulation.
    MultiplyLongAccumulate,
    /// Division and remainder.
    Divide {
        /// Of signed numbers.
        signed: bool,
    },
    /// One register from memory.
    Load {
        /// Width of the access.
        bytes: u32,
    },
    /// One register to memory.
    Store {
        /// Width of the access.
        bytes: u32,
        /// The address is a sum of two registers.
        register_offset: bool,
    },
    /// Two registers from memory.
    LoadDouble,
    /// Two registers to memory.
    StoreDouble,
    /// Several registers from memory.
    LoadMultiple {
        /// How many.
        registers: u32,
    },
    /// Several registers to memory.
    StoreMultiple {
        /// How many.
        registers: u32,
    },
    /// A jump to an address in the instruction.
    Branch {
        /// The address.
        target: u32,
        /// It may not be taken.
        conditional: bool,
        /// It leaves a return address.
        link: bool,
    },
    /// A jump to an address in a register.
    BranchIndirect,
    /// A jump to an address loaded from memory, alone.
    LoadPc,
    /// A jump to an address loaded from memory, with other registers.
    PopPc {
        /// All registers loaded, the program counter included.
        registers: u32,
    },
    /// `TBB`, `TBH`.
    TableBranch,
    /// Makes the next instructions conditional.
    It {
        /// How many: 1 to 4.
        instructions: u32,
    },
    /// Access to a special register.
    System,
    /// `CPS`.
    InterruptMask,
    /// Barriers and fences.
    Barrier,
    /// `NOP` and its kind.
    Hint,
    /// Read, change and write of a word.
    Atomic,
    /// A call of a debugger or a supervisor.
    Trap,
    /// The FPU.
    Fpu(FpuKind),
    /// The decoder does not know it.
    Unknown,
}

/// What an instruction of the FPU does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FpuKind {
    /// Arithmetic, comparison, conversion.
    Arithmetic,
    /// Multiplication with accumulation.
    MultiplyAccumulate,
    /// Division and square root.
    Divide,
    /// Between registers, 32 bits.
    Move,
    /// Between registers, 64 bits.
    MoveDouble,
    /// One register from memory.
    Load {
        /// Of 64 bits.
        double: bool,
    },
    /// One register to memory.
    Store {
        /// Of 64 bits.
        double: bool,
    },
    /// Several registers from memory.
    LoadMultiple {
        /// How many words.
        words: u32,
    },
    /// Several registers to memory.
    StoreMultiple {
        /// How many words.
        words: u32,
    },
}
