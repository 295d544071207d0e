//! Labels as each output of a model wants them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::DataError;
use super::labels::{LabelArray, LabelValues, Labels};

/// One output of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The output's name.
    pub name: String,
    /// Values per sample.
    pub width: usize,
}

impl Head {
    /// Classes that this output tells apart: one value is the sigmoid of a two-class model.
    pub fn classes(&self) -> usize {
        self.width.max(2)
    }
}

/// What one output should have said.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A class index per sample.
    Classes(Vec<usize>),
    /// As many values per sample as the output has, row-major.
    Values(Vec<f32>),
}

/// The labels as class indices, or with `regress` as values, for each output.
///
/// Class names become indices in their alphabetical order (as scikit-learn's `LabelEncoder` does). One-hot rows become the index of their 1.
/// With several outputs, fractional labels of one of them make that one a regression.
///
/// # Errors
/// When the labels do not fit the outputs, or a label names no class.
pub fn head_targets(labels: &Labels, heads: &[Head], regress: bool) -> Result<Vec<Target>, DataError> {
    let names: Vec<String> = heads.iter().map(|head| head.name.clone()).collect();
    let arrays = labels.for_heads(&names)?;
    (arrays.iter().zip(heads))
        .map(|(array, head)| {
            let at = Place { origin: &labels.origin, array, head };
            let fractional =
                matches!(&array.values, LabelValues::Floats(v) if v.iter().any(|value| value.fract() != 0.0));
            if regress || (heads.len() > 1 && fractional) {
                at.values().map(Target::Values)
            } else {
                at.classes().map(Target::Classes)
            }
        })
        .collect()
}

/// The labels as class indices below `head.classes()`, for one output.
///
/// # Errors
/// As [`head_targets`].
pub fn class_targets(labels: &Labels, head: &Head) -> Result<Vec<usize>, DataError> {
    match labels.arrays.as_slice() {
        [array] => Place { origin: &labels.origin, array, head }.classes(),
        arrays => Err(DataError::ArrayNames {
            origin: labels.origin.clone(),
            found: arrays.iter().map(|array| array.name.clone().unwrap_or_default()).collect(),
            wanted: vec![head.name.clone()],
        }),
    }
}

/// A label array and the output it is for.
struct Place<'a> {
    origin: &'a str,
    array: &'a LabelArray,
    head: &'a Head,
}

impl Place<'_> {
    fn per_sample(&self) -> usize {
        self.array.shape.iter().skip(1).product()
    }

    fn kind_error(&self) -> DataError {
        DataError::LabelKind {
            origin: self.origin.into(),
            shape: self.array.shape.clone(),
            kind: self.array.values.kind(),
            head: self.head.name.clone(),
            width: self.head.width,
        }
    }

    fn range_error(&self, sample: usize, label: String) -> DataError {
        DataError::LabelRange {
            origin: self.origin.into(),
            sample,
            label,
            head: self.head.name.clone(),
            classes: self.head.classes(),
        }
    }

    fn values(&self) -> Result<Vec<f32>, DataError> {
        if self.per_sample() != self.head.width {
            return Err(self.kind_error());
        }
        match &self.array.values {
            LabelValues::Integers(values) => Ok(values.iter().map(|&value| value as f32).collect()),
            LabelValues::Floats(values) => Ok(values.iter().map(|&value| value as f32).collect()),
            LabelValues::Names(_) => Err(self.kind_error()),
        }
    }

    fn classes(&self) -> Result<Vec<usize>, DataError> {
        let indices = match (&self.array.values, self.per_sample()) {
            (LabelValues::Names(names), 1) => return self.named(names),
            (LabelValues::Integers(values), _) => values.clone(),
            (LabelValues::Floats(values), _) if values.iter().all(|value| value.fract() == 0.0) => {
                values.iter().map(|&value| value as i64).collect()
            }
            _ => return Err(self.kind_error()),
        };
        match self.per_sample() {
            1 => self.indices(&indices),
            width if width == self.head.width => {
                indices.chunks_exact(width).map(one_hot).collect::<Option<_>>().ok_or_else(|| self.kind_error())
            }
            _ => Err(self.kind_error()),
        }
    }

    fn indices(&self, labels: &[i64]) -> Result<Vec<usize>, DataError> {
        let in_range = |label: i64| usize::try_from(label).ok().filter(|&class| class < self.head.classes());
        (labels.iter().enumerate())
            .map(|(sample, &label)| in_range(label).ok_or_else(|| self.range_error(sample, label.to_string())))
            .collect()
    }

    fn named(&self, names: &[String]) -> Result<Vec<usize>, DataError> {
        let order: Vec<&String> = names.iter().collect::<BTreeSet<_>>().into_iter().collect();
        (names.iter().enumerate())
            .map(|(sample, name)| match order.binary_search(&name) {
                Ok(class) if class < self.head.classes() => Ok(class),
                _ => Err(self.range_error(sample, name.clone())),
            })
            .collect()
    }
}

/// The position of the only 1 in a row of zeros.
fn one_hot(row: &[i64]) -> Option<usize> {
    let position = row.iter().position(|&value| value == 1)?;
    row.iter().enumerate().all(|(index, &value)| value == i64::from(index == position)).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(shape: &[usize], values: LabelValues) -> Labels {
        Labels { origin: "y.npy".into(), arrays: vec![LabelArray { name: None, shape: shape.to_vec(), values }] }
    }

    fn head(width: usize) -> Head {
        Head { name: "out".into(), width }
    }

    fn one(labels: &Labels, width: usize, regress: bool) -> Result<Target, DataError> {
        head_targets(labels, &[head(width)], regress).map(|mut targets| targets.remove(0))
    }

    #[test]
    fn classes_from_every_kind() {
        let wanted = Target::Classes(vec![2, 0, 1]);
        for (shape, values) in [
            (&[3][..], LabelValues::Integers(vec![2, 0, 1])),
            (&[3, 1], LabelValues::Integers(vec![2, 0, 1])),
            (&[3], LabelValues::Floats(vec![2.0, 0.0, 1.0])),
            (&[3, 3], LabelValues::Integers(vec![0, 0, 1, 1, 0, 0, 0, 1, 0])),
            (&[3], LabelValues::Names(vec!["c".into(), "a".into(), "b".into()])),
        ] {
            assert_eq!(one(&labels(shape, values), 3, false).unwrap(), wanted);
        }
    }

    #[test]
    fn labels_out_of_range() {
        let error = one(&labels(&[2], LabelValues::Integers(vec![0, 3])), 3, false).unwrap_err();
        assert!(matches!(error, DataError::LabelRange { sample: 1, classes: 3, .. }), "{error}");
        assert!(one(&labels(&[1], LabelValues::Integers(vec![-1])), 3, false).is_err());
        assert!(one(&labels(&[1], LabelValues::Integers(vec![1])), 1, false).is_ok());
        assert!(one(&labels(&[1], LabelValues::Integers(vec![2])), 1, false).is_err());
        assert!(one(&labels(&[1], LabelValues::Floats(vec![0.5])), 3, false).is_err());
        assert!(one(&labels(&[1, 3], LabelValues::Integers(vec![1, 1, 0])), 3, false).is_err());
        assert!(one(&labels(&[1, 2], LabelValues::Integers(vec![1, 0])), 3, false).is_err());
        let names = LabelValues::Names(vec!["a".into(), "b".into(), "c".into()]);
        assert!(one(&labels(&[3], names), 2, false).is_err());
    }

    #[test]
    fn values_for_regression() {
        let values = labels(&[2, 2], LabelValues::Floats(vec![0.5, 1.0, -2.0, 3.0]));
        assert_eq!(one(&values, 2, true).unwrap(), Target::Values(vec![0.5, 1.0, -2.0, 3.0]));
        assert!(one(&values, 1, true).is_err());
        assert!(one(&labels(&[1], LabelValues::Names(vec!["a".into()])), 1, true).is_err());
    }

    #[test]
    fn fractional_labels_make_one_of_several_heads_a_regression() {
        let mut both = labels(&[2], LabelValues::Integers(vec![1, 0]));
        both.arrays[0].name = Some("class".into());
        let values = LabelValues::Floats(vec![0.5, 2.0]);
        both.arrays.push(LabelArray { name: Some("size".into()), shape: vec![2], values });
        let heads = [Head { name: "size".into(), width: 1 }, Head { name: "class".into(), width: 4 }];
        let targets = head_targets(&both, &heads, false).unwrap();
        assert_eq!(targets, [Target::Values(vec![0.5, 2.0]), Target::Classes(vec![1, 0])]);
    }
}
