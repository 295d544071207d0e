//! Reads a handwritten digit: everything that a firmware needs to run a model, on a Cortex-M4 in QEMU.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use peacrab_runtime::{Arena, Best, Model, Session, include_program};
use semihosting::{println, process};

/// The program, in flash. A path relative to this file does as well: `include_program!("../digits.pea")`.
static PROGRAM: &[u8] = include_program!(concat!(env!("OUT_DIR"), "/model.pea"));

/// What a camera would give: 28 x 28 grey values, black is 0. The program quantizes them on the core, without a float.
static SAMPLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sample.raw"));

#[entry]
fn main() -> ! {
    // The model's working memory. `peacrab convert` prints how many bytes a model needs; too few are an error, not a crash.
    static mut ARENA: Arena<{ 32 * 1024 }> = Arena::new();

    match classify(PROGRAM, ARENA.bytes(), SAMPLE) {
        Ok(best) => {
            // A score is a real number in Q16.16: 65536 is 1.
            println!("label {}, score {} / 65536", best.label, best.score.unwrap_or_default());
            process::exit(0)
        }
        Err(what) => {
            println!("{what}");
            process::exit(1)
        }
    }
}

/// Checks the program, gives it memory, and runs it. A firmware in a loop repeats only the last three steps.
fn classify(program: &[u8], arena: &mut [u8], pixels: &[u8]) -> Result<Best, &'static str> {
    let model = Model::load(program).map_err(|_| "the program cannot run on this core")?;
    let mut session = Session::new(&model, arena).map_err(|_| "the arena is too small")?;
    session.write_u8(0, pixels).map_err(|_| "the sample does not fit the model")?;
    session.invoke(&mut ()).map_err(|_| "the inference failed")?;
    session.best(0).ok_or("the model has no output")
}

/// The runtime has no panic in it; this one is for the code around it.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    process::exit(2)
}
