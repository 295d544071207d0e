//! Tensors that share memory change no result: every operator of a program gives what it gives where each tensor and each scratch space
//! has memory of its own, whatever the arena held before.

use std::path::Path;

use peacrab::convert::Converted;
use peacrab::emit::{ProgramFile, emit};
use peacrab::evaluate::data::Dtype;
use peacrab::graph::fixed::FixedOp;
use peacrab::plan::{Optimize, PLACE_ALIGNMENT};
use peacrab_format::Target;
use peacrab_hostile::Rng;
use peacrab_runtime::{Model, Observer, Session};
use peacrab_tests::programs::{converted, graphs};
use peacrab_tests::{announce, benchmarks, examples, random};
use proptest::prelude::*;

const EVERY: [(Target, Optimize); 3] =
    [(Target::Portable, Optimize::Speed), (Target::Armv7em, Optimize::Speed), (Target::Armv7em, Optimize::Ram)];

/// Samples that a model's ranges are taken from.
const CALIBRATION_SAMPLES: usize = 4;

/// The program with memory of its own for every tensor and every scratch space.
fn apart(converted: &Converted) -> Vec<u8> {
    let (graph, mut plan) = (&converted.fixed, converted.plan.clone());
    let mut end = 0;
    let mut place = |bytes: usize| {
        let start = end;
        end += bytes.next_multiple_of(PLACE_ALIGNMENT);
        start
    };
    for (offset, tensor) in plan.tensor_offsets.iter_mut().zip(&graph.tensors) {
        *offset = place(tensor.elements());
    }
    for step in &mut plan.steps {
        step.scratch_offset = place(step.scratch_bytes);
    }
    // A reshape is no operator: its output is its input.
    for node in graph.nodes.iter().filter(|node| node.op == FixedOp::Reshape) {
        plan.tensor_offsets[node.output] = plan.tensor_offsets[node.inputs[0]];
    }
    plan.arena_bytes = end;
    emit(graph, &plan, &converted.metadata)
}

/// The outputs of all operators, one after the other, of one inference in an arena of random bytes.
fn operator_outputs(program: &[u8], seed: u64) -> Vec<Vec<u8>> {
    struct Outputs<'a>(&'a Model<'a>, Vec<Vec<u8>>);
    impl Observer for Outputs<'_> {
        fn after_operator(&mut self, index: usize, arena: &[u8]) {
            let program = self.0.program();
            let operator = program.operator(index).expect("an operator that ran");
            let tensor = program.tensor(operator.output).expect("its output");
            self.1.push(arena[tensor.offset..][..tensor.elements].to_vec());
        }
    }
    let file = ProgramFile::from_bytes(Path::new("overlap"), program).expect("a sound program");
    let model = Model::load_for_any_core(file.device_part()).expect("a program that loads");
    let mut arena = peacrab::aligned::AlignedBytes::zeroed(model.arena_bytes());
    let mut poison = Rng::new(!seed);
    arena.iter_mut().for_each(|byte| *byte = poison.bits() as u8);
    let mut session = Session::new(&model, &mut arena).expect("an arena that is large enough");
    let mut rng = Rng::new(seed);
    for index in 0..model.input_count() {
        let input = session.input_mut(index).expect("an input");
        input.iter_mut().for_each(|element| *element = rng.bits() as i8);
    }
    let mut outputs = Outputs(&model, Vec::new());
    session.invoke(&mut outputs).expect("an inference");
    outputs.1
}

/// Compares both forms of a program; returns the bytes of both arenas.
fn compare(name: &str, converted: &Converted, seed: u64) -> [usize; 2] {
    let apart = apart(converted);
    let (found, expected) = (operator_outputs(&converted.bytes, seed), operator_outputs(&apart, seed));
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let differs = found.iter().zip(expected).position(|(found, expected)| found != expected);
        assert_eq!(differs, None, "{name}: operator {index} of {:?}", converted.plan.steps[index].kernel);
    }
    let plan = &converted.plan;
    assert!(plan.arena_bound <= plan.arena_bytes, "{name}: the bound is none");
    [plan.arena_bytes, plan.arena_bound]
}

#[test]
fn small_models_give_the_same_where_tensors_overlap() {
    for graph in graphs() {
        for (target, optimize) in EVERY {
            let converted = converted(&graph, target, optimize, Dtype::F32).expect("a model that converts");
            compare(&graph.name, &converted, 1);
        }
    }
}

#[test]
fn models_give_the_same_where_tensors_overlap() {
    let mut models = examples().expect("the repository's models are readable");
    match benchmarks() {
        Ok(benchmarks) => models.extend(benchmarks),
        Err(why) => announce(&format!("SKIPPED: overlaps in the benchmarks: {why}")),
    }
    for model in models {
        let graph = model.graph().unwrap_or_else(|error| panic!("{error:#}"));
        for (target, optimize) in EVERY {
            let converted = model.converted(&graph, target, optimize, CALIBRATION_SAMPLES);
            let converted = converted.unwrap_or_else(|error| panic!("{error:#}"));
            let [arena, bound] = compare(&model.name, &converted, 2);
            let name = target.name();
            announce(&format!("{} for {name}, {optimize:?}: arena {arena} bytes, lower bound {bound}", model.name));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_models_give_the_same_where_tensors_overlap(seed: u64) {
        let graph = random::graph(seed);
        for (target, optimize) in EVERY {
            let converted = converted(&graph, target, optimize, Dtype::F32).expect("a model that converts");
            compare(&graph.name, &converted, seed);
        }
    }
}
