//! Maximum and mean over windows.

use crate::chunks::{chunks, chunks_mut};
use crate::requant::{clamp_to, requantize};
use crate::shape::{Patch, product};
use crate::{Shape, Window};

/// Maximum over windows: what lies outside the input does not count. A window without any element gives -128.
#[derive(Debug, Clone, Copy)]
pub struct MaxPool2d {
    /// `[N, H, W, C]`.
    pub input_shape: Shape,
    /// `[N, OH, OW, C]`.
    pub output_shape: Shape,
    /// The window.
    pub window: Window,
}

impl MaxPool2d {
    /// Whether shapes and window agree.
    pub fn is_valid(&self) -> bool {
        is_valid(&self.window, self.input_shape, self.output_shape)
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        let pool = Pool { window: &self.window, input_shape: self.input_shape, output_shape: self.output_shape };
        pool.for_each_position(input, output, |position, outputs| {
            outputs.fill(i8::MIN);
            position.for_each_pixel(|pixel| {
                for (output, &x) in outputs.iter_mut().zip(pixel) {
                    *output = x.max(*output);
                }
            });
        });
    }
}

/// Mean over windows: the sum of `q - input_zero_point` is requantized with the reciprocal of the count.
#[derive(Debug, Clone, Copy)]
pub struct AveragePool2d<'a> {
    /// `[N, H, W, C]`.
    pub input_shape: Shape,
    /// `[N, OH, OW, C]`.
    pub output_shape: Shape,
    /// The window.
    pub window: Window,
    /// Zero point of the input.
    pub input_zero_point: i8,
    /// Zero point of the output.
    pub output_zero_point: i8,
    /// One for every window, or one for each number of elements: a window with `n` elements inside the input takes entry `n - 1`. Not
    /// negative.
    pub multipliers: &'a [i32],
    /// Left shift of the sum before the multiplication, in `[0, 31]`.
    pub pre_shift: u32,
}

/// Channels whose sums are kept at a time.
const LANES: usize = 8;

impl AveragePool2d<'_> {
    /// Whether shapes, window and multipliers agree.
    pub fn is_valid(&self) -> bool {
        let count = self.multipliers.len();
        is_valid(&self.window, self.input_shape, self.output_shape)
            && (count == 1 || product(&self.window.filter) == Some(count))
            && self.multipliers.iter().all(|&multiplier| multiplier >= 0)
            && self.pre_shift <= 31
    }

    /// Computes `output` from `input`.
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        let pool = Pool { window: &self.window, input_shape: self.input_shape, output_shape: self.output_shape };
        pool.for_each_position(input, output, |position, outputs| {
            let count = position.patch.taps();
            let requant = Mean {
                multiplier: self.multiplier(count),
                pre_shift: self.pre_shift,
                offset: (count as i32).wrapping_mul(i32::from(self.input_zero_point)),
                output_zero_point: self.output_zero_point,
            };
            let (blocks, rest) = outputs.as_chunks_mut::<LANES>();
            for (block, outputs) in blocks.iter_mut().enumerate() {
                *outputs = position.block_sums(block.wrapping_mul(LANES)).map(|sum| requant.apply(sum));
            }
            let first = blocks.len().wrapping_mul(LANES);
            for (index, output) in rest.iter_mut().enumerate() {
                let sum = position.sum(first.wrapping_add(index));
                *output = requant.apply(sum);
            }
        });
    }

    /// The multiplier of a window with `count` elements. A window without any has sum 0, so that its multiplier does not matter.
    fn multiplier(&self, count: usize) -> i32 {
        let index = if self.multipliers.len() == 1 { 0 } else { count.wrapping_sub(1) };
        self.multipliers.get(index).copied().unwrap_or(0)
    }
}

/// From the sum of a window's elements to its mean.
struct Mean {
    multiplier: i32,
    pre_shift: u32,
    /// The zero points of all elements together.
    offset: i32,
    output_zero_point: i8,
}

impl Mean {
    #[inline(always)]
    fn apply(&self, sum: i32) -> i8 {
        let sum = sum.wrapping_sub(self.offset);
        let q = requantize(sum, self.multiplier, self.pre_shift, self.output_zero_point);
        clamp_to(q, i8::MIN, i8::MAX)
    }
}

fn is_valid(window: &Window, input: Shape, output: Shape) -> bool {
    let ([_, _, _, channels], [_, _, _, output_channels]) = (input, output);
    window.is_valid(input, output) && channels == output_channels
}

struct Pool<'a> {
    window: &'a Window,
    input_shape: Shape,
    output_shape: Shape,
}

impl Pool<'_> {
    #[inline(always)]
    fn for_each_position(&self, input: &[i8], output: &mut [i8], mut each: impl FnMut(Position, &mut [i8])) {
        let ([_, height, width, channels], [_, output_height, output_width, _]) = (self.input_shape, self.output_shape);
        let sizes = (product(&[height, width, channels]), product(&[output_height, output_width, channels]));
        let (Some(image_size), Some(output_size)) = sizes else {
            return;
        };
        for (image, outputs) in chunks(input, image_size).zip(chunks_mut(output, output_size)) {
            let mut positions = chunks_mut(outputs, channels);
            for row in 0..output_height {
                for (column, outputs) in positions.by_ref().take(output_width).enumerate() {
                    let patch = self.window.patch(self.input_shape, row, column);
                    each(Position { image, patch, dilation: self.window.dilation, width, channels }, outputs);
                }
            }
        }
    }
}

/// One output position.
struct Position<'a> {
    image: &'a [i8],
    patch: Patch,
    dilation: [usize; 2],
    width: usize,
    channels: usize,
}

impl Position<'_> {
    /// The sums of a block of channels, `first` on.
    fn block_sums(&self, first: usize) -> [i32; LANES] {
        let mut sums = [0i32; LANES];
        self.for_each_run(|start, step, mut left| {
            let mut pixels = self.image.get(start.wrapping_add(first)..).unwrap_or_default();
            while left > 0 {
                let count = left.min(PAIR_SUMS_MAX);
                let pairs;
                (pairs, pixels) = pair_sums(pixels, step, count);
                add_pairs(&mut sums, &pairs, count);
                left = left.wrapping_sub(count);
            }
        });
        sums
    }

    /// The sum of one channel.
    fn sum(&self, channel: usize) -> i32 {
        let mut sum = 0i32;
        self.for_each_start(|start| {
            let element = self.image.get(start.wrapping_add(channel)).copied().unwrap_or(0);
            sum = sum.wrapping_add(i32::from(element));
        });
        sum
    }

    /// Calls `each` with the channels of every pixel of the window that lies inside the input.
    #[inline(always)]
    fn for_each_pixel(&self, mut each: impl FnMut(&[i8])) {
        self.for_each_start(|start| {
            if let Some(pixel) = self.image.get(start..start.wrapping_add(self.channels)) {
                each(pixel);
            }
        });
    }

    /// Calls `each` with where every pixel of the window that lies inside the input starts in the image.
    #[inline(always)]
    fn for_each_start(&self, mut each: impl FnMut(usize)) {
        self.for_each_run(|mut start, step, count| {
            for _ in 0..count {
                each(start);
                start = start.wrapping_add(step);
            }
        });
    }

    /// Calls `each` with runs of pixels of the window inside the input: where the first one starts in the image, from one to the next, and how many.
    #[inline(always)]
    fn for_each_run(&self, mut each: impl FnMut(usize, usize, usize)) {
        let Patch { rows, columns } = self.patch;
        let step = self.dilation[1].wrapping_mul(self.channels);
        let row_step = self.dilation[0].wrapping_mul(self.width).wrapping_mul(self.channels);
        let first = rows.start.wrapping_mul(self.width).wrapping_add(columns.start);
        let mut start = first.wrapping_mul(self.channels);
        if step.wrapping_mul(columns.count()) == row_step {
            // The last pixel of a row and the first one of the next are neighbours.
            return each(start, step, rows.count().wrapping_mul(columns.count()));
        }
        for _ in 0..rows.count() {
            each(start, step, columns.count());
            start = start.wrapping_add(row_step);
        }
    }
}

/// Elements whose sum fits 16 bits when each counts 128 more, so that none is negative.
const PAIR_SUMS_MAX: usize = 256;

/// Of every four channels, the sums of 0 and 2 in one word and of 1 and 3 in the other, 128 more for each element.
type PairSums = [[u32; 2]; LANES / 4];

/// The sums over the first `count` pixels, `step` elements apart, and what lies behind them. Inlined, the loop would not stay in registers.
#[inline(never)]
fn pair_sums(mut pixels: &[i8], step: usize, count: usize) -> (PairSums, &[i8]) {
    let mut sums = PairSums::default();
    for _ in 0..count {
        let Some(elements) = pixels.first_chunk::<LANES>() else { break };
        let (words, _) = elements.as_chunks::<4>();
        for (word, [even, odd]) in words.iter().zip(&mut sums) {
            let word = u32::from_le_bytes(word.map(|element| element as u8)) ^ 0x8080_8080;
            *even = even.wrapping_add(word & 0xff_00ff);
            *odd = odd.wrapping_add(word >> 8 & 0xff_00ff);
        }
        pixels = pixels.get(step..).unwrap_or_default();
    }
    (sums, pixels)
}

/// Adds the sums of `count` elements of each channel.
fn add_pairs(sums: &mut [i32; LANES], pairs: &PairSums, count: usize) {
    let added = (count as i32).wrapping_mul(128);
    let (sums, _) = sums.as_chunks_mut::<4>();
    for (sums, [even, odd]) in sums.iter_mut().zip(pairs) {
        for (sum, pair) in sums.iter_mut().zip([even & 0xffff, odd & 0xffff, even >> 16, odd >> 16]) {
            *sum = sum.wrapping_add(pair as i32).wrapping_sub(added);
        }
    }
}
