//! Cycles of single layers on every kernel.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::{Context as _, anyhow};
use peacrab::emit::{self, ProgramFile};
use peacrab::evaluate::data::Dtype;
use peacrab::plan::Optimize;
use peacrab::plan::cost::Features;
use peacrab::plan::trial::{Trial, trials};
use peacrab::target::cycles::count_on_board;
use peacrab::target::{Board, RunOptions};
use peacrab_format::{KernelId, Target};
use peacrab_tests::explain;
use peacrab_tests::programs::converted;

use super::shapes::Shape;

const BOARD: &str = "qemu-mps2-an386";

/// Bytes of scratch that each kernel is measured with, as far as it makes use of them.
const BUDGETS: [usize; 4] = [0, 3 << 10, 8 << 10, 24 << 10];

/// A layer on a kernel.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// Which layer.
    pub shape: Shape,
    /// Which kernel.
    pub kernel: KernelId,
    /// With how much scratch.
    pub scratch_bytes: usize,
    /// What the kernel does.
    pub features: Features,
    /// Modelled cycles, no wait states.
    pub cycles: u64,
}

/// Every shape on every kernel, on as many threads as there are cores.
pub fn all(shapes: &[Shape]) -> anyhow::Result<Vec<Measurement>> {
    let board = Board::find(BOARD).map_err(|error| anyhow!("{}", explain(&error)))?;
    let (next, measured) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(shape) = shapes.get(next.fetch_add(1, Relaxed)) {
                    let result = measure(shape, &board);
                    if let Ok(mut measured) = measured.lock() {
                        measured.push(result);
                    }
                }
            });
        }
    });
    let measured = measured.into_inner().map_err(|_| anyhow!("a thread panicked"))?;
    let mut all: Vec<Measurement> = measured.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat();
    all.sort_by(|a, b| {
        let key = |measurement: &Measurement| {
            (measurement.shape.name(), measurement.kernel.number(), measurement.scratch_bytes)
        };
        key(a).cmp(&key(b))
    });
    Ok(all)
}

fn measure(shape: &Shape, board: &Board) -> anyhow::Result<Vec<Measurement>> {
    let converted = converted(&shape.graph(), Target::Armv7em, Optimize::Balanced, Dtype::F32)?;
    let mut measured = Vec::new();
    for trial in trials(&converted.fixed, Target::Armv7em, &BUDGETS) {
        let mut metadata = emit::metadata(&converted.fixed, &trial.plan);
        metadata.sample.clone_from(&converted.metadata.sample);
        let bytes = emit::emit(&converted.fixed, &trial.plan, &metadata);
        let file = ProgramFile::from_bytes("trial.pea".as_ref(), &bytes).with_context(|| shape.name())?;
        let cycles = cycles(board, &file).with_context(|| format!("{} on {}", shape.name(), trial.kernel.name()))?;
        let Trial { kernel, scratch_bytes, features, .. } = trial;
        measured.push(Measurement { shape: shape.clone(), kernel, scratch_bytes, features, cycles });
    }
    println!("calibrate: {:40} {} trials", shape.name(), measured.len());
    Ok(measured)
}

/// Of the program's only operator.
fn cycles(board: &Board, file: &ProgramFile) -> anyhow::Result<u64> {
    let inputs = [file.metadata.sample.clone()];
    let counted = count_on_board(board, file.device_part(), &inputs, RunOptions::default(), &mut |_| ())
        .map_err(|error| anyhow!("{}", explain(&error)))?;
    let inference = counted.counts.inferences.first().context("no inference")?;
    inference.operators.first().and_then(|operator| operator.cycles).context("no cycles of the operator")
}
