//! Tensors that share memory change no result: every operator of a program gives what it gives where each tensor and each scratch space
//! has memory of its own, whatever the arena held before.

use std::path::Path;

use peacrab::convert::{ConvertError, Converted};
use peacrab::emit::{ProgramFile, emit};
use peacrab::evaluate::data::Dtype;
use peacrab::graph::fixed::FixedOp;
use peacrab::plan::{Optimize, PLACE_ALIGNMENT, Plan};
use peacrab_format::Target;
use peacrab_hostile::Rng;
use peacrab_kernels::Overlap;
use peacrab_runtime::{LoadError, Model, Observer, Problem, Session};
use peacrab_tests::programs::{converted, converted_within, graphs};
use peacrab_tests::{Slimming, announce, benchmarks, examples, random};
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
    for (tensor, view) in graph.tensors.iter().enumerate().filter_map(|(id, tensor)| Some((id, tensor.view?))) {
        plan.tensor_offsets[tensor] = plan.tensor_offsets[view.tensor] + view.offset;
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
    let mut outputs = Outputs(&model, Vec::new());
    run(program, seed, &mut outputs);
    outputs.1
}

/// One inference in an arena of random bytes; returns the model's outputs.
fn run(program: &[u8], seed: u64, observer: &mut impl Observer) -> Vec<Vec<i8>> {
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
    session.invoke(observer).expect("an inference");
    (0..model.output_count()).map(|index| session.output(index).expect("an output").to_vec()).collect()
}

/// The outputs of one inference.
fn outputs(program: &[u8], seed: u64) -> Vec<Vec<i8>> {
    run(program, seed, &mut ())
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
            let converted = model.converted(&graph, target, optimize, CALIBRATION_SAMPLES, Slimming::On);
            let converted = converted.unwrap_or_else(|error| panic!("{error:#}"));
            let [arena, bound] = compare(&model.name, &converted, 2);
            let name = target.name();
            announce(&format!("{} for {name}, {optimize:?}: arena {arena} bytes, lower bound {bound}", model.name));
        }
    }
}

/// The model in less and less memory, down to the least there is; how many programs in bands there are.
fn compare_bands(name: &str, convert: impl Fn(Option<usize>) -> Result<Converted, ConvertError>, seed: u64) -> usize {
    let whole = convert(None).expect("a model that converts");
    let (mut limit, mut count) = (whole.plan.arena_bytes - PLACE_ALIGNMENT, 0);
    loop {
        let banded = match convert(Some(limit)) {
            Ok(banded) => banded,
            Err(ConvertError::RamLimit { smallest, .. }) => {
                assert!(smallest > limit && convert(Some(smallest)).is_ok(), "{name}: {smallest} bytes are not enough");
                return count;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        assert!(banded.plan.arena_bytes <= limit, "{name}");
        count += usize::from(banded.bands.is_some());
        compare(name, &banded, seed);
        assert_eq!(outputs(&banded.bytes, seed), outputs(&whole.bytes, seed), "{name}: {:?}", banded.bands);
        limit = banded.plan.arena_bytes - banded.plan.arena_bytes / 8 - PLACE_ALIGNMENT;
    }
}

#[test]
fn bands_of_rows_give_the_same() {
    let mut banded = 0;
    for seed in 0..150 {
        let graph = random::graph(seed);
        let convert = |limit| converted_within(&graph, Target::Armv7em, Optimize::Ram, Dtype::F32, limit);
        banded += compare_bands(&graph.name, convert, seed);
    }
    assert!(banded > 50, "{banded} programs in bands are too few to say anything");
}

#[test]
fn an_output_nearer_than_its_kernel_allows_is_refused() {
    let mut refused = 0;
    for seed in 0..60 {
        let graph = random::graph(seed);
        let converted = converted(&graph, Target::Armv7em, Optimize::Ram, Dtype::F32).expect("a model that converts");
        for (index, step) in converted.plan.steps.iter().enumerate() {
            let node = &converted.fixed.nodes[step.node];
            let (&[input], Overlap::Before(lead)) = (node.inputs.as_slice(), step.overlap) else { continue };
            let mut plan = converted.plan.clone();
            // Everything else is far away.
            let bytes = converted.fixed.tensors[input].elements().max(converted.fixed.tensors[node.output].elements());
            plan.tensor_offsets[input] = plan.arena_bytes + bytes;
            plan.arena_bytes += 3 * bytes;
            let load = |plan: &Plan| {
                let bytes = emit(&converted.fixed, plan, &converted.metadata);
                let file = ProgramFile::from_bytes(Path::new("overlap"), &bytes).expect("a sound program");
                Model::load_for_any_core(file.device_part()).map(|_| ())
            };
            plan.tensor_offsets[node.output] = plan.tensor_offsets[input] - lead.min(bytes);
            assert_eq!(load(&plan), Ok(()));
            plan.tensor_offsets[node.output] += 1;
            let output_bytes = converted.fixed.tensors[node.output].elements();
            if lead <= output_bytes && output_bytes > 1 {
                let index = index as u16;
                assert_eq!(load(&plan), Err(LoadError::Operator { index, problem: Problem::Overlap }));
                refused += 1;
            }
        }
    }
    assert!(refused > 50, "{refused} programs are too few to say anything");
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
