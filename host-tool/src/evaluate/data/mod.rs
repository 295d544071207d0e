//! Data sets: samples, labels and groups from `.npy`, `.npz`, CSV, and folders of images.

pub mod array;
mod error;
mod images;
mod labels;
mod npy;
mod samples;
mod table;
mod targets;

use std::path::Path;

pub use array::{Array, Dtype, Integers, Numbers};
pub use error::DataError;
pub use labels::{LabelArray, LabelValues, Labels, read_groups, read_labels};
pub use samples::{InputTransform, Samples};
pub use targets::{Head, Target, class_targets, head_targets};

use npy::NpyArray;

/// Name and shape, `[1, ...]`, of one input of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct InputSpec {
    /// The input's name.
    pub name: String,
    /// Its shape with a batch of 1.
    pub shape: Vec<usize>,
}

/// Samples for all inputs of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    /// One entry per input of the model, in its order, each of that input's shape; all of the same count.
    pub samples: Vec<Samples>,
    /// File names, where the samples are a folder of images.
    pub image_names: Option<Vec<String>>,
}

/// Reads the samples for a model's inputs from a folder of images, `.npy`, `.npz` or CSV, and fits them to the inputs' shapes.
///
/// A model with several inputs needs an `.npz` whose arrays carry the inputs' names, or are unnamed (`arr_0`, ...) in their order.
/// Where arrays are both integers and floats, `transform` holds for the integers.
///
/// # Errors
/// When the data cannot be read, holds values that are not finite, or does not fit the model.
pub fn read_inputs(path: &Path, specs: &[InputSpec], transform: &InputTransform) -> Result<Inputs, DataError> {
    let origin = path.display().to_string();
    let (arrays, image_names) = read_arrays(path)?;
    let names: Vec<String> = arrays.iter().map(|(name, _)| name.clone()).collect();
    let wanted: Vec<String> = specs.iter().map(|spec| spec.name.clone()).collect();
    let order = if arrays.len() == 1 && specs.len() == 1 { vec![0] } else { order_by_names(&origin, &names, &wanted)? };
    let any_integers = arrays.iter().any(|(_, array)| matches!(array.numbers, Numbers::Integers(_)));
    let mut arrays: Vec<Option<Array>> = arrays.into_iter().map(|(_, array)| Some(array)).collect();
    let mut samples = Vec::with_capacity(specs.len());
    for (spec, index) in specs.iter().zip(order) {
        let Some(array) = arrays.get_mut(index).and_then(Option::take) else { continue };
        let is_float = !matches!(array.numbers, Numbers::Integers(_));
        let default = InputTransform::default();
        let transform = if is_float && any_integers { &default } else { transform };
        let mut read = Samples::from_array(array, transform)?;
        read.channels_last = image_names.is_some();
        samples.push(read.fit_to_shape(&spec.name, &spec.shape)?);
    }
    check_counts(&samples)?;
    Ok(Inputs { samples, image_names })
}

/// All arrays of the path, and the image names where it is a folder.
type NamedArrays = (Vec<(String, Array)>, Option<Vec<String>>);

fn read_arrays(path: &Path) -> Result<NamedArrays, DataError> {
    if path.is_dir() {
        let images = images::read_images(path)?;
        return Ok((vec![(String::new(), images.array)], Some(images.names)));
    }
    let arrays = match extension(path).as_str() {
        "npy" => vec![(String::new(), npy::read_npy(path)?.into_numbers()?)],
        "csv" => vec![(String::new(), table::read_table(path)?.to_numbers()?)],
        "npz" => npy::read_npz(path)?
            .into_iter()
            .map(|(name, array): (String, NpyArray)| Ok((name, array.into_numbers()?)))
            .collect::<Result<_, DataError>>()?,
        _ => {
            let (origin, expected) =
                (path.display().to_string(), "samples are read from .npy, .npz, .csv, or a folder of images");
            return Err(DataError::UnknownFormat { origin, expected });
        }
    };
    Ok((arrays, None))
}

fn check_counts(samples: &[Samples]) -> Result<(), DataError> {
    let Some(wanted) = samples.first().map(Samples::count) else { return Ok(()) };
    match samples.iter().find(|s| s.count() != wanted) {
        None => Ok(()),
        Some(s) => {
            let of = "samples for the first input";
            Err(DataError::Length { origin: s.origin.clone(), found: s.count(), wanted, of })
        }
    }
}

/// The file name's ending in lower case, without the dot.
fn extension(path: &Path) -> String {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

/// For each wanted name the position of the array that has it; arrays without names of their own (`arr_0`, ...) go by position.
fn order_by_names(origin: &str, found: &[String], wanted: &[String]) -> Result<Vec<usize>, DataError> {
    let position = |name: &String| found.iter().position(|other| other == name);
    let by_name: Option<Vec<usize>> = wanted.iter().map(position).collect();
    let by_number: Option<Vec<usize>> = (0..wanted.len()).map(|index| position(&format!("arr_{index}"))).collect();
    let by_number = by_number.filter(|_| found.len() == wanted.len());
    by_name.or(by_number).ok_or_else(|| DataError::ArrayNames {
        origin: origin.into(),
        found: found.to_vec(),
        wanted: wanted.to_vec(),
    })
}

/// Samples with what is known of them; all parts have the same count.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// One entry per input of the model.
    pub inputs: Vec<Samples>,
    /// One row per sample.
    pub labels: Option<Labels>,
    /// The group, such as a clip, of each sample (a window of it).
    pub groups: Option<Vec<i64>>,
}

/// The files of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataFiles<'a> {
    /// Samples: `.npy`, `.npz`, CSV, or a folder of images.
    pub inputs: &'a Path,
    /// Labels, one row per sample or per group.
    pub labels: Option<&'a Path>,
    /// Groups, one per sample.
    pub groups: Option<&'a Path>,
}

impl Dataset {
    /// Reads a whole data set for a model's inputs.
    ///
    /// # Errors
    /// As [`read_inputs`], [`read_labels`], [`read_groups`] and [`Dataset::new`].
    pub fn read(files: DataFiles, specs: &[InputSpec], transform: &InputTransform) -> Result<Self, DataError> {
        let inputs = read_inputs(files.inputs, specs, transform)?;
        let labels = files.labels.map(|path| read_labels(path, inputs.image_names.as_deref())).transpose()?;
        let groups = files.groups.map(|path| Ok((read_groups(path)?, path.display().to_string()))).transpose()?;
        Dataset::new(inputs.samples, labels, groups)
    }

    /// Puts samples, labels and groups together; labels given per group are spread over its samples.
    ///
    /// # Errors
    /// [`DataError::Length`] when they do not have the same count.
    pub fn new(
        inputs: Vec<Samples>,
        labels: Option<Labels>,
        groups: Option<(Vec<i64>, String)>,
    ) -> Result<Self, DataError> {
        check_counts(&inputs)?;
        let wanted = inputs.first().map_or(0, Samples::count);
        let check = |origin: &str, found: usize| match found == wanted {
            true => Ok(()),
            false => Err(DataError::Length { origin: origin.into(), found, wanted, of: "samples" }),
        };
        if let Some((groups, origin)) = &groups {
            check(origin, groups.len())?;
        }
        let groups = groups.map(|(groups, _)| groups);
        let labels = match (labels, &groups) {
            (Some(labels), Some(groups)) => Some(labels.per_window(groups)?),
            (labels, _) => labels,
        };
        if let Some(labels) = &labels {
            check(&labels.origin, labels.count()?)?;
        }
        Ok(Dataset { inputs, labels, groups })
    }

    /// Number of samples.
    pub fn count(&self) -> usize {
        self.inputs.first().map_or(0, Samples::count)
    }

    /// The values of sample `index`, one slice per input.
    pub fn sample(&self, index: usize) -> Vec<&[f32]> {
        self.inputs.iter().map(|samples| samples.sample(index)).collect()
    }

    /// Keeps the first `count` samples.
    pub fn truncate(&mut self, count: usize) {
        let count = count.min(self.count());
        self.inputs.iter_mut().for_each(|samples| samples.truncate(count));
        self.labels = self.labels.take().map(|labels| labels.truncate(count));
        if let Some(groups) = &mut self.groups {
            groups.truncate(count);
        }
    }
}

#[cfg(test)]
mod tests;
