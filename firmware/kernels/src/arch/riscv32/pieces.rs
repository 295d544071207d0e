//! From inputs of two pixels to words of two lanes.

use core::arch::asm;

use super::super::lanes::Pieces;

/// Word `$word` of a pass from element `$element` of both pixels.
macro_rules! word {
    ($element:literal, $word:literal) => {
        concat!(
            concat!("lb {first}, ", $element, "({input}); lb {second}, ", $element, "({other})\n"),
            concat!("slli {second}, {second}, 16; add {first}, {first}, {second}; sw {first}, ", $word, "({word})")
        )
    };
}

/// Makes the words of all rows: 24 instructions for 4.
///
/// # Safety
/// All elements that `pieces` names are readable, and its words writable.
#[inline(never)]
pub unsafe fn pack_pieces(pieces: &Pieces) {
    // SAFETY: the caller promises that all that is read and written may be. All registers are operands.
    unsafe {
        asm!(
            "lw {input}, 0({pieces}); lw {distance}, 4({pieces}); lw {word}, 8({pieces}); lw {rows}, 16({pieces})",
            "2:",
            // The first elements of a row one by one, until a multiple of four is left.
            "lw {left}, 12({pieces}); add {other}, {input}, {distance}; andi {end}, {left}, 3; add {end}, {end}, {input}",
            "add {left}, {left}, {input}; beq {input}, {end}, 4f",
            "3:",
            word!("0", "0"),
            "addi {input}, {input}, 1; addi {other}, {other}, 1; addi {word}, {word}, 4; bne {input}, {end}, 3b",
            "4:",
            "beq {input}, {left}, 6f",
            "5:",
            word!("0", "0"),
            word!("1", "4"),
            word!("2", "8"),
            word!("3", "12"),
            "addi {input}, {input}, 4; addi {other}, {other}, 4; addi {word}, {word}, 16; bne {input}, {left}, 5b",
            "6:",
            "lw {first}, 20({pieces}); lw {second}, 24({pieces}); add {input}, {input}, {first}; add {word}, {word}, {second}",
            "addi {rows}, {rows}, -1; bnez {rows}, 2b",
            pieces = in(reg) pieces,
            input = out(reg) _, other = out(reg) _, distance = out(reg) _, word = out(reg) _, rows = out(reg) _,
            left = out(reg) _, end = out(reg) _, first = out(reg) _, second = out(reg) _,
            options(nostack),
        );
    }
}
