//! The three transforms, along one axis and along both.

use super::Tile;

/// The longest axis of a tile of inputs.
pub const SPAN_MAX: usize = 6;

/// Values along one axis; a transform uses the first ones and leaves the others 0.
pub type Line = [i32; SPAN_MAX];

/// Values `[row][column]`.
pub type Plane = [Line; SPAN_MAX];

/// `G w G^T` of 3x3 weights.
pub fn filter(tile: Tile, weights: Plane) -> Plane {
    both_axes(weights, |line| filter_line(tile, line))
}

/// `B^T d B` of a tile of inputs.
#[inline(always)]
pub fn input(tile: Tile, inputs: Plane) -> Plane {
    both_axes(inputs, |line| input_line(tile, line))
}

/// `A^T m A`: a tile of outputs.
#[inline(always)]
pub fn output(tile: Tile, products: Plane) -> Plane {
    both_axes(products, |line| output_line(tile, line))
}

#[inline(always)]
fn both_axes(plane: Plane, transform: impl Fn(Line) -> Line) -> Plane {
    transposed(transposed(plane.map(&transform)).map(&transform))
}

#[inline(always)]
fn transposed(plane: Plane) -> Plane {
    core::array::from_fn(|row| plane.map(|line| line.get(row).copied().unwrap_or(0)))
}

/// The rows of `G` are scaled to integers: by 2, 2, 2, 2 and by 24, 24, 24, 24, 24, 6.
fn filter_line(tile: Tile, [a, b, c, ..]: Line) -> Line {
    match tile {
        Tile::Two => [2 * a, a + b + c, a - b + c, 2 * c, 0, 0],
        Tile::Four => [6 * a, -4 * (a + b + c), -4 * (a - b + c), a + 2 * b + 4 * c, a - 2 * b + 4 * c, 6 * c],
    }
}

#[inline(always)]
fn input_line(tile: Tile, [a, b, c, d, e, f]: Line) -> Line {
    match tile {
        Tile::Two => [a - c, b + c, c - b, b - d, 0, 0],
        Tile::Four => {
            let (even, odd) = (e - 4 * c, d - 4 * b);
            let (near, twice) = (e - c, 2 * (d - b));
            [4 * (a - c) + near, even + odd, even - odd, near + twice, near - twice, f - d - 2 * twice]
        }
    }
}

/// The last product of the larger tile stands for 4 of it, which its row of `G` lacks.
#[inline(always)]
fn output_line(tile: Tile, [a, b, c, d, e, f]: Line) -> Line {
    let (sum, difference) = (b.wrapping_add(c), b.wrapping_sub(c));
    match tile {
        Tile::Two => [a.wrapping_add(sum), difference.wrapping_sub(d), 0, 0, 0, 0],
        Tile::Four => {
            let (far_sum, far_difference) = (d.wrapping_add(e), d.wrapping_sub(e));
            let times = |value: i32, factor: i32| value.wrapping_mul(factor);
            let last = difference.wrapping_add(times(far_difference, 8)).wrapping_add(times(f, 4));
            [
                a.wrapping_add(sum).wrapping_add(far_sum),
                difference.wrapping_add(times(far_difference, 2)),
                sum.wrapping_add(times(far_sum, 4)),
                last,
                0,
                0,
            ]
        }
    }
}
