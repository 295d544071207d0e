//! Why the runner gave up: codes that both sides know.

/// What stopped the runner. Codes start at 1 and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Failure {
    /// No program lies at the end of the image.
    NoProgram = 1,
    /// The runtime refused the program; the detail is its error code.
    ProgramRefused = 2,
    /// The arena and the operator marks do not fit the RAM that is left; the detail is the bytes available.
    ArenaTooSmall = 3,
    /// The sample embedded in the image is damaged or does not fit the inputs.
    SampleRefused = 4,
    /// A frame was damaged or lost; the detail is the number of frames missing.
    FrameLost = 5,
    /// An input frame names a tensor or bytes that the program does not have; the detail is the tensor.
    InputRefused = 6,
    /// The host's side of the data channel ended before the host said `Finish`.
    ChannelClosed = 7,
    /// The runtime could not run an inference.
    InvokeFailed = 8,
    /// The runner panicked: a bug in it.
    Panicked = 9,
    /// The core took a fault; the detail is the fault's cause register.
    Faulted = 10,
}

impl Failure {
    /// The failure with this code, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        const ALL: [Failure; 10] = [
            Failure::NoProgram,
            Failure::ProgramRefused,
            Failure::ArenaTooSmall,
            Failure::SampleRefused,
            Failure::FrameLost,
            Failure::InputRefused,
            Failure::ChannelClosed,
            Failure::InvokeFailed,
            Failure::Panicked,
            Failure::Faulted,
        ];
        ALL.into_iter().find(|failure| failure.code() == code)
    }

    /// The code that travels.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NoProgram => "no program lies at the end of the image",
            Self::ProgramRefused => "the runtime refused the program",
            Self::ArenaTooSmall => "the arena does not fit the RAM that is left",
            Self::SampleRefused => "the sample embedded in the image is damaged or does not fit the inputs",
            Self::FrameLost => "a frame was damaged or lost",
            Self::InputRefused => "an input frame does not fit the program's inputs",
            Self::ChannelClosed => "the data channel ended before the host said finish",
            Self::InvokeFailed => "the runtime could not run an inference",
            Self::Panicked => "the runner panicked",
            Self::Faulted => "the core took a fault",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn codes_go_both_ways() {
        for code in 0..=u8::MAX {
            assert_eq!(Failure::from_code(code).map_or(0, Failure::code), if code <= 10 { code } else { 0 });
        }
    }
}
