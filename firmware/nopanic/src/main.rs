//! An image whose panic handler calls a function that does not exist. The linker leaves out what cannot be reached; so the image
//! links if, and only if, the compiler can tell that nothing here panics, whatever the program, the sample and the arena hold.
//!
//! It is built by `tests/no_panic.rs`, once more with the feature `deliberate-panic`, which must not link.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use peacrab_runtime::{Model, Observer, Session};

unsafe extern "C" {
    fn a_panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    // SAFETY: never called: the function does not exist, so an image that calls it does not link.
    unsafe { a_panic_is_reachable() }
}

/// Loads, writes, invokes and reads, with nothing known about any of the bytes.
#[unsafe(no_mangle)]
extern "C" fn start() -> i32 {
    infer(black_box(&[]), black_box(&mut [])).unwrap_or(-1)
}

fn infer(program: &[u8], arena: &mut [u8]) -> Option<i32> {
    let model = Model::load(program).map_err(|error| black_box(error.code())).ok()?;
    let any_core = Model::load_for_any_core(program).ok()?;
    black_box((any_core.arena_bytes(), model.operator_count(), model.output_count()));
    let mut session = Session::new(&model, arena).ok()?;
    for input in 0..model.input_count() {
        black_box(session.write_u8(input, black_box(&[])).is_ok());
        black_box(session.write_i8(input, black_box(&[])).is_ok());
        black_box(session.write_i16(input, black_box(&[])).is_ok());
        session.input_mut(input)?.fill(black_box(0));
    }
    session.invoke(&mut Watch).ok()?;
    let best = session.best(black_box(0))?;
    black_box(session.output(black_box(0))?);
    deliberate();
    session.score(black_box(0), best.label)
}

/// A profiler's hooks stay in the image.
struct Watch;

impl Observer for Watch {
    fn before_operator(&mut self, index: usize) {
        black_box(index);
    }

    fn after_operator(&mut self, index: usize, arena: &[u8]) {
        black_box((index, arena));
    }
}

#[cfg(feature = "deliberate-panic")]
fn deliberate() {
    black_box(black_box(&[1u8][..])[black_box(1)]);
}

#[cfg(not(feature = "deliberate-panic"))]
fn deliberate() {}
