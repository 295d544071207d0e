//! Observers: which range of real values the 256 steps of a tensor should cover.

use serde::Serialize;

use crate::graph::fixed::QuantParams;

/// Number of bins of a [`Histogram`].
const BINS: usize = 2048;

/// How the range of a tensor is chosen from the values seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum, Default)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub enum Observer {
    /// From the smallest to the largest value.
    MinMax,
    /// Leaves out the outermost 0.01 % of the values on each side.
    Percentile,
    /// The range with the smallest mean squared error between a value and its quantized form.
    #[default]
    Mse,
}

impl Observer {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Observer::MinMax => "minmax",
            Observer::Percentile => "percentile",
            Observer::Mse => "mse",
        }
    }
}

/// The values of one tensor over all samples: extremes first, then counts between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Smallest value.
    pub min: f32,
    /// Largest value.
    pub max: f32,
    counts: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { min: f32::INFINITY, max: f32::NEG_INFINITY, counts: Vec::new() }
    }
}

impl Histogram {
    /// Widens the extremes. Values that are not finite make `max` not finite.
    pub fn widen(&mut self, values: &[f32]) {
        for &value in values {
            self.min = self.min.min(value);
            self.max = if value.is_finite() { self.max.max(value) } else { f32::NAN };
        }
    }

    /// Takes in the extremes of another.
    pub fn widen_by(&mut self, other: &Histogram) {
        self.min = self.min.min(other.min);
        self.max = if self.is_finite() && other.is_finite() { self.max.max(other.max) } else { f32::NAN };
    }

    /// Whether only numbers were seen; also true before anything was.
    pub fn is_finite(&self) -> bool {
        !self.max.is_nan()
    }

    /// Counts values that lie between the extremes.
    pub fn count(&mut self, values: &[f32]) {
        self.counts.resize(BINS, 0);
        let per_unit = BINS as f32 / (self.max - self.min).max(f32::MIN_POSITIVE);
        for &value in values {
            let bin = ((value - self.min) * per_unit) as usize;
            self.counts[bin.min(BINS - 1)] += 1;
        }
    }

    /// Takes in the counts of another with the same extremes.
    pub fn count_by(&mut self, other: &Histogram) {
        self.counts.resize(BINS, 0);
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// The range that the observer chooses; contains real 0.
    pub fn range(&self, observer: Observer) -> (f64, f64) {
        let whole = (f64::from(self.min.min(0.0)), f64::from(self.max.max(0.0)));
        match observer {
            Observer::MinMax => whole,
            Observer::Percentile => self.percentile(0.0001),
            Observer::Mse => self.least_squared_error(whole),
        }
    }

    fn bin_width(&self) -> f64 {
        f64::from(self.max - self.min) / BINS as f64
    }

    fn percentile(&self, share: f64) -> (f64, f64) {
        let total: u64 = self.counts.iter().sum();
        let left_out = (total as f64 * share) as u64;
        let skipped = |counts: &mut dyn Iterator<Item = &u64>| {
            let mut seen = 0;
            counts
                .take_while(|&&count| {
                    seen += count;
                    seen <= left_out
                })
                .count()
        };
        let low = f64::from(self.min) + self.bin_width() * skipped(&mut self.counts.iter()) as f64;
        let high = f64::from(self.max) - self.bin_width() * skipped(&mut self.counts.iter().rev()) as f64;
        (low.min(0.0), high.max(0.0))
    }

    /// Shrinks each end in steps, the other end kept, as long as the error falls; then again from the other side.
    fn least_squared_error(&self, whole: (f64, f64)) -> (f64, f64) {
        const STEPS: usize = 64;
        let mut best = (self.squared_error(whole), whole);
        for _ in 0..2 {
            let start = best.1;
            for keep in (STEPS / 4..STEPS).map(|step| step as f64 / STEPS as f64) {
                for candidate in
                    [(start.0 * keep, start.1), (start.0, start.1 * keep), (start.0 * keep, start.1 * keep)]
                {
                    let error = self.squared_error(candidate);
                    if error < best.0 {
                        best = (error, candidate);
                    }
                }
            }
        }
        best.1
    }

    /// Sum over all values of the squared distance between the middle of their bin and its quantized form; inside the range that is
    /// never less than the mean square of a uniform rounding error.
    fn squared_error(&self, range: (f64, f64)) -> f64 {
        let params = QuantParams::from_range(range.0, range.1);
        let low = params.dequantize(-128) - params.scale / 2.0;
        let high = params.dequantize(127) + params.scale / 2.0;
        let rounding = params.scale * params.scale / 12.0;
        let width = self.bin_width();
        let middles = (0..self.counts.len()).map(|bin| f64::from(self.min) + width * (bin as f64 + 0.5));
        let error = |middle: f64| {
            let outside = (low - middle).max(middle - high).max(0.0);
            rounding + outside * outside
        };
        self.counts
            .iter()
            .zip(middles)
            .filter(|(count, _)| **count > 0)
            .map(|(count, middle)| *count as f64 * error(middle))
            .sum()
    }
}
