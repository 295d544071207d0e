//! What changed between two sets of figures, and whether that is allowed.

use std::fmt;

use super::figures::{Bench, Row};

/// Largest change that passes, as a share.
const TOLERANCE: f64 = 0.01;

/// Every figure that changed.
#[derive(Debug, Default, PartialEq)]
pub struct Differences {
    /// A line each; `true` where it is a failure.
    lines: Vec<(bool, String)>,
    compared: usize,
}

impl Differences {
    /// Whether any change is more than is allowed.
    pub fn fails(&self) -> bool {
        self.lines.iter().any(|(fails, _)| *fails)
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fails, line) in &self.lines {
            writeln!(f, "bench: {}{line}", if *fails { "FAILED: " } else { "" })?;
        }
        let failed = self.lines.iter().filter(|(fails, _)| *fails).count();
        writeln!(f, "bench: {} figures compared, {failed} changed by more than 1 %", self.compared)
    }
}

/// Compares what is in both; what only the old ones have was not measured here.
pub fn differences(old: &Bench, new: &Bench) -> Differences {
    let mut found = Differences::default();
    for row in &new.rows {
        let Some(before) = old.rows.iter().find(|before| before.is_of(row)) else {
            found.lines.push((false, format!("{} on {} is new", row.model, row.board)));
            continue;
        };
        let compilers = [old, new].map(|bench| bench.compilers.get(&row.target));
        compare(before, row, compilers[0] == compilers[1], &mut found);
    }
    let measured = |row: &&Row| new.rows.iter().any(|other| other.model == row.model);
    for lost in old.rows.iter().filter(measured).filter(|row| !new.rows.iter().any(|other| other.is_of(row))) {
        found.lines.push((true, format!("{} no longer fits {}", lost.model, lost.board)));
    }
    found
}

fn compare(before: &Row, now: &Row, same_compiler: bool, found: &mut Differences) {
    for ((name, old), (_, new)) in before.figures().into_iter().zip(now.figures()) {
        found.compared += 1;
        if old == new {
            continue;
        }
        let change = match (old, new) {
            (Some(old), Some(new)) => (new as f64 - old as f64) / (old.max(1)) as f64,
            _ => f64::INFINITY,
        };
        let text = |figure: Option<u64>| figure.map_or_else(|| "none".to_owned(), |figure| figure.to_string());
        let compiler = if same_compiler { "" } else { ", with another compiler" };
        let line = format!(
            "{} on {}: {name} {} -> {} ({:+.2} %{compiler})",
            now.model,
            now.board,
            text(old),
            text(new),
            change * 100.0
        );
        found.lines.push((same_compiler && change.abs() > TOLERANCE, line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench(instructions: u64, compiler: &str) -> Bench {
        let row = Row {
            model: "m".into(),
            board: "b".into(),
            core: "c".into(),
            target: "t".into(),
            macs: 1,
            instructions,
            cycles: None,
            cycles_wait_5: None,
            arena_bytes: 10,
            stack_bytes: 20,
            flash_bytes: 30,
        };
        Bench { compilers: [("t".to_owned(), compiler.to_owned())].into(), rows: vec![row] }
    }

    #[test]
    fn more_than_one_per_cent_fails_with_the_same_compiler_alone() {
        assert!(!differences(&bench(1000, "1"), &bench(1010, "1")).fails());
        assert!(differences(&bench(1000, "1"), &bench(1011, "1")).fails());
        assert!(differences(&bench(1000, "1"), &bench(989, "1")).fails());
        let other = differences(&bench(1000, "1"), &bench(2000, "2"));
        assert!(!other.fails());
        assert!(other.to_string().contains("1000 -> 2000 (+100.00 %, with another compiler)"), "{other}");
    }

    #[test]
    fn a_model_that_no_longer_fits_fails_and_one_that_is_not_here_does_not() {
        let mut two = bench(1000, "1");
        two.rows.push(Row { board: "second".into(), ..two.rows[0].clone() });
        assert!(differences(&two, &bench(1000, "1")).fails());
        two.rows[1].model = "elsewhere".into();
        assert!(!differences(&two, &bench(1000, "1")).fails());
    }
}
