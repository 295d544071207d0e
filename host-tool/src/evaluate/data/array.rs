//! A typed array in C order, as a data file holds it.

use serde::{Deserialize, Serialize};

/// Element type of a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // The names say it.
pub enum Dtype {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Dtype {
    /// The type's name as Rust writes it.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::Bool => "bool",
            Dtype::U8 => "u8",
            Dtype::I8 => "i8",
            Dtype::U16 => "u16",
            Dtype::I16 => "i16",
            Dtype::U32 => "u32",
            Dtype::I32 => "i32",
            Dtype::U64 => "u64",
            Dtype::I64 => "i64",
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
        }
    }

    /// Bytes of one element.
    pub fn size_bytes(self) -> usize {
        match self {
            Dtype::Bool | Dtype::U8 | Dtype::I8 => 1,
            Dtype::U16 | Dtype::I16 => 2,
            Dtype::U32 | Dtype::I32 | Dtype::F32 => 4,
            Dtype::U64 | Dtype::I64 | Dtype::F64 => 8,
        }
    }
}

/// Integers as they stand in the file, row-major; bools are `U8` of 0 and 1.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // The names say it.
pub enum Integers {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
}

/// Runs one body over the vector inside [`Integers`], compiled once per element type.
macro_rules! with_integers {
    ($integers:expr, $values:ident => $body:expr) => {
        match $integers {
            $crate::evaluate::data::array::Integers::U8($values) => $body,
            $crate::evaluate::data::array::Integers::I8($values) => $body,
            $crate::evaluate::data::array::Integers::U16($values) => $body,
            $crate::evaluate::data::array::Integers::I16($values) => $body,
            $crate::evaluate::data::array::Integers::U32($values) => $body,
            $crate::evaluate::data::array::Integers::I32($values) => $body,
            $crate::evaluate::data::array::Integers::U64($values) => $body,
            $crate::evaluate::data::array::Integers::I64($values) => $body,
        }
    };
}
pub(crate) use with_integers;

/// Elements of an array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Integers and bools.
    Integers(Integers),
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
}

/// An array of numbers in C order; `numbers` has as many elements as `shape` multiplies to.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The file, and the array inside an `.npz`: what errors name.
    pub origin: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Element type in the file.
    pub dtype: Dtype,
    /// The elements.
    pub numbers: Numbers,
}

impl Integers {
    /// Number of integers.
    pub fn len(&self) -> usize {
        with_integers!(self, values => values.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all but the first `count` integers.
    pub fn truncate(&mut self, count: usize) {
        with_integers!(self, values => values.truncate(count));
    }

    /// The same integers taken by `strides` (see [`gather`]).
    pub fn gather(&self, shape: &[usize], strides: &[usize]) -> Integers {
        match self {
            Integers::U8(v) => Integers::U8(gather(v, shape, strides)),
            Integers::I8(v) => Integers::I8(gather(v, shape, strides)),
            Integers::U16(v) => Integers::U16(gather(v, shape, strides)),
            Integers::I16(v) => Integers::I16(gather(v, shape, strides)),
            Integers::U32(v) => Integers::U32(gather(v, shape, strides)),
            Integers::I32(v) => Integers::I32(gather(v, shape, strides)),
            Integers::U64(v) => Integers::U64(gather(v, shape, strides)),
            Integers::I64(v) => Integers::I64(gather(v, shape, strides)),
        }
    }
}

impl Numbers {
    /// The same numbers taken by `strides` (see [`gather`]).
    pub fn gather(&self, shape: &[usize], strides: &[usize]) -> Numbers {
        match self {
            Numbers::Integers(v) => Numbers::Integers(v.gather(shape, strides)),
            Numbers::F32(v) => Numbers::F32(gather(v, shape, strides)),
            Numbers::F64(v) => Numbers::F64(gather(v, shape, strides)),
        }
    }
}

/// Element strides of a C-order array of this shape.
pub fn c_strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// Copies an array into C order: element `[i, j, ..]` of the result is `source[i * strides[0] + j * strides[1] + ..]`.
///
/// `shape` and `strides` have the same length, and every index they can make lies inside `source`.
pub fn gather<T: Copy>(source: &[T], shape: &[usize], strides: &[usize]) -> Vec<T> {
    let (Some((&row_length, outer)), Some((&row_stride, outer_strides))) = (shape.split_last(), strides.split_last())
    else {
        return source.to_vec();
    };
    let mut row_starts = vec![0];
    for (&length, &stride) in outer.iter().zip(outer_strides) {
        row_starts =
            row_starts.iter().flat_map(|&start| (0..length).map(move |index| start + index * stride)).collect();
    }
    let mut result = Vec::with_capacity(source.len());
    for start in row_starts {
        result.extend((0..row_length).map(|index| source[start + index * row_stride]));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gather_transposes_a_matrix() {
        let fortran = [1, 4, 2, 5, 3, 6];
        assert_eq!(gather(&fortran, &[2, 3], &[1, 2]), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn gather_with_c_strides_copies() {
        let source: Vec<u16> = (0..24).collect();
        assert_eq!(c_strides(&[2, 3, 4]), [12, 4, 1]);
        assert_eq!(gather(&source, &[2, 3, 4], &c_strides(&[2, 3, 4])), source);
        assert_eq!(gather(&[7], &[], &[]), [7]);
    }
}
