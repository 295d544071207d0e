//! Memory with the alignment that programs and arenas need.

/// Aligns what it holds to 16 bytes.
#[repr(C, align(16))]
#[derive(Debug, Clone, Copy)]
pub struct Aligned<T: ?Sized>(pub T);

/// An arena of `BYTES` bytes; a program says how many it needs (`peacrab convert` prints it).
#[derive(Debug, Clone)]
pub struct Arena<const BYTES: usize>(Aligned<[u8; BYTES]>);

impl<const BYTES: usize> Arena<BYTES> {
    /// An arena of zeros; `const`, so that it can be a `static`.
    pub const fn new() -> Self {
        Arena(Aligned([0; BYTES]))
    }

    /// Its bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.0.0
    }
}

impl<const BYTES: usize> Default for Arena<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

/// The bytes of a program file, aligned as [`Model::load`](crate::Model::load) needs them: a `&'static [u8]`.
///
/// The path is relative to the file that says it, as with `include_bytes!`; `concat!` and `env!` work too:
///
/// ```
/// use peacrab_runtime::{FormatError, LoadError, Model, include_program};
///
/// // Not a program at all: the loader says so.
/// static PROGRAM: &[u8] = include_program!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
/// assert!(matches!(Model::load(PROGRAM), Err(LoadError::Format(FormatError::NotAProgram))));
/// ```
#[macro_export]
macro_rules! include_program {
    ($path:expr) => {{
        static PROGRAM: &$crate::Aligned<[u8]> = &$crate::Aligned(*include_bytes!($path));
        &PROGRAM.0
    }};
}
