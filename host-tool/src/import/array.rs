//! Constant arrays: weights, and the shape arithmetic that exporters write.

/// Largest number of elements of a weight tensor: 1 GiB of f32.
pub(super) const ELEMENTS_MAX: usize = 1 << 28;

/// Largest number of elements of what a model describes without storing it: activations, and computed constants.
pub(super) const COMPUTED_ELEMENTS_MAX: usize = 1 << 24;

/// A constant array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    pub shape: Vec<usize>,
    pub data: Data,
}

/// Elements of a constant array. Every integer type is held as i64, booleans as 0 and 1, every float type as f32.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
    /// Strings carry no numbers; they only name labels, so that only their number is kept.
    Text(usize),
}

impl Data {
    pub fn len(&self) -> usize {
        match self {
            Data::Float(values) => values.len(),
            Data::Int(values) => values.len(),
            Data::Text(count) => *count,
        }
    }

    /// The elements at the given positions; `None` where one lies outside.
    pub fn gather(&self, positions: impl Iterator<Item = usize>) -> Option<Data> {
        match self {
            Data::Float(values) => positions.map(|i| values.get(i).copied()).collect::<Option<_>>().map(Data::Float),
            Data::Int(values) => positions.map(|i| values.get(i).copied()).collect::<Option<_>>().map(Data::Int),
            Data::Text(count) => positions
                .map(|i| (i < *count).then_some(()))
                .collect::<Option<Vec<_>>>()
                .map(|found| Data::Text(found.len())),
        }
    }
}

impl Array {
    /// An array of the given shape; `None` when the number of elements is another.
    pub fn new(shape: Vec<usize>, data: Data) -> Option<Array> {
        (element_count(&shape)? == data.len()).then_some(Array { shape, data })
    }

    pub fn ints(values: Vec<i64>) -> Array {
        Array { shape: vec![values.len()], data: Data::Int(values) }
    }

    pub fn floats(values: Vec<f32>) -> Array {
        Array { shape: vec![values.len()], data: Data::Float(values) }
    }

    pub fn scalar(data: Data) -> Array {
        Array { shape: Vec::new(), data }
    }

    pub fn is_float(&self) -> bool {
        matches!(self.data, Data::Float(_))
    }

    /// The elements as f32; `None` for strings.
    pub fn to_f32(&self) -> Option<Vec<f32>> {
        match &self.data {
            Data::Float(values) => Some(values.clone()),
            Data::Int(values) => Some(values.iter().map(|&x| x as f32).collect()),
            Data::Text(_) => None,
        }
    }

    /// The elements as integers, floats truncated; `None` for strings.
    pub fn to_i64(&self) -> Option<Vec<i64>> {
        match &self.data {
            Data::Float(values) => Some(values.iter().map(|&x| x as i64).collect()),
            Data::Int(values) => Some(values.clone()),
            Data::Text(_) => None,
        }
    }

    /// The one element of a scalar or of an array of one element.
    pub fn single_f32(&self) -> Option<f32> {
        match self.to_f32()?.as_slice() {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// The array with axis `k` taken from axis `permutation[k]`.
    pub fn transposed(&self, permutation: &[usize]) -> Option<Array> {
        let strides = strides(&self.shape);
        let shape: Vec<usize> = permutation.iter().map(|&axis| self.shape.get(axis).copied()).collect::<Option<_>>()?;
        let steps: Vec<usize> = permutation.iter().map(|&axis| strides.get(axis).copied()).collect::<Option<_>>()?;
        self.strided(shape, &steps)
    }

    /// The array repeated along axes of extent 1 up to `shape`, by NumPy's rule.
    pub fn broadcast_to(&self, shape: &[usize]) -> Option<Array> {
        let missing = shape.len().checked_sub(self.shape.len())?;
        let own = strides(&self.shape);
        let mut steps = vec![0; missing];
        for ((&from, &to), &stride) in self.shape.iter().zip(shape.get(missing..)?).zip(&own) {
            match from {
                1 => steps.push(0),
                _ if from == to => steps.push(stride),
                _ => return None,
            }
        }
        self.strided(shape.to_vec(), &steps)
    }

    /// The array whose element `i` along axis `k` is element `indices[k][i]` of this one.
    pub fn selected(&self, indices: &[Vec<usize>]) -> Option<Array> {
        if indices.len() != self.shape.len() {
            return None;
        }
        let mut positions = vec![0_usize];
        for ((list, &stride), &extent) in indices.iter().zip(&strides(&self.shape)).zip(&self.shape) {
            if list.iter().any(|&index| index >= extent) {
                return None;
            }
            positions = positions.iter().flat_map(|&base| list.iter().map(move |&i| base + i * stride)).collect();
        }
        let shape = indices.iter().map(Vec::len).collect();
        Some(Array { shape, data: self.data.gather(positions.into_iter())? })
    }

    /// Reads elements with its own step along every axis of `shape`.
    fn strided(&self, shape: Vec<usize>, steps: &[usize]) -> Option<Array> {
        element_count(&shape)?;
        let data = self.data.gather(Positions::new(&shape, steps))?;
        Some(Array { shape, data })
    }
}

/// Number of elements of a shape; `None` above [`ELEMENTS_MAX`].
pub(super) fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent)).filter(|&count| count <= ELEMENTS_MAX)
}

/// [`element_count`] for what the file does not store; `None` above [`COMPUTED_ELEMENTS_MAX`].
pub(super) fn computed_count(shape: &[usize]) -> Option<usize> {
    element_count(shape).filter(|&count| count <= COMPUTED_ELEMENTS_MAX)
}

/// Row-major strides, in elements, of a shape whose element count is known to fit.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// Shape of an element by element operation on two shapes; `None` where they do not match.
pub(super) fn broadcast_shapes(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let extent = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |own| shape[own]);
    (0..rank)
        .map(|axis| match (extent(a, axis), extent(b, axis)) {
            (x, y) if x == y || y == 1 => Some(x),
            (1, y) => Some(y),
            _ => None,
        })
        .collect()
}

/// Source positions of a row-major walk over `shape` with a step of its own along every axis.
struct Positions<'a> {
    shape: &'a [usize],
    steps: &'a [usize],
    index: Vec<usize>,
    position: usize,
    left: usize,
}

impl<'a> Positions<'a> {
    fn new(shape: &'a [usize], steps: &'a [usize]) -> Positions<'a> {
        let left = element_count(shape).unwrap_or(0);
        Positions { shape, steps, index: vec![0; shape.len()], position: 0, left }
    }
}

impl Iterator for Positions<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let current = self.position;
        for axis in (0..self.shape.len()).rev() {
            self.index[axis] += 1;
            self.position += self.steps[axis];
            if self.index[axis] < self.shape[axis] {
                break;
            }
            self.position -= self.steps[axis] * self.shape[axis];
            self.index[axis] = 0;
        }
        Some(current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Array {
        Array { shape: vec![2, 3], data: Data::Int((0..6).collect()) }
    }

    #[test]
    fn a_transposed_matrix_has_its_columns_as_rows() {
        let transposed = matrix().transposed(&[1, 0]);
        assert_eq!(transposed, Some(Array { shape: vec![3, 2], data: Data::Int(vec![0, 3, 1, 4, 2, 5]) }));
        assert_eq!(matrix().transposed(&[0, 2]), None);
    }

    #[test]
    fn broadcasting_repeats_axes_of_extent_1() {
        let row = Array::ints(vec![7, 8]);
        let spread = row.broadcast_to(&[2, 2]);
        assert_eq!(spread, Some(Array { shape: vec![2, 2], data: Data::Int(vec![7, 8, 7, 8]) }));
        assert_eq!(row.broadcast_to(&[3]), None);
        assert_eq!(matrix().broadcast_to(&[3]), None);
    }

    #[test]
    fn selection_stays_inside() {
        let corner = matrix().selected(&[vec![1], vec![2, 0]]);
        assert_eq!(corner, Some(Array { shape: vec![1, 2], data: Data::Int(vec![5, 3]) }));
        assert_eq!(matrix().selected(&[vec![2], vec![0]]), None);
    }

    #[test]
    fn counts_of_huge_shapes_do_not_overflow() {
        assert_eq!(element_count(&[usize::MAX, 2]), None);
        assert_eq!(element_count(&[1 << 20, 1 << 20]), None);
        assert_eq!(element_count(&[]), Some(1));
        assert_eq!(computed_count(&[1 << 25]), None);
    }

    #[test]
    fn shapes_broadcast_as_in_numpy() {
        assert_eq!(broadcast_shapes(&[2, 1, 3], &[4, 1]), Some(vec![2, 4, 3]));
        assert_eq!(broadcast_shapes(&[], &[5]), Some(vec![5]));
        assert_eq!(broadcast_shapes(&[2], &[3]), None);
    }
}
