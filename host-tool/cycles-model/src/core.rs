//! The cores that have a model.

use crate::{Instruction, riscv, thumb, timing};

/// Instruction sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Arm's, on M-profile cores.
    Thumb,
    /// RV32IMAC.
    RiscV,
}

impl Architecture {
    /// Decodes the instruction at `address`; `bytes` begins with it. `None` if it is cut off.
    #[must_use]
    pub fn decode(self, address: u32, bytes: &[u8]) -> Option<Instruction> {
        match self {
            Self::Thumb => thumb::decode(address, bytes),
            Self::RiscV => riscv::decode(address, bytes),
        }
    }
}

/// A core whose timings are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// Arm Cortex-M0.
    CortexM0,
    /// Arm Cortex-M0+.
    CortexM0Plus,
    /// Arm Cortex-M3.
    CortexM3,
    /// Arm Cortex-M4.
    CortexM4,
    /// Arm Cortex-M33, by the M4's table.
    CortexM33,
    /// Hazard3, the RISC-V core of the RP2350.
    Hazard3,
}

impl Core {
    /// The model of a core by the name in its board file: `cortex-m4f`, `rv32imc`. `None` where nothing is published.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "cortex-m0" => Self::CortexM0,
            "cortex-m0plus" => Self::CortexM0Plus,
            "cortex-m3" => Self::CortexM3,
            "cortex-m4" | "cortex-m4f" => Self::CortexM4,
            "cortex-m33" | "cortex-m33f" => Self::CortexM33,
            "rv32imc" | "rv32imac" | "hazard3" => Self::Hazard3,
            _ => return None,
        })
    }

    /// What the model is made from, in one sentence.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::CortexM0 => {
                "Cortex-M0: instruction timings of Arm's Technical Reference Manual (DDI 0432), single-cycle multiplier"
            }
            Self::CortexM0Plus => {
                "Cortex-M0+: instruction timings of Arm's Technical Reference Manual (DDI 0484), single-cycle multiplier"
            }
            Self::CortexM3 => {
                "Cortex-M3: instruction timings of Arm's Technical Reference Manual (DDI 0337); 64-bit multiplication 4 and 5 cycles, division 7"
            }
            Self::CortexM4 => {
                "Cortex-M4: instruction timings of Arm's Technical Reference Manual (DDI 0439); division 7 cycles"
            }
            Self::CortexM33 => "Cortex-M33: no table is published, so it is given the Cortex-M4's (DDI 0439)",
            Self::Hazard3 => {
                "RV32IMC as Hazard3, the RP2350's core: its manual's instruction timings, with the branch predictor; division 18 and 19 cycles"
            }
        }
    }

    /// Cycles of `current`, executed directly behind `previous`; of a branch, when it is not taken. `previous` is `None` behind a
    /// jump.
    #[must_use]
    pub fn cycles(self, previous: Option<&Instruction>, current: &Instruction) -> u32 {
        match self {
            Self::CortexM0 | Self::CortexM0Plus => timing::cortex_m0::cycles(self, current),
            Self::CortexM3 | Self::CortexM4 | Self::CortexM33 => timing::cortex_m4::cycles(self, previous, current),
            Self::Hazard3 => timing::hazard3::cycles(previous, current),
        }
    }

    /// Cycles that `branch` takes more when it is taken; `misaligned` if its target is a 32-bit instruction at 2 mod 4.
    #[must_use]
    pub fn refill(self, branch: &Instruction, misaligned: bool) -> u32 {
        match self {
            Self::CortexM0 | Self::CortexM0Plus => timing::cortex_m0::refill(self, branch),
            Self::CortexM3 | Self::CortexM4 | Self::CortexM33 => timing::cortex_m4::refill(branch, misaligned),
            Self::Hazard3 => timing::hazard3::refill(branch, misaligned),
        }
    }

    /// Whether taken branches are predicted; then [`Core::refill`] is what a wrong prediction costs.
    #[must_use]
    pub fn predicts_branches(self) -> bool {
        self == Self::Hazard3
    }

    /// Cycles of the entry to an exception, and of the return from one.
    #[must_use]
    pub fn exception_cycles(self) -> u32 {
        match self {
            Self::CortexM0 => 16,
            Self::CortexM0Plus => 15,
            Self::CortexM3 | Self::CortexM4 | Self::CortexM33 => 12,
            Self::Hazard3 => 3,
        }
    }

    /// Cycles that a load of `bytes` at `address` takes more because it is not aligned.
    #[must_use]
    pub fn unaligned_cycles(self, address: u32, bytes: u32) -> u32 {
        match self {
            Self::CortexM3 | Self::CortexM4 | Self::CortexM33 => match (bytes, address & 3) {
                (2, 1 | 3) | (4, 2) => 1,
                (4, 1 | 3) => 2,
                _ => 0,
            },
            // These fault.
            Self::CortexM0 | Self::CortexM0Plus | Self::Hazard3 => 0,
        }
    }

    /// Whether unaligned accesses are allowed at all.
    #[must_use]
    pub fn allows_unaligned(self) -> bool {
        matches!(self, Self::CortexM3 | Self::CortexM4 | Self::CortexM33)
    }
}
