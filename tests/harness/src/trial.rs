//! One program, loaded and run under observation.

use std::ops::Range;

use peacrab_format::{Program, RawElement};
use peacrab_runtime::{LoadError, Model, Observer, Session};

use crate::{Rng, is_affordable};

/// What a trial came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The loader refused it.
    Refused(LoadError),
    /// It loaded, and is too much work to run.
    TooLarge,
    /// It loaded and ran.
    Ran,
}

/// Bytes before and after the arena; a multiple of 16.
const GUARD_BYTES: usize = 64;
const CANARY: u8 = 0xa5;

/// Loads a program and runs one inference on random inputs.
///
/// # Panics
/// Whatever the runtime does that it must not: a panic, an inference that fails, a write outside the memory that an operator may
/// write to.
pub fn trial(bytes: &[u8], seed: u64) -> Outcome {
    let mut copy = Blocks::new(bytes.len());
    copy.bytes()[..bytes.len()].copy_from_slice(bytes);
    let model = match Model::load_for_any_core(&copy.bytes()[..bytes.len()]) {
        Ok(model) => model,
        Err(error) => return Outcome::Refused(error),
    };
    if !is_affordable(model.program()) {
        return Outcome::TooLarge;
    }
    let mut memory = Blocks::new(model.arena_bytes() + 2 * GUARD_BYTES);
    let memory = &mut memory.bytes()[..model.arena_bytes() + 2 * GUARD_BYTES];
    memory.fill(CANARY);
    infer(&model, &mut memory[GUARD_BYTES..][..model.arena_bytes()], &mut Rng::new(seed));
    let (before, rest) = memory.split_at(GUARD_BYTES);
    let after = &rest[model.arena_bytes()..];
    assert!(before.iter().chain(after).all(|&byte| byte == CANARY), "a write outside the arena");
    Outcome::Ran
}

fn infer(model: &Model, arena: &mut [u8], rng: &mut Rng) {
    arena.iter_mut().for_each(|byte| *byte = rng.bits() as u8);
    let mut watch = Watch { program: model.program(), before: arena.to_vec() };
    let mut session = Session::new(model, arena).expect("an arena of the size that the model names");
    for index in 0..model.input_count() {
        write(&mut session, model.program(), index, rng);
    }
    for index in 0..model.input_count() {
        let input = session.input_mut(index).expect("a loaded model's input");
        let port = model.program().inputs()[index].tensor;
        let range = range_of(model.program(), port);
        watch.before[range].copy_from_slice(bytemuck::cast_slice(input));
    }
    session.invoke(&mut watch).expect("a loaded model runs");
    for index in 0..model.output_count() {
        let length = session.output(index).expect("a loaded model's output").len();
        assert!(session.best(index).is_some_and(|best| best.label < length));
        session.score(index, length);
        session.score(index, rng.below(length));
    }
}

/// Fills an input, through the program's own conversion where it has one.
fn write(session: &mut Session, program: &Program, index: usize, rng: &mut Rng) {
    let port = program.inputs()[index];
    let length = range_of(program, port.tensor).len();
    let sample: Vec<u64> = (0..length).map(|_| rng.bits()).collect();
    let is_convertible = port.conversion_count > 0;
    let written = match port.raw_element {
        raw if raw == RawElement::U8 as u32 => {
            session.write_u8(index, &sample.iter().map(|&bits| bits as u8).collect::<Vec<_>>())
        }
        raw if raw == RawElement::I8 as u32 => {
            session.write_i8(index, &sample.iter().map(|&bits| bits as i8).collect::<Vec<_>>())
        }
        raw if raw == RawElement::I16 as u32 => {
            session.write_i16(index, &sample.iter().map(|&bits| bits as i16).collect::<Vec<_>>())
        }
        _ => return,
    };
    assert_eq!(written.is_ok(), is_convertible, "{written:?}");
}

/// Sees to it that an operator writes to its output and its scratch space and nowhere else.
struct Watch<'p> {
    program: &'p Program<'p>,
    before: Vec<u8>,
}

impl Observer for Watch<'_> {
    fn after_operator(&mut self, index: usize, arena: &[u8]) {
        let operator = self.program.operator(index).expect("an operator that ran");
        let scratch = operator.scratch_offset..operator.scratch_offset + operator.scratch_bytes;
        for range in [range_of(self.program, operator.output), scratch] {
            self.before[range.clone()].copy_from_slice(&arena[range]);
        }
        assert!(
            self.before == arena,
            "operator {index} ({}) writes to memory that is not its own",
            operator.kernel.name()
        );
    }
}

fn range_of(program: &Program, tensor: u32) -> Range<usize> {
    let tensor = program.tensor(tensor).expect("a loaded program's tensor");
    tensor.offset..tensor.offset + tensor.elements
}

/// Memory that starts at a multiple of 16.
struct Blocks(Vec<u128>);

impl Blocks {
    fn new(bytes: usize) -> Self {
        Blocks(vec![0; bytes.div_ceil(size_of::<u128>())])
    }

    fn bytes(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}
