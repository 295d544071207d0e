//! Peacrab's format.
#![no_std]
