//! Ranking: area under the ROC curve, scores per group, and how far two rankings agree.

use std::collections::BTreeMap;

/// Area under the receiver operating characteristic: the share of pairs (positive, negative) in which the positive has the higher
/// score, ties counting half.
///
/// Exact: the pairs are counted in integers through mid-ranks (Mann-Whitney U). `None` when one of the two classes is missing.
/// The slices have the same length.
pub fn roc_auc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = order.iter().filter(|(_, positive)| *positive).count() as u128;
    let negatives = order.len() as u128 - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    // Twice the mid-rank of a run of equal scores at positions start..end (ranks from 1) is start + end + 1.
    let (mut doubled_rank_sum, mut start) = (0u128, 0u128);
    for run in order.chunk_by(|a, b| a.0 == b.0) {
        let end = start + run.len() as u128;
        let run_positives = run.iter().filter(|(_, positive)| *positive).count() as u128;
        doubled_rank_sum += run_positives * (start + end + 1);
        start = end;
    }
    let doubled_wins = doubled_rank_sum - positives * (positives + 1);
    Some(doubled_wins as f64 / (2 * positives * negatives) as f64)
}

/// The mean of the values of each group, groups in ascending order. The slices have the same length.
pub fn group_means(values: &[f64], groups: &[i64]) -> Vec<(i64, f64)> {
    let mut sums: BTreeMap<i64, (f64, u64)> = BTreeMap::new();
    for (&value, &group) in values.iter().zip(groups) {
        let (sum, count) = sums.entry(group).or_default();
        *sum += value;
        *count += 1;
    }
    sums.into_iter().map(|(group, (sum, count))| (group, sum / count as f64)).collect()
}

/// The share of pairs that two scorings do not put in opposite orders; 1 when there is no pair.
///
/// Counts inversions by merging, so 50,000 scores take milliseconds. The slices have the same length.
pub fn rank_agreement(reference: &[f64], actual: &[f64]) -> f64 {
    let mut order: Vec<(f64, f64)> = reference.iter().copied().zip(actual.iter().copied()).collect();
    let pairs = (order.len() as u128 * (order.len() as u128).saturating_sub(1)) / 2;
    if pairs == 0 {
        return 1.0;
    }
    // Pairs that the reference ties are put in the order of the other scoring, so that they are no inversions.
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut values: Vec<f64> = order.into_iter().map(|(_, actual)| actual).collect();
    let inversions = sort_counting_inversions(&mut values);
    (pairs - inversions) as f64 / pairs as f64
}

/// Merge sort, from runs of one upwards; returns how many pairs stood in strictly descending order.
fn sort_counting_inversions(values: &mut Vec<f64>) -> u128 {
    let mut inversions = 0;
    let mut width = 1;
    while width < values.len() {
        let mut merged = Vec::with_capacity(values.len());
        for block in values.chunks(2 * width) {
            let (mut left, mut right) = block.split_at(width.min(block.len()));
            while let (Some(&l), Some(&r)) = (left.first(), right.first()) {
                if l <= r {
                    merged.push(l);
                    left = &left[1..];
                } else {
                    merged.push(r);
                    right = &right[1..];
                    inversions += left.len() as u128;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        *values = merged;
        width *= 2;
    }
    inversions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        // Pairs: (0.35, 0.1) won, (0.35, 0.4) lost, (0.8, 0.1) and (0.8, 0.4) won.
        let scores = [0.1, 0.4, 0.35, 0.8];
        assert_eq!(roc_auc(&scores, &[false, false, true, true]), Some(0.75));
        assert_eq!(roc_auc(&[1.0, 1.0, 1.0], &[true, false, false]), Some(0.5));
        assert_eq!(roc_auc(&[2.0, 1.0, 1.0], &[false, true, false]), Some(0.25));
        assert_eq!(roc_auc(&[0.0, -0.0], &[true, false]), Some(0.5));
        assert_eq!(roc_auc(&[1.0], &[true]), None);
        assert_eq!(roc_auc(&[], &[]), None);
    }

    #[test]
    fn groups() {
        let means = group_means(&[1.0, 2.0, 3.0, 10.0], &[7, -1, 7, -1]);
        assert_eq!(means, [(-1, 6.0), (7, 2.0)]);
    }

    #[test]
    fn agreement_by_hand() {
        assert_eq!(rank_agreement(&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0]), 1.0);
        assert_eq!(rank_agreement(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), 0.0);
        assert_eq!(rank_agreement(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]), 2.0 / 3.0);
        assert_eq!(rank_agreement(&[1.0, 1.0], &[2.0, 1.0]), 1.0);
        assert_eq!(rank_agreement(&[1.0], &[2.0]), 1.0);
    }

    /// Obviously right: looks at every pair.
    fn naive_auc(scores: &[f64], positive: &[bool]) -> Option<f64> {
        let (mut wins, mut pairs) = (0.0, 0.0);
        for (p, _) in scores.iter().zip(positive).filter(|(_, positive)| **positive) {
            for (n, _) in scores.iter().zip(positive).filter(|(_, positive)| !**positive) {
                pairs += 1.0;
                wins += if p > n {
                    1.0
                } else if p == n {
                    0.5
                } else {
                    0.0
                };
            }
        }
        (pairs > 0.0).then(|| wins / pairs)
    }

    proptest! {
        #[test]
        fn auc_equals_the_naive_count(rows in prop::collection::vec((0i32..8, any::<bool>()), 0..60)) {
            let (scores, positive): (Vec<f64>, Vec<bool>) = rows.iter().map(|&(s, p)| (f64::from(s), p)).unzip();
            prop_assert_eq!(roc_auc(&scores, &positive), naive_auc(&scores, &positive));
        }

        #[test]
        fn auc_keeps_under_monotone_maps_and_flips_under_negation(
            rows in prop::collection::vec((-20i32..20, any::<bool>()), 2..60)
        ) {
            let (scores, positive): (Vec<f64>, Vec<bool>) = rows.iter().map(|&(s, p)| (f64::from(s), p)).unzip();
            let mapped: Vec<f64> = scores.iter().map(|s| (s / 7.0).exp() + 3.0).collect();
            prop_assert_eq!(roc_auc(&scores, &positive), roc_auc(&mapped, &positive));
            let negated: Vec<f64> = scores.iter().map(|s| -s).collect();
            if let (Some(a), Some(b)) = (roc_auc(&scores, &positive), roc_auc(&negated, &positive)) {
                prop_assert!((a + b - 1.0).abs() < 1e-12);
            }
        }

        #[test]
        fn agreement_equals_the_naive_count(rows in prop::collection::vec((0i32..6, 0i32..6), 2..50)) {
            let (a, b): (Vec<f64>, Vec<f64>) = rows.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            let (mut kept, mut pairs) = (0u32, 0u32);
            for i in 0..a.len() {
                for j in 0..i {
                    pairs += 1;
                    kept += u32::from((a[i] - a[j]) * (b[i] - b[j]) >= 0.0);
                }
            }
            prop_assert_eq!(rank_agreement(&a, &b), f64::from(kept) / f64::from(pairs));
        }
    }
}
