//! Chains: a row quad whose four sums come out of three, so that two depths take three `smlad` in place of four and nothing to unpack.
//!
//! With `[d, c]` and `[b, a]` the low and high rows of a quad's two words of a pair of depths ([`crate::packed::rows`]: row 0 is `b`, 1 `a`, 2 `d`, 3 `c`),
//! a chain is three words: both as they are, and a link between them.
//!
//! ```text
//! T1 = Σ (256 a + b) x     T2 = Σ (256 b + c) x     T3 = Σ (256 c + d) x     modulo 2^32
//! ```
//!
//! With `A` to `D` the rows' sums, `T3 - 256 T2 + 65536 T1 = D + 2^24 A`: its lower 24 bits are `D` if that is in `[-2^23, 2^23)`. Then
//! `256 C = T3 - D`, `256 B = T2 - C` and `256 A = T1 - B`, each without a remainder. A depth below 512 keeps all sums in that range, whatever the
//! weights are; deeper ones are looked through when they are staged. A link fits 16 bits where `b` and `c` are in `[-127, 127]`, as in all that a host packs;
//! staging finds that out, too.

use core::arch::asm;

use super::quads::Pairs;
use super::slot::slot;
use crate::packed::are_sums_narrow;
use crate::packed::rows::CHUNK_BYTES;

/// Words of a chain.
pub const WORDS: usize = 3;

/// Copies a quad's weights to the start of `target` as chains; whether there is room, and they tell the sums of any inputs apart.
pub fn stage(weights: &[i8], target: &mut [u32]) -> bool {
    let chains = weights.len() / CHUNK_BYTES * 2;
    links_fit(weights, target)
        && (are_sums_narrow(2 * chains) || is_narrow(target.get(..chains.wrapping_mul(WORDS)).unwrap_or_default()))
}

/// Whether the rows of `b`, `c` and `d` have sums in `[-2^23, 2^23)` for any inputs, that is, whether the magnitudes of each row's weights add up to less than
/// 2^16: by Cauchy and Schwarz, whether the depth times the sum of their squares is below 2^32. The squares of all three rows are added up.
fn is_narrow(chains: &[u32]) -> bool {
    let (turns, _) = chains.as_chunks::<{ 2 * WORDS }>();
    let range = turns.as_ptr_range();
    let mut squares = 0u32;
    if turns.is_empty() {
        return false;
    }
    // SAFETY: as many words are read as there are, six at a time.
    unsafe {
        asm!(
            "2:",
            "ldr {a}, [{next}], #4; ldr {b}, [{next}], #4; ldr {c}, [{next}], #4",
            "ldr {d}, [{next}], #4; ldr {e}, [{next}], #4; ldr {f}, [{next}], #4",
            "sxtb16 {a}, {a}; sxtb16 {b}, {b}; sxtb16 {c}, {c}; sxtb16 {d}, {d}; sxtb16 {e}, {e}; sxtb16 {f}, {f}",
            "smlad {squares}, {a}, {a}, {squares}; smlad {squares}, {b}, {b}, {squares}",
            "smlad {squares}, {c}, {c}, {squares}; smlad {squares}, {d}, {d}, {squares}",
            "smlad {squares}, {e}, {e}, {squares}; smlad {squares}, {f}, {f}, {squares}",
            "cmp {next}, {end}",
            "bne 2b",
            next = inout(reg) range.start => _,
            end = in(reg) range.end,
            squares = inout(reg) squares,
            a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _, e = out(reg) _, f = out(reg) _,
            options(nostack, readonly),
        );
    }
    let depth = turns.len().saturating_mul(4) as u64;
    depth.saturating_mul(u64::from(squares)) < 1 << 32
}

/// Copies a quad's weights to the start of `target` as chains; whether there is room and all links fit 16 bits.
fn links_fit(weights: &[i8], target: &mut [u32]) -> bool {
    let chunks = weights.len() / CHUNK_BYTES;
    if chunks == 0 || target.len() < chunks.saturating_mul(2 * WORDS) {
        return false;
    }
    let misfits: u32;
    // The link's halves are `b` in the upper byte, cut out of the first word, plus `c`, the second word's upper byte rounded. `ssub8` compares them with
    // -127, lower bytes with -128, which none is below; `sel` collects bytes that are: 0x80, of which some are 128.
    // SAFETY: as many chunks are read as there are, and six words written for each; there is room for them.
    unsafe {
        asm!(
            "2:",
            "ldr {a}, [{from}], #4; ldr {b}, [{from}], #4; ldr {c}, [{from}], #4; ldr {d}, [{from}], #4",
            "str {a}, [{to}]; str {b}, [{to}, #8]; str {c}, [{to}, #12]; str {d}, [{to}, #20]",
            "and {a}, {upper}, {a}, lsl #8; uadd16 {b}, {b}, {half}",
            "ssub8 {t}, {a}, {least}; sel {misfits}, {misfits}, {a}",
            "ssub8 {t}, {b}, {least}; sel {misfits}, {misfits}, {b}",
            "sxtab16 {a}, {a}, {b}, ror #8; str {a}, [{to}, #4]",
            "and {c}, {upper}, {c}, lsl #8; uadd16 {d}, {d}, {half}",
            "ssub8 {t}, {c}, {least}; sel {misfits}, {misfits}, {c}",
            "ssub8 {t}, {d}, {least}; sel {misfits}, {misfits}, {d}",
            "sxtab16 {c}, {c}, {d}, ror #8; str {c}, [{to}, #16]",
            "adds {to}, #24",
            "subs {left}, #1",
            "bne 2b",
            from = inout(reg) weights.as_ptr() => _,
            to = inout(reg) target.as_mut_ptr() => _,
            left = inout(reg) chunks => _,
            upper = in(reg) 0xff00_ff00u32,
            half = in(reg) 0x0080_0080,
            least = in(reg) 0x8180_8180u32,
            misfits = inout(reg) 0 => misfits,
            a = out(reg) _, b = out(reg) _, c = out(reg) _, d = out(reg) _, t = out(reg) _,
            options(nostack),
        );
    }
    misfits == 0
}

/// A staged quad. The layout is known to the assembly.
#[repr(C)]
pub struct ChainedQuad {
    /// Chains, a multiple of two and not 0.
    pub weights: *const u32,
    /// Where they end.
    pub weights_end: *const u32,
    /// How many the last of the loop's turns of eight lacks.
    pub missing: usize,
    /// One i32 for every row.
    pub bias: *const i32,
    /// One i32 for every row.
    pub multipliers: *const i32,
    /// Added to every requantized sum.
    pub output_zero_point: i32,
}

/// A quad times every pair of patches.
///
/// # Safety
/// - `quad.weights` points to three aligned words for each chain, up to `weights_end`, and their number plus `missing` is a multiple of 8;
/// - `pairs.inputs` points to two aligned words for each chain and each of one or more pairs, up to `inputs_end`;
/// - `quad.bias` and `quad.multipliers` point to 4 aligned elements;
/// - 4 bytes may be written at each pixel's place, `pixel_stride` bytes behind the one before it.
#[inline(never)]
pub unsafe fn chained_quad_by_pairs(quad: &ChainedQuad, pairs: &Pairs) {
    // Registers: r0 inputs, lr weights, r12 weights' end, r1 r2 r3 weight words, r10 r11 input words; r4 r5 r6 T1, T2 and T3 of the first patch, r7 r8 r9
    // of the second. Slots: 0 entry, 1 weights, 2 weights' end, 3 output, 4 pixel stride, 5 inputs' end, 6 zero point, 7 to 10 bias, 11 to 14 multipliers.
    // SAFETY: each pair reads the weights and as deep a pair of patches: the loop runs until the weights' end and is entered where the rest of a turn is
    // `missing`; 4 bytes of both pixels are written per pair. Pairs end where the inputs do. So the caller's promises cover every access.
    // r4-r11 and the stack are restored; the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #64",
            "ldm r0, {{r2-r7}}; ldm r1, {{r0, r8, r9, r10}}",
            slot!(save 1, "r2"), slot!(save 2, "r3"), slot!(save 6, "r7"),
            slot!(save 3, "r9"), slot!(save 4, "r10"), slot!(save 5, "r8"),
            // Entry: 44 bytes of code for each chain to leave out.
            "movs r1, #44; mul r4, r4, r1; adr.w r1, 2f; add r1, r4; adds r1, #1", slot!(save 0, "r1"),
            "ldm r5, {{r1-r4}}", slot!(save 7, "r1"), slot!(save 8, "r2"), slot!(save 9, "r3"), slot!(save 10, "r4"),
            "ldm r6, {{r1-r4}}", slot!(save 11, "r1"), slot!(save 12, "r2"), slot!(save 13, "r3"), slot!(save 14, "r4"),
            // A pair of patches.
            ".p2align 2",
            "1:",
            slot!(load 1, "lr"), slot!(load 2, "r12"), slot!(load 0, "r1"),
            "movs r4, #0; movs r5, #0; movs r6, #0; movs r7, #0; mov r8, r4; mov r9, r4",
            "bx r1",
            ".p2align 2",
            "2:",
            ".rept 8",
            "ldr.w r1, [lr], #4; ldr.w r2, [lr], #4; ldr.w r3, [lr], #4; ldr.w r10, [r0], #4; ldr.w r11, [r0], #4",
            "smlad r4, r1, r10, r4; smlad r7, r1, r11, r7; smlad r5, r2, r10, r5; smlad r8, r2, r11, r8",
            "smlad r6, r3, r10, r6; smlad r9, r3, r11, r9",
            ".endr",
            "cmp lr, r12; bne 2b",
            // 256 D in r1 and lr; then 256 C, 256 B and 256 A in place of T3, T2 and T1.
            "lsls r1, r6, #8; sub r1, r1, r5, lsl #16; add r1, r1, r4, lsl #24",
            "lsl lr, r9, #8; sub lr, lr, r8, lsl #16; add lr, lr, r7, lsl #24",
            "sub r6, r6, r1, asr #8; sub r9, r9, lr, asr #8; sub r5, r5, r6, asr #8; sub r8, r8, r9, asr #8",
            "sub r4, r4, r5, asr #8; sub r7, r7, r8, asr #8",
            slot!(load 7, "r2"), slot!(load 8, "r3"), slot!(load 9, "r10"), slot!(load 10, "r11"),
            "add r5, r2, r5, asr #8; add r4, r3, r4, asr #8; add r1, r10, r1, asr #8; add r6, r11, r6, asr #8",
            "add r8, r2, r8, asr #8; add r7, r3, r7, asr #8; add lr, r10, lr, asr #8; add r9, r11, r9, asr #8",
            slot!(load 11, "r2"), slot!(load 12, "r3"), slot!(load 13, "r10"), slot!(load 14, "r11"), slot!(load 6, "r12"),
            "smmlar r5, r5, r2, r12; smmlar r4, r4, r3, r12; smmlar r1, r1, r10, r12; smmlar r6, r6, r11, r12",
            "smmlar r8, r8, r2, r12; smmlar r7, r7, r3, r12; smmlar lr, lr, r10, r12; smmlar r9, r9, r11, r12",
            slot!(load 3, "r2"), slot!(load 4, "r3"), slot!(load 5, "r10"),
            "ssat r5, #8, r5; ssat r4, #8, r4; ssat r1, #8, r1; ssat r6, #8, r6",
            "strb r5, [r2]; strb r4, [r2, #1]; strb r1, [r2, #2]; strb r6, [r2, #3]; add r2, r3",
            "ssat r8, #8, r8; ssat r7, #8, r7; ssat lr, #8, lr; ssat r9, #8, r9",
            "strb r8, [r2]; strb r7, [r2, #1]; strb lr, [r2, #2]; strb r9, [r2, #3]; add r2, r3",
            slot!(save 3, "r2"), "cmp r0, r10; bne 1b",
            "add sp, #64; pop {{r4-r11}}",
            inout("r0") quad => _, inout("r1") pairs => _,
            clobber_abi("C"),
        );
    }
}
