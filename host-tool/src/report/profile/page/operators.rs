//! The page's chart of operators: a table with a bar in every row, and the shares of the kernels.

use crate::report::figures::{grouped, percent, printable, share, shorten, two_decimals};
use crate::report::profile::basis::{Basis, has_instructions, total_macs};
use crate::report::profile::grade::{Grade, times_best};
use crate::report::profile::{Cost, OperatorProfile, ProfileReport};

/// Kernels with a colour of their own; the rest is one.
const KERNELS_MAX: usize = 7;
/// Longer names, of more than two lines in a narrow column, are shortened in the middle.
const NAME_WIDTH_MAX: usize = 60;

/// All that the chart shows.
pub(super) struct OperatorChart {
    pub is_cycles: bool,
    pub has_instructions: bool,
    pub has_best: bool,
    pub rows: Vec<Row>,
    /// Overhead and total.
    pub sums: [Sum; 2],
    pub kernels: Vec<KernelShare>,
}

/// One operator.
pub(super) struct Row {
    pub index: usize,
    pub name: String,
    /// The name, perhaps shortened, in pieces between which a line may break.
    pub pieces: Vec<String>,
    pub kernel: String,
    pub amount: Figure,
    pub instructions: Figure,
    pub macs: Figure,
    pub per_mac: Option<Figure>,
    pub best: Option<String>,
    pub times: Option<Figure>,
    pub share: String,
    /// Length of the bar and place of the mark of the best, in percent of the longest bar.
    pub bar: String,
    pub mark: Option<String>,
    pub grade: &'static str,
}

/// A figure as text, and as a number to sort by.
pub(super) struct Figure {
    pub text: String,
    pub value: f64,
}

/// Overhead or total.
pub(super) struct Sum {
    pub word: &'static str,
    pub amount: String,
    pub instructions: String,
    pub macs: String,
    pub per_mac: String,
    pub share: String,
}

/// What a kernel takes of the inference.
pub(super) struct KernelShare {
    pub kernel: String,
    /// Number of its colour.
    pub colour: usize,
    pub share: String,
    pub left: String,
    pub width: String,
    pub title: String,
}

impl OperatorChart {
    pub fn of(report: &ProfileReport) -> Self {
        let basis = Basis::of(report);
        let best = |operator: &OperatorProfile| best_amount(operator, basis);
        let amounts = report.operators.iter().map(|operator| basis.operator(operator) as f64);
        let longest = amounts.chain(report.operators.iter().filter_map(best)).fold(1.0, f64::max);
        let macs = total_macs(report);
        let total = Cost { instructions: report.instructions, cycles: report.cycles };
        OperatorChart {
            is_cycles: basis.is_cycles(),
            has_instructions: has_instructions(report),
            has_best: report.operators.iter().any(|operator| best(operator).is_some()),
            rows: report.operators.iter().map(|operator| row(operator, basis, longest)).collect(),
            sums: [sum("Overhead", report.overhead, 0, basis), sum("Total", total, macs, basis)],
            kernels: kernels(report, basis),
        }
    }
}

/// What the operator would take at the core's best.
fn best_amount(operator: &OperatorProfile, basis: Basis) -> Option<f64> {
    times_best(operator, basis)?;
    Some(operator.best_cycles_per_mac? * operator.macs as f64)
}

fn row(operator: &OperatorProfile, basis: Basis, longest: f64) -> Row {
    let amount = basis.operator(operator);
    let figure = |value: u64| Figure { text: grouped(value), value: value as f64 };
    let best = best_amount(operator, basis);
    Row {
        index: operator.index,
        pieces: shorten(&printable(&operator.name), NAME_WIDTH_MAX)
            .split_inclusive(['/', ';'])
            .map(str::to_owned)
            .collect(),
        name: printable(&operator.name),
        kernel: printable(&operator.kernel),
        amount: figure(amount),
        instructions: figure(operator.instructions),
        macs: figure(operator.macs),
        per_mac: basis.per_mac(operator).map(|value| Figure { text: two_decimals(value), value }),
        best: operator.best_cycles_per_mac.filter(|_| best.is_some()).map(two_decimals),
        times: times_best(operator, basis).map(|value| Figure { text: format!("{value:.1}×"), value }),
        share: percent(basis.share(amount)),
        bar: percentage(amount as f64 / longest),
        mark: best.map(|best| percentage(best / longest)),
        grade: Grade::of(operator, basis).class(),
    }
}

fn sum(word: &'static str, cost: Cost, macs: u64, basis: Basis) -> Sum {
    let amount = basis.amount(cost);
    Sum {
        word,
        amount: grouped(amount),
        instructions: grouped(cost.instructions),
        macs: if macs == 0 { String::new() } else { grouped(macs) },
        per_mac: if macs == 0 { String::new() } else { two_decimals(share(amount, macs)) },
        share: percent(basis.share(amount)),
    }
}

/// The dearest kernels, the rest of them, and the overhead, one behind the other.
fn kernels(report: &ProfileReport, basis: Basis) -> Vec<KernelShare> {
    let mut sums: Vec<(String, u64, usize)> = Vec::new();
    for operator in &report.operators {
        let amount = basis.operator(operator);
        match sums.iter_mut().find(|(kernel, ..)| *kernel == operator.kernel) {
            Some((_, sum, count)) => (*sum, *count) = (*sum + amount, *count + 1),
            None => sums.push((operator.kernel.clone(), amount, 1)),
        }
    }
    sums.sort_by_key(|(_, amount, _)| std::cmp::Reverse(*amount));
    let rest = sums.split_off(sums.len().min(KERNELS_MAX));
    if !rest.is_empty() {
        let amount = rest.iter().map(|(_, amount, _)| amount).sum();
        let count = rest.iter().map(|(.., count)| count).sum();
        sums.push((format!("{} other kernels", rest.len()), amount, count));
    }
    sums.push(("overhead".to_owned(), basis.amount(report.overhead), 0));
    let last = sums.len() - 1;
    let mut left = 0.0;
    let place = |(colour, (kernel, amount, count)): (usize, (String, u64, usize))| {
        let width = basis.share(amount);
        let operators = if count == 1 { "1 operator".to_owned() } else { format!("{count} operators") };
        let of = if colour == last { "outside of the operators" } else { operators.as_str() };
        let share = KernelShare {
            title: format!("{}: {} {} ({}), {of}", printable(&kernel), grouped(amount), basis.unit(), percent(width)),
            kernel: printable(&kernel),
            colour: if colour == last { KERNELS_MAX + 1 } else { colour },
            share: percent(width),
            left: percentage(left),
            width: percentage(width),
        };
        left += width;
        share
    };
    sums.into_iter().enumerate().map(place).collect()
}

/// For the style sheet: never below nothing or above all.
pub(super) fn percentage(share: f64) -> String {
    format!("{:.3}%", 100.0 * if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::profile::sample::{sample_of, sample_report, sample_without_cycles};

    #[test]
    fn the_longest_bar_is_full_and_the_best_is_marked_to_the_same_scale() {
        let chart = OperatorChart::of(&sample_report());
        assert_eq!(chart.rows[2].bar, "100.000%");
        // 0.5 * 512,000 of 853,760.
        assert_eq!(chart.rows[2].mark.as_deref(), Some("29.985%"));
        let times = chart.rows[2].times.as_ref().map(|figure| figure.text.as_str());
        assert_eq!((times, chart.rows[2].grade), (Some("3.3×"), "fair"));
        assert_eq!((chart.rows[9].mark.as_deref(), chart.rows[9].per_mac.is_none()), (None, true));
        assert_eq!(chart.sums[1].share, "100.0 %");
    }

    #[test]
    fn nothing_is_best_in_instructions() {
        let chart = OperatorChart::of(&sample_without_cycles());
        assert!(!chart.has_best && !chart.is_cycles);
        assert!(chart.rows.iter().all(|row| row.mark.is_none() && row.best.is_none()));
    }

    #[test]
    fn kernels_fill_the_strip() {
        let kernels = OperatorChart::of(&sample_of(60)).kernels;
        let number = |text: &str| text.trim_end_matches('%').parse::<f64>().expect("a number");
        let end = kernels.last().map(|kernel| number(&kernel.left) + number(&kernel.width)).expect("kernels");
        assert!((end - 100.0).abs() < 0.01, "{end}");
        assert_eq!(kernels.last().expect("kernels").kernel, "overhead");
    }

    #[test]
    fn many_kernels_share_the_last_colour() {
        let mut report = sample_of(12);
        for operator in &mut report.operators {
            operator.kernel = format!("kernel_{}", operator.index);
        }
        let kernels = OperatorChart::of(&report).kernels;
        let colours: Vec<usize> = kernels.iter().map(|kernel| kernel.colour).collect();
        assert_eq!(colours, (0..9).collect::<Vec<_>>());
        assert_eq!(kernels[7].kernel, "5 other kernels");
    }
}
