//! The quantizer's promises, on drawn values.

use proptest::prelude::*;

use super::arithmetic::{SHIFT_MAX, Term, multiplier, pre_shift, weighted_sum};
use super::observer::{Histogram, Observer};
use super::weights::{Layer, quantize_layer};
use crate::graph::fixed::QuantParams;
use crate::graph::float::Clamp;

fn histogram(values: &[f32]) -> Histogram {
    let mut histogram = Histogram::default();
    histogram.widen(values);
    histogram.count(values);
    histogram
}

fn mean_squared_error(values: &[f32], (min, max): (f64, f64)) -> f64 {
    let params = QuantParams::from_range(min, max);
    values.iter().map(|&x| (params.dequantize(params.quantize(f64::from(x))) - f64::from(x)).powi(2)).sum()
}

#[test]
fn an_outlier_costs_min_max_more_than_percentile() {
    let mut values: Vec<f32> = (0..20_001).map(|i| (i as f32 * 0.37).sin()).collect();
    values.push(40.0);
    let histogram = histogram(&values);
    let inliers = &values[..20_001];
    let of = |observer| mean_squared_error(inliers, histogram.range(observer));
    assert!(of(Observer::Percentile) < of(Observer::MinMax) / 100.0);
}

#[test]
fn mse_is_best_where_values_have_long_tails() {
    let values: Vec<f32> = (0..50_000).map(|i| 10.0 * (i as f32 * 0.37).sin().powi(21)).collect();
    let histogram = histogram(&values);
    let of = |observer| mean_squared_error(&values, histogram.range(observer));
    assert!(of(Observer::Mse) <= of(Observer::MinMax) && of(Observer::Mse) <= of(Observer::Percentile));
}

#[test]
fn real_zero_is_always_exact() {
    for (min, max) in [(0.0, 0.0), (-1.0, 3.0), (2.0, 5.0), (-7.0, -2.0), (-1e-30, 1e-30), (-1e20, 1.0)] {
        let params = QuantParams::from_range(min, max);
        assert_eq!(params.dequantize(params.quantize(0.0)), 0.0, "{min} {max}");
    }
}

proptest! {
    #[test]
    fn every_observer_holds_real_zero_inside_the_extremes(values in prop::collection::vec(-100f32..100.0, 1..200)) {
        let histogram = histogram(&values);
        for observer in [Observer::MinMax, Observer::Percentile, Observer::Mse] {
            let (min, max) = histogram.range(observer);
            prop_assert!(min <= 0.0 && 0.0 <= max);
            prop_assert!(f64::from(histogram.min.min(0.0)) <= min && max <= f64::from(histogram.max.max(0.0)));
        }
    }

    #[test]
    fn a_multiplier_is_its_ratio(ratio in 1e-6f64..1000.0) {
        let shift = pre_shift(ratio);
        let real = f64::from(multiplier(ratio, shift)) * 2f64.powi(shift as i32 - 32);
        prop_assert!((real - ratio).abs() <= ratio * 2f64.powi(-12), "{real} for {ratio}");
    }

    #[test]
    fn a_weighted_sum_never_leaves_i32_and_is_near(
        factors in prop::collection::vec(-4f64..4.0, 1..3),
        zero_points in prop::collection::vec(-128i32..=127, 2),
        xs in prop::collection::vec(-128i32..=127, 2),
        constant in -128f64..127.0,
    ) {
        let terms: Vec<Term> = factors.iter().zip(&zero_points)
            .map(|(&factor, &zero_point)| Term { factor, zero_point, magnitude: 128 }).collect();
        let sum = weighted_sum(&terms, constant, SHIFT_MAX).expect("a sum of this size fits");
        let exact: f64 = constant + terms.iter().zip(&xs).map(|(term, &x)| term.factor * f64::from(x - term.zero_point)).sum::<f64>();
        let acc: i64 = i64::from(sum.bias) + sum.factors.iter().zip(&xs).map(|(&factor, &x)| i64::from(factor) * i64::from(x)).sum::<i64>();
        prop_assert!(i32::try_from(acc).is_ok());
        prop_assert!((f64::from((acc >> sum.shift) as i32) - exact).abs() <= 0.5 + 0.01, "{} for {exact}", acc >> sum.shift);
    }

    #[test]
    fn no_accumulator_leaves_i32_and_outputs_are_near(
        weights in prop::collection::vec(prop_oneof![-1f32..1.0, -1e-9f32..1e-9, Just(0.0)], 12),
        bias in prop_oneof![-10f32..10.0, -1e4f32..1e4],
        min in -8f64..0.0, max in 0.1f64..8.0,
        xs in prop::collection::vec(-128i8..=127, 12),
    ) {
        let input = QuantParams::from_range(min, max);
        let real: f64 = f64::from(bias) + weights.iter().zip(&xs).map(|(&w, &x)| f64::from(w) * input.dequantize(x)).sum::<f64>();
        let output = QuantParams::from_range(real.min(0.0) - 1.0, real.max(0.0) + 1.0);
        let (quantized, requant) =
            quantize_layer(&Layer { weights: &weights, bias: &[bias], input, output, clamp: Clamp::NONE });
        let magnitude: i64 = quantized.iter().map(|&w| i64::from(w).abs()).sum();
        prop_assert!(i64::from(requant.bias[0]).abs() + 128 * magnitude <= i64::from(i32::MAX));
        let acc: i64 = i64::from(requant.bias[0]) + quantized.iter().zip(&xs).map(|(&w, &x)| i64::from(w) * i64::from(x)).sum::<i64>();
        let q = peacrab_kernels::requantize(acc as i32, requant.multipliers[0], requant.pre_shift, output.zero_point as i8);
        // Half a step of rounding, and half a weight's step at every tap.
        let largest = weights.iter().fold(0f64, |largest, &w| largest.max(f64::from(w).abs()));
        let weight_step = (largest / 127.0).max(f64::from(bias).abs() / (input.scale * f64::from(1 << 29))).max(output.scale / input.scale / f64::from(1 << 18));
        let spread: f64 = xs.iter().map(|&x| input.dequantize(x).abs()).sum::<f64>() * weight_step / 2.0 / output.scale;
        let exact = real / output.scale + f64::from(output.zero_point);
        prop_assert!((f64::from(q) - exact).abs() <= 0.6 + spread, "{q} for {exact}, spread {spread}");
    }
}
