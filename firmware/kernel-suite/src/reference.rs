//! The naive references: one output element at a time, straight from the equations in `docs/numerics.md`, in numbers that cannot
//! overflow. Slow and obviously right; never in a product.

use peacrab_kernels::{
    Add, AveragePool2d, Concat, Conv2d, Dense, DepthwiseConv2d, LogSoftmax, Lut, MaxPool2d, Mul, Norm, Normalize,
    PRelu, Requant, Resize, Shape, Softmax, StridedCopy, Window,
};

/// `[n, h, w, c]` of an element.
pub fn position(index: usize, [_, height, width, channels]: Shape) -> Shape {
    let rest = index / channels;
    let row = rest / width;
    [row / height, row % height, rest % width, index % channels]
}

fn index([batch, row, column, channel]: Shape, [_, height, width, channels]: Shape) -> usize {
    ((batch * height + row) * width + column) * channels + channel
}

/// An i32 accumulator that has wrapped.
fn wrapped(value: i64) -> i64 {
    i64::from(value as i32)
}

fn rounded(acc: i64, multiplier: i32, pre_shift: u32, zero_point: i8) -> i128 {
    let limit = 1i128 << 31;
    let a = i128::from(acc).max(-(limit >> pre_shift)).min((limit - 1) >> pre_shift) << pre_shift;
    ((i128::from(zero_point) << 32) + a * i128::from(multiplier) + (1 << 31)) >> 32
}

fn limited(value: i128, low: i8, high: i8) -> i8 {
    value.max(i128::from(low)).min(i128::from(high)) as i8
}

fn requantized(requant: &Requant, channel: usize, sum: i64) -> i8 {
    let acc = wrapped(i64::from(requant.bias[channel]) + sum);
    let q = rounded(acc, requant.multipliers[channel], requant.pre_shift, requant.output_zero_point);
    limited(q, requant.activation_min, requant.activation_max)
}

/// The input position under tap `[fy, fx]` at an output position, or `None` in the padding.
fn under(window: &Window, [row, column]: [usize; 2], [fy, fx]: [usize; 2], input: Shape) -> Option<[usize; 2]> {
    let [_, height, width, _] = input;
    let along = |axis: usize, output: usize, tap: usize, extent: usize| {
        let position = output * window.stride[axis] + tap * window.dilation[axis];
        position.checked_sub(window.pad[axis]).filter(|&position| position < extent)
    };
    Some([along(0, row, fy, height)?, along(1, column, fx, width)?])
}

/// Element `at` of the output of a convolution with plain `weights`.
pub fn conv2d(kernel: &Conv2d, weights: &[i8], input: &[i8], at: usize) -> i8 {
    let [batch, row, column, output] = position(at, kernel.output_shape);
    let [filter_height, filter_width] = kernel.window.filter;
    let group_channels = kernel.input_shape[3] / kernel.groups;
    let group = output / (kernel.output_shape[3] / kernel.groups);
    let mut sum = 0;
    for fy in 0..filter_height {
        for fx in 0..filter_width {
            for channel in 0..group_channels {
                let under = under(&kernel.window, [row, column], [fy, fx], kernel.input_shape);
                let x = under.map_or(kernel.input_zero_point, |[y, x]| {
                    input[index([batch, y, x, group * group_channels + channel], kernel.input_shape)]
                });
                let w = weights[((output * filter_height + fy) * filter_width + fx) * group_channels + channel];
                sum += i64::from(x) * i64::from(w);
            }
        }
    }
    requantized(&kernel.requant, output, sum)
}

/// Element `at` of the output of a pointwise convolution with any bytes for row quads: see [`peacrab_kernels::packed::rows`].
pub fn conv2d_packed_pointwise(kernel: &Conv2d, input: &[i8], at: usize) -> i8 {
    let ([.., depth], [.., channels]) = (kernel.input_shape, kernel.output_shape);
    let (pixel, output) = (at / channels, at % channels);
    let weight = |column: usize| {
        let quad = output / 4 * depth.next_multiple_of(4) * 4;
        let half = quad + column / 4 * 16 + column % 2 * 8 + output % 4 / 2 * 4 + column % 4 / 2 * 2;
        let [low, high] = [kernel.weights[half], kernel.weights[half + 1]];
        i64::from(if output.is_multiple_of(2) { i32::from(low) } else { i32::from(high) + i32::from(low < 0) })
    };
    requantized(&kernel.requant, output, (0..depth).map(|i| i64::from(input[pixel * depth + i]) * weight(i)).sum())
}

/// Element `at` of the output of a depthwise convolution with plain `weights`.
pub fn depthwise_conv2d(kernel: &DepthwiseConv2d, weights: &[i8], input: &[i8], at: usize) -> i8 {
    let [batch, row, column, output] = position(at, kernel.output_shape);
    let [filter_height, filter_width] = kernel.window.filter;
    let channel = output / (kernel.output_shape[3] / kernel.input_shape[3]);
    let mut sum = 0;
    for fy in 0..filter_height {
        for fx in 0..filter_width {
            let under = under(&kernel.window, [row, column], [fy, fx], kernel.input_shape);
            let x = under
                .map_or(kernel.input_zero_point, |[y, x]| input[index([batch, y, x, channel], kernel.input_shape)]);
            let w = weights[(fy * filter_width + fx) * kernel.output_shape[3] + output];
            sum += i64::from(x) * i64::from(w);
        }
    }
    requantized(&kernel.requant, output, sum)
}

/// Element `at` of the output of a fully connected layer with plain `weights`.
pub fn dense(kernel: &Dense, weights: &[i8], input: &[i8], at: usize) -> i8 {
    let (row, output) = (at / kernel.output_features, at % kernel.output_features);
    let product = |i: usize| {
        i64::from(input[row * kernel.input_features + i]) * i64::from(weights[output * kernel.input_features + i])
    };
    requantized(&kernel.requant, output, (0..kernel.input_features).map(product).sum())
}

/// The elements of a channel under the window at `at`.
fn pooled<'a>(window: &'a Window, shapes: [Shape; 2], input: &'a [i8], at: usize) -> impl Iterator<Item = i8> + 'a {
    let [input_shape, output_shape] = shapes;
    let [batch, row, column, channel] = position(at, output_shape);
    let [filter_height, filter_width] = window.filter;
    (0..filter_height * filter_width).filter_map(move |tap| {
        let [y, x] = under(window, [row, column], [tap / filter_width, tap % filter_width], input_shape)?;
        Some(input[index([batch, y, x, channel], input_shape)])
    })
}

/// Element `at` of the maximum over windows.
pub fn max_pool2d(kernel: &MaxPool2d, input: &[i8], at: usize) -> i8 {
    pooled(&kernel.window, [kernel.input_shape, kernel.output_shape], input, at).max().unwrap_or(-128)
}

/// Element `at` of the mean over windows.
pub fn average_pool2d(kernel: &AveragePool2d, input: &[i8], at: usize) -> i8 {
    let pooled = || pooled(&kernel.window, [kernel.input_shape, kernel.output_shape], input, at);
    let sum: i64 = pooled().map(|x| i64::from(x) - i64::from(kernel.input_zero_point)).sum();
    let multiplier = match (kernel.multipliers, pooled().count()) {
        ([only], _) => *only,
        (_, 0) => 0,
        (multipliers, count) => multipliers[count - 1],
    };
    limited(rounded(sum, multiplier, kernel.pre_shift, kernel.output_zero_point), -128, 127)
}

/// The element of an operand that spreads over `output`.
fn spread(operand: &[i8], shape: Shape, output: Shape, at: usize) -> i64 {
    let position = position(at, output);
    let own = core::array::from_fn(|axis| if shape[axis] == 1 { 0 } else { position[axis] });
    i64::from(operand[index(own, shape)])
}

/// Element `at` of the weighted sum of `a` and `b`.
pub fn add(kernel: &Add, a: &[i8], b: &[i8], at: usize) -> i8 {
    let a = spread(a, kernel.a_shape, kernel.output_shape, at) * i64::from(kernel.multipliers[0]);
    let b = spread(b, kernel.b_shape, kernel.output_shape, at) * i64::from(kernel.multipliers[1]);
    let sum = wrapped(a + b + i64::from(kernel.bias)) >> kernel.shift;
    limited(i128::from(sum), kernel.activation_min, kernel.activation_max)
}

/// The value of a table for `x`.
pub fn lut(kernel: &Lut, x: i8) -> i8 {
    kernel.table[(i32::from(x) + 128) as usize]
}

/// Element `at` of softmax.
pub fn softmax(kernel: &Softmax, input: &[i8], at: usize) -> i8 {
    let first = at / kernel.features * kernel.features;
    let row = &input[first..first + kernel.features];
    let largest = i32::from(*row.iter().max().expect("a row has elements"));
    let exponential = |x: i8| u64::from(kernel.exponentials[(largest - i32::from(x)) as usize]);
    let sum: u64 = row.iter().map(|&x| exponential(x)).sum();
    let share = (exponential(input[at]) * 256 + sum / 2) / sum;
    (share.min(255) as i32 - 128) as i8
}

/// Element `at` of the product of `a` and `b`.
pub fn mul(kernel: &Mul, a: &[i8], b: &[i8], at: usize) -> i8 {
    let a = spread(a, kernel.a_shape, kernel.output_shape, at) - i64::from(kernel.zero_points[0]);
    let b = spread(b, kernel.b_shape, kernel.output_shape, at) - i64::from(kernel.zero_points[1]);
    let q = rounded(a * b, kernel.multiplier, kernel.pre_shift, kernel.output_zero_point);
    limited(q, kernel.activation_min, kernel.activation_max)
}

/// Element `at` of leaky relu.
pub fn prelu(kernel: &PRelu, input: &[i8], at: usize) -> i8 {
    let x = i64::from(input[at]) - i64::from(kernel.input_zero_point);
    let channel = at % kernel.shape[3];
    let multiplier = if x < 0 { kernel.negative_multipliers[channel] } else { kernel.positive_multiplier };
    let q = wrapped(x * i64::from(multiplier) + i64::from(kernel.bias)) >> kernel.shift;
    limited(i128::from(q), -128, 127)
}

/// Element `at` of the logarithm of softmax.
pub fn log_softmax(kernel: &LogSoftmax, input: &[i8], at: usize) -> i8 {
    let first = at / kernel.features * kernel.features;
    let row = &input[first..first + kernel.features];
    let distance = |x: i8| i64::from(*row.iter().max().expect("a row has elements")) - i64::from(x);
    let sum: u64 = row.iter().map(|&x| u64::from(kernel.exponentials[distance(x) as usize])).sum();
    let sum = sum.clamp(1, u64::from(u32::MAX));
    let exponent = u64::from(sum.ilog2());
    let rest = (sum << 31 >> exponent) - (1 << 31);
    let (index, fraction) = ((rest >> 23) as usize, rest % (1 << 23));
    let (low, high) = (u64::from(kernel.logarithms[index]), u64::from(kernel.logarithms[index + 1]));
    let mantissa = low + (((high - low) * fraction + (1 << 22)) >> 23);
    let log2 = (exponent as i64 - i64::from(kernel.one_bits)) * 1024 + mantissa as i64;
    let products = distance(input[at]) * i64::from(kernel.multipliers[0]) + log2 * i64::from(kernel.multipliers[1]);
    let q = wrapped(i64::from(kernel.bias) - products) >> kernel.shift;
    limited(i128::from(q), -128, 127)
}

/// Element `at` of the input divided by the norm of its row: every possible value is tried, the largest that is not too large wins.
pub fn normalize(kernel: &Normalize, input: &[i8], at: usize) -> i8 {
    let first = at / kernel.features * kernel.features;
    let centred = |x: i8| i128::from(x) - i128::from(kernel.input_zero_point);
    let magnitudes = || input[first..first + kernel.features].iter().map(|&x| centred(x).abs());
    let norm_squared: i128 = match kernel.norm {
        Norm::L1 => magnitudes().sum::<i128>().pow(2),
        Norm::L2 => magnitudes().map(|magnitude| magnitude.pow(2)).sum(),
        Norm::Max => magnitudes().max().unwrap_or(0).pow(2),
    };
    let x = centred(input[at]);
    if x == 0 {
        return 0;
    }
    // |q| - 1/2 <= 127 * |x| / norm, squared and doubled.
    let magnitude =
        (1..=127i128).rev().find(|q| (2 * q - 1).pow(2) * norm_squared <= (2 * 127 * x).pow(2)).unwrap_or(0);
    (magnitude * x.signum()) as i8
}

/// Element `at` of the output where it comes from this input.
pub fn concat(kernel: &Concat, input: &[i8], at: usize) -> Option<i8> {
    let mut position = position(at, kernel.output_shape);
    position[kernel.axis] = position[kernel.axis].checked_sub(kernel.start)?;
    (position[kernel.axis] < kernel.input_shape[kernel.axis]).then(|| input[index(position, kernel.input_shape)])
}

/// Element `at` of the output where it is filled or copied.
pub fn strided_copy(kernel: &StridedCopy, input: &[i8], at: usize) -> Option<i8> {
    let count: usize = kernel.extent.iter().product();
    let place = |start: usize, step: [i32; 4], position: Shape| {
        let distance: i64 = position.iter().zip(step).map(|(&i, step)| i as i64 * i64::from(step)).sum();
        (start as i64 + distance) as usize
    };
    let mut positions = (0..count).map(|i| position(i, kernel.extent));
    let source = positions.find(|&position| place(kernel.output_start, kernel.output_step, position) == at);
    source.map(|position| input[place(kernel.input_start, kernel.input_step, position)]).or(kernel.fill)
}

/// Element `at` of the resized input.
pub fn resize(kernel: &Resize, input: &[i8], at: usize) -> i8 {
    let [batch, row, column, channel] = position(at, kernel.output_shape);
    input[index([batch, kernel.rows[row] as usize, kernel.columns[column] as usize, channel], kernel.input_shape)]
}
