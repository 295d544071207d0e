//! What is known of a channel, whatever the model's inputs are.

/// What every inference has in common of the `N * H * W` values of one channel.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Every value lies in `[low, high]`. A channel of one constant value has both ends the same.
    Between(i8, i8),
    /// The values themselves, in order; not all the same. Such images come of constants at the borders of padded windows.
    Image(Vec<i8>),
}

impl Known {
    /// Nothing is known.
    pub const ANY: Known = Known::Between(i8::MIN, i8::MAX);

    /// A channel with these values.
    pub fn of_values(values: Vec<i8>) -> Self {
        match values.split_first() {
            Some((&first, rest)) if rest.iter().all(|&value| value == first) => Known::Between(first, first),
            _ => Known::Image(values),
        }
    }

    /// The smallest range that holds all of `values`; nothing is known where there are none.
    pub fn hull(values: impl IntoIterator<Item = i8>) -> Self {
        let widen = |range: Option<(i8, i8)>, value: i8| {
            Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        };
        values.into_iter().fold(None, widen).map_or(Known::ANY, |(low, high)| Known::Between(low, high))
    }

    /// The value, where all are the same in every inference.
    pub fn constant(&self) -> Option<i8> {
        match self {
            Known::Between(low, high) if low == high => Some(*low),
            _ => None,
        }
    }

    /// The smallest and the largest value.
    pub fn range(&self) -> (i8, i8) {
        match self {
            Known::Between(low, high) => (*low, *high),
            Known::Image(values) => values.iter().fold((i8::MAX, i8::MIN), |(low, high), &x| (low.min(x), high.max(x))),
        }
    }

    /// All `pixels` values, where each of them is known.
    pub fn values(&self, pixels: usize) -> Option<Vec<i8>> {
        match self {
            Known::Image(values) => Some(values.clone()),
            Known::Between(..) => self.constant().map(|value| vec![value; pixels]),
        }
    }

    /// The range of one value, by its pixel.
    pub fn at(&self, pixel: usize) -> (i8, i8) {
        match self {
            Known::Image(values) => (values[pixel], values[pixel]),
            Known::Between(low, high) => (*low, *high),
        }
    }
}
