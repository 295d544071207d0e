//! Version 1: QEMU 7.2 to 8.2.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_uint, c_void};
use std::ptr;

use super::{ADD_U64, PluginInstruction};

pub const VERSION: c_int = 1;

unsafe extern "C" {
    fn qemu_plugin_insn_data(instruction: *const PluginInstruction) -> *const c_void;
    fn qemu_plugin_insn_size(instruction: *const PluginInstruction) -> usize;
    fn qemu_plugin_register_vcpu_insn_exec_inline(
        instruction: *mut PluginInstruction,
        operation: c_int,
        target: *mut c_void,
        value: u64,
    );
}

/// Copies the first bytes of an instruction; returns how many there are. QEMU may claim more than the instruction has.
///
/// # Safety
///
/// The handle is valid: it was given in the running translation callback.
pub unsafe fn copy_data(instruction: *const PluginInstruction, data: &mut [u8]) -> usize {
    // SAFETY: the data of a valid handle has as many bytes as its size says, and no more than `data` takes are copied.
    unsafe {
        let length = qemu_plugin_insn_size(instruction).min(data.len());
        ptr::copy_nonoverlapping(qemu_plugin_insn_data(instruction).cast::<u8>(), data.as_mut_ptr(), length);
        length
    }
}

/// A number that generated code adds to.
pub struct Counter(UnsafeCell<u64>);

impl Counter {
    pub const fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    /// Nothing is to be set up.
    pub fn start(&self) {}

    /// Adds one each time the instruction is reached.
    ///
    /// # Safety
    ///
    /// The handle is valid, and the counter lives as long as QEMU.
    pub unsafe fn count(&self, instruction: *mut PluginInstruction) {
        // SAFETY: by the caller; the target is a u64.
        unsafe { qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, self.0.get().cast(), 1) }
    }

    /// The number, on the thread of the virtual core.
    pub fn read(&self, _vcpu: c_uint) -> u64 {
        // SAFETY: only generated code of the thread that calls writes to it.
        unsafe { self.0.get().read_volatile() }
    }
}
