//! Depthwise convolution, 16 channels at a time, two taps at a time.
//!
//! A product of two bytes fits 16 bits, and so does the sum of two: 2 * 128 * 127 is below 2^15. Only -128 times -128 twice does not, so layers with a
//! weight of -128 go tap by tap. Products come in two vectors, of the even channels and of the odd ones; widened, in four, of every fourth channel: as
//! `vld4` reads bias and multipliers.

use core::arch::asm;

use super::inner::{Inner, first_element};
use crate::DepthwiseConv2d;
use crate::shape::product;

/// Channels of a block.
const BLOCK: usize = 16;

/// Most channels: those of a pixel in the padding.
const CHANNELS_MAX: usize = 256;

/// Most taps of a window.
const TAPS_MAX: usize = 25;

/// One pixel's blocks. The layout is known to the assembly.
#[repr(C)]
struct Blocks {
    /// Where each tap's pixel lies, seen from the origin.
    taps: *const usize,
    /// Pairs of taps, which come first.
    pair_count: usize,
    /// The taps behind them.
    single_count: usize,
    weights: *const i8,
    /// Bytes from tap to tap of the weights.
    channels: usize,
    bias: *const i32,
    multipliers: *const i32,
    output: *mut i8,
    /// The first channel of the first block.
    channel: usize,
    /// Blocks; not 0.
    count: usize,
    output_zero_point: i32,
    activation_min: i32,
    activation_max: i32,
    origin: *const i8,
}

/// Depthwise layers without pre-shift, with one output for each of at most 256 channels; `None` for others.
pub fn run(conv: &DepthwiseConv2d, input: &[i8], output: &mut [i8]) -> Option<()> {
    let ([batch, height, width, channels], taps) = (conv.output_shape, conv.window.taps());
    let is_fit = channels <= CHANNELS_MAX && taps <= TAPS_MAX && conv.requant.pre_shift == 0;
    let agree = conv.input_shape[3] == channels
        && product(&conv.input_shape) == Some(input.len())
        && product(&conv.output_shape) == Some(output.len())
        && taps.checked_mul(channels) == Some(conv.weights.len())
        && conv.requant.bias.len() == channels
        && conv.requant.multipliers.len() == channels;
    if !is_fit || !agree {
        return None;
    }
    let outside = [conv.input_zero_point; CHANNELS_MAX];
    let [bias, multipliers] = [conv.requant.bias, conv.requant.multipliers].map(first_block);
    let is_narrow = channels < BLOCK;
    let layer = Layer {
        conv,
        input,
        bias: if is_narrow { &bias } else { conv.requant.bias },
        multipliers: if is_narrow { &multipliers } else { conv.requant.multipliers },
        outside: &outside,
        pair_count: if conv.weights.contains(&i8::MIN) { 0 } else { taps / 2 },
        inner: Inner::new(conv.window, conv.input_shape),
        inner_taps: inner_taps(conv),
    };
    let mut pixel = output.as_mut_ptr();
    for n in 0..batch {
        for y in 0..height {
            for x in 0..width {
                // SAFETY: the slices have the lengths that were checked above, and `pixel` is one of the output's.
                unsafe { layer.convolve([n, y, x], pixel) };
                pixel = pixel.wrapping_add(channels);
            }
        }
    }
    Some(())
}

/// The values of a block's channels, those that there are.
fn first_block(values: &[i32]) -> [i32; BLOCK] {
    core::array::from_fn(|channel| values.get(channel).copied().unwrap_or(0))
}

/// Where the taps of an inner position lie, seen from the first one.
fn inner_taps(conv: &DepthwiseConv2d) -> [usize; TAPS_MAX] {
    let ([_, _, width, channels], [filter_width, dilation]) =
        (conv.input_shape, [conv.window.filter[1], conv.window.dilation[0]]);
    core::array::from_fn(|tap| {
        let row = tap.checked_div(filter_width).unwrap_or(0);
        let column = tap.wrapping_sub(row.wrapping_mul(filter_width));
        row.wrapping_mul(dilation).wrapping_mul(width).wrapping_add(column).wrapping_mul(channels)
    })
}

/// A layer at work.
struct Layer<'a> {
    conv: &'a DepthwiseConv2d<'a>,
    input: &'a [i8],
    /// One for each channel, and for a whole block at least.
    bias: &'a [i32],
    /// The same.
    multipliers: &'a [i32],
    /// A pixel of the padding.
    outside: &'a [i8; CHANNELS_MAX],
    pair_count: usize,
    inner: Inner,
    inner_taps: [usize; TAPS_MAX],
}

impl Layer<'_> {
    /// All channels of the pixel at a position.
    ///
    /// # Safety
    /// The slices have as many elements as the layer's shapes say, and the pixel may be written.
    #[inline(always)]
    unsafe fn convolve(&self, position @ [_, y, x]: [usize; 3], pixel: *mut i8) {
        if self.inner.contains([y, x]) {
            let first = first_element(self.conv.window, self.conv.input_shape, position);
            // SAFETY: all taps of an inner position are pixels of the input; the caller promises the rest.
            unsafe { self.convolve_taps(self.input.as_ptr().wrapping_add(first), &self.inner_taps, pixel) };
        } else {
            let mut taps = [0; TAPS_MAX];
            self.find_taps(position, &mut taps);
            // SAFETY: every tap is a pixel of the input or of the padding; the caller promises the rest.
            unsafe { self.convolve_taps(core::ptr::null(), &taps, pixel) };
        }
    }

    /// The address of the input pixel under each tap of the window at a position.
    #[inline(never)]
    fn find_taps(&self, [n, y, x]: [usize; 3], taps: &mut [usize; TAPS_MAX]) {
        let ([_, height, width, channels], window) = (self.conv.input_shape, &self.conv.window);
        let ([row_stride, column_stride], [row_dilation, column_dilation]) = (window.stride, window.dilation);
        let top = y.wrapping_mul(row_stride).wrapping_sub(window.pad[0]);
        let left = x.wrapping_mul(column_stride).wrapping_sub(window.pad[1]);
        let image = n.wrapping_mul(height);
        let mut taps = taps.iter_mut();
        for row in 0..window.filter[0] {
            let row = top.wrapping_add(row.wrapping_mul(row_dilation));
            let pixels = image.wrapping_add(row).wrapping_mul(width);
            for column in 0..window.filter[1] {
                let column = left.wrapping_add(column.wrapping_mul(column_dilation));
                let is_inside = row < height && column < width;
                let pixel = self.input.as_ptr().wrapping_add(pixels.wrapping_add(column).wrapping_mul(channels));
                if let Some(tap) = taps.next() {
                    *tap = (if is_inside { pixel } else { self.outside.as_ptr() }).expose_provenance();
                }
            }
        }
    }

    /// All channels of one pixel.
    ///
    /// # Safety
    /// Behind `origin`, every tap is a pixel; the rest as for [`Self::convolve`].
    #[inline(always)]
    unsafe fn convolve_taps(&self, origin: *const i8, taps: &[usize; TAPS_MAX], pixel: *mut i8) {
        let (channels, requant) = (self.conv.output_shape[3], &self.conv.requant);
        let blocks = |channel: usize, count: usize| Blocks {
            taps: taps.as_ptr(),
            pair_count: self.pair_count,
            single_count: self.conv.window.taps().wrapping_sub(2 * self.pair_count),
            weights: self.conv.weights.as_ptr(),
            channels,
            bias: self.bias.as_ptr(),
            multipliers: self.multipliers.as_ptr(),
            output: pixel,
            channel,
            count,
            output_zero_point: i32::from(requant.output_zero_point),
            activation_min: i32::from(requant.activation_min),
            activation_max: i32::from(requant.activation_max),
            origin,
        };
        if channels < BLOCK {
            // SAFETY: the caller's promise, for the channels that there are; bias and multipliers have a whole block.
            return unsafe { convolve_part(&blocks(0, 1)) };
        }
        // SAFETY: the caller's promise, for all channels of the blocks.
        unsafe { convolve_blocks(&blocks(0, channels / BLOCK)) };
        if !channels.is_multiple_of(BLOCK) {
            // SAFETY: the same. The last block overlaps the one before.
            unsafe { convolve_blocks(&blocks(channels.wrapping_sub(BLOCK), 1)) };
        }
    }
}

/// Adds the products of the even channels in `q6` and of the odd ones in `q4` to the sums.
macro_rules! add_products {
    () => {
        concat!(
            "vmovlb.s16 q5, q6; vmovlb.s16 q7, q4; vmovlt.s16 q6, q6; vmovlt.s16 q4, q4;",
            "vadd.i32 q0, q0, q5; vadd.i32 q1, q1, q7; vadd.i32 q2, q2, q6; vadd.i32 q3, q3, q4",
        )
    };
}

/// A load of 16 bytes.
macro_rules! load_block {
    ($vector:literal, $address:literal) => {
        concat!("vldrb.u8 ", $vector, ", [", $address, "]")
    };
}

/// A load of as many bytes as there are channels.
macro_rules! load_part {
    ($vector:literal, $address:literal) => {
        concat!("vpst; vldrbt.u8 ", $vector, ", [", $address, "]")
    };
}

/// A function that computes blocks, with its way to load and to store a vector.
macro_rules! convolve {
    ($(#[$doc:meta])* $name:ident, $load:ident, $store:literal) => {
        $(#[$doc])*
        #[inline(never)]
        unsafe fn $name(blocks: &Blocks) {
            // Registers: r0 blocks, r1 taps, r2 r7 inputs, r3 weights, r4 channel, r5 channels, r6 zero point, r8 blocks left, r9 the origin's
            // channel, lr pairs or taps left. Sums of every fourth channel: q0 from the first on, q1 from the second on, and so on. The
            // predicate leaves off what is no channel.
            // SAFETY: the caller promises that all that is read and written may be. r4-r9 are restored; the others are operands.
            unsafe {
                asm!(
                    "push {{r4-r9}}",
                    "ldrd r4, r8, [r0, #32]; ldr r5, [r0, #16]; ldr r6, [r0, #40]; ldr r9, [r0, #52]; add r9, r4; vctp.8 r5",
                    "1:",
                    "ldrd r3, r2, [r0, #12]; add r3, r4; ldr r2, [r0, #20]; add r2, r2, r4, lsl #2",
                    "vld40.32 {{q0, q1, q2, q3}}, [r2]; vld41.32 {{q0, q1, q2, q3}}, [r2]",
                    "vld42.32 {{q0, q1, q2, q3}}, [r2]; vld43.32 {{q0, q1, q2, q3}}, [r2]",
                    "ldrd r1, r2, [r0]; wls lr, r2, 3f",
                    // A pair of taps.
                    "2:",
                    "ldrd r2, r7, [r1], #8; add r2, r9; add r7, r9",
                    $load!("q4", "r2"), $load!("q5", "r3"),
                    "add r3, r5; vmullb.s8 q6, q4, q5; vmullt.s8 q4, q4, q5",
                    $load!("q5", "r7"), $load!("q7", "r3"),
                    "add r3, r5; vmullb.s8 q5, q5, q7; vadd.i16 q6, q6, q5",
                    $load!("q5", "r7"),
                    "vmullt.s8 q5, q5, q7; vadd.i16 q4, q4, q5",
                    add_products!(),
                    "le lr, 2b",
                    "3:",
                    "ldr r2, [r0, #8]; wls lr, r2, 5f",
                    // A tap.
                    "4:",
                    "ldr r2, [r1], #4; add r2, r9",
                    $load!("q4", "r2"), $load!("q5", "r3"),
                    "add r3, r5; vmullb.s8 q6, q4, q5; vmullt.s8 q4, q4, q5",
                    add_products!(),
                    "le lr, 4b",
                    "5:",
                    "ldr r2, [r0, #24]; add r2, r2, r4, lsl #2",
                    "vld40.32 {{q4, q5, q6, q7}}, [r2]; vld41.32 {{q4, q5, q6, q7}}, [r2]",
                    "vld42.32 {{q4, q5, q6, q7}}, [r2]; vld43.32 {{q4, q5, q6, q7}}, [r2]",
                    "vrmulh.s32 q0, q0, q4; vrmulh.s32 q1, q1, q5; vrmulh.s32 q2, q2, q6; vrmulh.s32 q3, q3, q7",
                    "vadd.i32 q0, q0, r6; vadd.i32 q1, q1, r6; vadd.i32 q2, q2, r6; vadd.i32 q3, q3, r6",
                    "vqmovnb.s32 q0, q0; vqmovnt.s32 q0, q2; vqmovnb.s32 q1, q1; vqmovnt.s32 q1, q3",
                    "vqmovnb.s16 q0, q0; vqmovnt.s16 q0, q1",
                    "ldrd r1, r2, [r0, #44]; vdup.8 q4, r1; vdup.8 q5, r2; vmax.s8 q0, q0, q4; vmin.s8 q0, q0, q5",
                    "ldr r2, [r0, #28]; add r2, r4", $store,
                    "adds r4, #16; add r9, r9, #16; subs r8, r8, #1; bne 1b",
                    "pop {{r4-r9}}",
                    inout("r0") blocks => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
                    out("d0") _, out("d1") _, out("d2") _, out("d3") _, out("d4") _, out("d5") _, out("d6") _, out("d7") _,
                    out("d8") _, out("d9") _, out("d10") _, out("d11") _, out("d12") _, out("d13") _, out("d14") _, out("d15") _,
                );
            }
        }
    };
}

convolve!(
    /// Computes all blocks: 25 instructions for 32 multiply-accumulates of a pair of taps.
    ///
    /// # Safety
    /// All that `blocks` names is readable, and its output writable, for 16 channels of every block.
    convolve_blocks, load_block, "vstrb.8 q0, [r2]"
);

convolve!(
    /// Computes a block of fewer than 16 channels: 30 instructions for a pair of taps.
    ///
    /// # Safety
    /// All that `blocks` names is readable, and its output writable, for all channels, bias and multipliers for 16.
    convolve_part, load_part, "vpst; vstrbt.8 q0, [r2]"
);
