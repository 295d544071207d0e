//! QEMU's plugin interface, as far as it is used: `include/qemu/qemu-plugin.h` of QEMU 7.2 and of 10.0.
//!
//! The two differ in how an instruction's bytes are read and in what counts without a callback: `v1` and `v3`, with the same names.

#[cfg_attr(not(feature = "api-v3"), path = "v1.rs")]
#[cfg_attr(feature = "api-v3", path = "v3.rs")]
mod version;

pub use version::{Counter, copy_data};

use std::ffi::{c_int, c_uint, c_void};

/// The version of the interface that this plugin is made for.
#[unsafe(no_mangle)]
pub static qemu_plugin_version: c_int = version::VERSION;

/// Number of a loaded plugin.
pub type PluginId = u64;

/// What an access to memory is like; opaque.
pub type MemoryInfo = u32;

/// A translation block; opaque, valid within its callback.
#[repr(C)]
pub struct TranslationBlock {
    _opaque: [u8; 0],
}

/// An instruction of a translation block; opaque, valid within its callback.
#[repr(C)]
pub struct PluginInstruction {
    _opaque: [u8; 0],
}

/// `QEMU_PLUGIN_CB_NO_REGS`: the callback does not look at registers.
pub const NO_REGISTERS: c_int = 0;
/// `QEMU_PLUGIN_MEM_RW`: loads and stores.
pub const LOADS_AND_STORES: c_int = 3;
/// `QEMU_PLUGIN_INLINE_ADD_U64`.
const ADD_U64: c_int = 0;

/// Called with what was registered.
pub type Callback = extern "C" fn(vcpu: c_uint, data: *mut c_void);
/// Called behind an access.
pub type MemoryCallback = extern "C" fn(vcpu: c_uint, info: MemoryInfo, address: u64, data: *mut c_void);
/// Called for every new translation block.
pub type TranslationCallback = extern "C" fn(id: PluginId, block: *mut TranslationBlock);
/// Called when QEMU ends.
pub type ExitCallback = extern "C" fn(id: PluginId, data: *mut c_void);

unsafe extern "C" {
    pub fn qemu_plugin_register_vcpu_tb_trans_cb(id: PluginId, callback: TranslationCallback);
    pub fn qemu_plugin_register_vcpu_tb_exec_cb(
        block: *mut TranslationBlock,
        callback: Callback,
        flags: c_int,
        data: *mut c_void,
    );
    pub fn qemu_plugin_register_vcpu_insn_exec_cb(
        instruction: *mut PluginInstruction,
        callback: Callback,
        flags: c_int,
        data: *mut c_void,
    );
    pub fn qemu_plugin_register_vcpu_mem_cb(
        instruction: *mut PluginInstruction,
        callback: MemoryCallback,
        flags: c_int,
        which: c_int,
        data: *mut c_void,
    );
    pub fn qemu_plugin_register_atexit_cb(id: PluginId, callback: ExitCallback, data: *mut c_void);
    pub fn qemu_plugin_tb_n_insns(block: *const TranslationBlock) -> usize;
    pub fn qemu_plugin_tb_get_insn(block: *const TranslationBlock, index: usize) -> *mut PluginInstruction;
    pub fn qemu_plugin_insn_vaddr(instruction: *const PluginInstruction) -> u64;
    pub fn qemu_plugin_mem_size_shift(info: MemoryInfo) -> c_uint;
    pub fn qemu_plugin_mem_is_store(info: MemoryInfo) -> bool;
}
