//! What cases are drawn from: memory, data, windows, requantizations.

use peacrab_kernels::packed::winograd::Tile;
use peacrab_kernels::{InOut, Overlap, Requant, Shape, WeightLayout, Window, packed};

use crate::rng::Rng;

/// The next `length` elements of a buffer, or `None` if there are not as many.
pub(crate) fn take<'a, T>(buffer: &mut &'a mut [T], length: usize) -> Option<&'a mut [T]> {
    let (taken, rest) = core::mem::take(buffer).split_at_mut_checked(length)?;
    *buffer = rest;
    Some(taken)
}

/// The next `bytes` of a buffer that start at a multiple of 16, as scratch memory does.
pub(crate) fn scratch<'a>(buffer: &mut &'a mut [i8], bytes: usize) -> Option<&'a mut [i8]> {
    let gap = buffer.as_ptr().align_offset(16);
    take(buffer, gap)?;
    take(buffer, bytes)
}

/// What a kernel may be given to be faster, more or less than it can use.
pub(crate) fn budget(rng: &mut Rng) -> usize {
    if rng.one_in(2) { 0 } else { rng.within(0, 2400) }
}

/// How a case places its input and output.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Places {
    /// In memory of their own.
    Apart,
    /// As near to each other as the kernel allows, or a little less.
    Overlapping,
}

/// An input and room for `count` elements of output; `overlap` is the kernel's.
pub(crate) fn tensors<'a>(
    rng: &mut Rng,
    buffer: &mut &'a mut [i8],
    (places, overlap): (Places, Overlap),
    input: &'a [i8],
    count: usize,
) -> Option<InOut<'a>> {
    if places == Places::Apart {
        return Some(InOut::Apart { input, output: take(buffer, count)? });
    }
    let slack = if rng.one_in(2) { 0 } else { rng.within(0, 9) };
    let [from, to] = match overlap {
        Overlap::Apart => [0, input.len()],
        Overlap::Exact => [0, 0],
        Overlap::Before(bytes) => [bytes.min(count) + slack, 0],
        Overlap::Anywhere if rng.one_in(2) => [0, rng.within(0, input.len())],
        Overlap::Anywhere => [rng.within(0, count), 0],
    };
    let memory = take(buffer, (from + input.len()).max(to + count))?;
    memory.fill_with(|| rng.i8());
    memory[from..from + input.len()].copy_from_slice(input);
    Some(InOut::Overlapping { memory, input: from..from + input.len(), output: to..to + count })
}

/// `length` elements: mostly any values, sometimes only the extremes, or a single one.
pub(crate) fn data<'a>(rng: &mut Rng, buffer: &mut &'a mut [i8], length: usize) -> Option<&'a mut [i8]> {
    let taken = take(buffer, length)?;
    let kind = rng.within(0, 9);
    let constant = rng.pick(&[-128, 127]);
    taken.fill_with(|| match kind {
        0 => constant,
        1 | 2 => rng.pick(&[-128, 127]),
        _ => rng.i8(),
    });
    Some(taken)
}

/// Plain weights of `[rows, depth]`.
pub(crate) fn weights<'a>(
    rng: &mut Rng,
    buffer: &mut &'a mut [i8],
    rows: usize,
    depth: usize,
    range: WeightRange,
) -> Option<&'a [i8]> {
    let taken = data(rng, buffer, rows * depth)?;
    let largest = match range {
        WeightRange::Full => return Some(taken),
        WeightRange::Symmetric => 127,
        WeightRange::Deep => 120,
    };
    taken.iter_mut().for_each(|weight| *weight = (*weight).clamp(-largest, largest));
    Some(taken)
}

/// Which weights are drawn: packed layouts hold symmetric ones only, and backends may compute them faster in the plain layout.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WeightRange {
    /// `[-128, 127]`.
    Full,
    /// `[-127, 127]`.
    Symmetric,
    /// `[-120, 120]`: sums of up to 540 products fit 24 bits, as packed rows ask for.
    Deep,
}

/// The plain weights `[rows, depth]` in `layout`.
pub(crate) fn packed_rows<'a>(
    buffer: &mut &'a mut [i8],
    plain: &'a [i8],
    rows: usize,
    depth: usize,
    layout: WeightLayout,
) -> Option<&'a [i8]> {
    if layout == WeightLayout::Plain {
        return Some(plain);
    }
    let packed = take(buffer, packed::rows::bytes(rows, depth))?;
    match layout {
        WeightLayout::PackedChains => packed::chains::pack(plain, depth, packed),
        _ => packed::rows::pack(plain, depth, packed),
    }
    Some(packed)
}

/// The plain weights `[rows, 3, 3, channels]` transformed for tiles of outputs.
pub(crate) fn packed_winograd<'a>(
    buffer: &mut &'a mut [i8],
    plain: &[i8],
    rows: usize,
    channels: usize,
    tile: Tile,
) -> Option<&'a [i8]> {
    let packed = take(buffer, packed::winograd::bytes(rows, channels, tile))?;
    packed::winograd::pack(plain, channels, tile, packed);
    Some(packed)
}

/// The plain weights `[rows, FH, 3, channels]` packed as a band's.
pub(crate) fn packed_band<'a>(
    buffer: &mut &'a mut [i8],
    plain: &[i8],
    rows: usize,
    channels: usize,
) -> Option<&'a [i8]> {
    let depth = plain.len() / rows.max(1);
    let packed = take(buffer, packed::rows::bytes(rows, depth))?;
    packed::band::pack(plain, depth, channels, packed);
    Some(packed)
}

/// The plain taps `[3, 3, channels]` in `layout`.
pub(crate) fn packed_taps<'a>(
    buffer: &mut &'a mut [i8],
    plain: &'a [i8],
    channels: usize,
    layout: WeightLayout,
) -> Option<&'a [i8]> {
    if layout == WeightLayout::Plain {
        return Some(plain);
    }
    let packed = take(buffer, packed::taps::bytes(channels))?;
    packed::taps::pack(plain, channels, packed);
    Some(packed)
}

/// A zero point: extremes are as frequent as others.
pub(crate) fn zero_point(rng: &mut Rng) -> i8 {
    if rng.one_in(2) { rng.pick(&[-128, 127, 0, -1]) } else { rng.i8() }
}

/// Limits of a fused activation.
pub(crate) fn activation(rng: &mut Rng) -> [i8; 2] {
    if rng.one_in(2) {
        return [-128, 127];
    }
    let (a, b) = (rng.i8(), rng.i8());
    [a.min(b), a.max(b)]
}

/// A requantization of `channels` sums of `depth` products, most of whose outputs do not saturate; sometimes with extreme multipliers,
/// biases and shifts.
pub(crate) fn requant<'a>(
    rng: &mut Rng,
    words: &mut &'a mut [i32],
    channels: usize,
    depth: usize,
) -> Option<Requant<'a>> {
    let (bias, multipliers) = (take(words, channels)?, take(words, channels)?);
    let is_extreme = rng.one_in(8);
    let pre_shift = if rng.one_in(4) { rng.within(1, 31) as u32 } else { 0 };
    // The standard deviation of a product of two uniform bytes is about 5461.
    let deviation = (depth as u64).isqrt().max(1) * 5461;
    let scale = ((60 << 32) / deviation) >> pre_shift;
    for (bias, multiplier) in bias.iter_mut().zip(multipliers.iter_mut()) {
        *bias = if is_extreme {
            rng.pick(&[i32::MIN, i32::MAX, deviation as i32, 0])
        } else {
            rng.i32() % deviation as i32
        };
        let spread = scale / 2 + rng.next() % (scale + 1);
        *multiplier = if is_extreme { rng.pick(&[0, 1, i32::MAX]) } else { spread.min(i32::MAX as u64) as i32 };
    }
    let [activation_min, activation_max] = activation(rng);
    Some(Requant { bias, multipliers, pre_shift, output_zero_point: zero_point(rng), activation_min, activation_max })
}

/// Largest input, and largest output, of a drawn window, in elements.
const TENSOR_MAX: usize = 2048;

/// An input shape with `channels`, a window over it, and the height and width of its output.
pub(crate) fn window(
    rng: &mut Rng,
    channels: usize,
    output_channels: usize,
    filter_max: usize,
) -> (Shape, Window, Shape) {
    loop {
        let batch = if rng.one_in(4) { 2 } else { 1 };
        let (height, width) = (axis(rng, filter_max), axis(rng, filter_max));
        let input = [batch, height.input, width.input, channels];
        let output = [batch, height.output, width.output, output_channels];
        let pair = |pick: fn(&Axis) -> usize| [pick(&height), pick(&width)];
        let window = Window {
            filter: pair(|axis| axis.filter),
            stride: pair(|axis| axis.stride),
            dilation: pair(|axis| axis.dilation),
            pad: pair(|axis| axis.pad),
        };
        let fits = |shape: Shape| (1..=TENSOR_MAX).contains(&shape.iter().product());
        if fits(input) && fits(output) {
            return (input, window, output);
        }
    }
}

/// As [`window`], with a 3x3 filter, the same stride of up to `stride_max` along both axes, and images up to 14 pixels wide and high; some of them up
/// to 130 high.
pub(crate) fn window_3x3(
    rng: &mut Rng,
    channels: usize,
    output_channels: usize,
    stride_max: usize,
) -> (Shape, Window, Shape) {
    let stride = rng.within(1, stride_max);
    let batch = if rng.one_in(4) { 2 } else { 1 };
    let axis = |rng: &mut Rng, longest: usize| {
        let (input, pad, pad_after) = (rng.within(1, longest), rng.within(0, 3), rng.within(0, 2));
        [input, pad, (input + pad + pad_after + stride).saturating_sub(3) / stride]
    };
    loop {
        let longest = if rng.one_in(4) { 130 } else { 14 };
        let ([height, top, output_height], [width, left, output_width]) = (axis(rng, longest), axis(rng, 14));
        if output_height > 0 && output_width > 0 {
            let window = Window { filter: [3, 3], stride: [stride; 2], dilation: [1, 1], pad: [top, left] };
            let output_shape = [batch, output_height, output_width, output_channels];
            return ([batch, height, width, channels], window, output_shape);
        }
    }
}

/// As [`window`], with a certain filter that is not dilated, and at stride 1 or 2 along the row.
pub(crate) fn window_of(
    rng: &mut Rng,
    filter: [usize; 2],
    channels: usize,
    output_channels: usize,
) -> (Shape, Window, Shape) {
    let [filter_height, filter_width] = filter;
    loop {
        let batch = if rng.one_in(4) { 2 } else { 1 };
        let axis = |rng: &mut Rng, filter: usize, stride: usize| {
            let (input, pad, pad_after) = (rng.within(1, 13), rng.within(0, filter), rng.within(0, filter - 1));
            let output = (input + pad + pad_after + stride).saturating_sub(filter) / stride;
            Axis { input, output, filter, stride, dilation: 1, pad }
        };
        let strides = [rng.within(1, 3), rng.within(1, 2)];
        let (height, width) = (axis(rng, filter_height, strides[0]), axis(rng, filter_width, strides[1]));
        let input = [batch, height.input, width.input, channels];
        let output = [batch, height.output, width.output, output_channels];
        let fits = |shape: Shape| (1..=TENSOR_MAX).contains(&shape.iter().product());
        if fits(input) && fits(output) {
            let window = Window { filter, stride: strides, dilation: [1, 1], pad: [height.pad, width.pad] };
            return (input, window, output);
        }
    }
}

struct Axis {
    input: usize,
    output: usize,
    filter: usize,
    stride: usize,
    dilation: usize,
    pad: usize,
}

/// One axis of a window; its output is 0 where the window is larger than the padded input.
fn axis(rng: &mut Rng, filter_max: usize) -> Axis {
    let filter = rng.within(1, filter_max);
    let stride = rng.within(1, 3);
    let dilation = if rng.one_in(4) { rng.within(2, 3) } else { 1 };
    let span = (filter - 1) * dilation + 1;
    let (pad, pad_after) = if rng.one_in(3) { (0, 0) } else { (rng.within(0, span - 1), rng.within(0, span - 1)) };
    let input = rng.within(1, 11);
    let output = (input + pad + pad_after + stride).saturating_sub(span) / stride;
    Axis { input, output, filter, stride, dilation, pad }
}

/// In place of a requantization that is drawn later.
pub(crate) const NO_REQUANT: Requant<'static> =
    Requant { bias: &[], multipliers: &[], pre_shift: 0, output_zero_point: 0, activation_min: 0, activation_max: 0 };
