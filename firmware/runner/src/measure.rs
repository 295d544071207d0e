//! One measured inference: the same code whether the host drives or the image stands alone.

use peacrab_frames::Failure;
use peacrab_runtime::{Observer, Session};

use crate::{Stop, counter, mark, telemetry};

/// Takes the time of every operator; costs one read of the counter per operator.
struct Stopwatch<'a> {
    marks: &'a mut [u32],
    last: u64,
}

impl Observer for Stopwatch<'_> {
    fn before_operator(&mut self, _index: usize) {
        mark::operator_start();
    }

    fn after_operator(&mut self, index: usize, _arena: &[u8]) {
        mark::operator_end();
        let now = counter::ticks();
        if let Some(mark) = self.marks.get_mut(index) {
            // A single operator of 2^32 ticks does not occur: that is minutes on any core.
            *mark = now.wrapping_sub(self.last) as u32;
        }
        self.last = now;
    }
}

/// Runs one inference on the inputs in the session; `marks` receives the ticks of each operator.
///
/// # Errors
///
/// The runtime could not run it.
#[inline(never)]
pub fn invoke(session: &mut Session<'_, '_, '_>, marks: &mut [u32]) -> Result<u64, Stop> {
    let start = counter::ticks();
    mark::inference_start();
    let result = session.invoke(&mut Stopwatch { marks, last: start });
    mark::inference_end();
    let ticks = counter::ticks().wrapping_sub(start);
    result.map(|()| ticks).map_err(|_| Stop::new(Failure::InvokeFailed))
}

/// Logs what the operators of the last inference cost.
pub fn report_operators(marks: &[u32]) {
    for (index, ticks) in marks.iter().enumerate() {
        telemetry::operator(index, *ticks);
    }
}
