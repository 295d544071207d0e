//! What an image has in it besides a program: the kernels, and how they are compiled.

use peacrab_format::{KernelId, Target};

use super::board::Board;

/// What goes into a runner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contents {
    /// The kernels, ascending.
    kernels: Vec<KernelId>,
    /// Whether there is code for layers that the core's own loops do not take.
    has_left_over: bool,
    /// Whether the host sends samples; else the image has one.
    is_host_driven: bool,
    /// Whether code is compiled for size.
    is_small: bool,
}

impl Contents {
    /// Every kernel that a board's core runs.
    #[must_use]
    pub fn any_program(board: &Board) -> Self {
        let packed =
            |kernel: &KernelId| kernel.target() == Target::Portable || kernel.target() == board.program_target();
        let kernels = KernelId::ALL.iter().copied().filter(packed).collect();
        Contents { kernels, has_left_over: true, is_host_driven: true, is_small: false }
    }

    /// Some kernels only.
    #[must_use]
    pub fn only(mut kernels: Vec<KernelId>, has_left_over: bool) -> Self {
        kernels.sort_unstable_by_key(|kernel| kernel.number());
        kernels.dedup();
        Contents { kernels, has_left_over, is_host_driven: true, is_small: false }
    }

    /// The same for an image that has a sample of its own.
    #[must_use]
    pub fn stand_alone(self) -> Self {
        Contents { is_host_driven: false, ..self }
    }

    /// The same compiled for size, if so.
    #[must_use]
    pub fn small(self, is_small: bool) -> Self {
        Contents { is_small, ..self }
    }

    /// cargo's profile.
    pub(super) fn profile(&self) -> &'static str {
        if self.is_small { "size" } else { "release" }
    }

    /// cargo's features.
    pub(super) fn features(&self) -> String {
        let parts = [
            (self.is_host_driven, "host-driven"),
            (self.is_small, "small"),
            (self.has_left_over, "peacrab-runtime/left_over"),
        ];
        let parts = parts.into_iter().filter(|(has, _)| *has).map(|(_, part)| part.to_owned());
        let kernels = self.kernels.iter().map(|kernel| format!("peacrab-runtime/{}", kernel.name()));
        parts.chain(kernels).collect::<Vec<String>>().join(",")
    }
}
