//! Helpers shared by the tests of the whole road.

pub mod programs;
