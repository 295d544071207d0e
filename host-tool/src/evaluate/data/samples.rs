//! Samples as a model takes them: floats, and the raw integers they came from.

use super::array::{Array, Dtype, Integers, Numbers, c_strides, gather, with_integers};
use super::error::DataError;

/// How integer samples become real values: `real = scale * (q - zero_point)`.
///
/// One value each, or one per channel: the channels are the last axis if it has that many elements, else axis 1 (the
/// first after the samples).
#[derive(Debug, Clone, PartialEq)]
pub struct InputTransform {
    /// Real value of one step.
    pub scale: Vec<f32>,
    /// Integer that stands for 0.
    pub zero_point: Vec<f32>,
}

impl Default for InputTransform {
    /// Scale 1 and zero point 0: integers are taken at their value.
    fn default() -> Self {
        InputTransform { scale: vec![1.0], zero_point: vec![0.0] }
    }
}

impl InputTransform {
    /// Reads the command line's `--input-scale` and `--input-zero-point`: one number, or one per channel with commas.
    ///
    /// # Errors
    /// When a text is not a list of finite numbers, or a scale is 0.
    pub fn parse(scale: Option<&str>, zero_point: Option<&str>) -> Result<Self, DataError> {
        let default = InputTransform::default();
        let scale = scale.map_or(Ok(default.scale), parse_list)?;
        let zero_point = zero_point.map_or(Ok(default.zero_point), parse_list)?;
        if scale.contains(&0.0) {
            return Err(DataError::ZeroScale);
        }
        Ok(InputTransform { scale, zero_point })
    }

    /// Whether integers are taken at their value.
    pub fn is_identity(&self) -> bool {
        *self == InputTransform::default()
    }

    /// Scale and zero point of each channel, and how many elements in a row share a channel.
    fn per_channel(&self, shape: &[usize], origin: &str) -> Result<(Vec<(f64, f64)>, usize), DataError> {
        let channels = self.scale.len().max(self.zero_point.len());
        let fits = |list: &[f32]| list.len() == 1 || list.len() == channels;
        let run = if channels == 1 { Some(1) } else { channel_run(shape, channels) };
        let (true, true, Some(run)) = (fits(&self.scale), fits(&self.zero_point), run) else {
            let (origin, shape) = (origin.into(), shape.to_vec());
            return Err(DataError::TransformChannels { origin, count: channels, shape });
        };
        let pick = |list: &[f32], channel: usize| f64::from(list.get(channel).or(list.first()).copied().unwrap_or(0.0));
        let pairs = (0..channels).map(|c| (pick(&self.scale, c), pick(&self.zero_point, c))).collect();
        Ok((pairs, run))
    }

    /// The real values of integers.
    fn apply(&self, integers: &Integers, shape: &[usize], origin: &str) -> Result<Vec<f32>, DataError> {
        let (channels, run) = self.per_channel(shape, origin)?;
        if let [(scale, zero_point)] = channels[..] {
            let real = |q: f64| ((q - zero_point) * scale) as f32;
            return Ok(with_integers!(integers, v => v.iter().map(|&q| real(q as f64)).collect()));
        }
        let mut values: Vec<f64> = with_integers!(integers, v => v.iter().map(|&q| q as f64).collect());
        for (block, &(scale, zero_point)) in values.chunks_mut(run).zip(channels.iter().cycle()) {
            block.iter_mut().for_each(|q| *q = (*q - zero_point) * scale);
        }
        Ok(values.into_iter().map(|value| value as f32).collect())
    }
}

fn parse_list(text: &str) -> Result<Vec<f32>, DataError> {
    let number = |part: &str| part.trim().parse::<f32>().ok().filter(|value| value.is_finite());
    let list: Option<Vec<f32>> = text.split(',').map(number).collect();
    list.ok_or_else(|| DataError::TransformText { text: text.into() })
}

/// Elements in a row that share a channel: 1 where channels are the last axis, else the product of the axes after axis 1.
fn channel_run(shape: &[usize], channels: usize) -> Option<usize> {
    let per_sample = shape.get(1..)?;
    if per_sample.last() == Some(&channels) {
        return Some(1);
    }
    let (&first, rest) = per_sample.split_first()?;
    (first == channels).then(|| rest.iter().product())
}

/// Samples of one input of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// The file, and the array inside an `.npz`: what errors name.
    pub origin: String,
    /// `[N, ...]`: the number of samples, then the shape of one.
    pub shape: Vec<usize>,
    /// Real values, row-major; all finite.
    pub values: Vec<f32>,
    /// Element type in the file.
    pub source_dtype: Dtype,
    /// The integers of the file, where it holds integers: a device can take them as they are.
    pub raw: Option<Integers>,
    /// Whether the last axis is known to hold channels, as it does for images.
    pub channels_last: bool,
}

impl Samples {
    /// Turns an array into samples, integers through `transform`, floats as they are.
    ///
    /// # Errors
    /// When there are no samples, a value is not a finite 32-bit float, the transform's channels do not fit, or a transform is
    /// given for floats.
    pub fn from_array(array: Array, transform: &InputTransform) -> Result<Self, DataError> {
        let Array { origin, shape, dtype, numbers } = array;
        let count = shape.first().copied().unwrap_or(0);
        if shape.contains(&0) || count == 0 {
            return Err(DataError::Empty { origin });
        }
        if !matches!(numbers, Numbers::Integers(_)) && !transform.is_identity() {
            return Err(DataError::TransformFloats { origin, dtype: dtype.name() });
        }
        let (values, raw) = match numbers {
            Numbers::Integers(integers) => (transform.apply(&integers, &shape, &origin)?, Some(integers)),
            Numbers::F32(values) => (values, None),
            Numbers::F64(values) => (values.into_iter().map(|value| value as f32).collect(), None),
        };
        check_finite(&values, &origin, count)?;
        Ok(Samples { origin, shape, values, source_dtype: dtype, raw, channels_last: false })
    }

    /// Number of samples, N.
    pub fn count(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Elements of one sample.
    pub fn sample_len(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// The values of sample `index`; empty past the end.
    pub fn sample(&self, index: usize) -> &[f32] {
        let length = self.sample_len();
        let start = index.saturating_mul(length);
        self.values.get(start..start.saturating_add(length)).unwrap_or_default()
    }

    /// Keeps the first `count` samples.
    pub fn truncate(&mut self, count: usize) {
        let count = count.min(self.count());
        let length = self.sample_len();
        self.values.truncate(count * length);
        if let Some(raw) = &mut self.raw {
            raw.truncate(count * length);
        }
        if let Some(first) = self.shape.first_mut() {
            *first = count;
        }
    }

    /// Brings the samples to a model input's shape, `[1, ...]`, without changing a value.
    ///
    /// Accepted, in this order: the same shape but for axes of length 1; one sample without the leading axis; images, `[N, H, W, C]`,
    /// for an input `[1, C, H, W]`, which are transposed; flat samples of the right length where the input has at most two axes longer
    /// than 1 (with three the order of the channels would be a guess).
    ///
    /// # Errors
    /// [`DataError::Shape`] otherwise, naming both shapes.
    pub fn fit_to_shape(mut self, input: &str, model_shape: &[usize]) -> Result<Self, DataError> {
        let wanted = model_shape.get(1..).unwrap_or_default();
        let found = self.shape.get(1..).unwrap_or_default();
        let wanted_axes = axes_longer_than_one(wanted);
        let count = if axes_longer_than_one(found) == wanted_axes {
            self.count()
        } else if axes_longer_than_one(&self.shape) == wanted_axes {
            1
        } else if self.channels_last && channels_first(found).as_deref() == Some(wanted) {
            self.transpose_images();
            self.count()
        } else if found.len() == 1 && wanted_axes.len() <= 2 && self.sample_len() == wanted.iter().product::<usize>() {
            self.count()
        } else {
            return Err(DataError::Shape {
                origin: self.origin,
                input: input.into(),
                advice: shape_advice(found, wanted),
                found: self.shape,
                wanted: model_shape.to_vec(),
            });
        };
        self.shape = std::iter::once(count).chain(wanted.iter().copied()).collect();
        Ok(self)
    }

    /// `[N, H, W, C]` to `[N, C, H, W]`, values and raw integers.
    fn transpose_images(&mut self) {
        let [n, h, w, c] = self.shape[..] else { return };
        let strides = c_strides(&self.shape);
        let (shape, strides) = ([n, c, h, w], [strides[0], strides[3], strides[1], strides[2]]);
        self.values = gather(&self.values, &shape, &strides);
        self.raw = self.raw.take().map(|raw| raw.gather(&shape, &strides));
        self.shape = shape.to_vec();
        self.channels_last = false;
    }
}

/// The axes that are longer than 1: two shapes that agree in these have the same row-major elements.
fn axes_longer_than_one(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|&length| length != 1).collect()
}

fn channels_first(shape: &[usize]) -> Option<Vec<usize>> {
    match *shape {
        [height, width, channels] => Some(vec![channels, height, width]),
        _ => None,
    }
}

fn shape_advice(found: &[usize], wanted: &[usize]) -> &'static str {
    let same_count = found.iter().product::<usize>() == wanted.iter().product::<usize>();
    let mut sorted = (axes_longer_than_one(found), axes_longer_than_one(wanted));
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    if same_count && found.len() > 1 && sorted.0 == sorted.1 {
        "the axes are in another order: transpose the samples (numpy.transpose)"
    } else if same_count {
        "the number of elements fits, but their order cannot be known: reshape the samples to the model's shape (numpy.reshape)"
    } else {
        "give samples of the size that the model was trained with; nothing is resized here"
    }
}

fn check_finite(values: &[f32], origin: &str, samples: usize) -> Result<(), DataError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => {
            let length = (values.len() / samples.max(1)).max(1);
            let (sample, element) = (index / length, index % length);
            Err(DataError::NotFinite { origin: origin.into(), sample, element, value: f64::from(values[index]) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(shape: &[usize]) -> Array {
        let values = (0..shape.iter().product()).map(|i: usize| i as f32).collect();
        Array { origin: "x.npy".into(), shape: shape.to_vec(), dtype: Dtype::F32, numbers: Numbers::F32(values) }
    }

    fn bytes(shape: &[usize], values: Vec<i8>) -> Array {
        let numbers = Numbers::Integers(Integers::I8(values));
        Array { origin: "x.npy".into(), shape: shape.to_vec(), dtype: Dtype::I8, numbers }
    }

    fn samples(shape: &[usize]) -> Samples {
        Samples::from_array(floats(shape), &InputTransform::default()).unwrap()
    }

    #[test]
    fn integers_by_scale_and_zero_point() {
        let transform = InputTransform::parse(Some("0.5847029089927673"), Some("83")).unwrap();
        let s = Samples::from_array(bytes(&[2, 2], vec![83, -128, 127, 84]), &transform).unwrap();
        let scale = 0.584_702_9_f32;
        assert_eq!(s.values, [0.0, -211.0 * scale, 44.0 * scale, scale]);
        assert_eq!(s.raw, Some(Integers::I8(vec![83, -128, 127, 84])));
        assert_eq!(s.sample(1), &s.values[2..]);
        assert!(s.sample(2).is_empty());
    }

    #[test]
    fn channels_are_the_last_axis_or_else_the_first() {
        let transform = InputTransform::parse(Some("1,10,100"), Some("1")).unwrap();
        let last = Samples::from_array(bytes(&[1, 2, 3], vec![2; 6]), &transform).unwrap();
        assert_eq!(last.values, [1.0, 10.0, 100.0, 1.0, 10.0, 100.0]);
        let first = Samples::from_array(bytes(&[2, 3, 2], vec![2; 12]), &transform).unwrap();
        assert_eq!(first.values, [1., 1., 10., 10., 100., 100., 1., 1., 10., 10., 100., 100.]);
        let error = Samples::from_array(bytes(&[1, 2, 4], vec![2; 8]), &transform).unwrap_err();
        assert!(matches!(error, DataError::TransformChannels { count: 3, .. }));
        let uneven = InputTransform::parse(Some("1,2,3"), Some("1,2")).unwrap();
        assert!(Samples::from_array(bytes(&[1, 2, 3], vec![2; 6]), &uneven).is_err());
    }

    #[test]
    fn transform_texts() {
        assert_eq!(InputTransform::parse(Some("0.1, 0.2,0.3"), None).unwrap().scale, [0.1, 0.2, 0.3]);
        assert!(InputTransform::parse(None, None).unwrap().is_identity());
        for text in ["", "a", "1,", "nan", "inf", "1;2"] {
            assert!(matches!(InputTransform::parse(Some(text), None), Err(DataError::TransformText { .. })), "{text}");
        }
        assert!(matches!(InputTransform::parse(Some("0"), None), Err(DataError::ZeroScale)));
    }

    #[test]
    fn a_transform_for_floats_is_an_error() {
        let transform = InputTransform::parse(Some("0.5"), None).unwrap();
        assert!(matches!(Samples::from_array(floats(&[1, 2]), &transform), Err(DataError::TransformFloats { .. })));
    }

    #[test]
    fn not_finite_names_the_place() {
        let mut array = floats(&[2, 3]);
        array.numbers = Numbers::F64(vec![0.0, 1.0, 2.0, 3.0, 1e300, 5.0]);
        let error = Samples::from_array(array, &InputTransform::default()).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { sample: 1, element: 1, .. }), "{error}");
        assert!(matches!(
            Samples::from_array(floats(&[0, 3]), &InputTransform::default()),
            Err(DataError::Empty { .. })
        ));
    }

    #[test]
    fn shapes_that_fit() {
        for (found, model, count) in [
            (&[5, 49, 10, 1][..], &[1, 49, 10, 1][..], 5),
            (&[5, 49, 10], &[1, 49, 10, 1], 5),
            (&[5, 1, 49, 10], &[1, 49, 10, 1], 5),
            (&[5, 784], &[1, 1, 28, 28], 5),
            (&[5, 640], &[1, 640], 5),
            (&[640], &[1, 640], 1),
            (&[28, 28, 1], &[1, 28, 28, 1], 1),
            (&[1, 28, 28, 1], &[1, 28, 28, 1], 1),
            (&[7], &[1, 1], 7),
        ] {
            let s = samples(found).fit_to_shape("in", model).unwrap();
            assert_eq!(s.shape[0], count, "{found:?}");
            assert_eq!(s.shape[1..], model[1..], "{found:?}");
            assert_eq!(s.values.len(), found.iter().product::<usize>());
        }
    }

    #[test]
    fn shapes_that_do_not_fit() {
        for (found, model, advice) in [
            (&[5, 3072][..], &[1, 32, 32, 3][..], "reshape"),
            (&[5, 32, 32, 3], &[1, 3, 32, 32], "transpose"),
            (&[5, 641], &[1, 640], "resized"),
            (&[5, 4, 160], &[1, 640], "reshape"),
        ] {
            let error = samples(found).fit_to_shape("in", model).unwrap_err();
            let DataError::Shape { advice: text, .. } = &error else { panic!("{error}") };
            assert!(text.contains(advice), "{found:?}: {text}");
            assert!(
                error.to_string().contains(&format!("{found:?}")) && error.to_string().contains(&format!("{model:?}"))
            );
        }
    }

    #[test]
    fn images_are_transposed_for_channels_first() {
        let mut s = Samples::from_array(bytes(&[1, 2, 2, 3], (0..12).collect()), &InputTransform::default()).unwrap();
        s.channels_last = true;
        let s = s.fit_to_shape("in", &[1, 3, 2, 2]).unwrap();
        assert_eq!(s.values, [0., 3., 6., 9., 1., 4., 7., 10., 2., 5., 8., 11.]);
        assert_eq!(s.raw, Some(Integers::I8(vec![0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])));
        assert_eq!(s.shape, [1, 3, 2, 2]);
    }

    #[test]
    fn truncate_keeps_the_first() {
        let mut s = Samples::from_array(bytes(&[3, 2], (0..6).collect()), &InputTransform::default()).unwrap();
        s.truncate(2);
        assert_eq!((s.count(), s.values.len(), s.raw.as_ref().map(Integers::len)), (2, 4, Some(4)));
        s.truncate(9);
        assert_eq!(s.count(), 2);
    }
}
