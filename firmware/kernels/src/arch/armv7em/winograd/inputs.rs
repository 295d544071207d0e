//! From input pixels to transformed inputs.

use core::arch::asm;

use super::super::slot::slot;

/// The inputs of a strip. The layout is known to the assembly, which moves the pointers from four channels to the next four.
#[repr(C)]
pub struct Block {
    /// The first pixel inside the input.
    pub source: *const i8,
    /// Bytes from pixel to pixel.
    pub pixel_stride: usize,
    /// Bytes from behind a row's last pixel to the first one of the next row.
    pub row_gap: usize,
    /// Where that first pixel's word goes in the block.
    pub inside: *mut u32,
    /// Rows and columns inside the input.
    pub rows: usize,
    pub columns: usize,
    /// Bytes from behind a row's last word to the first one of the next row.
    pub block_gap: usize,
    /// Words of four channels, `[rows, columns]`, and what is half transformed behind them.
    pub block: *mut u32,
    /// Transformed values of the first four channels, `[positions, 2 words, 4 tiles]`.
    pub values: *mut u32,
    /// Bytes from position to position.
    pub position_bytes: usize,
    /// Fours of channels; not 0.
    pub quads: usize,
}

/// Copies a word of every pixel inside. Registers: r0 block on entry; all but lr are used.
macro_rules! gather {
    () => {
        concat!(
            "ldr r11, [r0]; add r12, r11, #4; str r12, [r0]; ldr r1, [r0, #12]; ldr r2, [r0, #4]; ldr r4, [r0, #8];",
            "ldr r5, [r0, #24]; ldr r6, [r0, #16]; ldr r7, [r0, #20]; add r3, r2, r2, lsl #1; mov r0, r11;",
            "cmp r6, #0; beq 6f; cmp r7, #0; beq 6f; .p2align 2; 2: lsrs r8, r7, #2; beq 4f;",
            "3: ldr r9, [r0]; ldr r10, [r0, r2]; ldr r11, [r0, r2, lsl #1]; ldr r12, [r0, r3]; subs r8, #1;",
            "str r9, [r1], #4; str r10, [r1], #4; str r11, [r1], #4; str r12, [r1], #4; add r0, r0, r2, lsl #2;",
            "bne 3b; 4: ands r8, r7, #3; beq 5f;",
            "7: ldr r9, [r0]; add r0, r2; subs r8, #1; str r9, [r1], #4; bne 7b;",
            "5: add r0, r4; subs r6, #1; add r1, r5; bne 2b; 6:",
        )
    };
}

/// Sums or differences of two rows of a column: `$a` and `$b` are its halves, of words loaded at r0 and r1.
macro_rules! column_2 {
    (sub $a:literal $b:literal) => {
        concat!(
            "ldr ",
            $a,
            ", [r0], #4; ldr r12, [r1], #4; sxtb16 ",
            $b,
            ", ",
            $a,
            ", ror #8; sxtb16 ",
            $a,
            ", ",
            $a,
            ";",
            "sxtb16 lr, r12; sxtb16 r12, r12, ror #8; ssub16 ",
            $a,
            ", ",
            $a,
            ", lr; ssub16 ",
            $b,
            ", ",
            $b,
            ", r12;",
        )
    };
    (add $a:literal $b:literal) => {
        concat!(
            "ldr ",
            $a,
            ", [r0], #4; ldr r12, [r1], #4; sxtb16 ",
            $b,
            ", ",
            $a,
            ", ror #8; sxtb16 ",
            $a,
            ", ",
            $a,
            ";",
            "sxtab16 ",
            $a,
            ", ",
            $a,
            ", r12; sxtab16 ",
            $b,
            ", ",
            $b,
            ", r12, ror #8;",
        )
    };
}

/// The four positions of a row from four columns' halves, stored up or down.
macro_rules! row_2 {
    (up $a0:literal $b0:literal $a1:literal $b1:literal $a2:literal $b2:literal $a3:literal $b3:literal) => {
        concat!(
            "ssub16 r12, ",
            $a0,
            ", ",
            $a2,
            "; ssub16 lr, ",
            $b0,
            ", ",
            $b2,
            "; str r12, [r2]; str lr, [r2, #16]; add r2, r3;",
            "sadd16 r12, ",
            $a1,
            ", ",
            $a2,
            "; sadd16 lr, ",
            $b1,
            ", ",
            $b2,
            "; str r12, [r2]; str lr, [r2, #16]; add r2, r3;",
            "ssub16 r12, ",
            $a2,
            ", ",
            $a1,
            "; ssub16 lr, ",
            $b2,
            ", ",
            $b1,
            "; str r12, [r2]; str lr, [r2, #16]; add r2, r3;",
            "ssub16 r12, ",
            $a1,
            ", ",
            $a3,
            "; ssub16 lr, ",
            $b1,
            ", ",
            $b3,
            "; str lr, [r2, #16]; str r12, [r2], #4;",
        )
    };
    (down $a0:literal $b0:literal $a1:literal $b1:literal $a2:literal $b2:literal $a3:literal $b3:literal) => {
        concat!(
            "ssub16 r12, ",
            $a1,
            ", ",
            $a3,
            "; ssub16 lr, ",
            $b1,
            ", ",
            $b3,
            "; str r12, [r2]; str lr, [r2, #16]; subs r2, r2, r3;",
            "ssub16 r12, ",
            $a2,
            ", ",
            $a1,
            "; ssub16 lr, ",
            $b2,
            ", ",
            $b1,
            "; str r12, [r2]; str lr, [r2, #16]; subs r2, r2, r3;",
            "sadd16 r12, ",
            $a1,
            ", ",
            $a2,
            "; sadd16 lr, ",
            $b1,
            ", ",
            $b2,
            "; str r12, [r2]; str lr, [r2, #16]; subs r2, r2, r3;",
            "ssub16 r12, ",
            $a0,
            ", ",
            $a2,
            "; ssub16 lr, ",
            $b0,
            ", ",
            $b2,
            "; str lr, [r2, #16]; str r12, [r2], #4;",
        )
    };
}

/// A row of four tiles: `$op` of the rows of ten columns at r0 and r1, stored at r2; r3 is the distance of positions.
macro_rules! tiles_2 {
    ($op:ident) => {
        concat!(
            column_2!($op "r4" "r5"), column_2!($op "r6" "r7"),
            ".rept 2;",
            column_2!($op "r8" "r9"), column_2!($op "r10" "r11"),
            row_2!(up "r4" "r5" "r6" "r7" "r8" "r9" "r10" "r11"),
            column_2!($op "r4" "r5"), column_2!($op "r6" "r7"),
            row_2!(down "r8" "r9" "r10" "r11" "r4" "r5" "r6" "r7"),
            ".endr;",
        )
    };
}

/// Transforms a strip for tiles of 2x2 outputs.
///
/// # Safety
/// - A word of each of `quads` times four channels of the pixels inside can be read, and written at its place in the block;
/// - the block is 4x10 aligned words that have been written once;
/// - at each of 16 positions, values of `quads` times 8 words can be written.
#[inline(never)]
pub unsafe fn transform_2(mut block: Block) {
    // Registers: r0 r1 rows, r2 values, r3 bytes of a position, r4-r11 halves of four columns, r12 lr temporary. Stack: 0 block, 4 quads left, 8 values,
    // 12 block's words.
    // SAFETY: the copy reads and writes words of pixels inside; each of four row pairs reads ten words of two rows of the block and
    // writes the values of four tiles at four positions. So the caller's promises cover every access. r4-r11 and the stack are restored;
    // the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #16; str r0, [sp]; ldr r1, [r0, #40]; str r1, [sp, #4]",
            "1:",
            gather!(),
            "ldr r12, [sp]; ldr r0, [r12, #28]; ldr r2, [r12, #32]; ldr r3, [r12, #36]; add r1, r2, #32; str r1, [r12, #32]",
            "str r0, [sp, #12]; str r2, [sp, #8]",
            // Rows 0 and 2 of a tile.
            "add r1, r0, #80; bl 8f",
            // Rows 1 and 2.
            "ldr r0, [sp, #12]; adds r0, #40; add r1, r0, #40; ldr r2, [sp, #8]; add r2, r2, r3, lsl #2; str r2, [sp, #8]",
            tiles_2!(add),
            // Rows 2 and 1.
            "ldr r1, [sp, #12]; adds r1, #40; add r0, r1, #40; ldr r2, [sp, #8]; add r2, r2, r3, lsl #2; str r2, [sp, #8]; bl 8f",
            // Rows 1 and 3.
            "ldr r0, [sp, #12]; adds r0, #40; add r1, r0, #80; ldr r2, [sp, #8]; add r2, r2, r3, lsl #2; bl 8f",
            "ldr r0, [sp]; ldr r1, [sp, #4]; subs r1, #1; str r1, [sp, #4]; bne 1b",
            "add sp, #16; pop {{r4-r11}}; b 9f",
            ".p2align 2",
            "8:", "push {{lr}}",
            tiles_2!(sub),
            "pop {{pc}}",
            "9:",
            inout("r0") &mut block => _,
            clobber_abi("C"),
        );
    }
}

/// Six values, two at a time, transformed in place; the third goes to `$c` and `$t` is overwritten: the results are `$a`, `$b`, `$e`, `$d`, `$t`, `$f`.
macro_rules! six {
    ($a:literal $b:literal $c:literal $d:literal $e:literal $f:literal $t:literal) => {
        concat!(
            "ssub16 ",
            $t,
            ", ",
            $e,
            ", ",
            $c,
            "; ssub16 ",
            $a,
            ", ",
            $a,
            ", ",
            $c,
            ";",
            "sadd16 ",
            $a,
            ", ",
            $a,
            ", ",
            $a,
            "; sadd16 ",
            $a,
            ", ",
            $a,
            ", ",
            $a,
            "; sadd16 ",
            $a,
            ", ",
            $a,
            ", ",
            $t,
            ";",
            "ssub16 ",
            $e,
            ", ",
            $t,
            ", ",
            $c,
            "; ssub16 ",
            $e,
            ", ",
            $e,
            ", ",
            $c,
            "; ssub16 ",
            $e,
            ", ",
            $e,
            ", ",
            $c,
            ";",
            "ssub16 ",
            $c,
            ", ",
            $d,
            ", ",
            $b,
            "; ssub16 ",
            $f,
            ", ",
            $f,
            ", ",
            $d,
            ";",
            "ssub16 ",
            $d,
            ", ",
            $c,
            ", ",
            $b,
            "; ssub16 ",
            $d,
            ", ",
            $d,
            ", ",
            $b,
            "; ssub16 ",
            $d,
            ", ",
            $d,
            ", ",
            $b,
            ";",
            "sadd16 ",
            $b,
            ", ",
            $e,
            ", ",
            $d,
            "; ssub16 ",
            $e,
            ", ",
            $e,
            ", ",
            $d,
            "; sadd16 ",
            $c,
            ", ",
            $c,
            ", ",
            $c,
            ";",
            "sadd16 ",
            $d,
            ", ",
            $t,
            ", ",
            $c,
            "; ssub16 ",
            $t,
            ", ",
            $t,
            ", ",
            $c,
            ";",
            "sadd16 ",
            $c,
            ", ",
            $c,
            ", ",
            $c,
            "; ssub16 ",
            $f,
            ", ",
            $f,
            ", ",
            $c,
            ";",
        )
    };
}

/// Transforms a strip for tiles of 4x4 outputs.
///
/// # Safety
/// - A word of each of `quads` times four channels of the pixels inside can be read, and written at its place in the block;
/// - the block is 6x18 aligned words that have been written once, with room for twice as many behind it;
/// - at each of 36 positions, values of `quads` times 8 words can be written.
#[inline(never)]
pub unsafe fn transform_4(mut block: Block) {
    // Registers, columns: r0 block, r1-r6 and r7-r12 halves of six rows, lr temporary. Rows: r0 half transformed rows, r1-r6 six columns, r7
    // temporary, r8 values, r9 bytes of a position, r10 tiles left, r11 rows left. Slots: 0 columns' end. Stack: 4 block, 8 quads left, 12 values.
    // SAFETY: the copy reads and writes words of pixels inside; the columns read 6x18 words and write twice as many behind them; the
    // rows read those and write the values of four tiles at 36 positions. So the caller's promises cover every access. r4-r11 and the stack
    // are restored; the others are operands or clobbered.
    unsafe {
        asm!(
            "push {{r4-r11}}; sub sp, #16; str r0, [sp, #4]; ldr r1, [r0, #40]; str r1, [sp, #8]",
            "1:",
            gather!(),
            "ldr r12, [sp, #4]; ldr r0, [r12, #28]; add r1, r0, #72", slot!(save 0, "r1"),
            ".p2align 2",
            "2:",
            "ldr r1, [r0]; ldr r2, [r0, #72]; ldr r3, [r0, #144]; ldr r4, [r0, #216]; ldr r5, [r0, #288]; ldr r6, [r0, #360]",
            "sxtb16 r7, r1, ror #8; sxtb16 r8, r2, ror #8; sxtb16 r9, r3, ror #8; sxtb16 r10, r4, ror #8",
            "sxtb16 r11, r5, ror #8; sxtb16 r12, r6, ror #8",
            "sxtb16 r1, r1; sxtb16 r2, r2; sxtb16 r3, r3; sxtb16 r4, r4; sxtb16 r5, r5; sxtb16 r6, r6",
            six!("r1" "r2" "r3" "r4" "r5" "r6" "lr"),
            "str r1, [r0, #432]; str r2, [r0, #504]; str r5, [r0, #576]; str r4, [r0, #648]; str lr, [r0, #720]; str r6, [r0, #792]",
            six!("r7" "r8" "r9" "r10" "r11" "r12" "lr"),
            "str r7, [r0, #864]; str r8, [r0, #936]; str r11, [r0, #1008]; str r10, [r0, #1080]; str lr, [r0, #1152]",
            "str r12, [r0, #1224]; adds r0, #4",
            slot!(load 0, "lr"), "cmp r0, lr; bne 2b",
            // Rows: from the first half's first one on, two tiles at a time, the positions upwards and downwards in turn.
            "ldr r12, [sp, #4]; add r0, #360; ldr r8, [r12, #32]; ldr r9, [r12, #36]; add r1, r8, #32; str r1, [r12, #32]",
            "str r8, [sp, #12]; movs r11, #6",
            "3:",
            "movs r10, #2",
            ".p2align 2",
            "4:",
            "ldr r1, [r0]; ldr r2, [r0, #4]; ldr r3, [r0, #8]; ldr r4, [r0, #12]; ldr r5, [r0, #16]; ldr r6, [r0, #20]",
            six!("r1" "r2" "r3" "r4" "r5" "r6" "r7"),
            "str r1, [r8]; add r8, r9; adds r0, #16; str r2, [r8]; add r8, r9; subs r10, #1; str r5, [r8]; add r8, r9",
            "str r4, [r8]; add r8, r9; str r7, [r8]; add r8, r9; str r6, [r8], #4",
            "ldr r1, [r0]; ldr r2, [r0, #4]; ldr r3, [r0, #8]; ldr r4, [r0, #12]; ldr r5, [r0, #16]; ldr r6, [r0, #20]",
            six!("r1" "r2" "r3" "r4" "r5" "r6" "r7"),
            "str r6, [r8]; sub r8, r9; str r7, [r8]; sub r8, r9; str r4, [r8]; sub r8, r9; str r5, [r8]; sub r8, r9",
            "str r2, [r8]; sub r8, r9; str r1, [r8], #4; add r0, #16; bne 4b",
            // The next row is six positions on.
            "adds r0, #8; sub r8, #16; add r8, r8, r9, lsl #1; add r8, r8, r9, lsl #2; subs r11, #1; bne 3b",
            // The other half lies behind four words.
            "ldr r8, [sp, #12]; ldr r12, [sp, #4]; adds r8, #16; ldr r1, [r12, #32]; movs r11, #6; str r8, [sp, #12]; cmp r8, r1; bne 3b",
            "ldr r1, [sp, #8]; mov r0, r12; subs r1, #1; str r1, [sp, #8]; bne 1b",
            "add sp, #16; pop {{r4-r11}}",
            inout("r0") &mut block => _,
            clobber_abi("C"),
        );
    }
}
