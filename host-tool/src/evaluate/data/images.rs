//! A folder of images as one array.

use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageReader};
use rayon::prelude::*;

use super::array::{Array, Dtype, Integers, Numbers};
use super::error::DataError;

/// File name endings that are taken for images; other files in the folder are left alone.
const EXTENSIONS: [&str; 8] = ["png", "jpg", "jpeg", "bmp", "pnm", "pbm", "pgm", "ppm"];

/// The images of a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// `[N, H, W, C]`, u8 or u16; C is 1 when all are gray, else 3.
    pub array: Array,
    /// File names, in the order of the samples: sorted by their bytes.
    pub names: Vec<String>,
}

/// Reads all images of a folder, sorted by name. Nothing is resized; gray becomes RGB only where others of the folder are RGB.
///
/// # Errors
/// When the folder or an image cannot be read, there is none, sizes or depths differ, or an image has transparent pixels.
pub fn read_images(folder: &Path) -> Result<Images, DataError> {
    let paths = image_paths(folder)?;
    let decoded: Result<Vec<Pixels>, DataError> = paths.par_iter().map(|path| decode(path)).collect();
    let decoded = decoded?;
    let origin = folder.display().to_string();
    let Some(first) = decoded.first() else { return Err(DataError::Empty { origin }) };
    for pixels in &decoded {
        check_same_kind(first, pixels)?;
    }
    let (height, width) = (first.height, first.width);
    let channels = decoded.iter().map(|pixels| pixels.channels).max().unwrap_or(1);
    let dtype = first.dtype();
    let array = Array {
        origin,
        shape: vec![decoded.len(), height, width, channels],
        dtype,
        numbers: Numbers::Integers(join(decoded, dtype, channels)),
    };
    let names = paths.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    Ok(Images { array, names })
}

fn image_paths(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let read_error = |source| DataError::Read { origin: folder.display().to_string(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read_error)? {
        let path = entry.map_err(read_error)?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if path.is_file() && EXTENSIONS.contains(&extension.as_str()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// One decoded image: `values` is `[H, W, channels]`.
struct Pixels {
    origin: String,
    height: usize,
    width: usize,
    channels: usize,
    values: Depth,
}

enum Depth {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Pixels {
    fn dtype(&self) -> Dtype {
        match self.values {
            Depth::Eight(_) => Dtype::U8,
            Depth::Sixteen(_) => Dtype::U16,
        }
    }
}

fn decode(path: &Path) -> Result<Pixels, DataError> {
    let origin = path.display().to_string();
    let read_error = |source| DataError::Read { origin: origin.clone(), source };
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(read_error)?;
    let image = reader.decode().map_err(|source| DataError::Image { origin: origin.clone(), source })?;
    let (height, width) = (image.height() as usize, image.width() as usize);
    let transparent = || DataError::ImagePixels { origin: origin.clone(), problem: "transparent pixels" };
    let (channels, values) = match image {
        DynamicImage::ImageLuma8(image) => (1, Depth::Eight(image.into_raw())),
        DynamicImage::ImageRgb8(image) => (3, Depth::Eight(image.into_raw())),
        DynamicImage::ImageLuma16(image) => (1, Depth::Sixteen(image.into_raw())),
        DynamicImage::ImageRgb16(image) => (3, Depth::Sixteen(image.into_raw())),
        DynamicImage::ImageLumaA8(image) => (1, Depth::Eight(opaque(&image, 2, u8::MAX).ok_or_else(transparent)?)),
        DynamicImage::ImageRgba8(image) => (3, Depth::Eight(opaque(&image, 4, u8::MAX).ok_or_else(transparent)?)),
        DynamicImage::ImageLumaA16(image) => (1, Depth::Sixteen(opaque(&image, 2, u16::MAX).ok_or_else(transparent)?)),
        DynamicImage::ImageRgba16(image) => (3, Depth::Sixteen(opaque(&image, 4, u16::MAX).ok_or_else(transparent)?)),
        _ => return Err(DataError::ImagePixels { origin, problem: "pixels that are neither 8 nor 16 bit" }),
    };
    Ok(Pixels { origin, height, width, channels, values })
}

/// Drops the last of each pixel's `samples`, the alpha, when all of them are `full`.
fn opaque<T: Copy + PartialEq>(values: &[T], samples: usize, full: T) -> Option<Vec<T>> {
    let mut colors = Vec::with_capacity(values.len());
    for pixel in values.chunks_exact(samples) {
        let (&alpha, color) = pixel.split_last()?;
        if alpha != full {
            return None;
        }
        colors.extend_from_slice(color);
    }
    Some(colors)
}

fn check_same_kind(first: &Pixels, other: &Pixels) -> Result<(), DataError> {
    if (first.height, first.width) != (other.height, other.width) {
        return Err(DataError::ImageSize {
            origin: other.origin.clone(),
            width: other.width,
            height: other.height,
            first: first.origin.clone(),
            first_width: first.width,
            first_height: first.height,
        });
    }
    if first.dtype() != other.dtype() {
        let problem = "another bit depth than the first of its folder";
        return Err(DataError::ImagePixels { origin: other.origin.clone(), problem });
    }
    Ok(())
}

fn join(images: Vec<Pixels>, dtype: Dtype, channels: usize) -> Integers {
    let (mut eight, mut sixteen) = (Vec::new(), Vec::new());
    for image in images {
        let copies = channels / image.channels;
        match image.values {
            Depth::Eight(values) => extend_repeated(&mut eight, &values, copies),
            Depth::Sixteen(values) => extend_repeated(&mut sixteen, &values, copies),
        }
    }
    if dtype == Dtype::U16 { Integers::U16(sixteen) } else { Integers::U8(eight) }
}

/// Appends each value `copies` times: gray to RGB where `copies` is 3.
fn extend_repeated<T: Copy>(target: &mut Vec<T>, values: &[T], copies: usize) {
    if copies == 1 {
        target.extend_from_slice(values);
    } else {
        target.extend(values.iter().flat_map(|&value| std::iter::repeat_n(value, copies)));
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn gray(value: u8, width: u32) -> GrayImage {
        GrayImage::from_fn(width, 2, |x, y| Luma([value + x as u8 + 10 * y as u8]))
    }

    #[test]
    fn sorted_by_name_and_channels_last() {
        let folder = tempfile::tempdir().unwrap();
        gray(100, 3).save(folder.path().join("b.png")).unwrap();
        gray(0, 3).save(folder.path().join("a.png")).unwrap();
        std::fs::write(folder.path().join("labels.csv"), "x").unwrap();
        let images = read_images(folder.path()).unwrap();
        assert_eq!(images.names, ["a.png", "b.png"]);
        assert_eq!(images.array.shape, [2, 2, 3, 1]);
        let expected = vec![0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112];
        assert_eq!(images.array.numbers, Numbers::Integers(Integers::U8(expected)));
    }

    #[test]
    fn gray_joins_rgb_and_opaque_alpha_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        GrayImage::from_pixel(1, 1, Luma([7])).save(folder.path().join("a.png")).unwrap();
        RgbImage::from_pixel(1, 1, Rgb([1, 2, 3])).save(folder.path().join("b.png")).unwrap();
        RgbaImage::from_pixel(1, 1, Rgba([4, 5, 6, 255])).save(folder.path().join("c.png")).unwrap();
        let images = read_images(folder.path()).unwrap();
        assert_eq!(images.array.shape, [3, 1, 1, 3]);
        assert_eq!(images.array.numbers, Numbers::Integers(Integers::U8(vec![7, 7, 7, 1, 2, 3, 4, 5, 6])));
        RgbaImage::from_pixel(1, 1, Rgba([4, 5, 6, 9])).save(folder.path().join("d.png")).unwrap();
        assert!(matches!(read_images(folder.path()), Err(DataError::ImagePixels { .. })));
    }

    #[test]
    fn sizes_are_never_changed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_images(folder.path()), Err(DataError::Empty { .. })));
        gray(0, 3).save(folder.path().join("a.png")).unwrap();
        gray(0, 4).save(folder.path().join("b.png")).unwrap();
        let error = read_images(folder.path()).unwrap_err().to_string();
        assert!(error.contains("4x2") && error.contains("3x2"), "{error}");
        std::fs::write(folder.path().join("0.png"), "no image").unwrap();
        assert!(matches!(read_images(folder.path()), Err(DataError::Image { .. })));
    }
}
