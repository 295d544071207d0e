//! Peacrab's runtime.
#![no_std]
