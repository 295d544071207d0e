//! How far an operator is from the best that its core allows, in three grades.

use super::OperatorProfile;
use super::basis::Basis;

/// Up to this many times the best, an operator is near it: what hand-written kernels reach, since loads and stores are not in the best.
pub(super) const NEAR_MAX: f64 = 2.5;
/// Up to this many times the best, an operator is some way off; beyond, far.
pub(super) const OFF_MAX: f64 = 5.0;
/// From this share on, an operator without a best is worth a look.
pub(super) const NOTABLE_MIN: f64 = 0.10;
/// From this share on, it is what the inference is about.
pub(super) const DOMINANT_MIN: f64 = 0.25;

/// The colour of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// Near the best, or a small share.
    Good,
    /// Between.
    Fair,
    /// Far from the best, or a large share.
    Poor,
}

impl Grade {
    /// By the distance from the best, or by share where there is none.
    pub fn of(operator: &OperatorProfile, basis: Basis) -> Self {
        match times_best(operator, basis) {
            Some(times) if times <= NEAR_MAX => Grade::Good,
            Some(times) if times <= OFF_MAX => Grade::Fair,
            Some(_) => Grade::Poor,
            None => Grade::of_share(basis.share(basis.operator(operator))),
        }
    }

    fn of_share(share: f64) -> Self {
        match share {
            share if share < NOTABLE_MIN => Grade::Good,
            share if share < DOMINANT_MIN => Grade::Fair,
            _ => Grade::Poor,
        }
    }

    /// Its name in the page's style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Grade::Good => "good",
            Grade::Fair => "fair",
            Grade::Poor => "poor",
        }
    }
}

/// How many times the best an operator takes: `None` where the core has no cycles, or the operator no best.
pub(super) fn times_best(operator: &OperatorProfile, basis: Basis) -> Option<f64> {
    let best = operator.best_cycles_per_mac.filter(|&best| basis.is_cycles() && best > 0.0)?;
    Some(basis.per_mac(operator)? / best)
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample_report;
    use super::*;

    #[test]
    fn the_distance_from_the_best_decides_and_else_the_share() {
        let report = sample_report();
        let basis = Basis::of(&report);
        let mut operator = report.operators[0].clone();
        let mut grade = |times: f64| {
            operator.best_cycles_per_mac = Some(0.5);
            operator.macs = 1_000_000;
            operator.cycles = Some((times * 500_000.0) as u64);
            Grade::of(&operator, basis)
        };
        assert_eq!(
            [1.0, 2.5, 2.6, 5.0, 5.1].map(&mut grade),
            [Grade::Good, Grade::Good, Grade::Fair, Grade::Fair, Grade::Poor]
        );
        operator.best_cycles_per_mac = None;
        let mut grade = |share: f64| {
            operator.cycles = Some((share * basis.total as f64) as u64);
            Grade::of(&operator, basis)
        };
        assert_eq!([0.05, 0.2, 0.3].map(&mut grade), [Grade::Good, Grade::Fair, Grade::Poor]);
    }

    #[test]
    fn instructions_have_no_best() {
        let mut report = sample_report();
        report.cycles = None;
        assert_eq!(times_best(&report.operators[0], Basis::of(&report)), None);
    }
}
