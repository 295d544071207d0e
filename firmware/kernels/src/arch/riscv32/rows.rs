//! Two rows of weights times words of two pixels.

use core::arch::asm;

use super::super::lanes::Rows;

/// The products of a word with both rows, on to the next one.
macro_rules! tap {
    () => {
        "lw {w0}, 0({word}); lb {a0}, 0({a}); lb {b0}, 0({b})
         addi {word}, {word}, 4; addi {a}, {a}, 1; addi {b}, {b}, 1
         mul {a0}, {a0}, {w0}; mul {b0}, {b0}, {w0}
         add {a_mixed}, {a_mixed}, {a0}; add {a0}, {a0}, {half}; srai {a0}, {a0}, 16; add {a_second}, {a_second}, {a0}
         add {b_mixed}, {b_mixed}, {b0}; add {b0}, {b0}, {half}; srai {b0}, {b0}, 16; add {b_second}, {b_second}, {b0}"
    };
}

/// The same for words `$first` and the next one of a pass: 20 instructions for 8 multiply-accumulates.
macro_rules! taps {
    ($word:literal, $next_word:literal, $first:literal, $second:literal) => {
        concat!(
            concat!("lw {w0}, ", $word, "({word}); lw {w1}, ", $next_word, "({word})\n"),
            concat!("lb {a0}, ", $first, "({a}); lb {a1}, ", $second, "({a})\n"),
            concat!("lb {b0}, ", $first, "({b}); lb {b1}, ", $second, "({b})\n"),
            "mul {a0}, {a0}, {w0}; mul {a1}, {a1}, {w1}; mul {b0}, {b0}, {w0}; mul {b1}, {b1}, {w1}
             add {a0}, {a0}, {a1}; add {b0}, {b0}, {b1}
             add {a_mixed}, {a_mixed}, {a0}; add {a0}, {a0}, {half}; srai {a0}, {a0}, 16; add {a_second}, {a_second}, {a0}
             add {b_mixed}, {b_mixed}, {b0}; add {b0}, {b0}, {half}; srai {b0}, {b0}, 16; add {b_second}, {b_second}, {b0}"
        )
    };
}

/// From the sum in `$sum` to the output element: its product with `$multiplier`, rounded, with the zero point in `half` added, saturated.
macro_rules! requantize {
    ($sum:literal, $multiplier:literal) => {
        concat!(
            concat!("mul {w0}, ", $sum, ", ", $multiplier, "; mulh ", $sum, ", ", $sum, ", ", $multiplier, "\n"),
            concat!("srli {w0}, {w0}, 31; add ", $sum, ", ", $sum, ", {w0}; add ", $sum, ", ", $sum, ", {half}\n"),
            concat!("addi {w0}, ", $sum, ", 128; sltiu {w0}, {w0}, 256; bnez {w0}, 7f\n"),
            concat!("srai ", $sum, ", ", $sum, ", 31; xori ", $sum, ", ", $sum, ", 127\n7:")
        )
    };
}

/// Computes every pair of rows for both pixels.
///
/// # Safety
/// - `rows.depth` words and `2 * count` rows of so many weights are readable; `end` and `rest_end` lie behind words, a multiple of 8 apart;
/// - bias, multipliers and both outputs have `2 * count` elements; `count` is not 0.
#[inline(never)]
pub unsafe fn multiply_rows(rows: &mut Rows) {
    // SAFETY: the words are read from their start to their end and the rows of weights alike; the caller promises that these are
    // readable, and that the other arrays are long enough for all pairs. All registers are operands.
    unsafe {
        asm!(
            // A pair of rows: `a` and `b`.
            "1:",
            "lw {rest}, 0({rows}); lw {w0}, 4({rows}); lw {word}, 8({rows}); lw {a}, 12({rows}); lw {b}, 16({rows}); lw {end}, 20({rows})",
            "lw {a_second}, 0({w0}); lw {b_second}, 4({w0}); addi {w0}, {w0}, 8; sw {w0}, 4({rows})",
            "slli {a_mixed}, {a_second}, 16; add {a_mixed}, {a_mixed}, {a_second}",
            "slli {b_mixed}, {b_second}, 16; add {b_mixed}, {b_mixed}, {b_second}",
            "add {b}, {b}, {a}; lui {half}, 8",
            "beq {word}, {rest}, 3f",
            "2:",
            tap!(),
            "bne {word}, {rest}, 2b",
            "3:",
            "beq {word}, {end}, 5f",
            "4:",
            taps!("0", "4", "0", "1"),
            taps!("8", "12", "2", "3"),
            taps!("16", "20", "4", "5"),
            taps!("24", "28", "6", "7"),
            "addi {word}, {word}, 32; addi {a}, {a}, 8; addi {b}, {b}, 8",
            "bne {word}, {end}, 4b",
            "5:",
            // The second row ends where the next pair starts.
            "sw {b}, 12({rows})",
            "slli {w0}, {a_second}, 16; sub {a_mixed}, {a_mixed}, {w0}; slli {w0}, {b_second}, 16; sub {b_mixed}, {b_mixed}, {w0}",
            "lw {w0}, 24({rows}); lw {half}, 28({rows}); lw {a0}, 0({w0}); lw {b0}, 4({w0}); addi {w0}, {w0}, 8; sw {w0}, 24({rows})",
            requantize!("{a_mixed}", "{a0}"),
            requantize!("{a_second}", "{a0}"),
            requantize!("{b_mixed}", "{b0}"),
            requantize!("{b_second}", "{b0}"),
            // Both pixels may be the same memory: the first one's results stay.
            "lw {w0}, 32({rows}); lw {w1}, 36({rows}); lw {a0}, 40({rows})",
            "sb {a_second}, 0({w1}); sb {b_second}, 1({w1}); sb {a_mixed}, 0({w0}); sb {b_mixed}, 1({w0})",
            "addi {w0}, {w0}, 2; addi {w1}, {w1}, 2; addi {a0}, {a0}, -1",
            "sw {w0}, 32({rows}); sw {w1}, 36({rows}); sw {a0}, 40({rows})",
            "bnez {a0}, 1b",
            rows = in(reg) rows,
            word = out(reg) _, rest = out(reg) _, end = out(reg) _, a = out(reg) _, b = out(reg) _, half = out(reg) _,
            w0 = out(reg) _, w1 = out(reg) _, a0 = out(reg) _, a1 = out(reg) _, b0 = out(reg) _, b1 = out(reg) _,
            a_mixed = out(reg) _, a_second = out(reg) _, b_mixed = out(reg) _, b_second = out(reg) _,
            options(nostack),
        );
    }
}
