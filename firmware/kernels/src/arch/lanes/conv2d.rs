//! Convolution with plain weights, two output pixels at a time.

use super::rows::{PAIR, Weights};
use super::{lanes_stay_apart, pointwise, words};
use crate::Conv2d;
use crate::arch::saturate::clamp;
use crate::packed::conv2d_depth;
use crate::packed::patch::Position;

/// Words that lie on the stack for pointwise layers, which have no scratch: most have no more inputs than this.
const STACK_WORDS: usize = 128;

/// The same for deep pointwise layers, whose models have memory to match.
const DEEP_STACK_WORDS: usize = 256;

/// Plain [`Conv2d`] with one group, without pre-shift; `None`, with nothing written, for any other and where the words do not fit.
pub fn run(conv: &Conv2d, input: &[i8], output: &mut [i8], scratch: &mut [i8]) -> Option<()> {
    let is_supported = conv.requant.pre_shift == 0 && conv.groups == 1 && conv.output_shape[3] >= PAIR;
    if !is_supported || !lanes_stay_apart(conv.weights) {
        return None;
    }
    let depth = conv2d_depth(conv);
    // SAFETY: every bit pattern is a valid i32.
    let (_, words, _) = unsafe { scratch.align_to_mut::<i32>() };
    match words.get_mut(..depth) {
        Some(words) => convolve(conv, input, output, words),
        None if depth <= STACK_WORDS => convolve_on_stack::<STACK_WORDS>(conv, input, output, depth),
        None if depth <= DEEP_STACK_WORDS => convolve_on_stack::<DEEP_STACK_WORDS>(conv, input, output, depth),
        None => return None,
    }
    clamp(&conv.requant, output);
    Some(())
}

/// [`convolve`] with words of its own: a function of its own, so that others need no stack for them.
#[inline(never)]
fn convolve_on_stack<const WORDS: usize>(conv: &Conv2d, input: &[i8], output: &mut [i8], depth: usize) {
    let mut words = [0; WORDS];
    if let Some(words) = words.get_mut(..depth) {
        convolve(conv, input, output, words);
    }
}

#[inline(never)]
fn convolve(conv: &Conv2d, input: &[i8], output: &mut [i8], words: &mut [i32]) {
    let flat = pointwise::flattened(conv);
    let conv = flat.as_ref().unwrap_or(conv);
    let channels = conv.output_shape[3];
    let Some(weights) = Weights::new(conv.weights, words.len(), &conv.requant) else { return };
    let mut position = Position::default();
    let mut rest = output;
    while rest.len() >= channels && channels > 0 {
        let is_pair = rest.len().wrapping_sub(channels) >= channels;
        let length = if is_pair { channels.wrapping_mul(2) } else { channels };
        let Some((pixels, behind)) = core::mem::take(&mut rest).split_at_mut_checked(length) else { return };
        rest = behind;
        let next = position.next(conv.output_shape);
        if flat.is_some() {
            words::load_pixels(input.get(position.x.wrapping_mul(words.len())..).unwrap_or_default(), is_pair, words);
        } else {
            words::load(conv, input, [position, next], is_pair, words);
        }
        if weights.multiply(words, pixels).is_none() {
            return;
        }
        position = next.next(conv.output_shape);
    }
}
