//! Boards, image assembly, QEMU and telemetry: everything between a program and the figures of a core.

pub mod board;
mod contents;
pub mod cycles;
pub mod doctor;
mod error;
pub mod image;
mod outputs;
pub mod qemu;
pub mod run;
pub mod runner;
pub mod selftest;
mod sources;
pub mod telemetry;
pub mod toolchain;

pub use board::Board;
pub use contents::Contents;
pub use error::TargetError;
pub use image::{Footprint, Sample};
pub use run::{
    BoardRun, CounterInfo, InferenceRecord, Progress, RunOptions, StandAloneRun, run_on_board, run_stand_alone,
    stand_alone_image,
};
