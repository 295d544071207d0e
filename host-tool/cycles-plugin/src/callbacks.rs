//! What QEMU calls. Everything it hands over is turned into the meter's own terms here, and nothing else is done here.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;

use peacrab_cycles_model::{Block, Meter};

use crate::qemu::{
    Counter, LOADS_AND_STORES, MemoryInfo, NO_REGISTERS, PluginId, PluginInstruction, TranslationBlock, copy_data,
    qemu_plugin_insn_vaddr, qemu_plugin_mem_is_store, qemu_plugin_mem_size_shift, qemu_plugin_register_atexit_cb,
    qemu_plugin_register_vcpu_insn_exec_cb, qemu_plugin_register_vcpu_mem_cb, qemu_plugin_register_vcpu_tb_exec_cb,
    qemu_plugin_register_vcpu_tb_trans_cb, qemu_plugin_tb_get_insn, qemu_plugin_tb_n_insns,
};
use crate::results;
use crate::settings::Settings;

/// Longest instruction.
const INSTRUCTION_BYTES_MAX: usize = 4;
/// A block, a step or segment of it, and an alignment share the pointer that a callback is given.
const INDEX_BITS: u32 = 16;
const MASK_BITS: u32 = 4;

struct Plugin {
    settings: Settings,
    meter: Meter,
}

struct Shared<T>(T);

// SAFETY: QEMU runs one virtual core (`-icount` makes it one thread), and calls the plugin from that thread alone: at translation, at
// execution, and at exit, which that thread asks for. Installation happens before it starts.
unsafe impl<T> Sync for Shared<T> {}

static PLUGIN: Shared<UnsafeCell<Option<Plugin>>> = Shared(UnsafeCell::new(None));
/// How often the last instruction of a block that may be left early was reached. QEMU adds to it in generated code.
static COMPLETED: Shared<Counter> = Shared(Counter::new());

/// Runs `act` on the plugin's state.
fn with_plugin(act: impl FnOnce(&mut Plugin)) {
    // SAFETY: as for `Sync` above, no other callback runs at the same time, and none calls this function from within `act`.
    if let Some(plugin) = unsafe { &mut *PLUGIN.0.get() } {
        act(plugin);
    }
}

/// QEMU's entry: reads the settings and asks for the callbacks. Anything but 0 makes QEMU refuse to start.
///
/// # Safety
///
/// QEMU calls it, once, with `argc` strings in `argv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_plugin_install(
    id: PluginId,
    _info: *const c_void,
    argc: c_int,
    argv: *const *const c_char,
) -> c_int {
    let arguments = (0..usize::try_from(argc).unwrap_or(0)).map(|index| {
        // SAFETY: QEMU passes `argc` valid strings.
        unsafe { CStr::from_ptr(*argv.add(index)) }.to_string_lossy().into_owned()
    });
    let path = arguments.rev().find_map(|argument| argument.strip_prefix("settings=").map(str::to_owned));
    let settings = path.ok_or_else(|| "no settings=FILE was given".to_owned()).and_then(|path| Settings::read(&path));
    let settings = match settings {
        Ok(settings) => settings,
        Err(message) => {
            eprintln!("peacrab's cycles plugin: {message}");
            return 1;
        }
    };
    let meter = settings.meter();
    COMPLETED.0.start();
    // SAFETY: no core runs yet, so nothing else uses the state.
    unsafe { *PLUGIN.0.get() = Some(Plugin { settings, meter }) };
    // SAFETY: the callbacks have the signatures that QEMU's header asks for, and `id` is this plugin's.
    unsafe {
        qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
        qemu_plugin_register_atexit_cb(id, exits, ptr::null_mut());
    }
    0
}

/// A block was translated: decodes it and asks to be called where it matters.
extern "C" fn translated(_id: PluginId, block: *mut TranslationBlock) {
    with_plugin(|plugin| {
        let instructions = instructions_of(block);
        let bytes: Vec<_> = instructions.iter().map(|instruction| (instruction.address, instruction.bytes())).collect();
        let (architecture, meter) = (plugin.settings.architecture, &plugin.meter);
        let is_marked = |address| meter.is_marked(address);
        let Some(counted) = Block::new(architecture, meter.core(), meter.memory(), &bytes, is_marked) else {
            eprintln!("peacrab's cycles plugin: a block of QEMU's has no instructions");
            return;
        };
        let (core, memory) = (meter.core(), meter.memory());
        let accesses = counted.instructions().map(|instruction| {
            memory.matters(core, instruction).then(|| memory.alignment_mask(core, instruction) as usize)
        });
        let accesses: Vec<Option<usize>> = accesses.collect();
        let marked: Vec<_> = counted.marked_steps().collect();
        let may_be_left_early = counted.may_be_left_early();
        let id = plugin.meter.add(counted);
        register(block, &instructions, id, &accesses, &marked, may_be_left_early);
    });
}

fn register(
    block: *mut TranslationBlock,
    instructions: &[Seen],
    id: usize,
    accesses: &[Option<usize>],
    marked: &[(usize, usize)],
    may_be_left_early: bool,
) {
    // SAFETY: block and instructions are QEMU's own and valid in this callback; the data is no pointer that anyone follows.
    unsafe {
        qemu_plugin_register_vcpu_tb_exec_cb(block, block_starts, NO_REGISTERS, pack(id, 0, 0));
        for (step, segment) in marked {
            let data = pack(id, *segment, 0);
            qemu_plugin_register_vcpu_insn_exec_cb(instructions[*step].handle, mark_reached, NO_REGISTERS, data);
        }
        for (step, (instruction, mask)) in instructions.iter().zip(accesses).enumerate() {
            if let Some(mask) = mask {
                let data = pack(id, step, *mask);
                qemu_plugin_register_vcpu_mem_cb(instruction.handle, accessed, NO_REGISTERS, LOADS_AND_STORES, data);
            }
        }
        if let Some(last) = instructions.last().filter(|_| may_be_left_early) {
            COMPLETED.0.count(last.handle);
        }
    }
}

extern "C" fn block_starts(vcpu: c_uint, data: *mut c_void) {
    let completed = COMPLETED.0.read(vcpu);
    with_plugin(|plugin| plugin.meter.block_starts(unpack(data).0, completed));
}

extern "C" fn mark_reached(_vcpu: c_uint, data: *mut c_void) {
    let (block, segment, _) = unpack(data);
    with_plugin(|plugin| plugin.meter.mark_reached(block, segment));
}

extern "C" fn accessed(_vcpu: c_uint, info: MemoryInfo, address: u64, data: *mut c_void) {
    let (block, step, mask) = unpack(data);
    with_plugin(|plugin| {
        if plugin.meter.memory().is_free(address as u32, mask as u32) {
            return;
        }
        // SAFETY: `info` is what QEMU passed to this callback.
        let (shift, is_store) = unsafe { (qemu_plugin_mem_size_shift(info), qemu_plugin_mem_is_store(info)) };
        plugin.meter.access(block, step, address as u32, 1 << shift, is_store);
    });
}

/// QEMU ends: writes the results, whole or not at all.
extern "C" fn exits(_id: PluginId, _data: *mut c_void) {
    with_plugin(|plugin| {
        let output = &plugin.settings.output;
        let temporary = output.with_extension("part");
        let written = std::fs::write(&temporary, results::text(&mut plugin.meter))
            .and_then(|()| std::fs::rename(&temporary, output));
        if let Err(error) = written {
            eprintln!("peacrab's cycles plugin: cannot write {}: {error}", output.display());
        }
    });
}

/// An instruction as QEMU shows it.
struct Seen {
    handle: *mut PluginInstruction,
    address: u32,
    data: [u8; INSTRUCTION_BYTES_MAX],
    length: usize,
}

impl Seen {
    fn bytes(&self) -> Vec<u8> {
        self.data[..self.length].to_vec()
    }
}

fn instructions_of(block: *mut TranslationBlock) -> Vec<Seen> {
    // SAFETY: the block is valid in this callback, and the index below its number of instructions.
    let handles = unsafe {
        (0..qemu_plugin_tb_n_insns(block)).map(|index| qemu_plugin_tb_get_insn(block, index)).collect::<Vec<_>>()
    };
    handles.into_iter().map(seen).collect()
}

fn seen(handle: *mut PluginInstruction) -> Seen {
    let mut data = [0; INSTRUCTION_BYTES_MAX];
    // SAFETY: the handle is valid in this callback.
    let (length, address) = unsafe { (copy_data(handle, &mut data), qemu_plugin_insn_vaddr(handle) as u32) };
    Seen { handle, address, data, length }
}

fn pack(block: usize, index: usize, mask: usize) -> *mut c_void {
    ptr::without_provenance_mut((block << INDEX_BITS | index) << MASK_BITS | mask)
}

fn unpack(data: *mut c_void) -> (usize, usize, usize) {
    let packed = data.addr();
    let (rest, mask) = (packed >> MASK_BITS, packed & ((1 << MASK_BITS) - 1));
    (rest >> INDEX_BITS, rest & ((1 << INDEX_BITS) - 1), mask)
}
