//! Who lives in the arena, where, and from which operator to which.

use peacrab_format::{Operator, Program};

use crate::report::profile::ArenaTenant;
use crate::simulate::Simulator;

/// Every tensor and every scratch of a program, by the time at which it moves in.
pub fn tenants(simulator: &Simulator<'_>) -> Vec<ArenaTenant> {
    let program = simulator.program();
    let names = names(simulator);
    let parts = &simulator.file().metadata.parts;
    // Parts of a tensor live as long as the whole.
    let wholes = (0..program.tensor_count()).filter(|&index| parts.iter().all(|part| part.tensor != index));
    let tensors = wholes.filter_map(|index| {
        let parts = parts.iter().filter(|part| part.whole == index).map(|part| part.tensor);
        let members: Vec<u32> = parts.chain([index]).map(|index| index as u32).collect();
        tensor(program, &members, names.get(index)?)
    });
    let scratch = (0..program.operator_count()).filter_map(|index| {
        let operator = program.operator(index)?;
        let name = simulator.file().metadata.operators.get(index)?.name.clone();
        (operator.scratch_bytes > 0).then(|| ArenaTenant {
            name: format!("scratch of {name}"),
            kind: "scratch",
            offset: operator.scratch_offset as u64,
            bytes: operator.scratch_bytes as u64,
            first_operator: index,
            last_operator: index,
        })
    });
    let mut tenants: Vec<ArenaTenant> = tensors.chain(scratch).collect();
    tenants.sort_by_key(|tenant| (tenant.first_operator, tenant.offset));
    tenants
}

/// The model's name of every tensor.
fn names(simulator: &Simulator<'_>) -> Vec<String> {
    let (program, metadata) = (simulator.program(), &simulator.file().metadata);
    let mut names: Vec<String> = (0..program.tensor_count()).map(|index| format!("tensor {index}")).collect();
    for (port, record) in metadata.inputs.iter().zip(program.inputs()) {
        if let Some(name) = names.get_mut(record.tensor as usize) {
            name.clone_from(&port.port.name);
        }
    }
    for operator in &metadata.operators {
        if let Some(name) = names.get_mut(operator.tensor) {
            name.clone_from(&operator.output);
        }
    }
    for part in metadata.parts.iter().rev() {
        // Names of parts are those of the whole, and their rows.
        let whole =
            names.get(part.tensor).and_then(|name| name.rsplit_once(", rows")).map(|(whole, _)| whole.to_owned());
        if let (Some(whole), Some(name)) = (whole, names.get_mut(part.whole)) {
            *name = whole;
        }
    }
    names
}

/// The last of `members`, the others of which are its parts.
fn tensor(program: &Program<'_>, members: &[u32], name: &str) -> Option<ArenaTenant> {
    let view = program.tensor(*members.last()?)?;
    let (first_operator, last_operator) = lifetime(program, members)?;
    Some(ArenaTenant {
        name: name.to_owned(),
        kind: "tensor",
        offset: view.offset as u64,
        bytes: view.elements as u64,
        first_operator,
        last_operator,
    })
}

/// From the operator that first makes one of some tensors, or the first one for an input, to the last that reads one; an output lives to the end.
fn lifetime(program: &Program<'_>, tensors: &[u32]) -> Option<(usize, usize)> {
    let count = program.operator_count();
    let operators = || (0..count).filter_map(|index| Some((index, program.operator(index)?)));
    let made = operators().find(|(_, operator)| tensors.contains(&operator.output)).map(|(index, _)| index);
    let is_input = program.inputs().iter().any(|port| tensors.contains(&port.tensor));
    let is_output = program.outputs().iter().any(|port| tensors.contains(&port.tensor));
    let reads = |operator: &Operator<'_>| operator.inputs.iter().any(|input| tensors.contains(input));
    let read = operators().filter(|(_, operator)| reads(operator)).map(|(index, _)| index).next_back();
    let first = if is_input { 0 } else { made? };
    let last = if is_output { count.checked_sub(1)? } else { read.or(made)? };
    Some((first, last))
}
