//! How far one tensor is from another: where in a network accuracy is lost.

use serde::{Deserialize, Serialize};

/// Bound of the signal-to-quantization-noise ratio, in dB: a 32-bit float itself carries about 150. No noise at all counts as this much,
/// noise without a signal as minus this much.
pub const SQNR_DB_LIMIT: f64 = 200.0;

/// Sums over pairs of a reference tensor and an actual one, over as many samples as are added.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Comparison {
    reference_squares: f64,
    actual_squares: f64,
    products: f64,
    error_squares: f64,
    error_max: f64,
}

/// The result of a [`Comparison`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TensorComparison {
    /// 10 log10(sum reference^2 / sum error^2), within plus and minus [`SQNR_DB_LIMIT`].
    pub sqnr_db: f64,
    /// Cosine of the angle between the two; 1 when both are all zero, 0 when one is.
    pub cosine: f64,
    /// Largest absolute difference.
    pub max_error: f64,
}

impl Comparison {
    /// Adds two tensors of the same length.
    pub fn add(&mut self, reference: &[f32], actual: &[f32]) {
        for (&r, &a) in reference.iter().zip(actual) {
            let (r, a) = (f64::from(r), f64::from(a));
            let error = a - r;
            self.reference_squares += r * r;
            self.actual_squares += a * a;
            self.products += r * a;
            self.error_squares += error * error;
            self.error_max = self.error_max.max(error.abs());
        }
    }

    /// The sums of both: samples can be added in parallel and joined.
    pub fn join(self, other: Self) -> Self {
        Comparison {
            reference_squares: self.reference_squares + other.reference_squares,
            actual_squares: self.actual_squares + other.actual_squares,
            products: self.products + other.products,
            error_squares: self.error_squares + other.error_squares,
            error_max: self.error_max.max(other.error_max),
        }
    }

    /// The figures of all that was added.
    pub fn finish(&self) -> TensorComparison {
        let sqnr_db = match (self.reference_squares, self.error_squares) {
            (_, 0.0) => SQNR_DB_LIMIT,
            (0.0, _) => -SQNR_DB_LIMIT,
            (signal, noise) => (10.0 * (signal / noise).log10()).clamp(-SQNR_DB_LIMIT, SQNR_DB_LIMIT),
        };
        let cosine = match (self.reference_squares, self.actual_squares) {
            (0.0, 0.0) => 1.0,
            (0.0, _) | (_, 0.0) => 0.0,
            (r, a) => (self.products / (r.sqrt() * a.sqrt())).clamp(-1.0, 1.0),
        };
        TensorComparison { sqnr_db, cosine, max_error: self.error_max }
    }
}

impl TensorComparison {
    /// The figures of one pair of tensors of the same length.
    pub fn between(reference: &[f32], actual: &[f32]) -> Self {
        let mut comparison = Comparison::default();
        comparison.add(reference, actual);
        comparison.finish()
    }

    /// The largest error in steps of a tensor whose scale is `scale`.
    pub fn max_error_lsb(&self, scale: f64) -> f64 {
        self.max_error / scale
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        // Signal 25, noise 0.25: 20 dB. Product 3 * 3 + 4 * 4.5 = 27, lengths 5 and sqrt(29.25).
        let c = TensorComparison::between(&[3.0, 4.0], &[3.0, 4.5]);
        assert!((c.sqnr_db - 20.0).abs() < 1e-12);
        assert!((c.cosine - 27.0 / (5.0 * 29.25f64.sqrt())).abs() < 1e-12);
        assert_eq!((c.max_error, c.max_error_lsb(0.25)), (0.5, 2.0));
    }

    #[test]
    fn zeros_have_figures_too() {
        let both = TensorComparison::between(&[0.0; 3], &[0.0; 3]);
        assert_eq!((both.sqnr_db, both.cosine, both.max_error), (SQNR_DB_LIMIT, 1.0, 0.0));
        let noise = TensorComparison::between(&[0.0; 3], &[0.0, 1.0, 0.0]);
        assert_eq!((noise.sqnr_db, noise.cosine, noise.max_error), (-SQNR_DB_LIMIT, 0.0, 1.0));
        let lost = TensorComparison::between(&[1.0, 0.0], &[0.0, 0.0]);
        assert_eq!((lost.sqnr_db, lost.cosine), (0.0, 0.0));
        assert_eq!(TensorComparison::between(&[], &[]).sqnr_db, SQNR_DB_LIMIT);
    }

    proptest! {
        #[test]
        fn parts_join_to_the_whole(values in prop::collection::vec((-9f32..9.0, -9f32..9.0), 2..40), cut in 0usize..40) {
            let (r, a): (Vec<f32>, Vec<f32>) = values.into_iter().unzip();
            let cut = cut.min(r.len());
            let (mut first, mut second) = (Comparison::default(), Comparison::default());
            first.add(&r[..cut], &a[..cut]);
            second.add(&r[cut..], &a[cut..]);
            let (joined, whole) = (first.join(second).finish(), TensorComparison::between(&r, &a));
            prop_assert!((joined.sqnr_db - whole.sqnr_db).abs() < 1e-9);
            prop_assert!((joined.cosine - whole.cosine).abs() < 1e-9);
            prop_assert_eq!(joined.max_error, whole.max_error);
        }

        #[test]
        fn scaling_both_keeps_ratio_and_angle(values in prop::collection::vec((0.1f32..9.0, 10f32..19.0), 1..40)) {
            let (r, a): (Vec<f32>, Vec<f32>) = values.into_iter().unzip();
            let four = |v: &[f32]| v.iter().map(|x| x * 4.0).collect::<Vec<_>>();
            let (one, scaled) = (TensorComparison::between(&r, &a), TensorComparison::between(&four(&r), &four(&a)));
            prop_assert!((one.sqnr_db - scaled.sqnr_db).abs() < 1e-9);
            prop_assert!((one.cosine - scaled.cosine).abs() < 1e-12);
        }
    }
}
