//! Values: squared and absolute error.

use super::Metrics;

/// Mean squared error and mean absolute error over all values. The slices have the same length.
pub fn regress(outputs: &[f32], targets: &[f32]) -> Metrics {
    let absolute: f64 = differences(outputs, targets).map(f64::abs).sum();
    Metrics {
        mse: Some(mean_squared_error(outputs, targets)),
        mae: Some(absolute / outputs.len().max(1) as f64),
        ..Metrics::default()
    }
}

/// The mean of the squared differences: also the reconstruction score of one window.
pub fn mean_squared_error(outputs: &[f32], targets: &[f32]) -> f64 {
    let sum: f64 = differences(outputs, targets).map(|difference| difference * difference).sum();
    sum / outputs.len().max(1) as f64
}

/// The share of the reference's variance that the other side reproduces: 1 - sum (actual - reference)^2 / sum (reference - mean)^2,
/// at least 0. For a constant reference 1 when the sides are equal, else 0.
pub fn explained_share(reference: &[f32], actual: &[f32]) -> f64 {
    let count = reference.len().max(1) as f64;
    let mean = reference.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let spread: f64 = reference.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum();
    let error = mean_squared_error(actual, reference) * count;
    match (spread, error) {
        (_, 0.0) => 1.0,
        (0.0, _) => 0.0,
        _ => (1.0 - error / spread).max(0.0),
    }
}

fn differences<'a>(a: &'a [f32], b: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) - f64::from(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        let m = regress(&[1.0, 2.0, -3.0, 0.0], &[1.0, 0.0, 1.0, 0.0]);
        assert_eq!((m.mse, m.mae), (Some(5.0), Some(1.5)));
        assert_eq!(mean_squared_error(&[], &[]), 0.0);
    }

    #[test]
    fn explained_share_by_hand() {
        assert_eq!(explained_share(&[0.0, 2.0], &[0.0, 2.0]), 1.0);
        assert_eq!(explained_share(&[0.0, 2.0], &[0.0, 1.0]), 0.5);
        assert_eq!(explained_share(&[0.0, 2.0], &[9.0, 9.0]), 0.0);
        assert_eq!(explained_share(&[3.0, 3.0], &[3.0, 3.0]), 1.0);
        assert_eq!(explained_share(&[3.0, 3.0], &[3.0, 4.0]), 0.0);
    }

    proptest! {
        #[test]
        fn mean_square_is_at_least_the_square_of_the_mean(values in prop::collection::vec((-9f32..9.0, -9f32..9.0), 1..50)) {
            let (a, b): (Vec<f32>, Vec<f32>) = values.into_iter().unzip();
            let m = regress(&a, &b);
            prop_assert!(m.mse.unwrap() + 1e-9 >= m.mae.unwrap().powi(2));
            prop_assert_eq!(regress(&a, &a).mse, Some(0.0));
        }
    }
}
