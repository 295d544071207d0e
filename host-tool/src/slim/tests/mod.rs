//! Slimmed graphs against the graphs they were made of, run by the kernels.

mod random;
mod rules;
mod sketch;

use std::path::Path;

use super::slim;
use crate::emit::{ProgramFile, emit, metadata};
use crate::graph::fixed::FixedGraph;
use crate::plan::{Optimize, plan};
use crate::simulate::Simulator;
use peacrab_format::Target;

/// The outputs of a graph for each of the samples, which are one vector for each input.
fn run(graph: &FixedGraph, samples: &[Vec<Vec<i8>>]) -> Vec<Vec<Vec<i8>>> {
    let plan = plan(graph, Target::Portable, Optimize::Speed);
    let bytes = emit(graph, &plan, &metadata(graph, &plan));
    let file = ProgramFile::from_bytes(Path::new("made up"), &bytes).expect("the program is whole");
    let simulator = Simulator::new(&file).expect("the program loads");
    samples.iter().map(|sample| simulator.run(sample, &mut ()).expect("the program runs")).collect()
}

/// Slims a graph; its outputs must stay the same for random and for extreme inputs, and slimming must find nothing more afterwards.
fn slimmed(graph: &FixedGraph, seed: u64) -> FixedGraph {
    let (slim_graph, _) = slim(graph);
    let samples = sketch::samples(graph, seed);
    assert_eq!(run(&slim_graph, &samples), run(graph, &samples), "the outputs of\n{graph:#?}\nand\n{slim_graph:#?}");
    let (again, _) = slim(&slim_graph);
    assert_eq!(again.nodes, slim_graph.nodes, "slimming a slim graph");
    slim_graph
}

/// Channels of every tensor that an operator computes, in order.
fn channels(graph: &FixedGraph) -> Vec<usize> {
    graph.nodes.iter().map(|node| graph.tensors[node.output].shape[3]).collect()
}
