//! Costs by address to costs by function and by call stack.

use std::collections::{BTreeMap, HashMap};

use super::symbols::{SymbolError, Symbols};
use crate::emit::OperatorMetadata;
use crate::report::profile::{Cost, FunctionProfile, StackProfile};
use crate::target::cycles::{AddressCost, Counts};

/// What is outside of every operator.
const OVERHEAD: &str = "overhead";

/// Functions, the dearest first, and call stacks: the mean of all inferences.
pub fn costs(
    elf: &[u8],
    counts: &Counts,
    operators: &[OperatorMetadata],
) -> Result<(Vec<FunctionProfile>, Vec<StackProfile>), SymbolError> {
    let mut symbols = Symbols::read(elf)?;
    let mut functions: HashMap<String, HashMap<Option<usize>, Cost>> = HashMap::new();
    let mut stacks: BTreeMap<(Option<usize>, Vec<String>), Cost> = BTreeMap::new();
    for AddressCost { operator, address, cost } in &counts.addresses {
        let frames = symbols.frames(*address).to_vec();
        let function = frames.first().cloned().unwrap_or_default();
        add(functions.entry(function).or_default().entry(*operator).or_insert(none(*cost)), *cost);
        add(stacks.entry((*operator, frames)).or_insert(none(*cost)), *cost);
    }
    let inferences = counts.inferences.len().max(1) as u64;
    let mut functions: Vec<_> =
        functions.into_iter().map(|(name, by_operator)| function(name, &by_operator, inferences)).collect();
    functions.sort_by(|a, b| (key(b.cost), &a.name).cmp(&(key(a.cost), &b.name)));
    let stacks = stacks.into_iter().map(|((operator, frames), cost)| StackProfile {
        frames: [vec![first_frame(operator, operators)], frames].concat(),
        cost: divide(cost, inferences),
    });
    Ok((functions, stacks.collect()))
}

fn function(name: String, by_operator: &HashMap<Option<usize>, Cost>, inferences: u64) -> FunctionProfile {
    let mut costs = by_operator.values().copied();
    let first = costs.next().unwrap_or_default();
    let cost = costs.fold(first, Cost::plus);
    let dearest = by_operator.iter().max_by_key(|(operator, cost)| (key(**cost), **operator));
    FunctionProfile { name, cost: divide(cost, inferences), operator: dearest.and_then(|(operator, _)| *operator) }
}

fn first_frame(operator: Option<usize>, operators: &[OperatorMetadata]) -> String {
    let Some(index) = operator else { return OVERHEAD.to_owned() };
    operators.get(index).map_or_else(|| index.to_string(), |operator| format!("{index} {}", operator.name))
}

fn add(sum: &mut Cost, cost: Cost) {
    *sum = sum.plus(cost);
}

/// Nothing, with cycles where `like` has them.
fn none(like: Cost) -> Cost {
    like.minus(like)
}

fn divide(cost: Cost, by: u64) -> Cost {
    let rounded = |value: u64| (value + by / 2) / by;
    Cost { instructions: rounded(cost.instructions), cycles: cost.cycles.map(rounded) }
}

fn key(cost: Cost) -> (Option<u64>, u64) {
    (cost.cycles, cost.instructions)
}
