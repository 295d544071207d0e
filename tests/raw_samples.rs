//! Samples that a device quantizes by itself, with integers only, become what the host makes of them.

use anyhow::{Context, Result};
use peacrab::aligned::AlignedBytes;
use peacrab::convert::{Converted, Options, convert};
use peacrab::emit::PortMetadata;
use peacrab::evaluate::data::array::{Array, Integers, Numbers};
use peacrab::evaluate::data::{Dtype, InputTransform, Samples};
use peacrab::graph::float::{Affine, Graph};
use peacrab::plan::Optimize;
use peacrab::quantize::Observer;
use peacrab::simulate::quantize_input;
use peacrab::target::image::device_part;
use peacrab_format::Target;
use peacrab_runtime::{Model, Session};
use peacrab_tests::programs::graphs;
use proptest::collection::vec;
use proptest::prelude::*;

/// Shape of the input of the models here, channels last.
const SHAPE: [usize; 4] = [1, 2, 3, 4];
const ELEMENTS: usize = 24;
const CHANNELS: usize = 4;

/// Every value of 8 bits, every 61st of 16 and the last.
fn raw_values(dtype: Dtype) -> Vec<i32> {
    match dtype {
        Dtype::U8 => (0..=255).collect(),
        Dtype::I8 => (-128..=127).collect(),
        _ => (-32768..32767).step_by(61).chain([32767]).collect(),
    }
}

/// One sample for each value: all of its elements are that value.
fn samples(dtype: Dtype, transform: &InputTransform) -> Result<Samples> {
    let raw = raw_values(dtype).into_iter().flat_map(|value| [value; ELEMENTS]);
    let integers = match dtype {
        Dtype::U8 => Integers::U8(raw.map(|value| value as u8).collect()),
        Dtype::I8 => Integers::I8(raw.map(|value| value as i8).collect()),
        _ => Integers::I16(raw.map(|value| value as i16).collect()),
    };
    let shape = [&[raw_values(dtype).len()], &SHAPE[1..]].concat();
    let array = Array { origin: "made up".into(), shape, dtype, numbers: Numbers::Integers(integers) };
    Ok(Samples::from_array(array, transform)?)
}

/// A model whose input is a table's, so that its range is that of the samples.
fn graph(normalization: Option<Affine>) -> Result<Graph> {
    let mut graph = graphs().into_iter().find(|graph| graph.name == "lut").context("a model with a table")?;
    graph.inputs[0].normalization = normalization;
    Ok(graph)
}

/// What the device makes of a sample of one value: the quantized input.
fn on_device(session: &mut Session, dtype: Dtype, raw: i32) -> Result<Vec<i8>> {
    match dtype {
        Dtype::U8 => session.write_u8(0, &[raw as u8; ELEMENTS])?,
        Dtype::I8 => session.write_i8(0, &[raw as i8; ELEMENTS])?,
        _ => session.write_i16(0, &[raw as i16; ELEMENTS])?,
    }
    Ok(session.input_mut(0).context("the input")?.to_vec())
}

/// How a sample becomes a real value on this channel: `slope * (raw - zero_point) + offset`.
struct Channel {
    slope: f64,
    zero_point: f64,
    offset: f64,
}

impl Channel {
    fn new(transform: &InputTransform, normalization: Option<&Affine>, index: usize) -> Self {
        let pick = |list: &[f32]| f64::from(list[index % list.len()]);
        let (slope, offset) = normalization.map_or((1.0, 0.0), |affine| (pick(&affine.scale), pick(&affine.bias)));
        Channel { slope: slope * pick(&transform.scale), zero_point: pick(&transform.zero_point), offset }
    }

    /// The quantized value before it is rounded, and how far from it the two sides may be: the device's multiplier and bias are
    /// rounded to `2^-shift`, the host's real values to f32, thrice.
    fn exact(&self, raw: i32, port: &PortMetadata, shift: u32, magnitude: f64) -> (f64, f64) {
        let position =
            (self.slope * (f64::from(raw) - self.zero_point) + self.offset) / port.scale + f64::from(port.zero_point);
        let on_device = (0.5 * magnitude + 1.0) / 2f64.powi(shift as i32);
        let reach = (self.slope * (f64::from(raw) - self.zero_point)).abs() + self.offset.abs();
        (position, on_device + 3.0 * f64::from(f32::EPSILON) * reach / port.scale)
    }
}

/// Both sides give the same integer, except where the exact value is so near to a half that their rounding may fall on either side.
fn assert_alike(dtype: Dtype, transform: &InputTransform, normalization: Option<Affine>) -> Result<()> {
    let graph = graph(normalization.clone())?;
    let samples = samples(dtype, transform)?;
    let options = Options {
        observer: Observer::MinMax,
        target: Target::Portable,
        board: None,
        optimize: Optimize::default(),
        ram_limit: None,
        transform: transform.clone(),
        slim: true,
    };
    let Converted { bytes, metadata, .. } = convert(&graph, std::slice::from_ref(&samples), &options, &|| ())?;
    let program = AlignedBytes::new(device_part(&bytes)?);
    let model = Model::load(&program)?;
    let shift = model.program().inputs()[0].shift;
    let mut arena = AlignedBytes::zeroed(model.arena_bytes());
    let mut session = Session::new(&model, &mut arena)?;
    let port = &metadata.inputs[0];
    let raw_values = raw_values(dtype);
    let magnitude = raw_values.iter().map(|raw| f64::from(raw.abs())).fold(0.0, f64::max);
    for (index, &raw) in raw_values.iter().enumerate() {
        let host = quantize_input(port, samples.sample(index))?;
        let device = on_device(&mut session, dtype, raw)?;
        for (element, (&host, &device)) in host.iter().zip(&device).enumerate() {
            let channel = Channel::new(transform, normalization.as_ref(), element % CHANNELS);
            let (exact, tolerance) = channel.exact(raw, port, shift, magnitude);
            let from_half = ((exact - 0.5) - (exact - 0.5).round()).abs();
            let is_near_half = from_half <= tolerance && host.abs_diff(device) == 1;
            assert!(tolerance < 0.02, "the comparison says little: tolerance {tolerance} at shift {shift}");
            assert!(
                host == device || is_near_half,
                "{raw}: {host} on the host, {device} on the device, exactly {exact}"
            );
        }
    }
    Ok(())
}

fn dtype() -> impl Strategy<Value = Dtype> {
    prop_oneof![Just(Dtype::U8), Just(Dtype::I8), Just(Dtype::I16)]
}

/// One for all channels, or one for each.
fn per_channel(range: std::ops::Range<f32>) -> impl Strategy<Value = Vec<f32>> {
    prop_oneof![vec(range.clone(), 1), vec(range, CHANNELS)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_device_quantizes_samples_as_the_host_does(
        dtype in dtype(),
        scale in per_channel(0.001..2.0),
        zero_point in -200.0f32..200.0,
        slope in per_channel(0.1..3.0),
        offset in -2.0f32..2.0,
        is_normalized: bool,
    ) {
        let transform = InputTransform { zero_point: vec![zero_point.round(); scale.len()], scale };
        let normalization = is_normalized.then(|| Affine { bias: vec![offset; slope.len()], scale: slope });
        assert_alike(dtype, &transform, normalization).unwrap();
    }
}

/// On their own grid 8-bit samples lose nothing: the integer is the sample, moved.
#[test]
fn samples_of_8_bits_keep_their_grid() -> Result<()> {
    for (dtype, scale, zero_point, moved) in
        [(Dtype::U8, 1.0 / 255.0, 0.0, -128), (Dtype::U8, 1.0 / 127.5, 127.0, -128), (Dtype::I8, 0.1, -5.0, 0)]
    {
        let transform = InputTransform { scale: vec![scale], zero_point: vec![zero_point] };
        let samples = samples(dtype, &transform)?;
        let options = Options {
            observer: Observer::Mse,
            target: Target::Portable,
            board: None,
            optimize: Optimize::default(),
            ram_limit: None,
            transform,
            slim: true,
        };
        let Converted { bytes, metadata, .. } =
            convert(&graph(None)?, std::slice::from_ref(&samples), &options, &|| ())?;
        let program = AlignedBytes::new(device_part(&bytes)?);
        let model = Model::load(&program)?;
        let mut arena = AlignedBytes::zeroed(model.arena_bytes());
        let mut session = Session::new(&model, &mut arena)?;
        for (index, raw) in raw_values(dtype).into_iter().enumerate() {
            let expected = vec![(raw + moved) as i8; ELEMENTS];
            assert_eq!(on_device(&mut session, dtype, raw)?, expected, "{raw} on the device");
            assert_eq!(quantize_input(&metadata.inputs[0], samples.sample(index))?, expected, "{raw} on the host");
        }
    }
    Ok(())
}
