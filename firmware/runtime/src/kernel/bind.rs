//! Records to kernels.

use bytemuck::Pod;
use peacrab_format::{
    AddRecord, AveragePool2dRecord, ConcatRecord, Conv2dRecord, CopyRecord, DenseRecord, KernelId, LogSoftmaxRecord,
    LutRecord, MaxPool2dRecord, MulRecord, NormalizeRecord, Operator, PReluRecord, Program, RequantRecord,
    ResizeRecord, SoftmaxRecord, TensorView, WindowRecord,
};
use peacrab_kernels::packed::winograd::Tile;
use peacrab_kernels::{
    Add, AveragePool2d, Conv2d, Dense, DepthwiseConv2d, LogSoftmax, Lut, MaxPool2d, Mul, Norm, Normalize, PRelu,
    Requant, Resize, Softmax, StridedCopy, WeightLayout, Window,
};

use super::Kernel;
use super::join::Join;
use crate::Problem;

type Bound<T> = Result<T, Problem>;

/// Resolves an operator's record; whether the kernel can work with it is another question ([`Kernel::is_valid`]).
pub fn bind<'p>(program: &Program<'p>, operator: &Operator<'p>) -> Bound<Kernel<'p>> {
    let binder = Binder { program: *program, operator: *operator };
    match operator.kernel {
        KernelId::Conv2d if cfg!(feature = "conv2d") => binder.conv2d(WeightLayout::Plain),
        KernelId::Conv2dRowQuad if cfg!(feature = "conv2d_row_quad") => binder.conv2d(WeightLayout::Packed),
        KernelId::Conv2dBand if cfg!(feature = "conv2d_band") => binder.conv2d(WeightLayout::PackedBand),
        KernelId::Conv2dWinograd2x2 if cfg!(feature = "conv2d_winograd_2x2") => {
            binder.conv2d(WeightLayout::Winograd(Tile::Two))
        }
        KernelId::Conv2dWinograd4x4 if cfg!(feature = "conv2d_winograd_4x4") => {
            binder.conv2d(WeightLayout::Winograd(Tile::Four))
        }
        KernelId::DepthwiseConv2d if cfg!(feature = "depthwise_conv2d") => binder.depthwise(WeightLayout::Plain),
        KernelId::DepthwiseTaps3x3 if cfg!(feature = "depthwise_taps_3x3") => binder.depthwise(WeightLayout::Packed),
        KernelId::Dense if cfg!(feature = "dense") => binder.dense(WeightLayout::Plain),
        KernelId::DenseRowQuad if cfg!(feature = "dense_row_quad") => binder.dense(WeightLayout::Packed),
        KernelId::DenseChains if cfg!(feature = "dense_chains") => binder.dense(WeightLayout::PackedChains),
        KernelId::MaxPool2d if cfg!(feature = "max_pool2d") => binder.max_pool2d(),
        KernelId::AveragePool2d if cfg!(feature = "average_pool2d") => binder.average_pool2d(),
        KernelId::Add if cfg!(feature = "add") => binder.add(),
        KernelId::Mul if cfg!(feature = "mul") => binder.mul(),
        KernelId::Lut if cfg!(feature = "lut") => binder.lut(),
        KernelId::Softmax if cfg!(feature = "softmax") => binder.softmax(),
        KernelId::LogSoftmax if cfg!(feature = "log_softmax") => binder.log_softmax(),
        KernelId::Concat if cfg!(feature = "concat") => binder.concat(),
        KernelId::Copy if cfg!(feature = "copy") => binder.copy(),
        KernelId::Resize if cfg!(feature = "resize") => binder.resize(),
        KernelId::PRelu if cfg!(feature = "prelu") => binder.prelu(),
        KernelId::Normalize if cfg!(feature = "normalize") => binder.normalize(),
        _ => Err(Problem::NotCompiled),
    }
}

struct Binder<'p> {
    program: Program<'p>,
    operator: Operator<'p>,
}

impl<'p> Binder<'p> {
    fn conv2d(&self, layout: WeightLayout) -> Bound<Kernel<'p>> {
        let record: &Conv2dRecord = self.record()?;
        let (input, output) = self.one_input()?;
        Ok(Kernel::Conv2d(Conv2d {
            input_shape: input.shape,
            output_shape: output.shape,
            window: window(&record.window),
            groups: record.groups as usize,
            input_zero_point: input.zero_point,
            weights: self.list(record.weights, record.weights_bytes as usize)?,
            layout,
            requant: self.requant(&record.requant, &output)?,
        }))
    }

    fn depthwise(&self, layout: WeightLayout) -> Bound<Kernel<'p>> {
        let record: &Conv2dRecord = self.record()?;
        let (input, output) = self.one_input()?;
        Ok(Kernel::DepthwiseConv2d(DepthwiseConv2d {
            input_shape: input.shape,
            output_shape: output.shape,
            window: window(&record.window),
            input_zero_point: input.zero_point,
            weights: self.list(record.weights, record.weights_bytes as usize)?,
            layout,
            requant: self.requant(&record.requant, &output)?,
        }))
    }

    fn dense(&self, layout: WeightLayout) -> Bound<Kernel<'p>> {
        let record: &DenseRecord = self.record()?;
        let (input, output) = self.one_input()?;
        let [.., input_features] = input.shape;
        let [.., output_features] = output.shape;
        if rows(&input) != rows(&output) {
            return Err(Problem::Parameters);
        }
        Ok(Kernel::Dense(Dense {
            rows: rows(&input),
            input_features,
            output_features,
            weights: self.list(record.weights, record.weights_bytes as usize)?,
            layout,
            requant: self.requant(&record.requant, &output)?,
        }))
    }

    fn max_pool2d(&self) -> Bound<Kernel<'p>> {
        let record: &MaxPool2dRecord = self.record()?;
        let (input, output) = self.one_input()?;
        Ok(Kernel::MaxPool2d(MaxPool2d {
            input_shape: input.shape,
            output_shape: output.shape,
            window: window(&record.window),
        }))
    }

    fn average_pool2d(&self) -> Bound<Kernel<'p>> {
        let record: &AveragePool2dRecord = self.record()?;
        let (input, output) = self.one_input()?;
        Ok(Kernel::AveragePool2d(AveragePool2d {
            input_shape: input.shape,
            output_shape: output.shape,
            window: window(&record.window),
            input_zero_point: input.zero_point,
            output_zero_point: output.zero_point,
            multipliers: self.list(record.multipliers, record.multiplier_count as usize)?,
            pre_shift: record.pre_shift,
        }))
    }

    fn add(&self) -> Bound<Kernel<'p>> {
        let record: &AddRecord = self.record()?;
        let (a, b, output) = self.two_inputs()?;
        Ok(Kernel::Add(Add {
            a_shape: a.shape,
            b_shape: b.shape,
            output_shape: output.shape,
            multipliers: record.multipliers,
            bias: record.bias,
            shift: record.shift,
            activation_min: i8_of(record.activation_min)?,
            activation_max: i8_of(record.activation_max)?,
        }))
    }

    fn mul(&self) -> Bound<Kernel<'p>> {
        let record: &MulRecord = self.record()?;
        let (a, b, output) = self.two_inputs()?;
        Ok(Kernel::Mul(Mul {
            a_shape: a.shape,
            b_shape: b.shape,
            output_shape: output.shape,
            zero_points: [a.zero_point, b.zero_point],
            output_zero_point: output.zero_point,
            multiplier: record.multiplier,
            pre_shift: record.pre_shift,
            activation_min: i8_of(record.activation_min)?,
            activation_max: i8_of(record.activation_max)?,
        }))
    }

    fn lut(&self) -> Bound<Kernel<'p>> {
        let record: &LutRecord = self.record()?;
        self.same_elements()?;
        Ok(Kernel::Lut(Lut { table: self.array(record.table)? }))
    }

    fn softmax(&self) -> Bound<Kernel<'p>> {
        let record: &SoftmaxRecord = self.record()?;
        let (rows, features) = self.vectors()?;
        Ok(Kernel::Softmax(Softmax { rows, features, exponentials: self.array(record.exponentials)? }))
    }

    fn log_softmax(&self) -> Bound<Kernel<'p>> {
        let record: &LogSoftmaxRecord = self.record()?;
        let (rows, features) = self.vectors()?;
        Ok(Kernel::LogSoftmax(LogSoftmax {
            rows,
            features,
            exponentials: self.array(record.exponentials)?,
            one_bits: record.one_bits,
            logarithms: self.array(record.logarithms)?,
            multipliers: record.multipliers,
            bias: record.bias,
            shift: record.shift,
        }))
    }

    fn concat(&self) -> Bound<Kernel<'p>> {
        let record: &ConcatRecord = self.record()?;
        if self.operator.inputs.is_empty() {
            return Err(Problem::Operands);
        }
        Ok(Kernel::Concat(Join { program: self.program, operator: self.operator, axis: record.axis as usize }))
    }

    fn copy(&self) -> Bound<Kernel<'p>> {
        let record: &CopyRecord = self.record()?;
        let (input, output) = self.one_input()?;
        let fill = i8_of(record.fill)?;
        Ok(Kernel::Copy(StridedCopy {
            input_len: input.elements,
            output_len: output.elements,
            extent: record.extent.map(|extent| extent as usize),
            input_start: record.input_start as usize,
            input_step: record.input_step,
            output_start: record.output_start as usize,
            output_step: record.output_step,
            fill: (record.is_filled != 0).then_some(fill),
        }))
    }

    fn resize(&self) -> Bound<Kernel<'p>> {
        let record: &ResizeRecord = self.record()?;
        let (input, output) = self.one_input()?;
        let [_, rows, columns, _] = output.shape;
        let indices: &[u32] = self.list(record.indices, rows.checked_add(columns).ok_or(Problem::Parameters)?)?;
        let (rows, columns) = indices.split_at_checked(rows).ok_or(Problem::Parameters)?;
        Ok(Kernel::Resize(Resize { input_shape: input.shape, output_shape: output.shape, rows, columns }))
    }

    fn prelu(&self) -> Bound<Kernel<'p>> {
        let record: &PReluRecord = self.record()?;
        let (input, output) = self.one_input()?;
        if input.shape != output.shape {
            return Err(Problem::Parameters);
        }
        let [.., channels] = input.shape;
        Ok(Kernel::PRelu(PRelu {
            shape: input.shape,
            input_zero_point: input.zero_point,
            positive_multiplier: record.positive_multiplier,
            negative_multipliers: self.list(record.negative_multipliers, channels)?,
            bias: record.bias,
            shift: record.shift,
        }))
    }

    fn normalize(&self) -> Bound<Kernel<'p>> {
        let record: &NormalizeRecord = self.record()?;
        let (rows, features) = self.vectors()?;
        let norm = match record.norm {
            1 => Norm::L1,
            2 => Norm::L2,
            3 => Norm::Max,
            _ => return Err(Problem::Parameters),
        };
        let (input, _) = self.one_input()?;
        Ok(Kernel::Normalize(Normalize { rows, features, input_zero_point: input.zero_point, norm }))
    }

    fn record<T: Pod>(&self) -> Bound<&'p T> {
        bytemuck::try_from_bytes(self.operator.parameters).map_err(|_| Problem::Record)
    }

    fn list<T: Pod>(&self, offset: u32, count: usize) -> Bound<&'p [T]> {
        self.program.list(offset, count).ok_or(Problem::Record)
    }

    fn array<T: Pod, const N: usize>(&self, offset: u32) -> Bound<&'p [T; N]> {
        <&[T; N]>::try_from(self.list::<T>(offset, N)?).map_err(|_| Problem::Record)
    }

    fn requant(&self, record: &RequantRecord, output: &TensorView) -> Bound<Requant<'p>> {
        let [.., channels] = output.shape;
        Ok(Requant {
            bias: self.list(record.bias, channels)?,
            multipliers: self.list(record.multipliers, channels)?,
            pre_shift: record.pre_shift,
            output_zero_point: output.zero_point,
            activation_min: i8_of(record.activation_min)?,
            activation_max: i8_of(record.activation_max)?,
        })
    }

    fn tensor(&self, index: u32) -> Bound<TensorView> {
        self.program.tensor(index).ok_or(Problem::Operands)
    }

    fn one_input(&self) -> Bound<(TensorView, TensorView)> {
        let &[input] = self.operator.inputs else { return Err(Problem::Operands) };
        Ok((self.tensor(input)?, self.tensor(self.operator.output)?))
    }

    fn two_inputs(&self) -> Bound<(TensorView, TensorView, TensorView)> {
        let &[a, b] = self.operator.inputs else { return Err(Problem::Operands) };
        Ok((self.tensor(a)?, self.tensor(b)?, self.tensor(self.operator.output)?))
    }

    /// One input with as many elements as the output.
    fn same_elements(&self) -> Bound<(TensorView, TensorView)> {
        let (input, output) = self.one_input()?;
        if input.elements == output.elements { Ok((input, output)) } else { Err(Problem::Parameters) }
    }

    /// Rows and length of the vectors along the last axis, alike in input and output.
    fn vectors(&self) -> Bound<(usize, usize)> {
        let (input, output) = self.one_input()?;
        if input.shape != output.shape {
            return Err(Problem::Parameters);
        }
        let [.., features] = input.shape;
        Ok((rows(&input), features))
    }
}

fn window(record: &WindowRecord) -> Window {
    let pair = |pair: [u32; 2]| pair.map(|value| value as usize);
    Window {
        filter: pair(record.filter),
        stride: pair(record.stride),
        dilation: pair(record.dilation),
        pad: pair(record.pad),
    }
}

/// Number of vectors along the last axis.
fn rows(tensor: &TensorView) -> usize {
    let [n, h, w, _] = tensor.shape;
    n.wrapping_mul(h).wrapping_mul(w)
}

fn i8_of(value: i32) -> Bound<i8> {
    i8::try_from(value).map_err(|_| Problem::Parameters)
}
