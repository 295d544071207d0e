//! Version 3: QEMU 9.1 and later.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_uint, c_void};
use std::ptr;

use super::{ADD_U64, PluginInstruction};

pub const VERSION: c_int = 3;

/// Memory of QEMU's, one part for each virtual core; opaque.
#[repr(C)]
struct Scoreboard {
    _opaque: [u8; 0],
}

/// `qemu_plugin_u64`: a number in each part.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    scoreboard: *mut Scoreboard,
    offset: usize,
}

unsafe extern "C" {
    fn qemu_plugin_insn_data(instruction: *const PluginInstruction, data: *mut c_void, length: usize) -> usize;
    fn qemu_plugin_scoreboard_new(element_bytes: usize) -> *mut Scoreboard;
    fn qemu_plugin_scoreboard_find(scoreboard: *mut Scoreboard, vcpu: c_uint) -> *mut c_void;
    fn qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
        instruction: *mut PluginInstruction,
        operation: c_int,
        entry: Entry,
        value: u64,
    );
}

/// Copies the first bytes of an instruction; returns how many there are.
///
/// # Safety
///
/// The handle is valid: it was given in the running translation callback.
pub unsafe fn copy_data(instruction: *const PluginInstruction, data: &mut [u8]) -> usize {
    // SAFETY: QEMU writes at most as many bytes as it is told that there are.
    unsafe { qemu_plugin_insn_data(instruction, data.as_mut_ptr().cast(), data.len()) }
}

/// A number that generated code adds to.
pub struct Counter(UnsafeCell<*mut Scoreboard>);

impl Counter {
    pub const fn new() -> Self {
        Self(UnsafeCell::new(ptr::null_mut()))
    }

    /// Asks QEMU for the memory; before any core runs.
    pub fn start(&self) {
        // SAFETY: called at installation, when nothing else uses the counter.
        unsafe { *self.0.get() = qemu_plugin_scoreboard_new(size_of::<u64>()) }
    }

    /// Adds one each time the instruction is reached.
    ///
    /// # Safety
    ///
    /// The handle is valid, and the counter was started.
    pub unsafe fn count(&self, instruction: *mut PluginInstruction) {
        // SAFETY: by the caller; the entry is the u64 that the scoreboard was made for.
        unsafe {
            let entry = Entry { scoreboard: *self.0.get(), offset: 0 };
            qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(instruction, ADD_U64, entry, 1);
        }
    }

    /// The number, on the thread of the virtual core.
    pub fn read(&self, vcpu: c_uint) -> u64 {
        // SAFETY: the scoreboard was made for u64, and only generated code of the thread that calls writes to it.
        unsafe { qemu_plugin_scoreboard_find(*self.0.get(), vcpu).cast::<u64>().read_volatile() }
    }
}
