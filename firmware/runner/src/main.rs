//! The runner: boots a core, finds the program appended to the image, runs it and reports what it cost.
//!
//! `docs/runner.md` has the memory map, the frames and the telemetry.
#![no_std]
#![no_main]

mod boot;
mod counter;
#[cfg(feature = "host-driven")]
mod host_driven;
mod image;
mod mark;
mod measure;
mod memory;
mod stand_alone;
mod telemetry;
mod transport;

// Linked for its critical section, whatever else the board uses of it.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use image::Image;
use peacrab_frames::Failure;
use peacrab_runtime::{Model, Session};
#[cfg(target_arch = "riscv32")]
use riscv as _;
use transport::Mode;

/// Why the runner gives up.
pub struct Stop {
    failure: Failure,
    detail: u32,
}

impl Stop {
    const fn new(failure: Failure) -> Self {
        Self { failure, detail: 0 }
    }
}

/// Called by the start-up code, once, on an initialized core.
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    match run() {
        Ok(()) => transport::exit(true),
        Err(stop) => give_up(stop.failure, stop.detail),
    }
}

/// Tells the host why, and stops.
fn give_up(failure: Failure, detail: u32) -> ! {
    telemetry::failed(failure, detail);
    transport::exit(false)
}

fn run() -> Result<(), Stop> {
    let image = Image::find(memory::appended_flash());
    let stand_alone = matches!(image, Ok(Image { sample: Some(_), .. }));
    transport::open(if stand_alone { Mode::StandAlone } else { Mode::HostDriven });
    counter::start();
    // SAFETY: start() runs once and is the only caller; nothing else takes this memory.
    let ram = unsafe { memory::free_ram() };
    let arena_bytes_used = run_program(&image?, ram)?;
    let (stack_bytes_used, stack_bytes) = memory::stack_bytes_used();
    telemetry::memory(arena_bytes_used, stack_bytes_used, stack_bytes);
    Ok(())
}

/// Runs the program with `ram` as its arena; gives the bytes of the arena that it wrote.
fn run_program(image: &Image, ram: &mut [u8]) -> Result<usize, Stop> {
    let model = load(image.program)?;
    telemetry::start(&telemetry::Start {
        arena_bytes: model.arena_bytes(),
        ram_bytes_free: ram.len(),
        operator_count: model.operator_count(),
    });
    let too_small = Stop { failure: Failure::ArenaTooSmall, detail: ram.len() as u32 };
    let (arena, marks) = split_marks(ram, model.operator_count()).ok_or(too_small)?;
    let too_small = Stop { failure: Failure::ArenaTooSmall, detail: arena.len() as u32 };
    let mut session = Session::new(&model, arena).map_err(|_| too_small)?;
    match &image.sample {
        Some(sample) => stand_alone::run(&mut session, marks, sample)?,
        #[cfg(feature = "host-driven")]
        None => host_driven::serve(&mut session, marks)?,
        #[cfg(not(feature = "host-driven"))]
        None => return Err(Stop::new(Failure::SampleRefused)),
    }
    Ok(memory::bytes_touched(arena))
}

/// Checks the program. Its stack is free again before the inferences: inlined, it would stay.
#[inline(never)]
fn load(program: &[u8]) -> Result<Model<'_>, Stop> {
    Model::load(program).map_err(|error| Stop { failure: Failure::ProgramRefused, detail: error.code().into() })
}

/// Cuts one mark per operator off the end of the RAM; the arena stays aligned at its start.
fn split_marks(ram: &mut [u8], operator_count: usize) -> Option<(&mut [u8], &mut [u32])> {
    let marks_bytes = operator_count.checked_mul(size_of::<u32>())?;
    let arena_bytes = ram.len().checked_sub(marks_bytes)? & !(size_of::<u32>() - 1);
    let (arena, rest) = ram.split_at_mut_checked(arena_bytes)?;
    let marks = bytemuck::try_cast_slice_mut(rest.get_mut(..marks_bytes)?).ok()?;
    Some((arena, marks))
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    give_up(Failure::Panicked, 0)
}
