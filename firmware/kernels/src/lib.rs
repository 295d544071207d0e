//! Peacrab's kernels.
#![no_std]
