//! Packed rows times patches: the safe face of [`super::quads`].

use super::chained_quads::{self, chained_quad_by_pairs};
use super::quads::{Pairs, Rows, octets, octets_of_bytes, quads_by_pairs};
use super::stage::stage;
use crate::Requant;
use crate::chunks::{chunks, chunks_mut, nth_chunk};
use crate::packed::rows::{self, QUAD};
use crate::packed::{has_chains, staged_quad_bytes};

/// Packed weights with their requantization, lengths checked. Results are saturated to i8; a narrower activation is up to the caller.
pub struct Multiply<'a> {
    weights: &'a [i8],
    requant: &'a Requant<'a>,
    /// All quads that are whole, for [`quads_by_pairs`].
    quads: Rows,
    /// All pairs of quads that are whole, for [`octets`].
    octets: Rows,
}

/// A patch for two pixels: the pairs of 4 elements, `[0, 2]` of both pixels, then `[1, 3]` of both.
pub type PairChunk = [u32; 4];

/// A patch for one pixel: the pairs of 4 elements, `[0, 2]` and `[1, 3]`.
pub type SingleChunk = [u32; 2];

impl<'a> Multiply<'a> {
    /// `None` where lengths disagree, which `is_valid` has ruled out.
    pub fn new(weights: &'a [i8], depth: usize, requant: &'a Requant<'a>) -> Option<Self> {
        let channels = requant.bias.len();
        let agree = weights.len() == rows::bytes(channels, depth) && requant.multipliers.len() == channels;
        let quads = Rows {
            weights: weights.as_ptr(),
            bias: requant.bias.as_ptr(),
            multipliers: requant.multipliers.as_ptr(),
            output_zero_point: i32::from(requant.output_zero_point),
            quad_bytes: rows::padded(depth).wrapping_mul(QUAD),
            count: channels / QUAD,
        };
        let octets = Rows { count: channels / (2 * QUAD), ..quads };
        (agree && !weights.is_empty()).then_some(Self { weights, requant, quads, octets })
    }

    /// Rows of the weights: elements of an output pixel.
    pub fn channels(&self) -> usize {
        self.requant.bias.len()
    }

    /// Output pixels that lie side by side, twice as many as there are pairs of patches; a patch is as deep as the weights. Weights go through
    /// `room` where there is as much as a quad needs, so that each leaves slow flash once.
    pub fn pairs(&self, patches: &[PairChunk], output: &mut [i8], room: &mut [PairChunk]) {
        let channels = self.channels();
        let pair_bytes = self.quads.quad_bytes;
        let pairs = size_of_val(patches).checked_div(pair_bytes).unwrap_or(0);
        let is_whole = pairs > 0 && size_of_val(patches).checked_rem(pair_bytes) == Some(0);
        if !is_whole || output.len() != pairs.wrapping_mul(channels).wrapping_mul(2) {
            return;
        }
        let range = patches.as_ptr_range();
        let pairs = Pairs {
            inputs: range.start.cast(),
            inputs_end: range.end.cast(),
            output: output.as_mut_ptr(),
            pixel_stride: channels,
        };
        if self.quads.count > 0 && size_of_val(room) >= staged_quad_bytes(self.quads.quad_bytes / QUAD) {
            self.staged_quads(&pairs, room.as_flattened_mut());
        } else if self.quads.count > 0 {
            // SAFETY: `new` checked that weights, bias and multipliers have `channels` rows, of which `count` quads are whole;
            // the inputs' length and the output's were checked above.
            unsafe { quads_by_pairs(&self.quads, &pairs) };
        }
        if channels.is_multiple_of(QUAD) {
            return;
        }
        let Some(last) = LastQuad::new(self, self.quads.count) else { return };
        for (patches, output) in
            chunks(patches, pair_bytes / size_of::<PairChunk>()).zip(chunks_mut(output, 2 * channels))
        {
            let mut pixels = [[0; QUAD]; 2];
            let range = patches.as_ptr_range();
            let pair = Pairs {
                inputs: range.start.cast(),
                inputs_end: range.end.cast(),
                output: pixels.as_mut_ptr().cast(),
                pixel_stride: QUAD,
            };
            // SAFETY: `LastQuad` holds one whole quad; the inputs are those of one pair.
            unsafe { quads_by_pairs(&last.rows(self), &pair) };
            for (pixel, output) in pixels.iter().zip(chunks_mut(output, channels)) {
                last.store(pixel, output);
            }
        }
    }

    /// All quads that are whole, one by one from `room`, which holds one; as chains where they can be.
    fn staged_quads(&self, pairs: &Pairs, room: &mut [u32]) {
        let depth = self.quads.quad_bytes / QUAD;
        for quad in 0..self.quads.count {
            let Some(weights) = nth_chunk(self.weights, quad, self.quads.quad_bytes) else { return };
            let row = quad.wrapping_mul(QUAD);
            let pairs = Pairs { output: pairs.output.wrapping_add(row), ..*pairs };
            let bias = self.quads.bias.wrapping_add(row);
            let multipliers = self.quads.multipliers.wrapping_add(row);
            if has_chains(depth) && chained_quads::stage(weights, room) {
                let chains = depth / 2;
                let quad = chained_quads::ChainedQuad {
                    weights: room.as_ptr(),
                    weights_end: room.as_ptr().wrapping_add(chains.wrapping_mul(chained_quads::WORDS)),
                    missing: chains.wrapping_neg() % 8,
                    bias,
                    multipliers,
                    output_zero_point: self.quads.output_zero_point,
                };
                // SAFETY: the chains of this quad are in the room, and patches are as deep; the rest is as for all quads at once.
                unsafe { chained_quad_by_pairs(&quad, &pairs) };
            } else if stage(weights, room) {
                let rows = Rows { weights: room.as_ptr().cast(), bias, multipliers, count: 1, ..self.quads };
                // SAFETY: as for all quads at once, and the weights of this one are in the room.
                unsafe { quads_by_pairs(&rows, &pairs) };
            }
        }
    }

    /// One output pixel.
    pub fn single(&self, patch: &[SingleChunk], output: &mut [i8]) {
        let channels = self.channels();
        if 2 * size_of_val(patch) != self.octets.quad_bytes || output.len() != channels {
            return;
        }
        let inputs = patch.as_ptr().cast();
        self.octets(output, |rows, output, second| {
            // SAFETY: `octets` gives whole quads with bias and multipliers and room for their output; the inputs' length was checked above.
            unsafe { octets(rows, inputs, output, second) };
        });
    }

    /// One output pixel, from a patch as it is: its elements fill words, and are as many as the weights are deep.
    pub fn bytes(&self, patch: &[i8], output: &mut [i8]) {
        if patch.len().wrapping_mul(QUAD) != self.octets.quad_bytes || output.len() != self.channels() {
            return;
        }
        self.octets(output, |rows, output, second| {
            // SAFETY: as above.
            unsafe { octets_of_bytes(rows, patch.as_ptr(), output, second) };
        });
    }

    /// Calls `multiply` with all pairs of quads that are whole, their output and the distance of a pair's quads; then with each quad that is
    /// left, twice as a pair, whose output is copied as far as it exists. `output` has an element for every channel.
    #[inline(always)]
    fn octets(&self, output: &mut [i8], multiply: impl Fn(&Rows, *mut i8, usize)) {
        let channels = self.channels();
        if self.octets.count > 0 {
            multiply(&self.octets, output.as_mut_ptr(), self.octets.quad_bytes);
        }
        for quad in 2 * self.octets.count..channels.div_ceil(QUAD) {
            let Some(last) = LastQuad::new(self, quad) else { return };
            let mut one = [0; 2 * QUAD];
            // With the second quad 0 bytes behind the first, both are the one that `LastQuad` holds, which has bias and multipliers for both.
            multiply(&last.rows(self), one.as_mut_ptr(), 0);
            last.store(&one, output);
        }
    }
}

/// A quad of which some rows may be padding: bias and multipliers end before it does.
struct LastQuad<'a> {
    weights: &'a [i8],
    channel: usize,
    bias: [i32; 2 * QUAD],
    multipliers: [i32; 2 * QUAD],
}

impl<'a> LastQuad<'a> {
    /// `None` where no row is left.
    fn new(multiply: &Multiply<'a>, quad: usize) -> Option<Self> {
        let channel = quad.wrapping_mul(QUAD);
        let quad_bytes = multiply.quads.quad_bytes;
        let start = quad.wrapping_mul(quad_bytes);
        let bias = multiply.requant.bias.get(channel..).filter(|bias| !bias.is_empty())?;
        Some(Self {
            weights: multiply.weights.get(start..start.wrapping_add(quad_bytes))?,
            channel,
            bias: first_quad(bias),
            multipliers: first_quad(multiply.requant.multipliers.get(channel..)?),
        })
    }

    fn rows(&self, multiply: &Multiply) -> Rows {
        let (weights, bias, multipliers) = (self.weights.as_ptr(), self.bias.as_ptr(), self.multipliers.as_ptr());
        Rows { weights, bias, multipliers, count: 1, ..multiply.quads }
    }

    fn store(&self, results: &[i8], output: &mut [i8]) {
        let output = output.get_mut(self.channel..).unwrap_or_default();
        for (output, &result) in output.iter_mut().zip(results.iter().take(QUAD)) {
            *output = result;
        }
    }
}

fn first_quad(values: &[i32]) -> [i32; 2 * QUAD] {
    let mut quad = [0; 2 * QUAD];
    for (target, &value) in quad.iter_mut().zip(values.iter().take(QUAD)) {
        *target = value;
    }
    quad
}
