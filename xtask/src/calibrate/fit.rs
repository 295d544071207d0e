//! Costs of parts from measured wholes: least squares of relative errors, no cost below 0.

use std::collections::BTreeMap;

use peacrab::plan::cost::Features;

/// Rounds of coordinate descent: enough for costs to stand still.
const ROUNDS: usize = 20_000;

/// The cycles of each part that make the squares of the relative errors smallest.
pub fn fit(samples: &[(&Features, u64)]) -> BTreeMap<String, f64> {
    let mut names: Vec<&str> =
        samples.iter().flat_map(|(features, _)| features.iter().map(|&(name, _)| name)).collect();
    names.sort_unstable();
    names.dedup();
    // Each row is divided by its cycles, so that all wholes are 1.
    let row = |(features, cycles): &(&Features, u64)| -> Vec<f64> {
        let count = |name: &str| features.iter().filter(|part| part.0 == name).map(|part| part.1).sum::<f64>();
        names.iter().map(|name| count(name) / (*cycles).max(1) as f64).collect()
    };
    let rows: Vec<Vec<f64>> = samples.iter().map(row).collect();
    let costs = non_negative_least_squares(&rows, names.len());
    names.into_iter().map(str::to_owned).zip(costs).collect()
}

/// How far an estimate is from what was measured, relative.
pub fn error(costs: &BTreeMap<String, f64>, features: &Features, cycles: u64) -> f64 {
    let estimate: f64 = features.iter().map(|&(name, count)| costs.get(name).copied().unwrap_or(0.0) * count).sum();
    estimate / cycles.max(1) as f64 - 1.0
}

/// `x >= 0` for which `sum((row . x - 1)^2)` is smallest, by coordinate descent on columns of length 1.
fn non_negative_least_squares(rows: &[Vec<f64>], columns: usize) -> Vec<f64> {
    let length = |column: usize| rows.iter().map(|row| row[column] * row[column]).sum::<f64>().sqrt();
    let lengths: Vec<f64> = (0..columns).map(length).collect();
    let scaled =
        |row: &Vec<f64>| -> Vec<f64> { row.iter().zip(&lengths).map(|(value, length)| value / length).collect() };
    let rows: Vec<Vec<f64>> = rows.iter().map(scaled).collect();
    let dot = |a: usize, b: usize| rows.iter().map(|row| row[a] * row[b]).sum::<f64>();
    let products: Vec<Vec<f64>> = (0..columns).map(|a| (0..columns).map(|b| dot(a, b)).collect()).collect();
    let wholes: Vec<f64> = (0..columns).map(|column| rows.iter().map(|row| row[column]).sum()).collect();
    let mut solution = vec![0.0; columns];
    for _ in 0..ROUNDS {
        for column in 0..columns {
            let others: f64 = (0..columns).map(|other| products[column][other] * solution[other]).sum();
            let step = (wholes[column] - others) / products[column][column];
            solution[column] = f64::max(solution[column] + step, 0.0);
        }
    }
    solution.iter().zip(&lengths).map(|(value, length)| value / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_of_parts_are_found_again() {
        let whole =
            |calls: f64, macs: f64| (vec![("call", calls), ("macs", macs)], (500.0 * calls + 1.5 * macs) as u64);
        let samples = [whole(1.0, 100.0), whole(1.0, 5000.0), whole(2.0, 800.0), whole(1.0, 100_000.0)];
        let samples: Vec<_> = samples.iter().map(|(features, cycles)| (features, *cycles)).collect();
        let costs = fit(&samples);
        assert!((costs["call"] - 500.0).abs() < 1.0, "{costs:?}");
        assert!((costs["macs"] - 1.5).abs() < 0.01, "{costs:?}");
        assert!(error(&costs, samples[3].0, samples[3].1).abs() < 1e-3);
    }

    #[test]
    fn no_cost_is_negative() {
        let features = [vec![("a", 1.0), ("b", 1.0)], vec![("a", 1.0), ("b", 2.0)]];
        let costs = fit(&[(&features[0], 100), (&features[1], 90)]);
        assert!(costs.values().all(|&cost| cost >= 0.0), "{costs:?}");
    }
}
