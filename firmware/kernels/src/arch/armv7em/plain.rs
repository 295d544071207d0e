//! Sums of products on plain weights: both operands are widened on the way.

use core::arch::asm;

/// `[sum(x * a), sum(x * b)]` over the elements that all three have.
#[inline(always)]
pub fn dot_pair(x: &[i8], a: &[i8], b: &[i8]) -> [i32; 2] {
    let length = x.len().min(a.len()).min(b.len());
    let (mut sum_a, mut sum_b) = (0, 0);
    // SAFETY: each pointer is read for `length / 4` words and `length % 4` bytes, from the start of its slice.
    unsafe {
        asm!(
            "subs {left}, #4",
            "blt 3f",
            "2:",
            "ldr {x0}, [{x}], #4; ldr {w0}, [{a}], #4",
            "sxtb16 {x1}, {x0}, ror #8; sxtb16 {x0}, {x0}; sxtb16 {w1}, {w0}, ror #8; sxtb16 {w0}, {w0}",
            "smlad {sum_a}, {x0}, {w0}, {sum_a}; smlad {sum_a}, {x1}, {w1}, {sum_a}",
            "ldr {w0}, [{b}], #4; sxtb16 {w1}, {w0}, ror #8; sxtb16 {w0}, {w0}",
            "smlad {sum_b}, {x0}, {w0}, {sum_b}; smlad {sum_b}, {x1}, {w1}, {sum_b}",
            "subs {left}, #4",
            "bge 2b",
            // The last one to three elements.
            "3:",
            "adds {left}, #4",
            "beq 5f",
            "4:",
            "ldrsb {x0}, [{x}], #1; ldrsb {w0}, [{a}], #1; ldrsb {w1}, [{b}], #1",
            "smlabb {sum_a}, {x0}, {w0}, {sum_a}; smlabb {sum_b}, {x0}, {w1}, {sum_b}",
            "subs {left}, #1",
            "bne 4b",
            "5:",
            x = inout(reg) x.as_ptr() => _,
            a = inout(reg) a.as_ptr() => _,
            b = inout(reg) b.as_ptr() => _,
            left = inout(reg) length => _,
            sum_a = inout(reg) sum_a,
            sum_b = inout(reg) sum_b,
            x0 = out(reg) _,
            x1 = out(reg) _,
            w0 = out(reg) _,
            w1 = out(reg) _,
            options(nostack, readonly),
        );
    }
    [sum_a, sum_b]
}

/// Taps of a depthwise convolution and what they see, four channels of each.
pub struct TapGrid<'a> {
    /// The inputs, from the first tap's on.
    pub x: &'a [i8],
    /// The weights, from the first tap's on.
    pub w: &'a [i8],
    /// Rows and columns of taps.
    pub extent: [usize; 2],
    /// Input elements from row to row and from column to column.
    pub x_strides: [usize; 2],
    /// Weights from row to row and from column to column.
    pub w_strides: [usize; 2],
}

/// What the assembly works on; it knows the layout.
#[repr(C)]
struct Walk {
    x: *const i8,
    w: *const i8,
    columns: usize,
    x_step: usize,
    w_step: usize,
    sums: [i32; 4],
    rows: usize,
    x_gap: usize,
    w_gap: usize,
}

impl TapGrid<'_> {
    /// `sum(x * w)` over all taps, channel by channel; zeros where the grid is empty or leaves its slices.
    pub fn sums(&self) -> [i32; 4] {
        let ([rows, columns], [x_row, x_step], [w_row, w_step]) = (self.extent, self.x_strides, self.w_strides);
        if !(self.reaches(self.x_strides, self.x) && self.reaches(self.w_strides, self.w)) {
            return [0; 4];
        }
        let gap = |row: usize, step: usize| row.wrapping_sub(columns.wrapping_mul(step));
        let mut walk = Walk {
            x: self.x.as_ptr(),
            w: self.w.as_ptr(),
            columns,
            x_step,
            w_step,
            sums: [0; 4],
            rows,
            x_gap: gap(x_row, x_step),
            w_gap: gap(w_row, w_step),
        };
        // SAFETY: both grids have at least one tap and their last one's four elements lie inside the slices, as checked above.
        unsafe { walk_taps(&mut walk) };
        walk.sums
    }

    /// Whether there are taps and four elements of the last one lie inside `data`.
    fn reaches(&self, [row_stride, column_stride]: [usize; 2], data: &[i8]) -> bool {
        let last = |extent: usize, stride: usize| extent.checked_sub(1)?.checked_mul(stride);
        let [rows, columns] = self.extent;
        let end = last(rows, row_stride).zip(last(columns, column_stride));
        let end = end.and_then(|(row, column)| row.checked_add(column)?.checked_add(4));
        end.is_some_and(|end| end <= data.len())
    }
}

/// # Safety
/// Rows and columns are not 0, and four bytes of every tap are readable at both pointers.
#[inline(never)]
unsafe fn walk_taps(walk: &mut Walk) {
    // Registers: r0 inputs, r1 weights, r2 columns left, r3 r4 steps, r5-r8 sums of channels 0, 1, 2, 3, r9 r10 inputs, r11 r12 weights, lr
    // the walk.
    // SAFETY: the pointers visit the taps row by row; the caller promises that these are readable. r4-r11 are restored; the
    // others are operands.
    unsafe {
        asm!(
            "push {{r4-r11}}",
            "mov lr, r0",
            "ldm lr, {{r0-r8}}",
            "2:",
            "ldr r9, [r0]; ldr r11, [r1]; add r0, r3; add r1, r4",
            "sxtb16 r10, r9, ror #8; sxtb16 r9, r9; sxtb16 r12, r11, ror #8; sxtb16 r11, r11",
            "smlabb r5, r9, r11, r5; smlabb r6, r10, r12, r6; smlatt r7, r9, r11, r7; smlatt r8, r10, r12, r8",
            "subs r2, #1",
            "bne 2b",
            "ldr r9, [lr, #40]; ldr r11, [lr, #44]; add r0, r9; add r1, r11",
            "ldr r2, [lr, #8]",
            "ldr r9, [lr, #36]; subs r9, #1; str r9, [lr, #36]",
            "bne 2b",
            "add lr, #20; stm lr, {{r5-r8}}",
            "pop {{r4-r11}}",
            inout("r0") walk => _,
            out("r1") _,
            out("r2") _,
            out("r3") _,
            out("r12") _,
            out("lr") _,
        );
    }
}
