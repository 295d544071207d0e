//! Classification: decisions, confusion, precision and recall, cross-entropy.

use super::auc::roc_auc;
use super::{ClassMetrics, Metrics, TopK};

/// Least probability in the cross-entropy's logarithm, as in Keras's `backend.epsilon()`: a fixed-point 0 means "less than half a step".
const PROBABILITY_MIN: f64 = 1e-7;

/// A probability output may be off a sum of 1 by this much, plus half an 8-bit step per class, and still be one.
const SUM_TOLERANCE: f64 = 0.02;

/// Index of the largest value; the first of equal ones. 0 for an empty slice.
pub fn argmax(values: &[f32]) -> usize {
    let best = values
        .iter()
        .enumerate()
        .fold((0, f32::NEG_INFINITY), |best, (index, &value)| if value > best.1 { (index, value) } else { best });
    best.0
}

/// The class that one output says: its [`argmax`], or for a single value whether it is above `threshold`.
pub fn decide(output: &[f32], threshold: f32) -> usize {
    match output {
        [value] => usize::from(*value > threshold),
        _ => argmax(output),
    }
}

/// Share of samples that two sides decide alike. Both hold `width` values per sample.
pub fn class_agreement(a: &[f32], b: &[f32], width: usize) -> f64 {
    let (outputs_a, outputs_b) = (Outputs::new(a, width), Outputs::new(b, width));
    let same = outputs_a.decisions().zip(outputs_b.decisions()).filter(|(a, b)| a == b).count();
    share(same as u64, outputs_a.count() as u64)
}

/// All figures of a classification. `outputs` is `[N, width]`, `targets` `[N]`, each below `max(width, 2)`; N > 0.
///
/// Outputs that are no distribution (not in `[0, 1]`, or not summing to 1) are taken for logits: a softmax, or for `width` 1 a
/// sigmoid, is applied before the cross-entropy and the AUC. The decision does not depend on it. Top-k is given for more than `k` classes.
pub fn classify(outputs: &[f32], width: usize, targets: &[usize], k: usize) -> Metrics {
    let outputs = Outputs::new(outputs, width);
    let confusion = confusion_matrix(outputs.decisions(), targets, outputs.classes());
    let classes = class_metrics(&confusion);
    let occurring: Vec<ClassMetrics> = (classes.iter().enumerate())
        .filter(|(class, metrics)| metrics.support > 0 || confusion.iter().any(|row| row[*class] > 0))
        .map(|(_, metrics)| *metrics)
        .collect();
    let mean = |figure: fn(&ClassMetrics) -> f64| {
        Some(occurring.iter().map(figure).sum::<f64>() / occurring.len().max(1) as f64)
    };
    let right: u64 = confusion.iter().enumerate().map(|(class, row)| row[class]).sum();
    let probabilities = outputs.probabilities();
    Metrics {
        accuracy: Some(share(right, targets.len() as u64)),
        top_k: (outputs.classes() > k && k > 1).then(|| TopK { k, accuracy: outputs.top_k(targets, k) }),
        macro_precision: mean(|class| class.precision),
        macro_recall: mean(|class| class.recall),
        macro_f1: mean(|class| class.f1),
        cross_entropy: Some(cross_entropy(&probabilities, outputs.classes(), targets)),
        auc: (outputs.classes() == 2).then(|| two_class_auc(&probabilities, targets)).flatten(),
        classes,
        confusion,
        ..Metrics::default()
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The outputs of one head for all samples, `[N, width]`.
struct Outputs<'a> {
    values: &'a [f32],
    width: usize,
    probabilities: bool,
}

impl<'a> Outputs<'a> {
    fn new(values: &'a [f32], width: usize) -> Self {
        let width = width.max(1);
        Outputs { values, width, probabilities: are_probabilities(values, width) }
    }

    fn count(&self) -> usize {
        self.values.len() / self.width
    }

    fn classes(&self) -> usize {
        self.width.max(2)
    }

    fn rows(&self) -> std::slice::ChunksExact<'a, f32> {
        self.values.chunks_exact(self.width)
    }

    /// One decision per sample; a sigmoid's threshold is 0.5, that of its logit 0.
    fn decisions(&self) -> impl Iterator<Item = usize> + '_ {
        let threshold = if self.probabilities { 0.5 } else { 0.0 };
        self.rows().map(move |row| decide(row, threshold))
    }

    /// Share of samples whose label has fewer than `k` classes before it: those with a larger value, or an equal one and a lower index.
    fn top_k(&self, targets: &[usize], k: usize) -> f64 {
        let is_within = |(row, &target): (&[f32], &usize)| {
            let value = row.get(target).copied().unwrap_or(f32::NEG_INFINITY);
            let before = row.iter().enumerate().filter(|&(index, &v)| v > value || (v == value && index < target));
            before.count() < k
        };
        let within = self.rows().zip(targets).filter(|&pair| is_within(pair)).count();
        share(within as u64, targets.len() as u64)
    }

    /// `[N, classes]`, each row a distribution.
    fn probabilities(&self) -> Vec<f64> {
        let mut probabilities = Vec::with_capacity(self.count() * self.classes());
        for row in self.rows() {
            match (row, self.probabilities) {
                ([p], true) => probabilities.extend([1.0 - f64::from(*p), f64::from(*p)]),
                ([logit], false) => probabilities.extend(softmax(&[0.0, *logit])),
                (_, true) => {
                    let sum: f64 = row.iter().map(|&p| f64::from(p)).sum();
                    probabilities.extend(row.iter().map(|&p| f64::from(p) / sum));
                }
                (_, false) => probabilities.extend(softmax(row)),
            }
        }
        probabilities
    }
}

/// Whether the outputs of a whole set are probabilities: all within 0 and 1, and each sample's sum within
/// 0.02 + classes / 512 of 1, as 8-bit steps allow. A single value per sample needs only to be within 0 and 1.
fn are_probabilities(values: &[f32], width: usize) -> bool {
    let tolerance = SUM_TOLERANCE + width as f64 / 512.0;
    values.iter().all(|value| (0.0..=1.0).contains(value))
        && (width == 1
            || values.chunks_exact(width).all(|row| {
                let sum: f64 = row.iter().map(|&value| f64::from(value)).sum();
                sum > 0.0 && (sum - 1.0).abs() <= tolerance
            }))
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let max = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let powers: Vec<f64> = logits.iter().map(|&logit| (f64::from(logit) - max).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

fn cross_entropy(probabilities: &[f64], classes: usize, targets: &[usize]) -> f64 {
    let loss =
        |(row, &target): (&[f64], &usize)| -row.get(target).copied().unwrap_or(0.0).clamp(PROBABILITY_MIN, 1.0).ln();
    let sum: f64 = probabilities.chunks_exact(classes).zip(targets).map(loss).sum();
    sum / targets.len().max(1) as f64
}

fn two_class_auc(probabilities: &[f64], targets: &[usize]) -> Option<f64> {
    let scores: Vec<f64> = probabilities.chunks_exact(2).map(|row| row[1]).collect();
    let positive: Vec<bool> = targets.iter().map(|&target| target == 1).collect();
    roc_auc(&scores, &positive)
}

/// `[classes, classes]`: samples by label (row) and decision (column).
fn confusion_matrix(decisions: impl Iterator<Item = usize>, targets: &[usize], classes: usize) -> Vec<Vec<u64>> {
    let mut matrix = vec![vec![0; classes]; classes];
    for (decision, &target) in decisions.zip(targets) {
        if let Some(cell) = matrix.get_mut(target).and_then(|row| row.get_mut(decision)) {
            *cell += 1;
        }
    }
    matrix
}

fn class_metrics(confusion: &[Vec<u64>]) -> Vec<ClassMetrics> {
    let one = |class: usize, row: &Vec<u64>| {
        let right = row[class];
        let support: u64 = row.iter().sum();
        let decided: u64 = confusion.iter().map(|row| row[class]).sum();
        ClassMetrics {
            support,
            precision: share(right, decided),
            recall: share(right, support),
            f1: share(2 * right, support + decided),
        }
    };
    confusion.iter().enumerate().map(|(class, row)| one(class, row)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: Option<f64>, b: f64) {
        let a = a.unwrap();
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn argmax_takes_the_first_of_equals() {
        assert_eq!(argmax(&[1.0, 3.0, 3.0, 2.0]), 1);
        assert_eq!(argmax(&[-5.0, -5.0]), 0);
        assert_eq!(argmax(&[]), 0);
        assert_eq!((decide(&[0.5], 0.5), decide(&[0.51], 0.5)), (0, 1));
    }

    #[test]
    fn three_classes_by_hand() {
        // Labels 0 0 1 1 2 2, decisions 0 1 1 1 0 2.
        let outputs =
            [[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.5, 0.1, 0.4], [0.0, 0.1, 0.9]]
                .concat();
        let m = classify(&outputs, 3, &[0, 0, 1, 1, 2, 2], 2);
        assert_eq!(m.confusion, [vec![1, 1, 0], vec![0, 2, 0], vec![1, 0, 1]]);
        close(m.accuracy, 4.0 / 6.0);
        // Precision 1/2, 2/3, 1; recall 1/2, 1, 1/2; F1 1/2, 4/5, 2/3.
        close(m.macro_precision, (0.5 + 2.0 / 3.0 + 1.0) / 3.0);
        close(m.macro_recall, 2.0 / 3.0);
        close(m.macro_f1, (0.5 + 0.8 + 2.0 / 3.0) / 3.0);
        assert_eq!(m.classes[1].support, 2);
        assert_eq!(m.top_k, Some(TopK { k: 2, accuracy: 1.0 }));
        let loss = -(0.7f64.ln() + 0.3f64.ln() + 0.8f64.ln() + 0.5f64.ln() + 0.4f64.ln() + 0.9f64.ln()) / 6.0;
        assert!((m.cross_entropy.unwrap() - loss).abs() < 1e-7);
        assert_eq!(m.auc, None);
    }

    #[test]
    fn classes_that_never_occur_stay_out_of_the_means() {
        let m = classify(&[0.9, 0.1, 0.0, 0.2, 0.8, 0.0], 3, &[0, 1], 5);
        assert_eq!((m.macro_precision, m.macro_recall, m.macro_f1), (Some(1.0), Some(1.0), Some(1.0)));
        assert_eq!((m.classes[2].support, m.classes[2].f1), (0, 0.0));
        assert_eq!(m.top_k, None);
    }

    #[test]
    fn single_sigmoid_output() {
        let m = classify(&[0.9, 0.2, 0.6, 0.4], 1, &[1, 0, 0, 1], 5);
        assert_eq!(m.confusion, [vec![1, 1], vec![1, 1]]);
        assert_eq!((m.accuracy, m.auc), (Some(0.5), Some(0.75)));
        let loss = -(0.9f64.ln() + 0.8f64.ln() + 0.4f64.ln() + 0.4f64.ln()) / 4.0;
        assert!((m.cross_entropy.unwrap() - loss).abs() < 1e-6);
        // The same decisions and ranks from logits.
        let logits = classify(&[2.2, -1.4, 0.4, -0.4], 1, &[1, 0, 0, 1], 5);
        assert_eq!((logits.confusion, logits.auc), (m.confusion, m.auc));
    }

    #[test]
    fn logits_are_softmaxed() {
        let m = classify(&[2.0, 0.0, -1.0, 1.0], 2, &[0, 1], 5);
        // Both margins are 2: -ln(1 / (1 + e^-2)).
        close(m.cross_entropy, (1.0 + (-2.0f64).exp()).ln());
        assert_eq!(m.auc, Some(1.0));
        assert!(classify(&[1e30, -1e30], 2, &[1], 5).cross_entropy.unwrap().is_finite());
    }

    #[test]
    fn eight_bit_probabilities_are_probabilities() {
        let step = 1.0 / 256.0;
        assert!(are_probabilities(&[255.0 * step, 0.0, 0.0, 0.0, 0.0, 3.0 * step], 6));
        assert!(!are_probabilities(&[0.5, 0.3], 2));
        assert!(!are_probabilities(&[1.5, -0.5], 2));
        // A zero stands for less than half a step: it costs the least probability, not infinity.
        close(classify(&[0.0, 1.0], 2, &[0], 5).cross_entropy, -(1e-7f64.ln()));
    }

    #[test]
    fn top_k_breaks_ties_by_index() {
        let values = [0.25, 0.25, 0.25, 0.25, 0.0, 0.0];
        let outputs = Outputs::new(&values, 6);
        assert_eq!(outputs.top_k(&[1], 2), 1.0);
        assert_eq!(outputs.top_k(&[2], 2), 0.0);
    }

    #[test]
    fn agreement_of_two_sides() {
        assert_eq!(class_agreement(&[0.9, 0.1, 0.2, 0.8], &[0.6, 0.4, 0.7, 0.3], 2), 0.5);
        assert_eq!(class_agreement(&[0.9, 0.1], &[0.6, 0.7], 1), 0.5);
    }

    /// Expected figures from scikit-learn 1.9.1: `accuracy_score`, `precision_recall_fscore_support(average="macro", zero_division=0)`,
    /// `log_loss`, `top_k_accuracy_score(k=2)`, `confusion_matrix`,
    /// `roc_auc_score` of class 1 against the rest.
    #[test]
    fn equals_scikit_learn() {
        let labels = [1, 3, 2, 3, 3, 3, 0, 2, 2, 1, 0, 0, 1, 1, 0, 0, 1, 2, 1, 3, 2, 2, 3, 1];
        let outputs = [
            [0.287, 0.448, 0.19, 0.075],
            [0.055, 0.024, 0.118, 0.803],
            [0.102, 0.085, 0.447, 0.366],
            [0.224, 0.048, 0.184, 0.544],
            [0.159, 0.6, 0.069, 0.172],
            [0.026, 0.291, 0.062, 0.621],
            [0.508, 0.304, 0.009, 0.179],
            [0.344, 0.438, 0.037, 0.181],
            [0.04, 0.052, 0.856, 0.052],
            [0.159, 0.63, 0.07, 0.141],
            [0.331, 0.309, 0.045, 0.315],
            [0.609, 0.008, 0.288, 0.095],
            [0.016, 0.845, 0.132, 0.007],
            [0.159, 0.338, 0.107, 0.396],
            [0.072, 0.215, 0.684, 0.029],
            [0.42, 0.154, 0.374, 0.052],
            [0.04, 0.07, 0.364, 0.526],
            [0.044, 0.097, 0.843, 0.016],
            [0.047, 0.08, 0.612, 0.261],
            [0.052, 0.049, 0.059, 0.84],
            [0.142, 0.172, 0.46, 0.226],
            [0.306, 0.077, 0.405, 0.212],
            [0.475, 0.22, 0.08, 0.225],
            [0.069, 0.548, 0.112, 0.271],
        ]
        .concat();
        let m = classify(&outputs, 4, &labels, 2);
        assert_eq!(m.confusion, [[4, 0, 1, 0], [0, 4, 1, 2], [0, 1, 5, 0], [1, 1, 0, 4]]);
        close(m.accuracy, 0.7083333333333334);
        close(m.macro_precision, 0.7119047619047619);
        close(m.macro_recall, 0.7178571428571429);
        close(m.macro_f1, 0.7128205128205128);
        close(m.cross_entropy, 1.0384014937086345);
        close(m.top_k.map(|top| top.accuracy), 0.8333333333333334);
        let scores: Vec<f64> = outputs.chunks(4).map(|row| f64::from(row[1])).collect();
        let positive = labels.map(|label| label == 1);
        close(roc_auc(&scores, &positive), 0.7731092436974789);
    }

    proptest! {
        #[test]
        fn confusion_sums_to_the_samples(rows in prop::collection::vec((0usize..4, prop::array::uniform4(-3f32..3.0)), 1..40)) {
            let targets: Vec<usize> = rows.iter().map(|row| row.0).collect();
            let outputs: Vec<f32> = rows.iter().flat_map(|row| row.1).collect();
            let m = classify(&outputs, 4, &targets, 2);
            let total: u64 = m.confusion.iter().flatten().sum();
            prop_assert_eq!(total, targets.len() as u64);
            for (class, row) in m.confusion.iter().enumerate() {
                prop_assert_eq!(row.iter().sum::<u64>(), targets.iter().filter(|&&t| t == class).count() as u64);
            }
            let (top, accuracy) = (m.top_k.unwrap().accuracy, m.accuracy.unwrap());
            prop_assert!(accuracy <= top && top <= 1.0);
            prop_assert!(m.cross_entropy.unwrap() >= 0.0);
        }

        #[test]
        fn a_shift_of_all_logits_changes_nothing(logits in prop::array::uniform4(2f32..3.0)) {
            let shifted = logits.map(|l| l + 64.0);
            let (a, b) = (classify(&logits, 4, &[1], 2), classify(&shifted, 4, &[1], 2));
            prop_assert!((a.cross_entropy.unwrap() - b.cross_entropy.unwrap()).abs() < 1e-4);
        }

        #[test]
        fn a_side_agrees_with_itself(outputs in prop::collection::vec(-2f32..2.0, 3..60)) {
            let outputs = &outputs[..outputs.len() / 3 * 3];
            prop_assert_eq!(class_agreement(outputs, outputs, 3), 1.0);
        }
    }
}
