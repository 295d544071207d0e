//! Who lives in the arena, where, and from which operator to which.

use peacrab_format::Program;

use crate::report::profile::ArenaTenant;
use crate::simulate::Simulator;

/// Every tensor and every scratch of a program, by the time at which it moves in.
pub fn tenants(simulator: &Simulator<'_>) -> Vec<ArenaTenant> {
    let program = simulator.program();
    let names = names(simulator);
    let tensors = (0..program.tensor_count()).filter_map(|index| tensor(program, index, names.get(index)?));
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
    names
}

fn tensor(program: &Program<'_>, index: usize, name: &str) -> Option<ArenaTenant> {
    let view = program.tensor(index as u32)?;
    let (first_operator, last_operator) = lifetime(program, index as u32)?;
    Some(ArenaTenant {
        name: name.to_owned(),
        kind: "tensor",
        offset: view.offset as u64,
        bytes: view.elements as u64,
        first_operator,
        last_operator,
    })
}

/// From the operator that makes a tensor, or the first one for an input, to the last that reads it; an output lives to the end.
fn lifetime(program: &Program<'_>, tensor: u32) -> Option<(usize, usize)> {
    let count = program.operator_count();
    let operators = || (0..count).filter_map(|index| Some((index, program.operator(index)?)));
    let made = operators().find(|(_, operator)| operator.output == tensor).map(|(index, _)| index);
    let is_input = program.inputs().iter().any(|port| port.tensor == tensor);
    let is_output = program.outputs().iter().any(|port| port.tensor == tensor);
    let read =
        operators().filter(|(_, operator)| operator.inputs.contains(&tensor)).map(|(index, _)| index).next_back();
    let first = if is_input { 0 } else { made? };
    let last = if is_output { count.checked_sub(1)? } else { read.or(made)? };
    Some((first, last))
}
