//! `.npy` arrays and `.npz` archives of them.
//!
//! The format is NumPy's, versions 1.0 to 3.0 (NEP 1 and `numpy.lib.format`): a magic, a header that is a Python dictionary of
//! `descr`, `fortran_order` and `shape`, then the elements. The header is read here, strictly, because its numbers decide how much
//! memory is asked for: nothing is allocated before it is compared with the bytes that are there.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytemuck::Pod;

use super::array::{Array, Dtype, Integers, Numbers};
use super::error::DataError;

/// Longest header that is read, in bytes; `numpy.save` writes 128.
const HEADER_BYTES_MAX: u32 = 1 << 16;

/// Deflate makes at most 1032 bytes of one (zlib's technical notes, "Maximum Compression Factor"): an archive cannot claim more.
const DEFLATE_RATIO_MAX: u64 = 1032;

/// One array of an `.npy` file: numbers, or text (label files may hold class names).
#[derive(Debug, Clone, PartialEq)]
pub enum NpyArray {
    /// Numbers of any supported type.
    Numbers(Array),
    /// Strings, with the shape of their array.
    Text {
        /// File, and array inside an `.npz`.
        origin: String,
        /// Length of each axis.
        shape: Vec<usize>,
        /// The strings, row-major.
        values: Vec<String>,
    },
}

impl NpyArray {
    /// The numbers.
    ///
    /// # Errors
    /// [`DataError::Dtype`] when the array holds text.
    pub fn into_numbers(self) -> Result<Array, DataError> {
        match self {
            NpyArray::Numbers(array) => Ok(array),
            NpyArray::Text { origin, .. } => Err(DataError::Dtype { origin, dtype: "text".into() }),
        }
    }
}

/// Reads one `.npy` file.
///
/// # Errors
/// When the file cannot be read, is no `.npy` array, is cut short, or has elements of another type.
pub fn read_npy(path: &Path) -> Result<NpyArray, DataError> {
    let origin = path.display().to_string();
    let read_error = |source| DataError::Read { origin: origin.clone(), source };
    let mut file = File::open(path).map_err(read_error)?;
    let file_bytes = file.metadata().map_err(read_error)?.len();
    read_array(&mut file, file_bytes, &origin)
}

/// Reads all arrays of an `.npz` archive, with their names, in the archive's order.
///
/// # Errors
/// When the archive or one of its arrays cannot be read.
pub fn read_npz(path: &Path) -> Result<Vec<(String, NpyArray)>, DataError> {
    let origin = path.display().to_string();
    let file = File::open(path).map_err(|source| DataError::Read { origin: origin.clone(), source })?;
    let file_bytes = file.metadata().map_err(|source| DataError::Read { origin: origin.clone(), source })?.len();
    let npz_error = |source| DataError::Npz { origin: origin.clone(), source };
    let mut archive = npyz::npz::NpzArchive::new(io::BufReader::new(file)).map_err(npz_error)?;
    let zip = archive.zip_archive();
    let mut arrays = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|e| npz_error(e.into()))?;
        let Some(name) = npyz::npz::array_name_from_file_name(entry.name()).map(str::to_owned) else { continue };
        let entry_bytes = entry.size().min(file_bytes.saturating_mul(DEFLATE_RATIO_MAX));
        let array = read_array(&mut entry, entry_bytes, &format!("{origin}, array `{name}`"))?;
        arrays.push((name, array));
    }
    Ok(arrays)
}

/// Reads header and elements from a stream of `total_bytes`.
fn read_array(reader: &mut dyn Read, total_bytes: u64, origin: &str) -> Result<NpyArray, DataError> {
    let (header, header_bytes) = read_header(reader, origin)?;
    let too_large = || DataError::NpyHeader { origin: origin.into(), reason: "its shape is too large" };
    let count = element_count(&header.shape).ok_or_else(too_large)?;
    let size_bytes = header.element.size_bytes().ok_or_else(too_large)?;
    let expected_bytes = (count as u64).checked_mul(size_bytes).ok_or_else(too_large)?;
    let found_bytes = total_bytes.saturating_sub(header_bytes);
    let truncated = |found_bytes| DataError::Truncated { origin: origin.into(), expected_bytes, found_bytes };
    if found_bytes < expected_bytes {
        return Err(truncated(found_bytes));
    }
    let source = Elements { count, big_endian: header.big_endian };
    let array = match header.element {
        Element::Number(dtype) => {
            let numbers = source.read_numbers(reader, dtype).map_err(|e| read_failed(e, origin))?;
            let numbers = if header.fortran_order { to_c_order(&numbers, &header.shape) } else { numbers };
            NpyArray::Numbers(Array { origin: origin.into(), shape: header.shape, dtype, numbers })
        }
        Element::Text { length } => {
            let values = source.read_text(reader, length).map_err(|e| read_failed(e, origin))?;
            NpyArray::Text { origin: origin.into(), shape: header.shape, values }
        }
    };
    Ok(array)
}

/// Elements of a shape, when that is a number of memory's size.
fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |count, &length| count.checked_mul(length))
}

fn read_failed(source: io::Error, origin: &str) -> DataError {
    DataError::Read { origin: origin.into(), source }
}

/// A Fortran-order array is the C-order array of the reversed shape, with its axes reversed.
fn to_c_order(numbers: &Numbers, shape: &[usize]) -> Numbers {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &length in shape {
        strides.push(stride);
        stride *= length;
    }
    numbers.gather(shape, &strides)
}

/// What the header says of one element.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Element {
    Number(Dtype),
    /// Unicode text of at most `length` code points, 4 bytes each.
    Text {
        length: u32,
    },
}

impl Element {
    fn size_bytes(self) -> Option<u64> {
        match self {
            Element::Number(dtype) => Some(dtype.size_bytes() as u64),
            Element::Text { length } => u64::from(length).checked_mul(4),
        }
    }
}

/// A parsed header.
#[derive(Debug, PartialEq)]
struct Header {
    element: Element,
    big_endian: bool,
    fortran_order: bool,
    shape: Vec<usize>,
}

/// Reads magic, version and header; returns it with the number of bytes it took.
fn read_header(reader: &mut dyn Read, origin: &str) -> Result<(Header, u64), DataError> {
    let damaged = |reason| DataError::NpyHeader { origin: origin.into(), reason };
    let mut magic = [0; 8];
    reader.read_exact(&mut magic).map_err(|_| damaged("it is shorter than a header"))?;
    let [0x93, b'N', b'U', b'M', b'P', b'Y', major, _] = magic else {
        return Err(damaged("it does not start with the magic of numpy.save"));
    };
    let mut length = [0; 4];
    let length_bytes = match major {
        1 => 2,
        2 | 3 => 4,
        _ => return Err(damaged("its format version is unknown")),
    };
    reader.read_exact(&mut length[..length_bytes]).map_err(|_| damaged("it is shorter than a header"))?;
    let length = u32::from_le_bytes(length);
    if length > HEADER_BYTES_MAX {
        return Err(damaged("its header is too long"));
    }
    let mut text = vec![0; length as usize];
    reader.read_exact(&mut text).map_err(|_| damaged("it is shorter than its header"))?;
    let header_bytes = 8 + length_bytes as u64 + u64::from(length);
    Ok((HeaderParser { rest: &text, origin }.header()?, header_bytes))
}

/// Reads the header's dictionary, which `numpy` writes with these three keys in any order.
struct HeaderParser<'a> {
    rest: &'a [u8],
    origin: &'a str,
}

impl<'a> HeaderParser<'a> {
    fn header(mut self) -> Result<Header, DataError> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.expect(b'{', "its header is not a dictionary")?;
        while !self.take(b'}') {
            let key = self.string().ok_or_else(|| self.damaged("a key of its header is not text"))?;
            self.expect(b':', "a key of its header has no value")?;
            match key {
                "descr" => descr = Some(self.descr()?),
                "fortran_order" => fortran_order = Some(self.boolean()?),
                "shape" => shape = Some(self.shape()?),
                _ => return Err(self.damaged("its header has an unknown key")),
            }
            self.take(b',');
        }
        let missing = "its header needs descr, fortran_order and shape";
        let (element, big_endian) = descr.ok_or_else(|| self.damaged(missing))?;
        Ok(Header {
            element,
            big_endian,
            fortran_order: fortran_order.ok_or_else(|| self.damaged(missing))?,
            shape: shape.ok_or_else(|| self.damaged(missing))?,
        })
    }

    fn damaged(&self, reason: &'static str) -> DataError {
        DataError::NpyHeader { origin: self.origin.into(), reason }
    }

    /// Takes this byte, after any white space, if it is next.
    fn take(&mut self, byte: u8) -> bool {
        self.rest = self.rest.trim_ascii_start();
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), DataError> {
        if self.take(byte) { Ok(()) } else { Err(self.damaged(reason)) }
    }

    /// A quoted text without escapes.
    fn string(&mut self) -> Option<&'a str> {
        let quote = [b'\'', b'"'].into_iter().find(|&quote| self.take(quote))?;
        let end = self.rest.iter().position(|&byte| byte == quote)?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..)?;
        std::str::from_utf8(text).ok()
    }

    /// A word of ASCII letters and digits.
    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_ascii_start();
        let end = self.rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        std::str::from_utf8(word).unwrap_or_default()
    }

    fn boolean(&mut self) -> Result<bool, DataError> {
        match self.word() {
            "True" => Ok(true),
            "False" => Ok(false),
            _ => Err(self.damaged("its fortran_order is neither True nor False")),
        }
    }

    fn shape(&mut self) -> Result<Vec<usize>, DataError> {
        let mut shape = Vec::new();
        self.expect(b'(', "its shape is not a tuple")?;
        while !self.take(b')') {
            // Python 2 writes long integers with an L.
            let length = self.word().trim_end_matches('L').parse();
            shape.push(length.map_err(|_| self.damaged("its shape is not a tuple of lengths"))?);
            self.take(b',');
        }
        Ok(shape)
    }

    fn descr(&mut self) -> Result<(Element, bool), DataError> {
        let Some(text) = self.string() else {
            return Err(DataError::Dtype { origin: self.origin.into(), dtype: "record".into() });
        };
        let unsupported = || DataError::Dtype { origin: self.origin.into(), dtype: text.into() };
        let (order, kind) = text.split_at_checked(1).ok_or_else(unsupported)?;
        let element = parse_element(kind).ok_or_else(unsupported)?;
        match order {
            "<" | "|" => Ok((element, false)),
            ">" => Ok((element, true)),
            _ => Err(unsupported()),
        }
    }
}

/// The element type of NumPy's array-protocol text without its byte order, such as `f4`.
fn parse_element(kind: &str) -> Option<Element> {
    let dtype = match kind {
        "b1" => Dtype::Bool,
        "u1" => Dtype::U8,
        "i1" => Dtype::I8,
        "u2" => Dtype::U16,
        "i2" => Dtype::I16,
        "u4" => Dtype::U32,
        "i4" => Dtype::I32,
        "u8" => Dtype::U64,
        "i8" => Dtype::I64,
        "f4" => Dtype::F32,
        "f8" => Dtype::F64,
        _ => return Some(Element::Text { length: kind.strip_prefix('U')?.parse().ok()? }),
    };
    Some(Element::Number(dtype))
}

/// A type whose bytes can be swapped: arrays of the other byte order are read too.
trait Swap: Pod {
    fn swap(self) -> Self;
}

macro_rules! swap_integers {
    ($($type:ty),*) => { $(impl Swap for $type { fn swap(self) -> Self { self.swap_bytes() } })* };
}
swap_integers!(u8, i8, u16, i16, u32, i32, u64, i64);

impl Swap for f32 {
    fn swap(self) -> Self {
        f32::from_bits(self.to_bits().swap_bytes())
    }
}

impl Swap for f64 {
    fn swap(self) -> Self {
        f64::from_bits(self.to_bits().swap_bytes())
    }
}

/// How the elements stand in the stream.
struct Elements {
    count: usize,
    big_endian: bool,
}

impl Elements {
    fn read_numbers(&self, reader: &mut dyn Read, dtype: Dtype) -> io::Result<Numbers> {
        use Numbers::Integers as Int;
        Ok(match dtype {
            Dtype::Bool => Int(Integers::U8(self.read::<u8>(reader)?.into_iter().map(|b| (b != 0).into()).collect())),
            Dtype::U8 => Int(Integers::U8(self.read(reader)?)),
            Dtype::I8 => Int(Integers::I8(self.read(reader)?)),
            Dtype::U16 => Int(Integers::U16(self.read(reader)?)),
            Dtype::I16 => Int(Integers::I16(self.read(reader)?)),
            Dtype::U32 => Int(Integers::U32(self.read(reader)?)),
            Dtype::I32 => Int(Integers::I32(self.read(reader)?)),
            Dtype::U64 => Int(Integers::U64(self.read(reader)?)),
            Dtype::I64 => Int(Integers::I64(self.read(reader)?)),
            Dtype::F32 => Numbers::F32(self.read(reader)?),
            Dtype::F64 => Numbers::F64(self.read(reader)?),
        })
    }

    /// Reads the bytes straight into the vector, then swaps them where the file's order is not the machine's.
    fn read<T: Swap>(&self, reader: &mut dyn Read) -> io::Result<Vec<T>> {
        let mut values = vec![T::zeroed(); self.count];
        reader.read_exact(bytemuck::cast_slice_mut(&mut values))?;
        if self.big_endian != cfg!(target_endian = "big") {
            values.iter_mut().for_each(|value| *value = value.swap());
        }
        Ok(values)
    }

    /// Text elements are UTF-32, padded with zeros.
    fn read_text(&self, reader: &mut dyn Read, length: u32) -> io::Result<Vec<String>> {
        let length = length as usize;
        let points: Vec<u32> = Elements { count: self.count.saturating_mul(length), ..*self }.read(reader)?;
        let text = |points: &[u32]| -> String {
            points.iter().take_while(|&&point| point != 0).filter_map(|&point| char::from_u32(point)).collect()
        };
        Ok((0..self.count).map(|index| text(&points[index * length..(index + 1) * length])).collect())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// The bytes of a version 1.0 `.npy` file.
    pub fn npy_bytes(descr: &str, fortran_order: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let order = if fortran_order { "True" } else { "False" };
        let header = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<NpyArray, DataError> {
        read_array(&mut &bytes[..], bytes.len() as u64, "x.npy")
    }

    fn numbers(bytes: &[u8]) -> Array {
        parse(bytes).unwrap().into_numbers().unwrap()
    }

    #[test]
    fn floats_in_c_order() {
        let data: Vec<u8> = [1.0f32, -2.5, 3.0, 4.0, 5.0, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let array = numbers(&npy_bytes("'<f4'", false, "(2, 3)", &data));
        assert_eq!(array.shape, [2, 3]);
        assert_eq!(array.numbers, Numbers::F32(vec![1.0, -2.5, 3.0, 4.0, 5.0, 6.0]));
    }

    #[test]
    fn fortran_order_and_big_endian() {
        let data: Vec<u8> = [1i16, 4, 2, 5, 3, -6].iter().flat_map(|v| v.to_be_bytes()).collect();
        let array = numbers(&npy_bytes("'>i2'", true, "(2, 3)", &data));
        assert_eq!(array.numbers, Numbers::Integers(Integers::I16(vec![1, 2, 3, 4, 5, -6])));
    }

    #[test]
    fn every_number_type() {
        for (descr, size, dtype) in [
            ("|b1", 1, Dtype::Bool),
            ("|u1", 1, Dtype::U8),
            ("|i1", 1, Dtype::I8),
            ("<u2", 2, Dtype::U16),
            ("<i2", 2, Dtype::I16),
            ("<u4", 4, Dtype::U32),
            ("<i4", 4, Dtype::I32),
            ("<u8", 8, Dtype::U64),
            ("<i8", 8, Dtype::I64),
            ("<f4", 4, Dtype::F32),
            (">f8", 8, Dtype::F64),
        ] {
            let array = numbers(&npy_bytes(&format!("'{descr}'"), false, "(1,)", &vec![0; size]));
            assert_eq!(array.dtype, dtype);
            assert_eq!(dtype.size_bytes(), size);
        }
    }

    #[test]
    fn text_arrays() {
        let data: Vec<u8> = "ab\0cat".chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
        let NpyArray::Text { values, shape, .. } = parse(&npy_bytes("'<U3'", false, "(2,)", &data)).unwrap() else {
            panic!("not text")
        };
        assert_eq!((values, shape), (vec!["ab".to_owned(), "cat".to_owned()], vec![2]));
    }

    #[test]
    fn objects_records_and_halves_are_refused() {
        for descr in ["'|O'", "[('a', '<f4')]", "'<f2'", "'<c8'", "''", "'é'"] {
            let error = parse(&npy_bytes(descr, false, "(1,)", &[0; 64])).unwrap_err();
            assert!(matches!(error, DataError::Dtype { .. }), "{descr}: {error}");
        }
    }

    #[test]
    fn every_truncation_is_an_error() {
        let bytes = npy_bytes("'<f4'", false, "(3,)", &[0; 12]);
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length]).is_err(), "{length} bytes");
        }
        let error = parse(&bytes[..bytes.len() - 1]).unwrap_err();
        assert!(matches!(error, DataError::Truncated { expected_bytes: 12, found_bytes: 11, .. }));
    }

    #[test]
    fn huge_shapes_ask_for_no_memory() {
        for shape in
            ["(18446744073709551615, 2)", "(4611686018427387904,)", "(99999999999999999999,)", "(1000000000000,)"]
        {
            assert!(parse(&npy_bytes("'<f4'", false, shape, &[0; 4])).is_err(), "{shape}");
        }
    }

    #[test]
    fn npz_gives_named_arrays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npz");
        let mut archive = npyz::npz::NpzWriter::create(&path).unwrap();
        for name in ["left", "right"] {
            archive.zip_writer().start_file(format!("{name}.npy"), Default::default()).unwrap();
            let bytes = npy_bytes("'|i1'", false, "(2,)", &[1, 255]);
            archive.zip_writer().write_all(&bytes).unwrap();
        }
        archive.zip_writer().finish().unwrap();
        let arrays = read_npz(&path).unwrap();
        assert_eq!(arrays.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["left", "right"]);
        let NpyArray::Numbers(array) = &arrays[1].1 else { panic!("not numbers") };
        assert_eq!(array.numbers, Numbers::Integers(Integers::I8(vec![1, -1])));

        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(read_npz(&path), Err(DataError::Npz { .. })));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_header_panics(text in "[{}'(),:<>|a-zA-Z0-9 ]{0,80}") {
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
            let _ = parse(&bytes);
        }
    }
}
