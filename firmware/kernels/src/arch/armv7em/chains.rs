//! Dense layers with the weights of [`crate::packed::chains`]: the safe face of [`super::chained_octets`].

use super::chained_octets::{Octets, chained_octets, chained_octets_of_bytes};
use super::expand::Lane;
use super::multiply::SingleChunk;
use super::saturate::clamp;
use super::stage::sum;
use super::words;
use crate::packed::chains::{CHUNK_BYTES, is_valid};
use crate::packed::patch::{PatchWriter, PieceRows};
use crate::packed::rows::{CHUNK, padded};
use crate::{Dense, InOut};

/// Words of a chunk of the patch.
const SINGLE: usize = size_of::<SingleChunk>() / 4;

/// Packed [`Dense`] without pre-shift.
pub fn dense(dense: &Dense, tensors: &mut InOut, scratch: &mut [i8]) {
    let channels = dense.requant.bias.len();
    let agree = is_valid(dense) && channels == dense.output_features && dense.requant.multipliers.len() == channels;
    if !agree || dense.input_features == 0 || dense.output_features == 0 {
        return;
    }
    if !dense.is_staged(scratch.len()) {
        if let Some((input, output)) = tensors.apart() {
            multiply_bytes(dense, input, output);
        }
    } else {
        let chunks = padded(dense.input_features) / CHUNK;
        let (patch, _) = words(scratch).as_chunks_mut::<SINGLE>();
        let Some(patch) = patch.get_mut(..chunks) else { return };
        let Some(input) = tensors.input().get(..dense.input_features) else { return };
        let total = sum(input);
        Lane::<SINGLE, 0>(patch).copy(0, PieceRows::single(input));
        multiply(dense, patch, total, tensors.output());
    }
    clamp(&dense.requant, tensors.output());
}

/// All rows times a patch, whose elements' sum is `total`.
fn multiply(dense: &Dense, patch: &[SingleChunk], total: i32, output: &mut [i8]) {
    let Some(octets) = octets(dense, patch.len(), total, output) else { return };
    // SAFETY: `octets` has checked the lengths of all for as many chunks as the patch has.
    unsafe { chained_octets(&octets, patch.as_flattened()) };
}

/// All rows times a patch as it is, of whole words.
fn multiply_bytes(dense: &Dense, patch: &[i8], output: &mut [i8]) {
    let (chunks, rest) = patch.as_chunks::<CHUNK>();
    let Some(octets) = octets(dense, chunks.len(), sum(patch), output).filter(|_| rest.is_empty()) else { return };
    // SAFETY: as above, and the patch has no more than its chunks.
    unsafe { chained_octets_of_bytes(&octets, patch) };
}

/// The work of a layer whose weights, bias and multipliers agree, for a patch of `chunks`; `None` where patch or output are of another size.
fn octets(dense: &Dense, chunks: usize, total: i32, output: &mut [i8]) -> Option<Octets> {
    let is_right = output.len() == dense.output_features
        && chunks.checked_mul(CHUNK) == Some(padded(dense.input_features))
        && dense.weights.len().is_multiple_of(CHUNK_BYTES);
    let range = output.as_mut_ptr_range();
    is_right.then_some(Octets {
        weights: dense.weights.as_ptr(),
        bias: dense.requant.bias.as_ptr(),
        multipliers: dense.requant.multipliers.as_ptr(),
        output_zero_point: i32::from(dense.requant.output_zero_point),
        output: range.start,
        output_end: range.end,
        offset: total.wrapping_mul(-128),
        missing: chunks.wrapping_mul(2).wrapping_neg() % 8,
    })
}
