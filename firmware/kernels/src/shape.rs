//! Shapes and windows.

/// `[N, H, W, C]`; no extent is 0.
pub type Shape = [usize; 4];

/// A window that slides over height and width. All pairs are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Filter size.
    pub filter: [usize; 2],
    /// Step between output positions.
    pub stride: [usize; 2],
    /// Step between filter taps.
    pub dilation: [usize; 2],
    /// Padding above and to the left. Taps below or to the right of the input read padding too, as far as the output's shape asks for it.
    pub pad: [usize; 2],
}
