//! Slices in equal parts.
//!
//! The iterators of `core` divide by the size of a chunk to know their length: a software division on small cores, and a panic that not
//! every optimization level proves away. These only look at what is left.

use core::iter::from_fn;

/// `data` in parts of `size`; what does not fill one is left out. None where `size` is 0.
#[inline(always)]
pub(crate) fn chunks<T>(mut data: &[T], size: usize) -> impl Iterator<Item = &[T]> {
    from_fn(move || {
        let (chunk, rest) = data.split_at_checked(size)?;
        data = rest;
        (size != 0).then_some(chunk)
    })
}

/// [`chunks`], to write to.
#[inline(always)]
pub(crate) fn chunks_mut<T>(mut data: &mut [T], size: usize) -> impl Iterator<Item = &mut [T]> {
    from_fn(move || {
        let (chunk, rest) = core::mem::take(&mut data).split_at_mut_checked(size)?;
        data = rest;
        (size != 0).then_some(chunk)
    })
}

/// Part `index` of `data` in parts of `size`, if it is whole.
#[inline(always)]
#[cfg(peacrab_arch = "armv7em")]
pub(crate) fn nth_chunk<T>(data: &[T], index: usize, size: usize) -> Option<&[T]> {
    let start = index.checked_mul(size)?;
    data.get(start..start.checked_add(size)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_equal_and_the_rest_is_left_out() {
        let mut data = [1, 2, 3, 4, 5];
        assert!(chunks(&data, 2).eq([[1, 2], [3, 4]]));
        assert!(chunks_mut(&mut data, 2).eq([[1, 2], [3, 4]]));
        assert_eq!(chunks(&data, 6).count(), 0);
        assert_eq!(chunks(&data, 0).count(), 0);
        assert_eq!(chunks_mut(&mut data, 0).count(), 0);
    }
}
