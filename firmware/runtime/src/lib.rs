//! Peacrab's runtime: runs a program on the core, without a heap, a float or a panic.
//!
//! ```text
//! Model::load     checks a program once, every byte that matters
//! Session::new    gives it an arena
//! Session::invoke runs it; nothing is left that could go wrong
//! ```
//!
//! A firmware with a model in it looks like this:
//!
//! ```
//! use peacrab_runtime::{Arena, LoadError, Model, Session};
//!
//! fn classify(program: &[u8], arena: &mut Arena<4096>, pixels: &[u8]) -> Option<usize> {
//!     let model = Model::load(program).ok()?;
//!     let mut session = Session::new(&model, arena.bytes()).ok()?;
//!     session.write_u8(0, pixels).ok()?;
//!     session.invoke(&mut ()).ok()?;
//!     session.best(0).map(|best| best.label)
//! }
//!
//! assert!(matches!(Model::load(&[]), Err(LoadError::Format(_))));
//! ```
//!
//! The program and the arena must be aligned to 16 bytes: [`Arena`] is, and [`include_program!`] makes a program so.

#![no_std]
#![forbid(unsafe_code)]

mod arena;
mod kernel;
mod model;
mod session;

pub use arena::{Aligned, Arena};
pub use model::{LoadError, Model, Problem};
pub use peacrab_format::{FormatError, KernelId, Program, Target, TensorView};
pub use session::{Best, InvokeError, Observer, Session, SessionError};
