//! How much work a program is: a hostile one may well be valid and take years.

use peacrab_format::{Conv2dRecord, CopyRecord, KernelId, MaxPool2dRecord, Operator, Program, WindowRecord};

/// Multiply-accumulates and moved elements, of one inference.
const WORK_MAX: u64 = 1 << 21;
/// Bytes of arena.
const ARENA_BYTES_MAX: usize = 256 << 10;

/// Whether one inference is quick enough to be tried.
pub fn is_affordable(program: &Program) -> bool {
    let operators = (0..program.operator_count()).filter_map(|index| program.operator(index));
    let work = operators.fold(0u64, |sum, operator| sum.saturating_add(work(program, &operator)));
    program.arena_bytes() <= ARENA_BYTES_MAX && work <= WORK_MAX
}

fn work(program: &Program, operator: &Operator) -> u64 {
    let elements = |tensor: u32| program.tensor(tensor).map_or(0, |tensor| tensor.elements as u64);
    let moved: u64 = operator.inputs.iter().map(|&input| elements(input)).fold(0, u64::saturating_add);
    moved.saturating_add(elements(operator.output).saturating_mul(per_output(program, operator)))
}

/// Work for each element of the output.
fn per_output(program: &Program, operator: &Operator) -> u64 {
    let channels =
        program.tensor(operator.inputs.first().copied().unwrap_or(0)).map_or(1, |tensor| tensor.shape[3] as u64);
    let area = |window: &WindowRecord| u64::from(window.filter[0]).saturating_mul(window.filter[1].into());
    match operator.kernel {
        KernelId::Conv2d
        | KernelId::Conv2dRowQuad
        | KernelId::Conv2dBand
        | KernelId::Conv2dWinograd2x2
        | KernelId::Conv2dWinograd4x4 => {
            let record: Option<&Conv2dRecord> = record(operator);
            record.map_or(1, |record| area(&record.window).saturating_mul(channels / u64::from(record.groups).max(1)))
        }
        KernelId::DepthwiseConv2d | KernelId::DepthwiseTaps3x3 => {
            record(operator).map_or(1, |record: &Conv2dRecord| area(&record.window))
        }
        KernelId::Dense | KernelId::DenseRowQuad | KernelId::DenseChains => channels,
        KernelId::MaxPool2d | KernelId::AveragePool2d => {
            let bytes = operator.parameters.get(..size_of::<MaxPool2dRecord>()).unwrap_or_default();
            bytemuck::try_from_bytes::<MaxPool2dRecord>(bytes).map_or(1, |record| area(&record.window))
        }
        KernelId::Copy => record(operator).map_or(1, |record: &CopyRecord| {
            record.extent.iter().fold(1, |product: u64, &extent| product.saturating_mul(extent.into()))
        }),
        _ => 1,
    }
}

fn record<'p, T: bytemuck::Pod>(operator: &Operator<'p>) -> Option<&'p T> {
    bytemuck::try_from_bytes(operator.parameters).ok()
}
