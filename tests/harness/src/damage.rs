//! Changes to a program that keep it worth loading: they hit the words that mean something, and the length and the checksum are repaired.

use std::mem::offset_of;
use std::ops::Range;

use peacrab_format::{
    ALIGNMENT, Header, KernelId, MAGIC, OperatorRecord, PortRecord, TensorRecord, VERSION, checksum_of_program,
};

use crate::Rng;

/// Bytes of one word; every field that means something is one, or half of one.
const WORD: usize = 4;

/// Repairs what would end a trial before it began: magic, version, length and checksum. Bytes behind the last whole 16 are cut off.
pub fn seal(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() - bytes.len() % ALIGNMENT);
    if bytes.len() < size_of::<Header>() {
        return;
    }
    let device_bytes = bytes.len() as u32;
    bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    bytes[offset_of!(Header, version)..][..2].copy_from_slice(&VERSION.to_le_bytes());
    bytes[offset_of!(Header, header_bytes)..][..2].copy_from_slice(&(size_of::<Header>() as u16).to_le_bytes());
    put(bytes, offset_of!(Header, device_bytes), device_bytes);
    let sum = checksum_of_program(bytes);
    put(bytes, offset_of!(Header, checksum), sum);
}

/// Changes one thing about a program; [`seal`] it afterwards.
pub fn damage(bytes: &mut [u8], rng: &mut Rng) {
    if bytes.len() < size_of::<Header>() {
        return;
    }
    let tables = Tables::of(bytes);
    match rng.below(16) {
        0..=5 => change(bytes, &tables.any(rng), rng),
        6..=10 => change(bytes, &tables.parameters(bytes, rng), rng),
        11 => rename(bytes, &tables, rng),
        12 => change_kernel(bytes, &tables, rng),
        13 => copy_word(bytes, &tables, rng),
        14 => change(bytes, &(0..bytes.len()), rng),
        _ => {
            let index = rng.below(bytes.len());
            bytes[index] = rng.bits() as u8;
        }
    }
}

/// Where a program says that its tables are.
struct Tables {
    tensors: Range<usize>,
    operators: Range<usize>,
    ports: Range<usize>,
}

impl Tables {
    fn of(bytes: &[u8]) -> Self {
        let header: Header = bytemuck::pod_read_unaligned(&bytes[..size_of::<Header>()]);
        let range = |offset: u32, count: u32, size: usize| {
            let start = (offset as usize).min(bytes.len());
            start..start.saturating_add((count as usize).saturating_mul(size)).min(bytes.len())
        };
        let ports = header.input_count.saturating_add(header.output_count);
        Tables {
            tensors: range(header.tensors, header.tensor_count, size_of::<TensorRecord>()),
            operators: range(header.operators, header.operator_count, size_of::<OperatorRecord>()),
            ports: range(header.inputs, ports, size_of::<PortRecord>()),
        }
    }

    fn any(&self, rng: &mut Rng) -> Range<usize> {
        let header = 0..size_of::<Header>();
        match rng.below(8) {
            0 => header,
            1..=3 => self.tensors.clone(),
            4..=6 => self.operators.clone(),
            _ => self.ports.clone(),
        }
    }

    /// The parameters of one operator, or its operands.
    fn parameters(&self, bytes: &[u8], rng: &mut Rng) -> Range<usize> {
        let Some(record) = self.operator(rng).and_then(|range| bytes.get(range)) else { return 0..0 };
        let record: OperatorRecord = bytemuck::pod_read_unaligned(record);
        let (start, length) = match rng.below(5) {
            0 => (record.operands, WORD * (usize::from(record.input_count) + 1)),
            _ => (record.parameters, record.parameter_bytes as usize),
        };
        let start = (start as usize).min(bytes.len());
        start..start.saturating_add(length).min(bytes.len())
    }

    fn operator(&self, rng: &mut Rng) -> Option<Range<usize>> {
        let size = size_of::<OperatorRecord>();
        let count = self.operators.len() / size;
        let start = self.operators.start + size * rng.below(count);
        (count > 0).then_some(start..start + size)
    }
}

/// Gives one word of a range another value.
fn change(bytes: &mut [u8], range: &Range<usize>, rng: &mut Rng) {
    let Some(position) = word_in(range, rng) else { return };
    let value = another(word(bytes, position), bytes.len(), rng);
    put(bytes, position, value);
}

/// A value near the old one, or one of those at which arithmetic goes wrong.
fn another(old: u32, length: usize, rng: &mut Rng) -> u32 {
    match rng.below(8) {
        0 => old.wrapping_add(1),
        1 => old.wrapping_sub(1),
        2 => old ^ 1 << rng.below(32),
        3 => rng.below(9) as u32,
        4 => rng.one_of([16, 31, 32, 64, 127, 128, 255, 256, 1024, 65_535, 65_536, 1 << 24, 0x7f00_0000]),
        5 => rng.one_of([i32::MIN, i32::MAX, -1, -128, -129, -16, i32::MIN + 1, 1 << 30]) as u32,
        6 => (rng.below(length / WORD + 2) * WORD) as u32,
        _ => rng.bits() as u32 >> rng.below(32),
    }
}

/// Gives every table word and parameter of one value another, the same for all: shapes that still fit each other.
fn rename(bytes: &mut [u8], tables: &Tables, rng: &mut Rng) {
    let Some(position) = word_in(&tables.tensors, rng) else { return };
    let (old, new) = (word(bytes, position), another(word(bytes, position), bytes.len(), rng));
    let parameters = tables.parameters(bytes, rng);
    for range in [tables.tensors.clone(), parameters] {
        for position in range.step_by(WORD).filter(|position| position + WORD <= bytes.len()).collect::<Vec<_>>() {
            if word(bytes, position) == old {
                put(bytes, position, new);
            }
        }
    }
}

/// Hands one operator to another kernel, with its parameters.
fn change_kernel(bytes: &mut [u8], tables: &Tables, rng: &mut Rng) {
    let Some(operator) = tables.operator(rng).filter(|range| range.end <= bytes.len()) else { return };
    let kernel = KernelId::ALL[rng.below(KernelId::ALL.len())];
    bytes[operator.start..][..2].copy_from_slice(&kernel.number().to_le_bytes());
}

fn copy_word(bytes: &mut [u8], tables: &Tables, rng: &mut Rng) {
    let (source, target) = (tables.any(rng), tables.any(rng));
    if let (Some(source), Some(target)) = (word_in(&source, rng), word_in(&target, rng)) {
        put(bytes, target, word(bytes, source));
    }
}

fn word_in(range: &Range<usize>, rng: &mut Rng) -> Option<usize> {
    let count = range.len() / WORD;
    (count > 0).then(|| range.start + WORD * rng.below(count))
}

fn word(bytes: &[u8], position: usize) -> u32 {
    bytemuck::pod_read_unaligned(&bytes[position..position + WORD])
}

fn put(bytes: &mut [u8], position: usize, value: u32) {
    bytes[position..position + WORD].copy_from_slice(&value.to_le_bytes());
}
