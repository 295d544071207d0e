//! Rows of weights times one pixel, four rows at a time.

use core::arch::asm;

use crate::Requant;
use crate::chunks::{chunks, chunks_mut};

/// Rows that are computed together.
const QUAD: usize = 4;

/// Plain weights with their requantization.
pub struct Rows<'a> {
    /// `[O, D]`.
    weights: &'a [i8],
    /// `D`.
    depth: usize,
    requant: &'a Requant<'a>,
}

/// Quads of rows. The layout is known to the assembly, which moves weights, bias, multipliers and output from quad to quad.
#[repr(C)]
struct Quads {
    patch: *const i8,
    weights: *const i8,
    bias: *const i32,
    multipliers: *const i32,
    output: *mut i8,
    count: usize,
    depth: usize,
    output_zero_point: i32,
    activation_min: i32,
    activation_max: i32,
}

impl<'a> Rows<'a> {
    /// `None` where there are fewer rows than a quad, with a pre-shift, and where lengths disagree.
    pub fn new(weights: &'a [i8], depth: usize, requant: &'a Requant<'a>) -> Option<Self> {
        let channels = requant.bias.len();
        let agree = requant.multipliers.len() == channels && Some(weights.len()) == channels.checked_mul(depth);
        (agree && channels >= QUAD && depth > 0 && requant.pre_shift == 0).then_some(Self { weights, depth, requant })
    }

    /// Every pixel of `D` elements to one of `O`; `None` where lengths disagree.
    pub fn multiply_all(&self, input: &[i8], output: &mut [i8]) -> Option<()> {
        let mut pixels = chunks(input, self.depth).zip(chunks_mut(output, self.requant.bias.len()));
        pixels.try_for_each(|(patch, pixel)| self.multiply(patch, pixel))
    }

    /// One pixel; `None` where lengths disagree.
    #[inline]
    pub fn multiply(&self, patch: &[i8], pixel: &mut [i8]) -> Option<()> {
        let channels = self.requant.bias.len();
        if patch.len() != self.depth || pixel.len() != channels {
            return None;
        }
        let mut quads = self.quads(patch, pixel, 0, channels / QUAD);
        // SAFETY: `new` checked that there are `channels` rows of `depth` weights and as many elements of bias and multipliers; the patch has
        // `depth` elements, the pixel `channels`.
        unsafe { multiply_quads(&mut quads) };
        if !channels.is_multiple_of(QUAD) {
            // The last quad overlaps the one before.
            let mut last = self.quads(patch, pixel, channels.wrapping_sub(QUAD), 1);
            // SAFETY: the same, for the last four rows.
            unsafe { multiply_quads(&mut last) };
        }
        Some(())
    }

    /// `count` quads from row `first` on.
    #[inline(always)]
    fn quads(&self, patch: &[i8], pixel: &mut [i8], first: usize, count: usize) -> Quads {
        Quads {
            patch: patch.as_ptr(),
            weights: self.weights.as_ptr().wrapping_add(first.wrapping_mul(self.depth)),
            bias: self.requant.bias.as_ptr().wrapping_add(first),
            multipliers: self.requant.multipliers.as_ptr().wrapping_add(first),
            output: pixel.as_mut_ptr().wrapping_add(first),
            count,
            depth: self.depth,
            output_zero_point: i32::from(self.requant.output_zero_point),
            activation_min: i32::from(self.requant.activation_min),
            activation_max: i32::from(self.requant.activation_max),
        }
    }
}

/// Computes every quad: 10 instructions for 64 multiply-accumulates, and 29 for a quad.
///
/// # Safety
/// The patch has `depth` elements; there are `4 * count` rows of so many weights, and so many elements of bias, multipliers and output. `count` and
/// `depth` are not 0.
#[inline(never)]
unsafe fn multiply_quads(quads: &mut Quads) {
    // Registers: r0 r2 r4 r6 sums, r1 patch, r3 r5 r7 r9 rows, r8 depth, r10 quads, r11 zero point, r12 pointers. q2 q3 limits.
    // SAFETY: `letp` leaves off loads behind the depth, and the caller promises the rest. r4-r11 are restored; the others are operands.
    unsafe {
        asm!(
            "push {{r4-r11}}; mov r10, r0",
            "ldrd r8, r11, [r10, #24]; ldrd r1, r2, [r10, #32]; vdup.32 q2, r1; vdup.32 q3, r2",
            "1:",
            "ldrd r1, r3, [r10]; ldr r12, [r10, #8]; adds r5, r3, r8; adds r7, r5, r8; add r9, r7, r8",
            "ldm r12!, {{r0, r2, r4, r6}}; str r12, [r10, #8]; add r12, r9, r8; str r12, [r10, #4]",
            "dlstp.8 lr, r8",
            "2:",
            "vldrb.u8 q0, [r1], #16",
            "vldrb.u8 q1, [r3], #16; vmladava.s8 r0, q0, q1",
            "vldrb.u8 q1, [r5], #16; vmladava.s8 r2, q0, q1",
            "vldrb.u8 q1, [r7], #16; vmladava.s8 r4, q0, q1",
            "vldrb.u8 q1, [r9], #16; vmladava.s8 r6, q0, q1",
            "letp lr, 2b",
            "vmov.32 q0[0], r0; vmov.32 q0[1], r2; vmov.32 q0[2], r4; vmov.32 q0[3], r6",
            "ldrd r12, r3, [r10, #12]; ldr r5, [r10, #20]",
            "vldrw.u32 q1, [r12], #16; vrmulh.s32 q0, q0, q1; vadd.i32 q0, q0, r11; vmax.s32 q0, q0, q2; vmin.s32 q0, q0, q3",
            "vstrb.32 q0, [r3], #4; subs r5, #1; strd r12, r3, [r10, #12]; str r5, [r10, #20]; bne 1b",
            "pop {{r4-r11}}",
            inout("r0") quads => _, out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
            out("d0") _, out("d1") _, out("d2") _, out("d3") _, out("d4") _, out("d5") _, out("d6") _, out("d7") _,
        );
    }
}
