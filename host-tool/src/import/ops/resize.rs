//! Resize and Upsample, nearest neighbour.

use super::super::array::computed_count;
use super::super::context::{Context, Converted, Refusal, Value, axis_of};

/// How one axis is resized.
#[derive(Debug, Clone, Copy)]
struct AxisResize {
    input: usize,
    output: usize,
    scale: f32,
    /// Start and end of the region of interest, relative to the input.
    region: [f32; 2],
}

/// The two attributes that place output positions on the input.
struct Mapping {
    coordinates: String,
    nearest: String,
}

pub(super) fn resize(cx: &mut Context) -> Converted {
    let input = cx.activation(0)?;
    let shape = cx.shape(input);
    let mode = cx.text("mode", "nearest")?;
    let mapping = mapping(cx)?;
    let axes = axes(cx, &shape)?;
    let is_unchanged = axes.iter().all(|axis| axis.input == axis.output && axis.scale == 1.0);
    if is_unchanged && mapping.coordinates != "tf_crop_and_resize" {
        return super::one(input);
    }
    if mode != "nearest" {
        return Err(Refusal::new(format!("mode `{mode}` is not supported"), "use nearest neighbour resizing"));
    }
    let indices = axes.iter().map(|axis| source_indices(*axis, &mapping)).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![cx.select(&Value::Tensor(input), indices)?])
}

fn mapping(cx: &mut Context) -> Result<Mapping, Refusal> {
    // These matter to the cubic mode and to extrapolation only, which are refused where they would be used.
    cx.ignore(&["cubic_coeff_a", "exclude_outside", "extrapolation_value"]);
    if cx.int("antialias", 0)? != 0 {
        return Err(Refusal::form("antialiasing is not supported"));
    }
    if cx.opset < 11 {
        return Ok(Mapping { coordinates: "asymmetric".to_owned(), nearest: "floor".to_owned() });
    }
    let coordinates = cx.text("coordinate_transformation_mode", "half_pixel")?;
    let nearest = cx.text("nearest_mode", "round_prefer_floor")?;
    Ok(Mapping { coordinates, nearest })
}

/// Scale and output extent of every axis.
fn axes(cx: &mut Context, shape: &[usize]) -> Result<Vec<AxisResize>, Refusal> {
    let rank = shape.len();
    let named: Vec<usize> = match cx.ints("axes")? {
        Some(axes) => axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    let is_old = cx.opset < 11;
    let attribute = if is_old { cx.floats("scales")? } else { None };
    let scales = match attribute {
        Some(scales) => Some(scales),
        None => cx.optional_floats(if is_old { 1 } else { 2 }, "scales")?,
    };
    let sizes = if is_old { None } else { cx.optional_ints(3, "sizes")? };
    let policy = cx.text("keep_aspect_ratio_policy", "stretch")?;
    let regions = regions(cx, named.len())?;
    let mut axes: Vec<AxisResize> =
        shape.iter().map(|&input| AxisResize { input, output: input, scale: 1.0, region: [0.0, 1.0] }).collect();
    let scaled: Vec<(f32, f64)> = match (scales.filter(|s| !s.is_empty()), sizes.filter(|s| !s.is_empty())) {
        (Some(scales), _) if scales.len() == named.len() => {
            let output = |(&axis, (&scale, region)): (&usize, (&f32, &[f32; 2]))| {
                (scale, (shape[axis] as f64 * f64::from(region[1] - region[0]) * f64::from(scale)).floor())
            };
            named.iter().zip(scales.iter().zip(&regions)).map(output).collect()
        }
        (None, Some(sizes)) if sizes.len() == named.len() => {
            let extents: Vec<usize> = named.iter().map(|&axis| shape[axis]).collect();
            from_sizes(&sizes, &extents, &policy)?
        }
        _ => return Err(Refusal::form("its scales or sizes do not fit its axes")),
    };
    let extents: Vec<usize> = scaled.iter().map(|&(_, output)| output as usize).collect();
    computed_count(&extents).ok_or_else(|| Refusal::form(format!("an output of extents {extents:?} is too large")))?;
    for ((&axis, (scale, output)), region) in named.iter().zip(scaled).zip(regions) {
        if !(scale > 0.0 && output >= 1.0) {
            return Err(Refusal::form(format!("a scale of {scale} or an extent of {output} is out of range")));
        }
        axes[axis] = AxisResize { input: shape[axis], output: output as usize, scale, region };
    }
    Ok(axes)
}

/// Scales and extents from sizes, by the aspect ratio policy of opset 18.
fn from_sizes(sizes: &[i64], extents: &[usize], policy: &str) -> Result<Vec<(f32, f64)>, Refusal> {
    let ratios: Vec<f32> = sizes.iter().zip(extents).map(|(&size, &extent)| size as f32 / extent as f32).collect();
    let common = match policy {
        "stretch" => return Ok(ratios.iter().zip(sizes).map(|(&ratio, &size)| (ratio, size as f64)).collect()),
        "not_larger" => ratios.iter().copied().fold(f32::INFINITY, f32::min),
        "not_smaller" => ratios.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        other => return Err(Refusal::form(format!("keep_aspect_ratio_policy `{other}` is not known"))),
    };
    Ok(extents.iter().map(|&extent| (common, f64::from(common * extent as f32).round())).collect())
}

/// The region of interest of every named axis; the whole of it where the mode does not use one.
fn regions(cx: &mut Context, count: usize) -> Result<Vec<[f32; 2]>, Refusal> {
    if cx.opset < 11 || cx.text("coordinate_transformation_mode", "")? != "tf_crop_and_resize" {
        return Ok(vec![[0.0, 1.0]; count]);
    }
    let roi = cx.constant_floats(1, "region of interest")?;
    if roi.len() != 2 * count {
        return Err(Refusal::form("its region of interest does not fit its axes"));
    }
    let (starts, ends) = roi.split_at(count);
    Ok(starts.iter().zip(ends).map(|(&start, &end)| [start, end]).collect())
}

fn source_indices(axis: AxisResize, mapping: &Mapping) -> Result<Vec<usize>, Refusal> {
    let last = axis.input as f32 - 1.0;
    (0..axis.output)
        .map(|position| {
            let x = coordinate(axis, &mapping.coordinates, position as f32)
                .ok_or_else(|| Refusal::form(format!("coordinates `{}` are not known", mapping.coordinates)))?;
            if mapping.coordinates == "tf_crop_and_resize" && !(0.0..=last).contains(&x) {
                return Err(Refusal::form("it extrapolates outside of the input"));
            }
            let index = round(x, &mapping.nearest)
                .ok_or_else(|| Refusal::form(format!("nearest_mode `{}` is not known", mapping.nearest)))?;
            Ok(index.clamp(0.0, last) as usize)
        })
        .collect()
}

/// Position on the input, in single precision as ONNX Runtime computes it, so that ties round alike.
fn coordinate(axis: AxisResize, mode: &str, position: f32) -> Option<f32> {
    let (input, output) = (axis.input as f32, axis.output as f32);
    let half_pixel = (position + 0.5) / axis.scale - 0.5;
    match mode {
        "half_pixel" => Some(half_pixel),
        "pytorch_half_pixel" => Some(if axis.output > 1 { half_pixel } else { 0.0 }),
        "half_pixel_symmetric" => {
            let exact = axis.scale * input;
            let adjustment = output / exact;
            let center = input / 2.0;
            Some(center * (1.0 - adjustment) + half_pixel)
        }
        "align_corners" => Some(if axis.output > 1 { position * (input - 1.0) / (output - 1.0) } else { 0.0 }),
        "asymmetric" => Some(position / axis.scale),
        "tf_half_pixel_for_nn" => Some((position + 0.5) / axis.scale),
        "tf_crop_and_resize" => {
            let [start, end] = axis.region;
            Some(if axis.output > 1 {
                start * (input - 1.0) + position * (end - start) * (input - 1.0) / (output - 1.0)
            } else {
                0.5 * (start + end) * (input - 1.0)
            })
        }
        _ => None,
    }
}

fn round(x: f32, mode: &str) -> Option<f32> {
    match mode {
        "round_prefer_floor" => Some((x - 0.5).ceil()),
        "round_prefer_ceil" => Some((x + 0.5).floor()),
        "floor" => Some(x.floor()),
        "ceil" => Some(x.ceil()),
        _ => None,
    }
}
