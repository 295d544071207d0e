//! What 3x3 convolutions cost on a Cortex-M4, in modelled cycles: minimal filtering against direct computation.

use peacrab_kernels::Shape;
use peacrab_kernels::packed::winograd::{PAIR, QUAD, TILES, Tile};

/// Parts of the cost of one strip of [`TILES`] tiles.
struct Costs {
    /// To transform the inputs of a quad of channels.
    inputs: usize,
    /// To transform, requantize and store the outputs of a pair of channels.
    outputs: usize,
    /// To begin and end the products of a pair of channels at one position.
    position: usize,
}

/// Rounded from profiles of layers of 16 to 64 channels.
const fn costs(tile: Tile) -> Costs {
    match tile {
        Tile::Two => Costs { inputs: 1350, outputs: 650, position: 28 },
        Tile::Four => Costs { inputs: 4050, outputs: 2650, position: 28 },
    }
}

/// Cycles of a layer `[N, H, W, C]` to `[N, OH, OW, O]` whose weights are transformed: a cycle for each product.
pub fn cycles([.., inputs]: Shape, [n, height, width, outputs]: Shape, tile: Tile) -> usize {
    let costs = costs(tile);
    let strips = n * height.div_ceil(tile.side()) * width.div_ceil(tile.side() * TILES);
    let products = tile.positions() * (inputs * PAIR * TILES + costs.position);
    strips * (inputs / QUAD * costs.inputs + outputs / PAIR * (products + costs.outputs))
}

/// Cycles of the layer computed directly: 0.8 for each multiply-accumulate.
pub fn direct_cycles([.., inputs]: Shape, [n, height, width, outputs]: Shape) -> usize {
    n * height * width * outputs * inputs * 9 * 4 / 5
}
