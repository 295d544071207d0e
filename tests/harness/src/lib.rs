//! Hostile programs: bytes that are damaged where it matters, with length and checksum repaired so that the loader looks further,
//! and a run of them that notices every panic and every write outside the memory an operator may write to.

mod cost;
mod damage;
mod rng;
mod trial;

pub use cost::is_affordable;
pub use damage::{damage, seal};
pub use rng::Rng;
pub use trial::{Outcome, trial};
