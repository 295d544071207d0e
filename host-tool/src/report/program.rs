//! What a program consists of and needs, as JSON and as a table.

use std::fmt;

use peacrab_format::Header;
use serde::Serialize;

use super::table::{align_right, plain_table, to_text};

use crate::convert::{Bands, Converted};
use crate::emit::{OperatorMetadata, PortMetadata};
use crate::slim::SlimReport;

/// A converted model.
#[derive(Debug, Clone, Serialize)]
pub struct ProgramReport {
    /// Name of the model.
    pub model: String,
    /// Board it was packed for, if any.
    pub board: Option<String>,
    /// Core the weights are packed for.
    pub target: &'static str,
    /// The observer that chose the ranges.
    pub observer: String,
    /// Number of calibration samples.
    pub calibration_samples: usize,
    /// Inputs.
    pub inputs: Vec<PortMetadata>,
    /// Outputs.
    pub outputs: Vec<PortMetadata>,
    /// Operators.
    pub operators: Vec<OperatorMetadata>,
    /// Multiply-accumulates of one inference.
    pub macs: u64,
    /// Size of the arena.
    pub arena_bytes: usize,
    /// Bytes below which no placement of these operators' tensors and scratch can be.
    pub arena_bound: usize,
    /// How the first layers are cut to save memory, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bands: Option<Bands>,
    /// Size of the program in flash.
    pub program_bytes: usize,
    /// Where most of the arena is live.
    pub peak: Peak,
    /// What slimming took away; `None` where it was not asked for.
    pub slimming: Option<SlimReport>,
}

/// The operator at which most of the arena is live.
#[derive(Debug, Clone, Serialize)]
pub struct Peak {
    /// Its index.
    pub operator: usize,
    /// Its name.
    pub name: String,
    /// Bytes live.
    pub bytes: usize,
}

/// Gathers the figures of a conversion.
pub fn program_report(converted: &Converted) -> ProgramReport {
    let metadata = &converted.metadata;
    let (operator, bytes) = converted.plan.peak;
    let name = metadata.operators.get(operator).map_or_else(String::new, |operator| operator.name.clone());
    ProgramReport {
        model: metadata.model.clone(),
        board: metadata.board.clone(),
        target: converted.plan.target.name(),
        observer: metadata.observer.clone(),
        calibration_samples: metadata.calibration_samples,
        inputs: metadata.inputs.clone(),
        outputs: metadata.outputs.clone(),
        macs: metadata.operators.iter().map(|operator| operator.macs).sum(),
        operators: metadata.operators.clone(),
        arena_bytes: converted.plan.arena_bytes,
        arena_bound: converted.plan.arena_bound,
        bands: converted.bands,
        program_bytes: device_bytes(&converted.bytes),
        peak: Peak { operator, name, bytes },
        slimming: converted.slimming.clone(),
    }
}

fn device_bytes(program: &[u8]) -> usize {
    let header = program.get(..size_of::<Header>()).map(bytemuck::pod_read_unaligned::<Header>);
    header.map_or(0, |header| header.device_bytes as usize)
}

impl fmt::Display for ProgramReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = plain_table(&["#", "operator", "kernel", "output", "MACs"]);
        for (index, operator) in self.operators.iter().enumerate() {
            table.add_row([
                index.to_string(),
                operator.name.clone(),
                operator.kernel.clone(),
                shape_text(operator.shape),
                operator.macs.to_string(),
            ]);
        }
        align_right(&mut table, [0, 4]);
        f.write_str(&to_text(&table))?;
        for (word, ports) in [("input", &self.inputs), ("output", &self.outputs)] {
            for port in ports {
                writeln!(f, "{word} {}", port_text(port))?;
            }
        }
        writeln!(
            f,
            "packed for {}; ranges by {} over {} samples",
            self.target, self.observer, self.calibration_samples
        )?;
        writeln!(
            f,
            "{} MACs, program {} bytes of flash, arena {} bytes of RAM, lower bound {}",
            self.macs, self.program_bytes, self.arena_bytes, self.arena_bound
        )?;
        if let Some(Bands { layers, bands, extra_macs }) = self.bands {
            let percent = 100.0 * extra_macs as f64 / (self.macs - extra_macs).max(1) as f64;
            writeln!(
                f,
                "first {layers} layers in {bands} bands of rows: {extra_macs} MACs twice, {percent:.1} % more"
            )?;
        }
        write!(f, "peak at operator {} `{}`: {} bytes live", self.peak.operator, self.peak.name, self.peak.bytes)?;
        self.slimming.iter().try_for_each(|slimming| write!(f, "\n{slimming}"))
    }
}

/// `1x24x24x8`.
pub fn shape_text(shape: [usize; 4]) -> String {
    shape.map(|extent| extent.to_string()).join("x")
}

fn port_text(port: &PortMetadata) -> String {
    let shape: Vec<String> = port.tensor_shape.iter().map(usize::to_string).collect();
    let mut text =
        format!("`{}` {}, real = {:.6} * (q - {})", port.port.name, shape.join("x"), port.scale, port.zero_point);
    if port.port.permutation.iter().enumerate().any(|(to, &from)| to != from) {
        text += &format!(", axes {:?} of the model's {:?}", port.port.permutation, port.port.model_shape);
    }
    if port.port.normalization.is_some() {
        text += ", normalization folded in";
    }
    text
}
