//! Labels and groups: what is known of each sample.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::array::{Array, Integers, Numbers, with_integers};
use super::error::DataError;
use super::npy::{NpyArray, read_npy, read_npz};
use super::table::{Table, read_table};
use super::{extension, order_by_names};

/// Labels of a data set, before it is known what the model's outputs want of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// The file: what errors name.
    pub origin: String,
    /// One array, or one per output of the model.
    pub arrays: Vec<LabelArray>,
}

/// One array of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelArray {
    /// Name inside an `.npz`.
    pub name: Option<String>,
    /// `[N]` or `[N, ...]`.
    pub shape: Vec<usize>,
    /// The labels, row-major.
    pub values: LabelValues,
}

/// The elements of a label array.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelValues {
    /// Whole numbers: class indices, or values.
    Integers(Vec<i64>),
    /// Finite values.
    Floats(Vec<f64>),
    /// Class names.
    Names(Vec<String>),
}

impl LabelValues {
    /// What the labels are, for errors.
    pub fn kind(&self) -> &'static str {
        match self {
            LabelValues::Integers(_) => "integers",
            LabelValues::Floats(_) => "floats",
            LabelValues::Names(_) => "names",
        }
    }
}

/// Reads labels from `.npy`, `.npz` (one array per output of the model), or CSV or plain text, one row per sample.
///
/// A CSV file `file,label` is put into the order of `image_names`, when the samples are a folder of images; its rows for
/// other files are left out. A first row that says `label`, or `file,label`, or is the only one that is no number, is a header.
///
/// # Errors
/// When the file cannot be read, an image has no label, or a value is not finite.
pub fn read_labels(path: &Path, image_names: Option<&[String]>) -> Result<Labels, DataError> {
    let origin = path.display().to_string();
    let arrays = match extension(path).as_str() {
        "npy" => vec![label_array(None, read_npy(path)?)?],
        "npz" => {
            let arrays = read_npz(path)?.into_iter().map(|(name, array)| label_array(Some(name), array));
            arrays.collect::<Result<_, _>>()?
        }
        "csv" | "txt" => vec![csv_labels(&read_table(path)?, image_names)?],
        _ => {
            let expected = "labels are read from .npy, .npz, .csv and .txt";
            return Err(DataError::UnknownFormat { origin, expected });
        }
    };
    if arrays.is_empty() {
        return Err(DataError::Empty { origin });
    }
    Ok(Labels { origin, arrays })
}

/// Reads groups: one whole number per sample, from `.npy` or a CSV column.
///
/// # Errors
/// When the file cannot be read or holds anything else.
pub fn read_groups(path: &Path) -> Result<Vec<i64>, DataError> {
    let labels = read_labels(path, None)?;
    match labels.arrays.as_slice() {
        [LabelArray { shape, values: LabelValues::Integers(groups), .. }] if shape.first() == Some(&groups.len()) => {
            Ok(groups.clone())
        }
        _ => Err(DataError::Groups { origin: labels.origin }),
    }
}

impl Labels {
    /// Rows of each array.
    ///
    /// # Errors
    /// [`DataError::Length`] when the arrays differ.
    pub fn count(&self) -> Result<usize, DataError> {
        let counts: Vec<usize> = self.arrays.iter().map(|array| array.shape.first().copied().unwrap_or(0)).collect();
        let wanted = counts.first().copied().unwrap_or(0);
        match counts.iter().find(|&&count| count != wanted) {
            None => Ok(wanted),
            Some(&found) => {
                let of = "rows of labels for the first output";
                Err(DataError::Length { origin: self.origin.clone(), found, wanted, of })
            }
        }
    }

    /// One label per window from one label per group, groups in ascending order.
    ///
    /// # Errors
    /// [`DataError::Length`] when there are neither as many labels as windows nor as groups.
    pub fn per_window(self, groups: &[i64]) -> Result<Self, DataError> {
        let count = self.count()?;
        if count == groups.len() {
            return Ok(self);
        }
        let distinct: BTreeSet<i64> = groups.iter().copied().collect();
        if count != distinct.len() {
            let (wanted, of) = (distinct.len(), "groups");
            return Err(DataError::Length { origin: self.origin, found: count, wanted, of });
        }
        let rows: BTreeMap<i64, usize> = distinct.into_iter().zip(0..).collect();
        let rows: Vec<usize> = groups.iter().filter_map(|group| rows.get(group).copied()).collect();
        Ok(self.select(&rows))
    }

    /// Keeps the first `count` rows.
    pub fn truncate(self, count: usize) -> Self {
        let rows: Vec<usize> = (0..count).collect();
        self.select(&rows)
    }

    /// These rows, in this order; rows past the end are left out.
    fn select(mut self, rows: &[usize]) -> Self {
        for array in &mut self.arrays {
            let count = array.shape.first().copied().unwrap_or(0);
            let rows: Vec<usize> = rows.iter().copied().filter(|&row| row < count).collect();
            let width = array.shape.iter().skip(1).product();
            array.values = match &array.values {
                LabelValues::Integers(values) => LabelValues::Integers(select_rows(values, width, &rows)),
                LabelValues::Floats(values) => LabelValues::Floats(select_rows(values, width, &rows)),
                LabelValues::Names(values) => LabelValues::Names(select_rows(values, width, &rows)),
            };
            if let Some(first) = array.shape.first_mut() {
                *first = rows.len();
            }
        }
        self
    }

    /// The arrays in the order of the model's outputs: by name, else in the file's order; the columns of one array for several outputs.
    ///
    /// # Errors
    /// [`DataError::ArrayNames`] when they do not match.
    pub fn for_heads(&self, heads: &[String]) -> Result<Vec<LabelArray>, DataError> {
        if let [array] = self.arrays.as_slice() {
            if heads.len() > 1 && array.shape.get(1) == Some(&heads.len()) && array.shape.len() == 2 {
                return Ok((0..heads.len()).map(|column| array.column(column, heads.len())).collect());
            }
            if heads.len() == 1 {
                return Ok(vec![array.clone()]);
            }
        }
        let names: Vec<String> = self.arrays.iter().map(|array| array.name.clone().unwrap_or_default()).collect();
        let order = order_by_names(&self.origin, &names, heads)?;
        Ok(order.into_iter().filter_map(|index| self.arrays.get(index).cloned()).collect())
    }
}

impl LabelArray {
    fn column(&self, column: usize, columns: usize) -> LabelArray {
        let values = match &self.values {
            LabelValues::Integers(v) => {
                LabelValues::Integers(v.iter().skip(column).step_by(columns).copied().collect())
            }
            LabelValues::Floats(v) => LabelValues::Floats(v.iter().skip(column).step_by(columns).copied().collect()),
            LabelValues::Names(v) => LabelValues::Names(v.iter().skip(column).step_by(columns).cloned().collect()),
        };
        LabelArray { name: None, shape: self.shape.iter().take(1).copied().collect(), values }
    }
}

fn select_rows<T: Clone>(values: &[T], width: usize, rows: &[usize]) -> Vec<T> {
    rows.iter().flat_map(|row| values[row * width..(row + 1) * width].iter().cloned()).collect()
}

fn label_array(name: Option<String>, array: NpyArray) -> Result<LabelArray, DataError> {
    match array {
        NpyArray::Numbers(array) => number_labels(name, array),
        NpyArray::Text { shape, values, .. } => Ok(LabelArray { name, shape, values: LabelValues::Names(values) }),
    }
}

fn number_labels(name: Option<String>, array: Array) -> Result<LabelArray, DataError> {
    let Array { origin, shape, numbers, .. } = array;
    let floats = |values: Vec<f64>| match values.iter().position(|value| !value.is_finite()) {
        None => Ok(LabelValues::Floats(values)),
        Some(sample) => Err(DataError::NotFinite { origin, sample, element: 0, value: values[sample] }),
    };
    let values = match numbers {
        Numbers::Integers(integers) => LabelValues::Integers(to_i64(&integers)),
        Numbers::F32(values) => floats(values.into_iter().map(f64::from).collect())?,
        Numbers::F64(values) => floats(values)?,
    };
    Ok(LabelArray { name, shape, values })
}

/// Integers beyond 64 signed bits saturate: they are out of any class range all the same.
fn to_i64(integers: &Integers) -> Vec<i64> {
    with_integers!(integers, v => v.iter().map(|&value| i64::try_from(i128::from(value)).unwrap_or(i64::MAX)).collect())
}

/// Words that make a first row a header.
const LABEL_HEADERS: [&str; 5] = ["label", "labels", "class", "target", "group"];
const FILE_HEADERS: [&str; 4] = ["file", "filename", "image", "name"];

fn csv_labels(table: &Table, image_names: Option<&[String]>) -> Result<LabelArray, DataError> {
    match (table.columns(), image_names) {
        (1, _) => one_column(table),
        (2, Some(names)) => by_file(table, names),
        (columns, Some(_)) => {
            let expected =
                "labels of images are rows `file,label`, or one label per row in the order of the file names";
            Err(DataError::LabelColumns { origin: table.origin.clone(), found: columns, expected })
        }
        (_, None) => number_labels(None, table.to_numbers()?),
    }
}

fn one_column(table: &Table) -> Result<LabelArray, DataError> {
    if let Ok(array) = table.to_numbers() {
        let labels = number_labels(None, array)?;
        return Ok(LabelArray { shape: labels.shape.into_iter().take(1).collect(), ..labels });
    }
    let cells: Vec<&str> = table.rows.iter().filter_map(|row| row.get(0)).collect();
    let has_header = cells.first().is_some_and(|cell| LABEL_HEADERS.contains(&cell.to_lowercase().as_str()));
    let names: Vec<String> = cells.into_iter().skip(usize::from(has_header)).map(str::to_owned).collect();
    Ok(LabelArray { name: None, shape: vec![names.len()], values: LabelValues::Names(names) })
}

/// Rows `file,label` in the order of the images.
fn by_file(table: &Table, names: &[String]) -> Result<LabelArray, DataError> {
    let is_header = |file: &str, label: &str| {
        FILE_HEADERS.contains(&file.to_lowercase().as_str()) && LABEL_HEADERS.contains(&label.to_lowercase().as_str())
    };
    let mut labels = BTreeMap::new();
    for (index, row) in table.rows.iter().enumerate() {
        let (file, label) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
        if index > 0 || !is_header(file, label) {
            // A path is taken by its last part.
            labels.insert(file.rsplit(['/', '\\']).next().unwrap_or(file), label);
        }
    }
    let missing = |file: &String| DataError::LabelMissing { origin: table.origin.clone(), file: file.clone() };
    let ordered: Result<Vec<&str>, DataError> =
        names.iter().map(|name| labels.get(name.as_str()).copied().ok_or_else(|| missing(name))).collect();
    let ordered = ordered?;
    let values = match ordered.iter().map(|label| label.parse()).collect() {
        Ok(integers) => LabelValues::Integers(integers),
        Err(_) => {
            match ordered.iter().map(|label| label.parse().ok().filter(|value: &f64| value.is_finite())).collect() {
                Some(floats) => LabelValues::Floats(floats),
                None => LabelValues::Names(ordered.iter().map(|&label| label.to_owned()).collect()),
            }
        }
    };
    Ok(LabelArray { name: None, shape: vec![names.len()], values })
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::table;
    use super::*;

    fn integers(values: &[i64]) -> Labels {
        let array =
            LabelArray { name: None, shape: vec![values.len()], values: LabelValues::Integers(values.to_vec()) };
        Labels { origin: "y.npy".into(), arrays: vec![array] }
    }

    fn csv(text: &str, names: Option<&[String]>) -> Result<LabelArray, DataError> {
        csv_labels(&table(text).unwrap(), names)
    }

    #[test]
    fn one_label_per_line() {
        let array = csv("3\n1\n2\n", None).unwrap();
        assert_eq!((array.shape, array.values), (vec![3], LabelValues::Integers(vec![3, 1, 2])));
        assert_eq!(csv("label\n3\n1\n", None).unwrap().values, LabelValues::Integers(vec![3, 1]));
        assert_eq!(csv("0.5\n-1\n", None).unwrap().values, LabelValues::Floats(vec![0.5, -1.0]));
        let names = LabelValues::Names(vec!["cat".into(), "dog".into()]);
        assert_eq!(csv("Class\ncat\ndog\n", None).unwrap().values, names);
        assert_eq!(csv("cat\ndog\n", None).unwrap().values, names);
    }

    #[test]
    fn labels_by_file_follow_the_images() {
        let names = ["a.png".to_owned(), "b.png".to_owned()];
        let array = csv("file,label\nimages/b.png,dog\nc.png,cow\na.png,cat\n", Some(&names)).unwrap();
        assert_eq!(array.values, LabelValues::Names(vec!["cat".into(), "dog".into()]));
        assert_eq!(csv("b.png,4\na.png,2\n", Some(&names)).unwrap().values, LabelValues::Integers(vec![2, 4]));
        let error = csv("b.png,4\n", Some(&names)).unwrap_err();
        assert!(matches!(error, DataError::LabelMissing { ref file, .. } if file == "a.png"), "{error}");
        assert!(matches!(csv("1,2,3\n", Some(&names)), Err(DataError::LabelColumns { found: 3, .. })));
    }

    #[test]
    fn labels_per_group_spread_over_windows() {
        let spread = integers(&[10, 20]).per_window(&[7, 3, 7, 3, 3]).unwrap();
        assert_eq!(spread.arrays[0].values, LabelValues::Integers(vec![20, 10, 20, 10, 10]));
        let kept = integers(&[1, 2, 3]).per_window(&[7, 3, 7]).unwrap();
        assert_eq!(kept, integers(&[1, 2, 3]));
        let error = integers(&[1, 2, 3]).per_window(&[7, 3, 7, 7]).unwrap_err();
        assert!(matches!(error, DataError::Length { found: 3, wanted: 2, .. }), "{error}");
    }

    #[test]
    fn heads_take_arrays_by_name_or_columns() {
        let heads = ["digit".to_owned(), "parity".to_owned()];
        let mut labels = integers(&[1, 2]);
        labels.arrays[0].name = Some("parity".into());
        labels.arrays.push(LabelArray { name: Some("digit".into()), ..integers(&[8, 9]).arrays[0].clone() });
        let found = labels.for_heads(&heads).unwrap();
        assert_eq!(found[0].values, LabelValues::Integers(vec![8, 9]));
        labels.arrays[0].name = Some("other".into());
        assert!(matches!(labels.for_heads(&heads), Err(DataError::ArrayNames { .. })));

        let mut columns = integers(&[1, 2, 3, 4]);
        columns.arrays[0].shape = vec![2, 2];
        let found = columns.for_heads(&heads).unwrap();
        assert_eq!(found[1].values, LabelValues::Integers(vec![2, 4]));
        assert_eq!(columns.truncate(1).arrays[0].shape, [1, 2]);
    }
}
