//! What the plugin counted: its results file, read and checked.

use std::collections::BTreeMap;

use peacrab_cycles_model::Mark;

use super::CyclesError;
use crate::report::profile::Cost;

/// First line of the file.
const HEADER: &str = "peacrab-cycles 1";

/// What the plugin counted within the inferences of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In order.
    pub inferences: Vec<InferenceCost>,
    /// By operator and address, over all inferences.
    pub addresses: Vec<AddressCost>,
    /// Addresses of instructions that ran and have no timing: they are counted as one cycle each.
    pub unknown: Vec<u64>,
}

/// One inference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InferenceCost {
    /// From its first mark to its last.
    pub total: Cost,
    /// In order.
    pub operators: Vec<Cost>,
}

impl InferenceCost {
    /// What lies outside of the operators.
    #[must_use]
    pub fn overhead(&self) -> Cost {
        self.operators.iter().fold(self.total, |rest, operator| rest.minus(*operator))
    }
}

/// One instruction of the image, in one operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressCost {
    /// `None` in the overhead.
    pub operator: Option<usize>,
    /// Of the instruction.
    pub address: u64,
    /// How often it ran, and its cycles.
    pub cost: Cost,
}

/// Reads the file's text; cycles are left out where the core has no model.
pub fn parse(text: &str, has_model: bool) -> Result<Counts, CyclesError> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(damaged("it does not begin with its header"));
    }
    let mut reader = Reader { has_model, ..Reader::default() };
    for line in lines {
        if reader.is_complete {
            return Err(damaged("lines follow its end"));
        }
        reader.line(line)?;
    }
    reader.counts()
}

fn damaged(what: &str) -> CyclesError {
    CyclesError::Damaged { what: what.to_owned() }
}

#[derive(Default)]
struct Reader {
    has_model: bool,
    counts: Counts,
    inference: Option<(Cost, InferenceCost)>,
    operator: Option<Cost>,
    lost: u64,
    is_complete: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), CyclesError> {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |index: usize| words.get(index).and_then(|word| word.parse::<u64>().ok());
        let read = match (words.first().copied(), words.len()) {
            (Some("event"), 4) => self.event(number(1), number(2), number(3)),
            (Some("address"), 5) => {
                let operator = if words.get(1) == Some(&"-") { Some(None) } else { number(1).map(Some) };
                self.address(operator, [number(2), number(3), number(4)])
            }
            (Some("unknown"), 2) => number(1).map(|address| self.counts.unknown.push(address)),
            (Some("lost"), 2) => number(1).map(|times| self.lost = times),
            (Some("end"), 1) => {
                self.is_complete = true;
                Some(())
            }
            _ => None,
        };
        read.ok_or_else(|| damaged(&format!("the line `{line}` is not understood")))
    }

    fn cost(&self, instructions: u64, cycles: u64) -> Cost {
        Cost { instructions, cycles: self.has_model.then_some(cycles) }
    }

    fn event(&mut self, kind: Option<u64>, instructions: Option<u64>, cycles: Option<u64>) -> Option<()> {
        let mark = Mark::from_number(u32::try_from(kind?).ok()?)?;
        let now = self.cost(instructions?, cycles?);
        match mark {
            Mark::InferenceStart if self.inference.is_none() => self.inference = Some((now, InferenceCost::default())),
            Mark::OperatorStart if self.inference.is_some() && self.operator.is_none() => self.operator = Some(now),
            Mark::OperatorEnd => {
                let cost = now.minus(self.operator.take()?);
                self.inference.as_mut()?.1.operators.push(cost);
            }
            Mark::InferenceEnd if self.operator.is_none() => {
                let (start, inference) = self.inference.take()?;
                self.counts.inferences.push(InferenceCost { total: now.minus(start), ..inference });
            }
            _ => return None,
        }
        Some(())
    }

    fn address(&mut self, operator: Option<Option<u64>>, numbers: [Option<u64>; 3]) -> Option<()> {
        let [address, instructions, cycles] = numbers;
        let operator = operator?.map(|operator| operator as usize);
        let cost = self.cost(instructions?, cycles?);
        self.counts.addresses.push(AddressCost { operator, address: address?, cost });
        Some(())
    }

    /// The counts, if they are complete and agree: what the addresses of an operator sum up to is what lies between its marks.
    fn counts(self) -> Result<Counts, CyclesError> {
        if !self.is_complete {
            return Err(damaged("its end is missing"));
        }
        if self.lost > 0 {
            return Err(CyclesError::Lost { times: self.lost });
        }
        if by_mark(&self.counts.inferences) != by_address(&self.counts.addresses) {
            return Err(damaged("the sums over the addresses are not the sums between the marks"));
        }
        Ok(self.counts)
    }
}

/// Instructions and cycles of the overhead (`None`) and of every operator that has any.
type Sums = BTreeMap<Option<usize>, (u64, u64)>;

fn by_mark(inferences: &[InferenceCost]) -> Sums {
    let mut sums = Sums::new();
    for inference in inferences {
        add(&mut sums, None, inference.overhead());
        for (index, cost) in inference.operators.iter().enumerate() {
            add(&mut sums, Some(index), *cost);
        }
    }
    sums
}

fn by_address(addresses: &[AddressCost]) -> Sums {
    let mut sums = Sums::new();
    for address in addresses {
        add(&mut sums, address.operator, address.cost);
    }
    sums
}

fn add(sums: &mut Sums, operator: Option<usize>, cost: Cost) {
    let cycles = cost.cycles.unwrap_or(0);
    if (cost.instructions, cycles) != (0, 0) {
        let sum = sums.entry(operator).or_default();
        *sum = (sum.0 + cost.instructions, sum.1 + cycles);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "peacrab-cycles 1\nevent 1 100 200\nevent 3 110 215\nevent 4 150 300\nevent 2 155 310\n\
                        address - 4096 15 25\naddress 0 8192 40 85\nlost 0\nend\n";

    #[test]
    fn operators_and_overhead_make_the_total() {
        let counts = parse(GOOD, true).expect("good");
        let [inference] = counts.inferences.as_slice() else { panic!("one inference") };
        assert_eq!(inference.total, Cost { instructions: 55, cycles: Some(110) });
        assert_eq!(inference.operators, [Cost { instructions: 40, cycles: Some(85) }]);
        assert_eq!(inference.overhead(), Cost { instructions: 15, cycles: Some(25) });
        assert_eq!(counts.addresses[1].operator, Some(0));
    }

    #[test]
    fn a_core_without_a_model_has_no_cycles() {
        let text = GOOD.replace(" 200", " 0").replace(" 215", " 0").replace(" 300", " 0").replace(" 310", " 0");
        let counts = parse(&text.replace("15 25", "15 0").replace("40 85", "40 0"), false).expect("good");
        assert_eq!(counts.inferences[0].total, Cost { instructions: 55, cycles: None });
    }

    #[test]
    fn what_is_cut_off_or_does_not_agree_is_refused() {
        let mut shorter = GOOD.to_owned();
        while shorter.pop().is_some() {
            if !shorter.ends_with("end") {
                assert!(parse(&shorter, true).is_err(), "{shorter}");
            }
        }
        for (from, to) in [
            ("4096 15", "4096 16"),
            ("15 25", "15 26"),
            ("address 0 8192", "address 1 8192"),
            ("event 4", "event 3"),
            ("event 2", "event 5"),
            ("lost 0", "lost 1"),
            ("event 1 100", "event 1 x"),
            ("lost 0\nend", "end\nlost 0"),
        ] {
            assert!(GOOD.contains(from));
            assert!(parse(&GOOD.replace(from, to), true).is_err(), "{to}");
        }
    }
}
