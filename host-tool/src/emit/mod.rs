//! Fixed-point graph and plan to the bytes of a program (`.pea`).
//!
//! The layout is that of `peacrab_format`; `docs/program-format.md` draws it.

mod data;
mod metadata;
mod parameters;
mod read;

use bytemuck::{Zeroable, bytes_of, cast_slice};
use peacrab_format::{
    ALIGNMENT, Conversion, Header, MAGIC, OperatorRecord, PortRecord, RawElement, TensorRecord, VERSION, checksum,
    checksum_of_program,
};

use crate::graph::fixed::{self, FixedGraph, FixedPort};
use crate::plan::Plan;
use data::Data;
pub use metadata::{Metadata, OperatorMetadata, PartMetadata, PortMetadata, metadata};
pub use read::{ProgramFile, ReadError};

/// Writes the program: device part, then metadata.
pub fn emit(graph: &FixedGraph, plan: &Plan, metadata: &Metadata) -> Vec<u8> {
    let mut data = Data::new(device_tables_bytes(graph, plan));
    let tensors = tensor_records(graph, plan);
    let operators: Vec<OperatorRecord> =
        plan.steps.iter().map(|step| parameters::operator(graph, step, &mut data)).collect();
    let inputs: Vec<PortRecord> = graph.inputs.iter().map(|port| port_record(port, &mut data)).collect();
    let outputs: Vec<PortRecord> = graph.outputs.iter().map(|port| port_record(port, &mut data)).collect();

    let metadata = metadata.to_bytes();
    let mut header = header(&tensors, &operators, &inputs, &outputs);
    header.target = plan.target.number();
    header.arena_bytes = plan.arena_bytes as u32;
    header.metadata_bytes = metadata.len() as u32;
    header.metadata_checksum = checksum(&metadata);

    let tables = [cast_slice(&tensors), cast_slice(&operators), cast_slice(&inputs), cast_slice(&outputs)].concat();
    let mut bytes = [bytes_of(&header), &tables, &data.into_bytes()].concat();
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    let device_bytes = bytes.len() as u32;
    seal(&mut bytes, device_bytes);
    bytes.extend_from_slice(&metadata);
    bytes
}

/// Writes the device part's size and checksum into its header.
fn seal(device_part: &mut [u8], device_bytes: u32) {
    use std::mem::offset_of;
    let mut put = |offset: usize, value: u32| device_part[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    put(offset_of!(Header, device_bytes), device_bytes);
    let sum = checksum_of_program(device_part);
    device_part[offset_of!(Header, checksum)..][..4].copy_from_slice(&sum.to_le_bytes());
}

fn device_tables_bytes(graph: &FixedGraph, plan: &Plan) -> usize {
    size_of::<Header>()
        + graph.tensors.len() * size_of::<TensorRecord>()
        + plan.steps.len() * size_of::<OperatorRecord>()
        + (graph.inputs.len() + graph.outputs.len()) * size_of::<PortRecord>()
}

fn tensor_records(graph: &FixedGraph, plan: &Plan) -> Vec<TensorRecord> {
    let places = graph.tensors.iter().zip(&plan.tensor_offsets);
    places
        .map(|(tensor, &offset)| TensorRecord {
            shape: tensor.shape.map(|extent| extent as u32),
            offset: offset as u32,
            zero_point: tensor.quant.zero_point,
        })
        .collect()
}

fn port_record(port: &FixedPort, data: &mut Data) -> PortRecord {
    let tensor = port.tensor as u32;
    let Some(conversion) = &port.conversion else { return PortRecord { tensor, ..PortRecord::zeroed() } };
    let factors: Vec<Conversion> =
        conversion.factors.iter().map(|&(multiplier, bias)| Conversion { multiplier, bias }).collect();
    PortRecord {
        tensor,
        raw_element: conversion.raw.map_or(0, |raw| raw_element(raw) as u32),
        conversion_count: factors.len() as u32,
        conversions: data.words(&factors),
        shift: conversion.shift,
    }
}

fn raw_element(raw: fixed::RawElement) -> RawElement {
    match raw {
        fixed::RawElement::U8 => RawElement::U8,
        fixed::RawElement::I8 => RawElement::I8,
        fixed::RawElement::I16 => RawElement::I16,
    }
}

fn header(
    tensors: &[TensorRecord],
    operators: &[OperatorRecord],
    inputs: &[PortRecord],
    outputs: &[PortRecord],
) -> Header {
    let mut end = size_of::<Header>() as u32;
    let mut table = |bytes: usize| {
        let start = end;
        end += bytes as u32;
        start
    };
    Header {
        magic: MAGIC,
        version: VERSION,
        header_bytes: size_of::<Header>() as u16,
        tensor_count: tensors.len() as u32,
        tensors: table(size_of_val(tensors)),
        operator_count: operators.len() as u32,
        operators: table(size_of_val(operators)),
        input_count: inputs.len() as u32,
        inputs: table(size_of_val(inputs)),
        output_count: outputs.len() as u32,
        outputs: table(size_of_val(outputs)),
        ..Header::zeroed()
    }
}
