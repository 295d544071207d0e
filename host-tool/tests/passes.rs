//! Every model in the repository through the passes: they compute what they did, and keep only transposes that move data for a
//! reason.

use std::path::{Path, PathBuf};

use peacrab::graph::execute::run;
use peacrab::graph::float::{Graph, Op};
use peacrab::graph::print::text;
use peacrab::graph::shape::elements;
use peacrab::import::load;
use peacrab::passes::layout::moved_elements;
use peacrab::passes::prepare;

/// Fixtures that really move data, each in one place: channel shuffles, pixels gathered into channels, and an output that is a
/// flattened NCHW tensor.
const TRANSPOSING: [&str; 7] = [
    "channel_shuffle",
    "graph_constant_nodes",
    "pixels_into_depth",
    "torch_shuffle_dynamo_opset18",
    "torch_shuffle_dynamo_opset20",
    "torch_shuffle_torchscript_opset13",
    "torch_shuffle_torchscript_opset17",
];

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let fixtures = std::fs::read_dir(root.join("tests/fixtures/onnx")).unwrap();
    let examples = std::fs::read_dir(root.join("models")).unwrap();
    let mut models: Vec<PathBuf> = fixtures.map(|entry| entry.unwrap().path()).collect();
    models.extend(examples.map(|entry| entry.unwrap().path().join("model.onnx")));
    models.retain(|path| path.extension().is_some_and(|extension| extension == "onnx") && path.is_file());
    models.sort();
    models
}

/// One sample with values in `[-2, 2)`, the same on every run.
fn sample(graph: &Graph) -> Vec<Vec<f32>> {
    let mut state = 1u32;
    let mut value = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        (state >> 8) as f32 / (1 << 22) as f32 - 2.0
    };
    graph.inputs.iter().map(|port| (0..elements(&port.model_shape)).map(|_| value()).collect()).collect()
}

/// Largest difference of the outputs, relative to the largest magnitude of each.
fn difference(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    let of_output = |(a, b): (&Vec<f32>, &Vec<f32>)| {
        assert_eq!(a.len(), b.len());
        let size = a.iter().fold(1e-3f32, |max, x| max.max(x.abs()));
        a.iter().zip(b).fold(0f32, |max, (a, b)| max.max((a - b).abs())) / size
    };
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(of_output).fold(0.0, f32::max)
}

#[test]
fn every_model_computes_the_same_with_fewer_transposes() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for path in models() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // What does not import is the importer's to test.
        let Ok(graph) = load(&path) else { continue };
        let prepared = prepare(&graph).unwrap();
        let inputs = sample(&graph);
        let difference = difference(&run(&graph, &inputs).unwrap(), &run(&prepared, &inputs).unwrap());
        let transposes = prepared.nodes.iter().filter(|node| matches!(node.op, Op::Transpose { .. })).count();
        let allowed = usize::from(TRANSPOSING.contains(&name.as_str()));
        let means = prepared.nodes.iter().any(|node| matches!(node.op, Op::Mean { .. }));
        if difference > 1e-4 || transposes != allowed || moved_elements(&prepared) > moved_elements(&graph) || means {
            wrong.push(format!("{name}: differs by {difference}, {transposes} transposes\n{}", text(&prepared)));
        }
        checked += 1;
    }
    assert!(wrong.is_empty(), "{} of {checked} models:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 300, "only {checked} models imported");
}
