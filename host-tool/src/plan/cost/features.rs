//! The parts of each kernel's work, counted. `docs/kernels.md` describes the kernels.

use peacrab_kernels::packed::band::{self, Geometry};
use peacrab_kernels::packed::columns::{CHANNELS, Columns};
use peacrab_kernels::packed::winograd::{PAIR, QUAD as CHANNEL_QUAD, TILES, Tile};
use peacrab_kernels::packed::{self, rows};
use peacrab_kernels::{Conv2d, Dense, DepthwiseConv2d, WeightLayout};

use super::Features;

/// Of a convolution in any layout.
pub fn conv2d(conv: &Conv2d, scratch_bytes: usize) -> Features {
    match conv.layout {
        WeightLayout::Plain => plain_conv2d(conv),
        WeightLayout::Packed => row_quads(conv, scratch_bytes),
        WeightLayout::PackedBand => bands(conv, scratch_bytes),
        WeightLayout::Winograd(tile) => winograd(conv, tile),
        WeightLayout::PackedChains => Features::new(),
    }
}

fn counted(features: &[(&'static str, usize)]) -> Features {
    features.iter().filter(|(_, count)| *count > 0).map(|&(name, count)| (name, count as f64)).collect()
}

fn pixels([n, height, width, _]: [usize; 4]) -> usize {
    n * height * width
}

fn plain_conv2d(conv: &Conv2d) -> Features {
    let (pixels, outputs) = (pixels(conv.output_shape), conv.output_shape[3]);
    let macs = pixels * outputs * packed::conv2d_depth(conv) / conv.groups.max(1);
    if !conv.is_left_over() {
        return counted(&[("call", 1), ("pixels", pixels), ("outputs", pixels * outputs), ("macs", macs)]);
    }
    counted(&[("portable pixels", pixels), ("portable outputs", pixels * outputs), ("portable macs", macs)])
}

/// Blocks of four rows times two pixels, over patches that are put together before.
fn row_quads(conv: &Conv2d, scratch_bytes: usize) -> Features {
    let (pixels, outputs, depth) = (pixels(conv.output_shape), conv.output_shape[3], packed::conv2d_depth(conv));
    if conv.is_left_over() {
        return counted(&[("portable macs", pixels * outputs * depth)]);
    }
    let padded = rows::padded(depth);
    let others = packed::conv2d_staging_bytes(conv) + packed::conv2d_rows_bytes(conv, scratch_bytes);
    let pairs = pixels / 2;
    let per_pass = packed::patch_pairs(depth, scratch_bytes.saturating_sub(others), pairs).max(1);
    let passes = pairs.div_ceil(per_pass);
    let quads = outputs.div_ceil(rows::QUAD);
    let is_staged = packed::is_staged(depth, per_pass);
    let staged = if is_staged { passes * quads } else { 0 };
    let is_chained = is_staged && packed::has_chains(depth);
    let blocks = if is_chained { ["chained blocks", "chained block depth"] } else { ["blocks", "block depth"] };
    let is_pointwise = depth == conv.input_shape[3];
    let is_words = conv.input_shape[3].is_multiple_of(rows::CHUNK);
    let is_three_by_nine = conv.window.filter == [3, 3] && conv.input_shape[3] == 3;
    let gathered = match (is_pointwise, is_words) {
        (true, true) => ["pointwise pixels", "pointwise filter rows", "pointwise elements"],
        (true, false) => ["pointwise byte pixels", "pointwise byte filter rows", "pointwise byte elements"],
        (false, true) => ["patches", "patch filter rows", "patch elements"],
        (false, false) if is_three_by_nine => ["three by nine patches", "", ""],
        (false, false) => ["byte patches", "byte patch filter rows", "byte patch elements"],
    };
    let filter_rows = if is_pointwise { 0 } else { pixels * conv.window.filter[0] };
    let is_bordered = packed::conv2d_rows_bytes(conv, scratch_bytes) == 0 && !is_pointwise;
    let single = pixels % 2;
    counted(&[
        ("call", 1),
        ("passes", passes),
        ("staged quads", staged),
        ("staged weights", staged * padded * rows::QUAD),
        (gathered[0], pixels),
        (gathered[1], if is_three_by_nine { 0 } else { filter_rows }),
        (gathered[2], if is_three_by_nine { 0 } else { pixels * depth }),
        ("border patches", if is_bordered { border_pixels(conv) } else { 0 }),
        ("quads of a pass", passes * quads),
        (blocks[0], pairs * quads),
        (blocks[1], pairs * quads * padded),
        ("single outputs", single * outputs),
        ("single macs", single * outputs * padded),
        ("odd channels", if outputs.is_multiple_of(rows::QUAD) { 0 } else { pairs }),
    ])
}

/// Output pixels that see padding.
fn border_pixels(conv: &Conv2d) -> usize {
    let ([n, height, width, _], [_, output_height, output_width, _]) = (conv.input_shape, conv.output_shape);
    let inner = |axis: usize, input: usize, output: usize| {
        let window = &conv.window;
        let span = (window.filter[axis] - 1) * window.dilation[axis];
        let is_inner = |index: &usize| {
            let first = index * window.stride[axis];
            first >= window.pad[axis] && first + span < input + window.pad[axis]
        };
        (0..output).filter(is_inner).count()
    };
    n * (output_height * output_width - inner(0, height, output_height) * inner(1, width, output_width))
}

/// Blocks of four rows times two pixels of a row, over tiles of widened input rows. Filter rows outside the image are left out.
fn bands(conv: &Conv2d, scratch_bytes: usize) -> Features {
    let ([n, input_height, _, inputs], [_, height, _, outputs]) = (conv.input_shape, conv.output_shape);
    if conv.is_left_over() {
        return counted(&[("portable macs", pixels(conv.output_shape) * outputs * packed::conv2d_depth(conv))]);
    }
    let geometry = Geometry::new(conv);
    let tile = geometry.tile(conv, scratch_bytes);
    let (stride, pad, filter_height) = (conv.window.stride[0], conv.window.pad[0], conv.window.filter[0]);
    let seen = |y: usize, rows: usize| {
        let (first, end) = (y * stride, (y + rows - 1) * stride + filter_height);
        end.min(input_height + pad).saturating_sub(first.max(pad))
    };
    let tile_heights = || (0..height).step_by(tile.rows.max(1)).map(|y| (y, tile.rows.min(height - y)));
    let input_rows = n * tile_heights().map(|(y, rows)| seen(y, rows)).sum::<usize>();
    let filter_rows = n * (0..height).map(|y| seen(y, 1)).sum::<usize>();
    let quads = outputs.div_ceil(rows::QUAD);
    let tile_columns = geometry.pairs.div_ceil(tile.pairs.max(1));
    let tiles = n * tile_heights().count() * tile_columns;
    let names = match conv.window.stride[1] {
        1 => ["blocks", "block filter rows", "block depth"],
        _ => ["stride 2 blocks", "stride 2 block filter rows", "stride 2 block depth"],
    };
    let blocks_of_a_row = geometry.pairs * quads;
    counted(&[
        ("call", 1),
        ("tiles", tiles),
        ("quads of a tile", tiles * quads),
        ("staged weights", tiles * quads * geometry.quad_bytes),
        ("widened rows", input_rows * tile_columns),
        ("widened elements", input_rows * geometry.pairs * geometry.window_bytes / 2),
        ("block rows", tile_columns * n * height * quads),
        (names[0], n * height * blocks_of_a_row),
        (names[1], filter_rows * blocks_of_a_row),
        (names[2], filter_rows * blocks_of_a_row * band::TAPS * inputs),
    ])
}

/// Strips of tiles: inputs transformed, products, outputs transformed.
fn winograd(conv: &Conv2d, tile: Tile) -> Features {
    let ([.., inputs], [n, height, width, outputs]) = (conv.input_shape, conv.output_shape);
    if conv.is_left_over() {
        return counted(&[("portable macs", pixels(conv.output_shape) * outputs * packed::conv2d_depth(conv))]);
    }
    let strips = n * height.div_ceil(tile.side()) * width.div_ceil(tile.side() * TILES);
    counted(&[
        ("call", 1),
        ("strips", strips),
        ("input quads", strips * inputs / CHANNEL_QUAD),
        ("output pairs", strips * outputs / PAIR),
        ("products", strips * outputs / PAIR * tile.positions() * inputs * PAIR * TILES),
    ])
}

/// Of a depthwise convolution in either layout.
pub fn depthwise(conv: &DepthwiseConv2d, scratch_bytes: usize) -> Features {
    let ([n, height, width, channels], taps) = (conv.output_shape, conv.window.filter.iter().product::<usize>());
    let outputs = n * height * width * channels;
    match (conv.layout, conv.is_left_over()) {
        (_, true) => counted(&[
            ("portable pixels", n * height * width),
            ("portable outputs", outputs),
            ("portable macs", outputs * taps),
        ]),
        (WeightLayout::Plain, false) => {
            counted(&[("call", 1), ("pixels", n * height * width), ("outputs", outputs), ("macs", outputs * taps)])
        }
        (_, false) => depthwise_taps(conv, scratch_bytes),
    }
}

/// Four channels of a band at a time: columns, then strips of output rows.
fn depthwise_taps(conv: &DepthwiseConv2d, scratch_bytes: usize) -> Features {
    let ([n, _, input_width, _], [_, height, width, channels]) = (conv.input_shape, conv.output_shape);
    let stride = conv.window.stride[0];
    let columns = Columns::new(conv, scratch_bytes);
    let bands = || (0..height).step_by(columns.band).map(|y| columns.band.min(height - y));
    let groups = n * channels.div_ceil(CHANNELS);
    let blocks = groups * bands().map(|rows| ((rows - 1) * stride + 3).div_ceil(4)).sum::<usize>();
    let strips = n * channels * bands().map(|rows| if stride == 1 { rows.div_ceil(2) } else { rows }).sum::<usize>();
    let names = match stride {
        1 => ["channels", "strips", "strip columns"],
        _ => ["stride 2 channels", "stride 2 strips", "stride 2 strip columns"],
    };
    counted(&[
        ("call", 1),
        ("groups", groups * bands().count()),
        ("blocks", blocks),
        ("transposed words", blocks * input_width * 4),
        (names[0], n * channels * bands().count()),
        (names[1], strips),
        (names[2], strips * width),
    ])
}

/// Of a dense layer in either layout.
pub fn dense(dense: &Dense, scratch_bytes: usize) -> Features {
    let (rows, inputs, outputs) = (dense.rows, dense.input_features, dense.output_features);
    let macs = rows * inputs * outputs;
    if dense.layout == WeightLayout::Plain {
        let is_quick = dense.requant.pre_shift == 0 && rows > 1 && outputs >= rows::QUAD;
        let names =
            if is_quick { ["rows", "outputs", "macs"] } else { ["single rows", "single outputs", "single macs"] };
        return counted(&[(names[0], rows), (names[1], rows * outputs), (names[2], macs)]);
    }
    if dense.is_left_over() {
        return counted(&[("portable macs", macs)]);
    }
    let padded = rows::padded(inputs);
    let octets = outputs.div_ceil(2 * rows::QUAD);
    let (pairs, single) = (rows / 2, rows % 2);
    let quads = outputs.div_ceil(rows::QUAD);
    let is_widened = scratch_bytes > 0;
    let octet_depth = if is_widened { "octet depth" } else { "octet depth of bytes" };
    counted(&[
        ("call", 1),
        ("widened elements", if is_widened { rows * inputs } else { 0 }),
        ("octets", single * octets),
        (octet_depth, single * octets * padded),
        ("blocks", pairs * quads),
        ("block depth", pairs * quads * padded),
    ])
}
